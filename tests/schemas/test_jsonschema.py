"""JSON Schema: judged by inclusion, against the corpus and against a validator."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import formats
from schemas.change import Direction, Finding, Impact
from schemas.compare import compare
from schemas.document import Document
from schemas.errors import Unreadable
from schemas.lens import Lens
from tests.examples import examples
from tests.schemas.judged_corpus import Case, cases


def document(value: object) -> Document:
    return Document(content=json.dumps(value).encode())


def judged(old: object, new: object, direction: Direction = Direction.BOTH) -> tuple[Finding, ...]:
    return compare(document(old), document(new), format="jsonschema", lens=Lens(direction=direction)).findings


@pytest.mark.parametrize(("case", "order"), cases("jsonschema"))
def test_a_case_of_the_corpus_is_judged_as_expected(case: Case, order: str) -> None:
    assert case.found(order) == case.expected(order)


def test_a_broken_request_comes_with_a_value_that_was_valid_and_is_not() -> None:
    old, new = {"type": "object", "properties": {"age": {"type": "integer"}}}, {"type": "object", "required": ["age"]}

    (finding,) = [finding for finding in judged(old, new, Direction.REQUEST) if finding.impact is Impact.BREAKING]

    assert jsonschema.Draft202012Validator(old).is_valid(finding.witness)
    assert not jsonschema.Draft202012Validator(new).is_valid(finding.witness)


def test_a_value_that_only_two_members_together_bring_to_light_is_found() -> None:
    member = {"type": ["integer", "null"]}
    before = {"type": "object", "properties": {"a": member, "b": member, "c": member}}
    both = {"properties": {"b": {"const": 7}, "c": {"const": 3}}, "required": ["b", "c"]}
    after = {**before, "not": both}

    findings = judged(before, after)

    assert max(finding.impact for finding in findings) is Impact.BREAKING


def test_items_that_must_be_several_of_a_kind_and_all_different_are_made() -> None:
    before = {"type": "array", "contains": {"type": "string"}, "minContains": 2, "uniqueItems": True}

    (finding,) = judged(before, {**before, "minContains": 3}, Direction.REQUEST)

    assert finding.impact is Impact.BREAKING
    assert len(finding.witness) == len(set(finding.witness)) == 2


def test_what_is_neither_proven_nor_refuted_is_risky() -> None:
    old, new = {"type": "string", "pattern": r"^(?=a)(?!b)"}, {"type": "string", "pattern": r"^(?=a)(?!c)"}

    assert {finding.impact for finding in judged(old, new)} == {Impact.RISKY}


def test_references_lead_by_id_and_by_anchor_and_never_out_of_the_document() -> None:
    def schema(kind: str) -> dict[str, Any]:
        names = {"n": {"$id": "https://example.com/name", "$anchor": "name", "type": kind}}
        far = {"$ref": "https://elsewhere.example.com/far"}
        by_id, by_anchor = {"$ref": "name"}, {"$ref": "https://example.com/name#name"}
        return {"$id": "https://example.com/root", "properties": {"a": by_id, "b": by_anchor, "c": far}, "$defs": names}

    rules = {(finding.rule, finding.address) for finding in judged(schema("string"), schema("integer"))}

    assert rules == {("type.changed", "schemas/n")}


def test_a_reference_to_nowhere_is_a_finding_of_its_own() -> None:
    old = {"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "string"}}}

    (finding,) = judged(old, {"properties": {"a": {"$ref": "#/$defs/A"}}})

    assert (finding.rule, finding.impact) == ("schema.ref-unresolved", Impact.RISKY)


def test_a_hostile_pattern_and_a_crowd_of_alternatives_end_in_an_answer() -> None:
    old = {"anyOf": [{"const": i} for i in range(3000)], "properties": {"p": {"type": "string", "pattern": "^(a+)+$"}}}
    new = {"anyOf": [{"const": i} for i in range(1, 3000)], "properties": {"p": {"type": "string", "pattern": "^(a|aa)+$"}}}

    assert Impact.BREAKING in {finding.request for finding in judged(old, new)}


SCALARS = st.sampled_from(
    [
        {},
        {"type": "string"},
        {"type": "integer"},
        {"type": "number"},
        {"type": ["string", "null"]},
        {"type": "boolean"},
        {"enum": [1, "a", None, True]},
        {"const": "b"},
        {"type": "integer", "minimum": 2},
        {"type": "number", "exclusiveMaximum": 5, "multipleOf": 0.5},
        {"type": "string", "minLength": 2},
        {"type": "string", "pattern": "^[a-z]+$"},
        {"maxLength": 2, "maximum": 3},
    ]
)
NAMES = st.sampled_from(["a", "b", "c"])


def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner, min_size=1, max_size=3)
    record = st.fixed_dictionaries(
        {"type": st.just("object"), "properties": st.dictionaries(NAMES, inner, min_size=1, max_size=2)},
        optional={
            "required": st.lists(NAMES, unique=True, min_size=1, max_size=2),
            "additionalProperties": inner | st.booleans(),
            "patternProperties": st.fixed_dictionaries({"^x": inner}),
            "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, unique=True, max_size=2), max_size=1),
            "maxProperties": st.integers(0, 3),
        },
    )
    array = st.fixed_dictionaries(
        {"type": st.just("array"), "items": inner},
        optional={
            "minItems": st.integers(0, 2),
            "maxItems": st.integers(0, 3),
            "uniqueItems": st.just(True),
            "contains": inner,
            "prefixItems": lists,
        },
    )
    composed = [st.fixed_dictionaries({word: lists}) for word in ("allOf", "anyOf", "oneOf")]
    chosen = st.fixed_dictionaries({"if": inner, "then": inner, "else": inner})
    return st.one_of(record, array, chosen, st.fixed_dictionaries({"not": inner}), *composed)


SCHEMAS = st.recursive(SCALARS, grown, max_leaves=6)
VALUES: list[Any] = [None, True, 0, 1, 2, 3, 4.5, 0.25, "", "a", "b", "ab", "abc", "A", [], [1], ["a", "a"], [None, 1, "b"], {}]
VALUES += [{"a": value} for value in VALUES] + [{"a": 1, "b": value, "c": "a"} for value in VALUES] + [{"b": "ab", "x1": 2}]


@settings(max_examples=examples(75), deadline=None)
@given(SCHEMAS, SCHEMAS)
def test_no_value_contradicts_a_verdict(old: Any, new: Any) -> None:
    found = judged(old, new)
    before, after = jsonschema.Draft202012Validator(old), jsonschema.Draft202012Validator(new)

    refused = [value for value in VALUES if before.is_valid(value) and not after.is_valid(value)]
    surprising = [value for value in VALUES if after.is_valid(value) and not before.is_valid(value)]

    if not found or max(finding.request or Impact.SAFE for finding in found) is Impact.SAFE:
        assert refused == []
    if not found or max(finding.response or Impact.SAFE for finding in found) is Impact.SAFE:
        assert surprising == []
    for finding in found:
        if finding.witness is not None:
            assert before.is_valid(finding.witness) is not after.is_valid(finding.witness)


@settings(max_examples=60, deadline=None)
@given(SCHEMAS)
def test_a_schema_rewritten_is_no_change(schema: Any) -> None:
    for rewritten in ({"allOf": [schema]}, {"anyOf": [schema, schema]}, {"$ref": "#/$defs/S", "$defs": {"S": schema}}):
        assert judged(schema, rewritten) == ()
    for rewritten in ({"not": {"not": schema}}, {"oneOf": [schema, False]}):
        assert Impact.BREAKING not in {finding.impact for finding in judged(schema, rewritten)}


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for prefix in (b"", b"type: object\n"):
        with contextlib.suppress(Unreadable):
            formats.load("jsonschema").read(Document(content=prefix + content))
