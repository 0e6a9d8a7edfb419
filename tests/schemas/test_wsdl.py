"""SOAP services: each rule in both directions, real descriptions, and whatever bytes come."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import formats
from schemas.change import Finding, Impact
from schemas.compare import compare
from schemas.document import Document
from schemas.errors import Unreadable
from schemas.rules.wsdl import RULES
from tests.conftest import RealData
from tests.schemas.judged_corpus import Case, cases, documents, read_or_refused, rules_shown

DOCUMENTS = documents("wsdl")
PAIRS = (
    ("partner-20.0", "partner-47.0"),
    ("partner-30.0", "partner-58.0"),
    ("partner-42.0", "partner-51.0"),
    ("partner-51.0", "partner-58.0"),
    ("enterprise-20.0", "enterprise-27.0"),
)
ADDED = frozenset({"property.required-added", "property.optional-added", "op.added", "enum.value-added"})
BESIDE_THE_TRUTH = {
    ("wsdl.order-changed", "SingleEmailMessage"): "the truth was made by comparing elements by name; the sequence did change",
    (
        "property.removed",
        "OwnerChangeOptions.transferAttachments",
    ): "the truth leaves out types without a name",
    ("property.removed", "OwnerChangeOptions.transferOpenActivities"): "as above",
    ("wsdl.address-changed", "port Soap"): "one of the two was downloaded from a test system",
}
"""What we find and the ground truth does not list, and why that is right."""


def judged(old: str, new: str, real_data: RealData) -> tuple[Finding, ...]:
    before, after = (Document(content=real_data(f"salesforce/wsdl/{name}.wsdl.gz")) for name in (old, new))
    return compare(before, after).findings


@pytest.mark.parametrize(("case", "order"), cases("wsdl"))
def test_a_case_of_the_corpus_is_judged_as_expected(case: Case, order: str) -> None:
    assert case.found(order) == case.expected(order)


def test_every_rule_has_a_case() -> None:
    assert {row.id for row in RULES} - rules_shown("wsdl") == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_document_of_the_corpus_is_recognised(path: Path) -> None:
    assert formats.recognise(Document(content=path.read_bytes())).name == "wsdl"


@pytest.mark.parametrize(("old", "new"), PAIRS, ids=[f"{old}-{new}" for old, new in PAIRS])
def test_a_real_pair_agrees_with_its_ground_truth(old: str, new: str, real_data: RealData) -> None:
    told = json.loads(real_data("salesforce/wsdl/ground-truth.json"))["pairs"]
    (truth,) = [each for each in told if (each["from"], each["to"]) == (old, new)]
    findings = judged(old, new, real_data)
    due = {("wsdl.operation.removed", f"Soap.{name}") for name in truth["operations_removed"]}
    due |= {("property.removed", f"{type_}.{name}") for type_, names in truth["elements_removed"].items() for name in names}
    due |= {("enum.value-removed", type_) for type_ in truth["enum_values_removed"]}
    changed = {f"{type_}.{name}" for type_, names in truth["elements_changed"].items() for name in names}
    found = {(each.rule, each.address) for each in findings if each.rule not in ADDED}
    assert due <= found
    assert changed <= {address for _, address in found}
    assert {each for each in found - due if each[1] not in changed} <= BESIDE_THE_TRUTH.keys()
    added = [each for each in findings if each.rule == "op.added"]
    assert sorted(each.address for each in added) == [f"Soap.{name}" for name in truth["operations_added"]]
    gone = [*truth["enum_values_removed"].items()]
    assert {(each.address, *sorted(map(str, each.before or []))) for each in findings if each.rule == "enum.value-removed"} == {
        (type_, *sorted(values)) for type_, values in gone
    }


def test_a_pair_that_differs_in_its_version_only_says_nothing(real_data: RealData) -> None:
    assert judged("enterprise-20.0", "enterprise-27.0", real_data) == ()


def test_withdrawn_fault_codes_page_nobody(real_data: RealData) -> None:
    findings = judged("partner-51.0", "partner-58.0", real_data)
    assert [each.rule for each in findings if each.rule not in ADDED] == ["enum.value-removed"]
    assert not any(each.impact is Impact.BREAKING for each in findings)


def test_a_finding_names_the_operations_it_reaches_and_its_line(real_data: RealData) -> None:
    findings = judged("partner-20.0", "partner-47.0", real_data)
    (finding,) = [each for each in findings if each.address == "GetDeletedResult.sforceReserved"]
    line = real_data("salesforce/wsdl/partner-20.0.wsdl.gz").split(b"\n")[(finding.source.line or 0) - 1]
    assert finding.operations == ("getDeleted",)
    assert b'name="sforceReserved"' in line


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (
            b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><definitions/>',
            "a document type or an entity is not read at line 1",
        ),
        (b"<definitions", "not XML: "),
        (b"<definitions/>", "no WSDL: the root is <definitions>"),
        (b"<html><body>Sign in</body></html>", "no WSDL: the root is <html>; it is often served"),
        (b'<description xmlns="http://www.w3.org/ns/wsdl"/>', "WSDL 2.0 is not read"),
    ],
)
def test_what_is_no_description_is_refused(raw: bytes, told: str) -> None:
    with pytest.raises(Unreadable) as refused:
        formats.load("wsdl").read(Document(content=raw))
    assert told in str(refused.value)


def test_types_and_groups_in_circles_end() -> None:
    head = '<schema targetNamespace="u" xmlns="http://www.w3.org/2001/XMLSchema" xmlns:u="u">'
    text = (
        head
        + """
    <complexType name="A"><complexContent><extension base="u:B"/></complexContent></complexType>
    <complexType name="B"><complexContent><extension base="u:A"/></complexContent></complexType>
    <complexType name="C"><sequence><element name="c" type="u:C"/><element name="a" type="u:A"/></sequence></complexType>
    <simpleType name="S"><restriction base="u:S"/></simpleType><element name="e" type="u:C"/></schema>"""
    )
    old, new = (Document(content=each.encode()) for each in (text, text.replace('name="a"', 'name="b"')))
    assert {finding.address for finding in compare(old, new, format="wsdl").findings} == {"C.a", "C.b"}
    looped = head + '<group name="G"><group ref="u:G"/></group><complexType name="A"><group ref="u:G"/></complexType></schema>'
    with pytest.raises(Unreadable, match="groups stand inside of each other"):
        formats.load("wsdl").read(Document(content=looped.encode()))


def test_what_is_imported_and_not_here_is_no_removal() -> None:
    text = """<schema targetNamespace="u" xmlns="http://www.w3.org/2001/XMLSchema" xmlns:o="o"><import namespace="o" schemaLocation="http://x/y"/>
    <element name="e" type="o:T"/></schema>"""
    old, same, other = (Document(content=each.encode()) for each in (text, text + "\n", text.replace("o:T", "o:U")))
    assert compare(old, same, format="wsdl").findings == ()
    assert [finding.rule for finding in compare(old, other, format="wsdl").findings] == ["schema.unproven"]


@given(st.binary(max_size=300), st.integers(0, len(DOCUMENTS) - 1), st.integers(0, 5000))
def test_any_bytes_are_read_or_refused(noise: bytes, which: int, at: int) -> None:
    raw = DOCUMENTS[which].read_bytes()
    for content in (noise, raw[:at] + noise + raw[at:], raw[:at] + noise[:3] + raw[at + 3 :]):
        read_or_refused("wsdl", content)
