"""A service in several files through the whole daemon: quiet while nothing moves, paged when one part of it does."""

from __future__ import annotations

import pytest

from tests.acceptance.world import World
from tests.probes.bundled import ITEMS, MONEY, ORDERS, WSDL

pytestmark = pytest.mark.acceptance

SHOP = """
shop:
  criticality: core
  targets:
    soap: {{kind: http, url: "{url}/shop.wsdl", private: true}}
"""


def publish(earth: World, items: bytes) -> None:
    money = b"/money.xsd"
    earth.vendor.publish("/shop.wsdl", WSDL.replace(b"?xsd=money", money), media_type="text/xml")
    earth.vendor.publish("/types/orders.xsd", ORDERS.replace(b"../shop?xsd=money", money), media_type="text/xml")
    earth.vendor.publish("/types/items.xsd", items, media_type="text/xml")
    earth.vendor.publish(money.decode(), MONEY, media_type="text/xml")


async def test_an_unchanged_bundle_costs_304s_and_no_row_and_a_change_in_one_part_pages(earth: World) -> None:
    publish(earth, ITEMS)
    earth.configure(SHOP.format(url=earth.url))
    async with earth.inside() as engine:
        await earth.until_all("ok")
        quiet = earth.vendor.not_modified
        await earth.until(lambda: earth.vendor.not_modified >= quiet + 8, "every file was asked for twice and had not moved")
        async with engine.store.read() as tx:
            (target,) = [each.name for each in engine.config.targets]
            assert len(await tx.snapshots.history(target, 9)) == 1
        publish(earth, ITEMS.replace(b'name="sku"', b'name="code"'))
        await earth.until_all("drifted")
        await earth.until_paged()
        async with engine.store.read() as tx:
            found = {(each.rule, each.address, each.source.part) for each in await tx.findings.open(target)}
            (snapshot, baseline) = await tx.snapshots.history(target, 9)
            kept = await tx.snapshots.document(snapshot.hash, target)
    assert found == {
        ("property.removed", "Item.sku", "types/items.xsd"),
        ("property.required-added", "Item.code", "types/items.xsd"),
    }
    assert baseline.hash != snapshot.hash
    assert [part.name for part in kept.parts] == ["money.xsd", "types/items.xsd", "types/orders.xsd"]
