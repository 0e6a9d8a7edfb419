"""Documents in several files, by URL and beside each other: each part once, from where it may come, or told as missing."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.demo.serve import serve
from monitor.demo.vendor import Misbehave, Reply, Vendor
from probes.errors import Refused, Unfit, Unreachable
from probes.file import FileProbe
from probes.http import HttpProbe
from probes.parts import DEEPEST, MOST_PARTS
from probes.probe import NotModified, Served, Tools
from schemas import formats
from schemas.compare import compare
from schemas.document import Document, Part
from tests.probes.bundled import ITEMS, MONEY, MONEY_PROTO, ORDER_PROTO, ORDERS, WSDL

SECRET = {"kind": "bearer", "token": "s3cret"}


def probe(base: str, path: str = "/shop?wsdl", **changed: Any) -> HttpProbe:
    return HttpProbe.model_validate({"kind": "http", "url": f"{base}{path}", "private": True, **changed})


async def fetched(of: HttpProbe, tools: Tools, known: dict[str, str] | None = None) -> Served:
    found = await of.fetch(tools, known or {})
    assert isinstance(found, Served)
    return found


class Shop(Vendor):
    """The service of `tests.probes.bundled`: the schema of money is served at the address of the WSDL, by its query."""

    def __init__(self) -> None:
        super().__init__()
        self.publish("/shop", WSDL, media_type="text/xml")
        self.publish("/types/orders.xsd", ORDERS, media_type="text/xml")
        self.publish("/types/items.xsd", ITEMS, media_type="text/xml")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope.get("query_string") == b"xsd=money":
            scope = {**scope, "path": "/money"}
        await super().__call__(scope, receive, send)


@pytest.fixture
def vendor() -> Vendor:
    shop = Shop()
    shop.publish("/money", MONEY, media_type="text/xml")
    return shop


def parts(document: Document) -> dict[str, bytes | None]:
    return {part.name: part.content for part in document.parts}


async def test_a_service_in_four_files_is_one_document(vendor: Vendor, base: str, tools: Tools) -> None:
    document = (await fetched(probe(base), tools)).document
    assert parts(document) == {"shop?xsd=money": MONEY, "types/items.xsd": ITEMS, "types/orders.xsd": ORDERS}
    assert len(vendor.asked) == 4
    understood = formats.load("wsdl").describe(formats.load("wsdl").read(document))
    assert understood == "WSDL, 1 operations, 2 types"


async def test_a_bundle_in_which_nothing_moved_costs_a_304_for_each_file(vendor: Vendor, base: str, tools: Tools) -> None:
    first = await fetched(probe(base), tools)
    assert await probe(base).fetch(tools, first.validators) == NotModified()
    assert vendor.not_modified == 4


async def test_a_part_without_validators_is_known_by_its_content(vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.publish("/types/items.xsd", ITEMS, etag=False, dated=False)
    first = await fetched(probe(base), tools)
    assert await probe(base).fetch(tools, first.validators) == NotModified()
    vendor.publish("/types/items.xsd", ITEMS + b" ")
    assert parts((await fetched(probe(base), tools, dict(first.validators))).document)["types/items.xsd"] == ITEMS + b" "


async def test_a_change_in_a_part_alone_is_found_and_told_where_it_is(vendor: Vendor, base: str, tools: Tools) -> None:
    first = await fetched(probe(base), tools)
    vendor.publish("/types/items.xsd", ITEMS.replace(b'name="sku"', b'name="code"'))
    second = await fetched(probe(base), tools, dict(first.validators))
    assert second.document.content == first.document.content
    assert second.document.hash != first.document.hash
    told = {
        (each.rule, each.address, each.source.part, each.source.line)
        for each in compare(first.document, second.document).findings
    }
    assert told == {
        ("property.removed", "Item.sku", "types/items.xsd", 4),
        ("property.required-added", "Item.code", "types/items.xsd", 4),
    }


async def test_a_part_that_is_gone_is_one_finding_and_no_mass_removal(vendor: Vendor, base: str, tools: Tools) -> None:
    first = await fetched(probe(base), tools)
    vendor.withdraw("/types/items.xsd")
    second = await fetched(probe(base), tools, dict(first.validators))
    told = [(each.rule, each.address, each.message) for each in compare(first.document, second.document).findings]
    assert told == [
        (
            "schema.ref-unresolved",
            "types/items.xsd",
            "`types/items.xsd` is imported, and is not to be had: answered 404",
        )
    ]
    assert await probe(base).fetch(tools, second.validators) == NotModified()
    vendor.publish("/types/items.xsd", ITEMS)
    assert (await fetched(probe(base), tools, dict(second.validators))).document.hash == first.document.hash


async def test_parts_on_another_host_are_asked_only_where_that_host_is_allowed_and_without_credentials(
    vendor: Vendor, base: str, tools: Tools
) -> None:
    other = Vendor()
    other.publish("/money.xsd", MONEY)
    async with serve(other) as elsewhere:
        address = f"{elsewhere}/money.xsd"
        vendor.publish("/shop", WSDL.replace(b"?xsd=money", address.encode()))
        vendor.publish("/types/orders.xsd", ORDERS.replace(b"../shop?xsd=money", address.encode()))
        document = (await fetched(probe(base, auth=SECRET), tools)).document
        assert len(other.asked) == 0
        assert parts(document)[address] is None
        host = elsewhere.removeprefix("http://")
        understood = formats.load("wsdl").describe(formats.load("wsdl").read(document))
        assert understood.endswith(
            f"imports what is not here: {address} (stands on another host; to have it fetched, write `imports_from: [{host}]`)"
        )
        document = (await fetched(probe(base, auth=SECRET, imports_from=[host]), tools)).document
        assert parts(document)[address] == MONEY
        assert [("authorization" in asked.headers) for asked in other.asked] == [False]
        assert all("authorization" in asked.headers for asked in vendor.asked)


async def test_a_part_that_redirects_to_another_host_is_not_followed_there(vendor: Vendor, base: str, tools: Tools) -> None:
    other = Vendor()
    other.publish("/items.xsd", ITEMS)
    async with serve(other) as elsewhere:
        moved = Reply(status=302, headers={"Location": f"{elsewhere}/items.xsd"})
        vendor.publish("/types/items.xsd", ITEMS, always=moved)
        document = (await fetched(probe(base), tools)).document
    assert len(other.asked) == 0
    (part,) = [part for part in document.parts if part.name == "types/items.xsd"]
    assert part.content is None
    assert "redirects to 127.0.0.1:" in part.because


@pytest.mark.parametrize(
    ("wrong", "expected", "told"),
    [
        (Reply(status=503), Unreachable, "the part types/items.xsd: 127.0.0.1"),
        (Reply(status=403), Refused, "the part types/items.xsd: 127.0.0.1"),
        (Misbehave.LOGIN_PAGE, Unfit, "the part types/items.xsd: 127.0.0.1"),
        (Misbehave.EMPTY, Unfit, "the part types/items.xsd: 127.0.0.1"),
        (Misbehave.ANNOUNCE_HUGE, Unfit, "the part types/items.xsd: 127.0.0.1"),
    ],
)
async def test_an_outage_of_a_part_is_one_of_the_whole_document(
    vendor: Vendor, base: str, tools: Tools, wrong: Misbehave | Reply, expected: type[Exception], told: str
) -> None:
    vendor.publish("/types/items.xsd", ITEMS, always=wrong)
    with pytest.raises(expected, match=told):
        await probe(base, max_bytes=100_000).fetch(tools, {})


async def test_parts_that_hang_end_with_the_deadline_of_the_whole(vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.publish("/types/items.xsd", ITEMS, always=Misbehave.HANG)
    with pytest.raises(Unreachable, match="within 0"):
        await probe(base, deadline=timedelta(milliseconds=300)).fetch(tools, {})


async def test_all_parts_together_are_bound_in_bytes_in_number_and_in_depth(vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.publish("/types/items.xsd", ITEMS + b" " * 4000)
    with pytest.raises(Unfit, match="bytes allowed"):
        await probe(base, max_bytes=3000).fetch(tools, {})
    many = "".join(f'<include schemaLocation="{number}.xsd"/>' for number in range(MOST_PARTS + 1))
    vendor.publish("/types/items.xsd", f'<schema xmlns="http://www.w3.org/2001/XMLSchema">{many}</schema>'.encode())
    with pytest.raises(Unfit, match=f"more than {MOST_PARTS} parts"):
        await probe(base).fetch(tools, {})
    for number in range(DEEPEST + 1):
        below = f'<schema xmlns="http://www.w3.org/2001/XMLSchema"><include schemaLocation="deep{number + 1}.xsd"/></schema>'
        vendor.publish(f"/types/deep{number}.xsd", below.encode())
    vendor.publish(
        "/types/items.xsd", b'<schema xmlns="http://www.w3.org/2001/XMLSchema"><include schemaLocation="deep0.xsd"/></schema>'
    )
    with pytest.raises(Unfit, match=f"more than {DEEPEST} deep"):
        await probe(base).fetch(tools, {})


async def test_a_proto_file_comes_with_what_it_imports_below_the_folder_of_its_package(
    vendor: Vendor, base: str, tools: Tools
) -> None:
    vendor.publish("/api/shop/v1/order.proto", ORDER_PROTO, media_type="text/plain")
    vendor.publish("/api/shop/v1/money.proto", MONEY_PROTO, media_type="text/plain")
    of = probe(base, "/api/shop/v1/order.proto")
    first = await fetched(of, tools)
    assert parts(first.document) == {"shop/v1/money.proto": MONEY_PROTO}
    vendor.publish("/api/shop/v1/money.proto", MONEY_PROTO.replace(b"int64", b"string"))
    second = await fetched(of, tools, dict(first.validators))
    (finding,) = compare(first.document, second.document).findings
    assert (finding.rule, finding.address, finding.source.part) == (
        "proto.field.wire-incompatible",
        "shop.v1.Money.units",
        "shop/v1/money.proto",
    )
    vendor.withdraw("/api/shop/v1/money.proto")
    third = await fetched(of, tools, dict(second.validators))
    assert [each.rule for each in compare(second.document, third.document).findings] == ["schema.ref-unresolved"]


def files(folder: Path) -> Path:
    for name, content in {"shop.wsdl": WSDL, "types/orders.xsd": ORDERS, "types/items.xsd": ITEMS}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.replace(b"?xsd=money", b"money.xsd").replace(b"../shopmoney", b"../money"))
        os.utime(folder / name, (1_700_000_000, 1_700_000_000))
    (folder / "money.xsd").write_bytes(MONEY)
    os.utime(folder / "money.xsd", (1_700_000_000, 1_700_000_000))
    return folder / "shop.wsdl"


async def test_files_beside_each_other_are_one_document_and_are_not_read_while_none_changes(tmp_path: Path, tools: Tools) -> None:
    of = FileProbe(path=files(tmp_path))
    first = await of.fetch(tools, {})
    assert isinstance(first, Served)
    assert set(parts(first.document)) == {"money.xsd", "types/items.xsd", "types/orders.xsd"}
    assert await of.fetch(tools, first.validators) == NotModified()
    (tmp_path / "types" / "items.xsd").write_bytes(ITEMS.replace(b"sku", b"code"))
    second = await of.fetch(tools, first.validators)
    assert isinstance(second, Served)
    assert {each.source.part for each in compare(first.document, second.document).findings} == {"types/items.xsd"}
    (tmp_path / "types" / "items.xsd").unlink()
    third = await of.fetch(tools, second.validators)
    assert isinstance(third, Served)
    assert [part.because for part in third.document.parts if part.content is None] == ["no such file or directory"]


async def test_the_same_files_in_another_folder_are_the_same_document(tmp_path: Path, tools: Tools) -> None:
    one, other = [await FileProbe(path=files(tmp_path / name)).fetch(tools, {}) for name in ("one", "other")]
    assert isinstance(one, Served)
    assert isinstance(other, Served)
    assert one.document.hash == other.document.hash


@pytest.mark.parametrize(
    "named", ["../secret.xsd", "/etc/hostname", "link.xsd", "file:///etc/hostname", "http://192.0.2.1/x.xsd"]
)
async def test_a_file_names_nothing_outside_of_its_folder(tmp_path: Path, tools: Tools, named: str) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "secret.xsd").write_bytes(MONEY)
    (inner / "link.xsd").symlink_to(tmp_path / "secret.xsd")
    (inner / "shop.wsdl").write_bytes(WSDL.replace(b"?xsd=money", named.encode()).replace(b"types/orders.xsd", b"#"))
    served = await FileProbe(path=inner / "shop.wsdl").fetch(tools, {})
    assert isinstance(served, Served)
    (part,) = served.document.parts
    assert part.content is None
    assert part.because
    around = await FileProbe(path=inner / "shop.wsdl", imports_from=tmp_path).fetch(tools, {})
    assert isinstance(around, Served)
    assert [each.content for each in around.document.parts] == [MONEY if named in ("../secret.xsd", "link.xsd") else None]


async def test_proto_files_of_a_folder_are_found_from_where_their_package_begins(tmp_path: Path, tools: Tools) -> None:
    folder = tmp_path / "protos" / "shop" / "v1"
    folder.mkdir(parents=True)
    (folder / "order.proto").write_bytes(ORDER_PROTO)
    (folder / "money.proto").write_bytes(MONEY_PROTO)
    served = await FileProbe(path=folder / "order.proto").fetch(tools, {})
    assert isinstance(served, Served)
    assert served.document.parts == (Part(name="shop/v1/money.proto", content=MONEY_PROTO),)
