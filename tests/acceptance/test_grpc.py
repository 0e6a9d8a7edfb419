"""The main job where the vendor speaks gRPC: a field goes from what its server tells of itself, and somebody is paged."""

from __future__ import annotations

import grpc
import pytest

from tests.acceptance.world import World
from tests.grpc_vendor import Reflecting, described

pytestmark = pytest.mark.acceptance

STOCK = """
syntax = "proto3";
package acme.stock.v1;
message Ask { string sku = 1; }
message Item { string sku = 1; int32 left = 2; string shelf = 3; }
service Stock { rpc Find(Ask) returns (Item); }
"""
WITHOUT_SHELF = STOCK.replace(" string shelf = 3;", "")

ACME = """
acme:
  criticality: core
  owner: warehouse
  vendor_contact: {{support: "https://help.example.com"}}
  targets:
    stock:
      kind: grpc
      url: grpcs://localhost:{port}
      ca_file: {authority}
      auth: {{kind: bearer, token: "env:STOCK_TOKEN"}}
      usage: {{fields: [acme.stock.v1.Item.shelf]}}
"""


async def test_a_field_that_a_grpc_server_drops_pages(forked: World) -> None:
    server = Reflecting(
        files=described({"acme/stock.proto": STOCK}), offered=("v1alpha",), required={"authorization": "Bearer t0ken"}
    )
    both = forked.tls.certificate.read_bytes()
    async with server.up(grpc.ssl_server_credentials([(both, both)])) as port:
        forked.configure(ACME.format(port=port, authority=forked.tls.authority))
        forked.environ["STOCK_TOKEN"] = "t0ken"
        async with forked.daemon() as daemon:
            await forked.until_all("ok")
            assert await forked.snapshots("acme/stock") == 1  # though it was looked at more than once

            server.files = described({"acme/stock.proto": WITHOUT_SHELF})
            await forked.until_paged()
            (incident,) = forked.pagerduty.incidents
            assert incident.severity == "critical"
            assert "`Item.shelf`, is gone" in incident.title
            said = {label: str(text) for label, text in incident.details.items()}
            assert said["Affected operations"] == "1: acme.stock.v1.Stock/Find"
            assert await daemon.end() == 0
    assert {version for version, _ in server.asked} == {"v1alpha"}
    assert "t0ken" not in forked.log
    assert all(line.startswith("{") for line in forked.log.splitlines()), "the library wrote into our log"


async def test_reflection_that_is_switched_off_is_nobodys_removed_field(quick: World) -> None:
    server = Reflecting(files=described({"acme/stock.proto": STOCK}))
    async with server.up() as port:
        quick.configure(f'acme: {{owner: warehouse, targets: {{stock: {{kind: grpc, url: "grpc://127.0.0.1:{port}"}}}}}}')
        async with quick.inside():
            await quick.until_all("ok")
            server.refusal = grpc.StatusCode.UNIMPLEMENTED, {}
            status = await quick.until_is("acme/stock", "unreadable")
            assert "reflection switched off; watch a descriptor set by its URL instead" in str(status)
            server.refusal = None
            await quick.until_all("ok")
    assert quick.pagerduty.incidents == []
