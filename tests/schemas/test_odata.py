"""OData metadata: each rule in both directions, real services, and whatever bytes come."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import formats
from schemas.compare import compare
from schemas.document import Document
from schemas.errors import Unreadable
from schemas.rules.odata import RULES
from tests.conftest import RealData
from tests.schemas.judged_corpus import CORPUS, Case, cases, documents, read_or_refused, rules_shown

DOCUMENTS = documents("odata")
REAL = ("Northwind", "Northwind-V2", "Northwind-V3", "TripPin")


@pytest.mark.parametrize(("case", "order"), cases("odata"))
def test_a_case_of_the_corpus_is_judged_as_expected(case: Case, order: str) -> None:
    assert case.found(order) == case.expected(order)


def test_every_rule_has_a_case() -> None:
    assert {row.id for row in RULES} - rules_shown("odata") == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_document_of_the_corpus_is_recognised(path: Path) -> None:
    assert formats.recognise(Document(content=path.read_bytes())).name == "odata"


@pytest.mark.parametrize("name", REAL)
def test_a_real_service_is_recognised_and_understood(name: str, real_data: RealData) -> None:
    document = Document(content=real_data(f"odata/{name}.xml"))
    found = formats.recognise(document)
    service = found.read(document)
    assert found.name == "odata"
    assert len(service.structures) > 5
    assert all(service.key(each.type) for each in service.offered.values() if each.holder != "operation")
    assert all(each.target in service.structures for one in service.structures.values() for each in one.navigations.values())


def test_another_protocol_is_one_finding(real_data: RealData) -> None:
    old, new = (Document(content=real_data(f"odata/{name}.xml")) for name in ("Northwind-V3", "Northwind"))
    assert [finding.rule for finding in compare(old, new).findings] == ["odata.protocol-changed"]


def test_the_same_service_in_two_old_versions_of_one_protocol_is_no_change(real_data: RealData) -> None:
    old, new = (Document(content=real_data(f"odata/{name}.xml")) for name in ("Northwind-V2", "Northwind-V3"))
    assert compare(old, new).findings == ()


def test_a_withdrawn_property_of_a_real_service_is_the_one_finding_with_its_line_and_sets(real_data: RealData) -> None:
    raw = real_data("odata/Northwind.xml")
    gone = b'<Property Name="HomePage" Type="Edm.String" MaxLength="max" />'
    assert raw.count(gone) == 1
    (finding,) = compare(Document(content=raw), Document(content=raw.replace(gone, b"")), format="odata").findings
    assert (finding.rule, finding.address) == ("property.removed", "NorthwindModel.Supplier.HomePage")
    assert finding.operations == ("Suppliers",)
    assert "Suppliers.HomePage" in finding.members
    assert finding.source.line == raw[: raw.index(gone)].count(b"\n") + 1


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b">]><edmx:Edmx/>', "XML with a document type or an entity is not read at line 1"),
        ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x><Edmx/>'.encode("utf-16"), "XML with a document type"),
        (b"<Edmx", "not XML: "),
        (b"", "not XML: "),
        (b"<html/>", "no OData metadata: the root is <html>"),
        (b"<Edmx/>", "OData metadata without a schema"),
        (b'{"$Version": 4}', "no OData metadata: `$Version` is missing"),
        (b'{"$Version": ', "not JSON: "),
        (b"<Edmx>" + b"<a>" * 5000, "not XML: "),
    ],
)
def test_what_is_no_metadata_is_refused(raw: bytes, told: str) -> None:
    with pytest.raises(Unreadable) as refused:
        formats.load("odata").read(Document(content=raw))
    assert told in str(refused.value)


def test_types_that_derive_from_each_other_in_a_circle_end() -> None:
    text = (
        '<Schema Namespace="s" xmlns="http://docs.oasis-open.org/odata/ns/edm"><EntityType Name="A" BaseType="s.B"/>'
        '<EntityType Name="B" BaseType="s.A"><Property Name="P" Type="Edm.String"/></EntityType></Schema>'
    )
    old, new = (Document(content=each.encode()) for each in (text, text.replace('Name="P"', 'Name="Q"')))
    assert {finding.address for finding in compare(old, new, format="odata").findings} == {"s.B.P", "s.B.Q"}


@given(st.binary(max_size=300), st.integers(0, len(DOCUMENTS) - 1), st.integers(0, 2000))
def test_any_bytes_are_read_or_refused(noise: bytes, which: int, at: int) -> None:
    raw = DOCUMENTS[which].read_bytes()
    for content in (noise, raw[:at] + noise + raw[at:], raw[:at] + noise[:3] + raw[at + 3 :]):
        read_or_refused("odata", content)


@pytest.mark.parametrize(
    ("case", "order", "shown"),
    [
        ("null.added", "forward", {"Price": None}),
        ("enum.value-removed", "forward", "Blue"),
        ("limit.max-raised-lifted", "forward", {"Name": "x" * 41}),
        ("property.required-added", "forward", {}),
        ("format.widened", "back", {"Id": -(2**63)}),
        ("odata.key-changed", "forward", None),
        ("op.removed-of-an-old-version", "forward", None),
    ],
)
def test_a_breaking_edit_is_shown_by_a_value_where_a_value_can_show_it(case: str, order: str, shown: object) -> None:
    found = Case(format="odata", folder=CORPUS / "odata" / case).compared(order).findings
    assert found[0].witness == shown
