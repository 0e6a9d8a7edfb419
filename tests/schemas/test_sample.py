"""Answers: what is learned from them, what counts as drift, and that no value is ever kept."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas import formats
from schemas.change import Direction, Impact
from schemas.compare import compare
from schemas.document import Document
from schemas.errors import Unreadable
from schemas.infer import MAX_DEPTH, Shape, merge, observe
from schemas.lens import Lens
from schemas.rules.sample import RULES
from schemas.samples.learned import Learned, dump, learn
from schemas.usage import Usage
from tests.conftest import RealData
from tests.schemas.judged_corpus import Case, cases, rules_shown


def answer(value: object) -> bytes:
    return json.dumps(value).encode()


def learned(*values: object) -> bytes:
    known: bytes | None = None
    for value in values:
        known = learn(known, answer(value))
    assert known is not None
    return known


def rules(old: bytes, new: bytes, lens: Lens = Lens()) -> list[tuple[str, str]]:
    found = compare(Document(content=old), Document(content=new), format="sample", lens=lens).findings
    return [(f.rule, f.address) for f in found]


@pytest.mark.parametrize(("case", "order"), cases("sample"))
def test_a_case_of_the_corpus_is_judged_as_expected(case: Case, order: str) -> None:
    assert case.found(order) == case.expected(order)


def test_every_rule_that_two_answers_can_show_has_a_case() -> None:
    assert {row.id for row in RULES} - rules_shown("sample") == set()


def test_a_learned_shape_holds_kinds_and_counts() -> None:
    known = learned({"id": 1, "tags": ["a"], "note": None}, {"id": 2, "tags": [], "price": 1.5})

    assert json.loads(known) == {
        "driftpager": "learned-shape",
        "version": 1,
        "answers": 2,
        "shape": {
            "seen": 2,
            "kinds": {"object": 2},
            "fields": {
                "id": {"seen": 2, "kinds": {"integer": 2}},
                "note": {"seen": 1, "kinds": {"null": 1}},
                "price": {"seen": 1, "kinds": {"number": 1}},
                "tags": {"seen": 2, "kinds": {"array": 2}, "items": {"seen": 1, "kinds": {"string": 1}}},
            },
        },
    }


@pytest.mark.parametrize(
    "key",
    [
        *("42", "550e8400-e29b-41d4-a716-446655440000", "2024-05-01", "2024-05-01T10:00:00Z", "ada@example.org"),
        *("cus_9s6XKzkNRiz8i3", "0015g00000AbCdEAAV", "d41d8cd98f00b204e9800998ecf8427e", "+49 30 1234567"),
    ],
)
def test_a_key_that_is_a_value_is_not_kept(key: str) -> None:
    assert key.encode() not in learned({"people": {key: {"age": 3}}})


def test_a_key_that_is_surely_a_value_is_not_kept_among_names_either() -> None:
    for key in ("550e8400-e29b-41d4-a716-446655440000", "ada@example.org", "cus_9s6XKzkNRiz8i3", "0015g00000AbCdEAAV"):
        known = json.loads(learned({"kind": "list", "total": 1, "next": None, key: {"age": 3}}))
        assert sorted(known["shape"]["fields"]) == ["kind", "next", "total"]
        assert known["shape"]["values"]["fields"] == {"age": {"seen": 1, "kinds": {"integer": 1}}}


@pytest.mark.parametrize("name", ["id", "address_line1", "sha256", "created_at", "iban", "x-request-id", "deadbeef", "a1"])
def test_a_key_that_is_a_name_is_kept(name: str) -> None:
    assert f'"{name}"'.encode() in learned({name: 1})


@pytest.mark.parametrize(
    "name",
    ["shipping_address2", "1080", "24h", "2fa", "sha256digest", "decade20", "iso8601", "p99", "utf8mb4", "x509_sha256digest"],
)
def test_a_name_that_looks_a_little_like_an_id_is_kept_among_names(name: str) -> None:
    assert f'"{name}"'.encode() in learned({"kind": 1, "total": 1, name: 1})


def test_many_rare_keys_are_a_map_though_they_do_not_look_like_ids() -> None:
    names = [f"{first}{second}" for first in "abcdefghij" for second in "klmnopq"]
    known = learned(*({"prices": {name: 1}} for name in names))

    prices = json.loads(known)["shape"]["fields"]["prices"]
    assert "fields" not in prices
    assert prices["values"] == {"seen": 70, "kinds": {"integer": 70}}


def test_names_that_were_taken_for_keys_once_are_not_told_apart_again() -> None:
    named, keyed, both = {"a": 1, "b": 1}, {"7": 1, "2024-01-01": 1}, {"a": 1, "b": 1, "2024-01-01": 1}
    known = json.loads(learned(named, keyed, both))["shape"]

    assert known == {"seen": 3, "kinds": {"object": 3}, "folded": True, "values": {"seen": 7, "kinds": {"integer": 7}}}
    assert sorted(json.loads(learned(keyed, both))["shape"]["fields"]) == ["a", "b"]


def test_the_order_of_answers_does_not_matter() -> None:
    one, other = {"id": 1, "a": [1, "x"]}, {"b": {"c": None}, "id": "z"}

    assert learned(one, other) == learned(other, one)


def test_what_was_learned_does_not_differ_from_an_answer_it_was_learned_from() -> None:
    known = learned({"id": 1, "note": None}, {"id": 2})

    assert rules(known, answer({"id": 1, "note": None})) == []
    assert rules(known, answer({"id": 2})) == []


def test_a_vanished_field_pages_only_when_chance_is_out_of_the_question() -> None:
    known = learned(*({"id": i, "status": "open"} for i in range(30)))
    fresh: bytes | None = None
    impacts = []
    for i in range(21):
        fresh = learn(fresh, answer({"id": i}))
        (found,) = compare(Document(content=known), Document(content=fresh), format="sample").findings
        impacts.append(found.impact)

    assert impacts == [Impact.RISKY] * 19 + [Impact.BREAKING] * 2


def test_a_finding_stays_the_same_while_evidence_grows() -> None:
    known = learned(*({"status": "open", "id": 1} for _ in range(30)))
    few, many = learned(*({"id": 1} for _ in range(3))), learned(*({"id": 1} for _ in range(40)))

    def hashes(new: bytes) -> list[tuple[str, str]]:
        found = compare(Document(content=known), Document(content=new), format="sample").findings
        return [(f.before_hash, f.after_hash) for f in found]

    assert hashes(few) == hashes(many)


def test_what_we_send_is_not_judged_by_answers() -> None:
    assert rules(answer({"a": 1}), answer({"a": "x"}), Lens(direction=Direction.REQUEST)) == []


def test_recorded_answers_of_a_vendor_teach_a_shape_without_their_values(real_data: RealData) -> None:
    raw = real_data("stripe/response-samples-2022-11-10.json.gz")
    known = learn(None, raw)

    assert rules(known, raw) == []
    texts = {text for text in _texts(json.loads(raw)) if len(text) > 12}
    names = set(_names(json.loads(raw)))
    assert [text for text in sorted(texts - names) if json.dumps(text).encode() in known] == []


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for member in value.values() for text in _texts(member)]
    if isinstance(value, list):
        return [text for member in value for text in _texts(member)]
    return [value] if isinstance(value, str) else []


def _names(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(name for member in value.values() for name in _names(member))]
    return [name for member in value for name in _names(member)] if isinstance(value, list) else []


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "not JSON: "),
        (b"<!doctype html><title>Sign in</title>", "not JSON but a page in HTML or XML; a login page or an outage"),
        (b'{"id": 1', "not JSON: "),
        (b'{"error": {"message": "no"}}', "an error, not an answer; the vendor said so with status 200"),
        (b'{"ok": false, "error": "invalid_auth"}', "an error, not an answer"),
        (b'{"data": null, "errors": [{"message": "no"}]}', "an error, not an answer"),
        (b'{"type": "about:blank", "title": "Not Found", "status": 404}', "an error, not an answer"),
        (b'{"message": "Not Found", "code": 404}', "an error, not an answer"),
        (b'[{"errorCode": "X", "message": "y"}]', "an error, not an answer"),
        (b'{"id": 1}\n{"error": "no"}', "an error, not an answer at line 1"),
        (b'{"samples": []}', "no answer to learn from at /samples"),
        (b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2), "nested deeper than 100 levels"),
        (b"[" * 100_000, "not JSON: "),
        (b'{"driftpager": "learned-shape", "version": 2}', "a learned shape of another version of driftpager at /version"),
        (b'{"driftpager": "learned-shape", "version": 1, "answers": 1}', "not a learned shape: "),
    ],
)
def test_what_is_no_answer_is_unreadable_and_never_drift(raw: bytes, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        formats.load("sample").read(Document(content=raw))

    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    "value",
    [
        {"id": 1, "error": None, "status": "paid"},
        {"order": {"id": 1}, "error": "declined"},
        {"data": {"id": 1}, "errors": [{"message": "partial"}]},
        {"status": "ok", "message": "pong"},
        [],
        "text",
    ],
)
def test_an_answer_that_only_mentions_an_error_is_an_answer(value: object) -> None:
    assert formats.load("sample").describe(formats.load("sample").read(Document(content=answer(value)))) == "shape of 1 answer"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-1, 1) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "7", "2024-01-01"]), inner),
    max_leaves=10,
)


@given(st.lists(VALUES, min_size=1, max_size=6))
@example([dict.fromkeys("ab"), dict.fromkeys(["a", "7", "2024-01-01"]), {**dict.fromkeys(["a", "7", "2024-01-01"]), "b": []}])
def test_no_answer_leaves_the_shape_that_was_learned_from_it_in_kind(values: list[object]) -> None:
    known = learned(*values)
    for value in values:
        kept = {rule for rule, _ in rules(known, answer(value))}
        assert kept <= {"obs.field-missing"}


@given(VALUES, VALUES)
def test_any_two_answers_compare(old: object, new: object) -> None:
    rules(answer(old), answer(new))
    assert rules(answer(new), answer(new) + b"\n") == []


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    found = formats.load("sample")
    found.recognises(Document(content=raw))
    with contextlib.suppress(Unreadable):
        found.read(Document(content=raw))
    with contextlib.suppress(Unreadable):
        learn(raw, raw)


def test_answers_are_held_against_the_operation_that_the_usage_names() -> None:
    def answered(kind: str) -> dict[str, Any]:
        schema = {"type": "object", "properties": {"id": {"type": kind}}}
        return {"get": {"responses": {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}}}

    described = answer({"openapi": "3.1.0", "info": {}, "paths": {"/a": answered("string"), "/b": answered("integer")}})
    lens = Lens(usage=Usage(operations=frozenset({"GET /b"})))

    assert rules(described, answer({"id": "x"}), lens) == [("obs.undocumented", "$.id")]
    assert rules(described, answer({"id": 3}), lens) == []
    with pytest.raises(Unreadable, match="2 operations could have given the answers"):
        rules(described, answer({"id": 3}))


@pytest.mark.parametrize(
    "schema",
    [
        {"anyOf": [{"$ref": "#"}, {"type": "string"}]},
        {"$ref": "https://elsewhere.example/schema.json"},
        {"$ref": "#/$defs/none"},
        {"$ref": "#/$defs/0", "$defs": {str(n): {"anyOf": [{"$ref": f"#/$defs/{n + 1}"}] * 2} for n in range(200)}},
        {"allOf": [{"oneOf": [{"type": "string"}] * 40}] * 40},
    ],
)
def test_of_a_schema_that_cannot_be_followed_nothing_is_said(schema: dict[str, Any]) -> None:
    published = answer({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
    assert rules(published, answer({"id": 3})) == []


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("a-2022-11-10-da4ef11c86", []),
        ("b-2022-11-16-90fbe90142", [("obs.undocumented", "$.charges")]),
    ],
)
def test_a_field_that_the_vendor_no_longer_documents_is_found_in_its_answers(
    version: str, found: list[tuple[str, str]], real_data: RealData
) -> None:
    described = json.loads(real_data(f"stripe/{version}.openapi.json.gz"))
    published = {"$schema": "", "$ref": "#/components/schemas/payment_intent", "components": described["components"]}
    sampled = json.loads(real_data("stripe/response-samples-2022-11-10.json.gz"))["resources"]["payment_intent"]

    assert rules(answer(published), answer(sampled)) == found


def test_values_are_learned_only_where_they_are_asked_for_and_while_they_are_few() -> None:
    def shape(state: str) -> Shape:
        return observe({"data": [{"state": state, "name": "Ada"}]}, learned={"data[].state"})

    known = shape("open")
    for state in ("paid", "open"):
        known = merge(known, shape(state))
    fields = json.loads(dump(Learned(answers=3, shape=known)))["shape"]["fields"]["data"]["items"]["fields"]
    assert fields["state"]["domain"] == {"open": 2, "paid": 1}
    assert "domain" not in fields["name"]

    for number in range(30):
        known = merge(known, shape(f"state {number}"))
    known = merge(known, shape("open"))
    assert known.fields["data"].items is not None
    assert known.fields["data"].items.fields["state"].domain == {}


@pytest.mark.parametrize(
    "schema",
    [
        {"$schema": "", "type": 5, "required": 3, "properties": [], "items": 1, "allOf": {}, "anyOf": [1, {"$ref": 7}]},
        {"type": "object", "properties": {"a": {"type": ["string", "null"]}}, "additionalProperties": 0},
        {"openapi": 3, "paths": {"/a": True, "/b": {"$ref": 1, "get": {"responses": {"200": {"content": {"text/json": 1}}}}}}},
        {
            "swagger": "2.0",
            "paths": {"/a": {"get": {"responses": {"200": {"schema": {"type": {"a": 1}, "properties": {"a": 1}}}}}}},
        },
    ],
)
def test_a_published_schema_may_be_nonsense(schema: dict[str, Any]) -> None:
    with contextlib.suppress(Unreadable):
        assert rules(answer(schema), answer({"a": None, "b": [1]})) != [("obs.type-drift", "$")]
