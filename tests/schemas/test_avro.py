"""Avro schemas and the events that Salesforce describes in them: each rule in both directions, and whatever bytes come."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import formats
from schemas.change import Impact
from schemas.compare import compare
from schemas.document import Document
from schemas.errors import Unreadable
from schemas.lens import Lens
from schemas.rules.avro import RULES
from schemas.usage import Usage
from tests.schemas.judged_corpus import CORPUS, Case, cases, documents, read_or_refused, rules_shown

DOCUMENTS = documents("avro")


def event(*fields: object) -> Document:
    return Document(content=json.dumps({"type": "record", "name": "Order__e", "fields": fields}).encode())


@pytest.mark.parametrize(("case", "order"), cases("avro"))
def test_a_case_of_the_corpus_is_judged_as_expected(case: Case, order: str) -> None:
    assert case.found(order) == case.expected(order)


def test_every_rule_has_a_case() -> None:
    assert {row.id for row in RULES} - rules_shown("avro") == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_document_of_the_corpus_is_recognised(path: Path) -> None:
    assert formats.recognise(Document(content=path.read_bytes())).name == "avro"


def test_the_compact_and_the_expanded_form_of_an_event_name_their_fields_alike() -> None:
    (compact,) = Case(format="avro", folder=CORPUS / "avro" / "property.removed").expected("forward")
    (expanded,) = Case(format="avro", folder=CORPUS / "avro" / "property.removed-of-an-expanded-event").expected("forward")
    assert compact == expanded


def test_null_is_shown_by_a_value_and_a_finding_says_where_it_is_written() -> None:
    old, new = event({"name": "Note__c", "type": "string"}), event({"name": "Note__c", "type": ["null", "string"]})
    (finding,) = compare(old, new).findings
    assert (finding.rule, finding.witness, finding.source.pointer) == ("null.added", {"Note__c": None}, "/fields/0")


@pytest.mark.parametrize(
    ("case", "order", "shown"),
    [
        ("null.added", "forward", {"Note__c": None}),
        ("null.added", "back", {"Note__c": None}),
        ("enum.value-added", "back", "LOST"),
        ("property.required-added", "forward", {}),
        ("null.added-hides-no-narrowing", "forward", {"Count__c": -(2**63)}),
        ("type.changed-to-an-array", "back", {"Note__c": []}),
        ("union.branch-added", "forward", {"Value__c": True}),
        ("format.changed-scale", "forward", None),
        ("avro.type.renamed", "forward", None),
    ],
)
def test_a_breaking_edit_is_shown_by_a_value_where_a_value_can_show_it(case: str, order: str, shown: object) -> None:
    found = Case(format="avro", folder=CORPUS / "avro" / case).compared(order).findings
    assert found[0].witness == shown


def test_a_field_that_we_do_not_use_is_told_as_unused() -> None:
    old, new = event({"name": "Note__c", "type": "string"}, {"name": "Id__c", "type": "string"}), event()
    lens = Lens(usage=Usage(fields=frozenset({"Order__e.Id__c"})))
    found = {each.address: str(each.use) for each in compare(old, new, lens=lens).findings}
    assert found == {"Order__e.Id__c": "used", "Order__e.Note__c": "unused"}


def test_a_reader_falls_back_to_the_default_of_an_enum_and_the_finding_says_to_which() -> None:
    def status(*symbols: str) -> Document:
        return event({"name": "S", "type": {"type": "enum", "name": "Status", "symbols": symbols, "default": "NEW"}})

    (finding,) = compare(status("NEW"), status("NEW", "LOST")).findings
    assert finding.consequence == "a reader that does not know it takes `NEW` for it"
    assert finding.impact is Impact.RISKY


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"{}", "no Avro schema: it has no `type`"),
        (b"[", "not valid JSON: "),
        (b'{"type": "record"}', "a record without a name"),
        (b'{"type": "record", "name": "A"}', "a record without a list of `fields`"),
        (b'{"type": "record", "name": "A", "fields": [{"name": "a"}]}', "a field without a name or a type at /fields/0"),
        (b'{"type": "record", "name": "A", "fields": [{"name": "a", "type": []}]}', "a union of nothing"),
        (b'{"type": "record", "name": "A", "fields": [{"name": "a", "type": [["int"]]}]}', "a union stands directly in a union"),
        (b'{"type": "enum", "name": "A"}', "an enum without `symbols`"),
        (b'{"type": "fixed", "name": "A", "size": -1}', "fixed without a size"),
        (b'{"type": "map"}', "a map without `values`"),
        (
            b'{"type": "record", "name": "A", "fields": [{"name": "a", "type": {"type": "fixed", "name": "A", "size": 1}}]}',
            "`A` is defined twice",
        ),
    ],
)
def test_what_is_no_schema_is_refused(raw: bytes, told: str) -> None:
    with pytest.raises(Unreadable) as refused:
        formats.load("avro").read(Document(content=raw))
    assert told in str(refused.value)


@given(st.binary(max_size=300), st.integers(0, len(DOCUMENTS) - 1), st.integers(0, 2000))
def test_any_bytes_are_read_or_refused(noise: bytes, which: int, at: int) -> None:
    raw = DOCUMENTS[which].read_bytes()
    for content in (noise, raw[:at] + noise + raw[at:], raw[:at] + noise[:3] + raw[at + 3 :]):
        read_or_refused("avro", content)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 3)
    | st.sampled_from(["record", "int", "A", "a", "enum", "fixed", "array", "null"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "name", "fields", "items", "symbols", "size", "aliases", "default"]), inner, max_size=5
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_any_json_is_read_or_refused(tree: object) -> None:
    read_or_refused("avro", json.dumps(tree).encode())
