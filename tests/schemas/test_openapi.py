"""API descriptions: the corpus in both orders, what a page needs to know, and whatever shape a document has."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import formats
from schemas.change import Direction, Finding, Impact
from schemas.compare import compare
from schemas.document import Document
from schemas.errors import Unreadable
from schemas.lens import Lens, Policy
from schemas.rules import data, exchange, operation
from schemas.usage import Usage
from tests.schemas.judged_corpus import Case, cases, rules_shown


def document(value: object) -> Document:
    return Document(content=json.dumps(value).encode())


def judged(old: object, new: object, lens: Lens = Lens()) -> tuple[Finding, ...]:
    return compare(document(old), document(new), format="openapi", lens=lens).findings


def orders(schema: dict[str, Any], **schemas: Any) -> dict[str, Any]:
    """A description whose `Order` is both sent and read."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}
    operation = {"requestBody": {"required": True, "content": content}, "responses": {"200": {"content": content}}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "orders", "version": "1"},
        "paths": {"/orders": {"post": operation}, "/orders/{id}": {"get": {"responses": {"200": {"content": content}}}}},
        "components": {"schemas": {"Order": schema, **schemas}},
    }


TOTAL = {"type": "object", "properties": {"total": {"type": "integer"}, "note": {"type": "string"}}}
BARE = {"type": "object", "properties": {"note": {"type": "string"}}}


@pytest.mark.parametrize(("case", "order"), cases("openapi"))
def test_a_case_of_the_corpus_is_judged_as_expected(case: Case, order: str) -> None:
    assert case.found(order) == case.expected(order)


def test_every_rule_that_two_documents_can_show_has_a_case() -> None:
    known_by_other_means = {
        "op.removed-early",  # needs today's date: test_openapi_lifecycle
        "op.removed-on-sunset",
        "auth.refused",  # an answer of the vendor, not a document
        "server.version-retiring",
        "server.version-retired",
    }
    rules = {row.id for table in (operation, exchange, data) for row in table.RULES}

    assert rules - rules_shown("openapi") - rules_shown("jsonschema") == known_by_other_means


def test_a_removed_property_is_one_finding_with_all_that_a_page_says() -> None:
    (finding,) = judged(orders(TOTAL), orders(BARE))

    assert finding.rule == "property.removed"
    assert finding.address == "schemas/Order/properties/total"
    assert finding.members == ("Order.total",)
    assert (finding.request, finding.response, finding.impact) == (Impact.RISKY, Impact.BREAKING, Impact.BREAKING)
    assert finding.message == "`Order.total` was removed"
    assert finding.consequence == "reads of `Order.total` will find nothing"
    assert finding.before == {"type": "integer"}
    assert finding.after is None
    assert finding.source.pointer == "/components/schemas/Order/properties/total"
    assert finding.operations == ("GET /orders/{id}", "POST /orders")


@pytest.mark.parametrize(
    ("gone", "come", "likely"),
    [
        ({"first_name": "string"}, {"firstName": "string", "age": "integer"}, "firstName"),
        ({"amount": ["paid", "due"]}, {"state": ["paid", "due"]}, "state"),
        ({"amount": ["paid", "due"]}, {"state": ["paid", "due"], "status": ["paid", "due"]}, None),
        ({"note": "string"}, {"total": "string"}, None),
        ({"first_name": "string"}, {"firstName": "integer"}, None),
    ],
    ids=["near name", "telling content", "two that fit", "content that says nothing", "near name of another type"],
)
def test_a_likely_new_name_is_evidence_on_the_removal_at_its_own_level(gone: Any, come: Any, likely: str | None) -> None:
    def order(members: dict[str, Any]) -> dict[str, Any]:
        told = {
            name: {"type": "string", "enum": said} if isinstance(said, list) else {"type": said} for name, said in members.items()
        }
        return {"type": "object", "properties": {"id": {"type": "string"}, **told}}

    (finding,) = [each for each in judged(orders(order(gone)), orders(order(come))) if each.rule == "property.removed"]
    (name,) = gone

    assert finding.message == f"`Order.{name}` was removed" + (f"; `{likely}` looks like its new name" if likely else "")
    assert (finding.request, finding.response) == (Impact.RISKY, Impact.BREAKING)


def test_a_definition_changed_far_away_names_every_operation_it_reaches_and_no_other() -> None:
    chain = {f"S{i}": {"type": "object", "properties": {"next": {"$ref": f"#/components/schemas/S{i + 1}"}}} for i in range(2000)}
    order = {"type": "object", "properties": {"first": {"$ref": "#/components/schemas/S0"}}}
    old, new = (orders(order, **chain, S2000=leaf) for leaf in (TOTAL, BARE))
    for side in (old, new):
        side["paths"]["/health"] = {"get": {"responses": {"200": {"description": "ok"}}}}

    (finding,) = judged(old, new)

    assert finding.address == "schemas/S2000/properties/total"
    assert finding.operations == ("GET /orders/{id}", "POST /orders")


def test_only_the_direction_asked_for_is_judged() -> None:
    (request,) = judged(orders(TOTAL), orders(BARE), Lens(direction=Direction.REQUEST))
    (response,) = judged(orders(TOTAL), orders(BARE), Lens(direction=Direction.RESPONSE))

    assert (request.impact, request.response) == (Impact.RISKY, None)
    assert (response.impact, response.request) == (Impact.BREAKING, None)


@pytest.mark.parametrize(
    ("policy", "old", "new", "impact"),
    [
        (Policy.STRICT_CODEGEN, ["a", "b"], ["a", "b", "c"], Impact.BREAKING),
        (Policy.CONSUMER, ["a", "b"], ["a", "b", "c"], Impact.RISKY),
        (Policy.LENIENT_READER, ["a", "b"], ["a", "b", "c"], Impact.SAFE),
    ],
)
def test_a_policy_moves_the_level_of_a_widened_answer(policy: Policy, old: list[str], new: list[str], impact: Impact) -> None:
    before, after = ({"type": "object", "properties": {"state": {"type": "string", "enum": enum}}} for enum in (old, new))

    (finding,) = judged(orders(before), orders(after), Lens(direction=Direction.RESPONSE, policy=policy))

    assert finding.impact is impact


@pytest.mark.parametrize(("required", "impact"), [(["total"], Impact.BREAKING), ([], Impact.RISKY)])
def test_a_lenient_reader_minds_a_lost_property_only_if_it_was_guaranteed(required: list[str], impact: Impact) -> None:
    lens = Lens(direction=Direction.RESPONSE, policy=Policy.LENIENT_READER)

    (finding,) = judged(orders({**TOTAL, "required": required}), orders(BARE), lens)

    assert finding.impact is impact


def test_a_value_gone_from_answers_is_risky_where_our_usage_reads_the_field_and_safe_elsewhere() -> None:
    before, after = ({"type": "object", "properties": {"state": {"enum": enum}}} for enum in (["a", "b", "c"], ["a", "b"]))

    def answer(*fields: str) -> Impact | None:
        lens = Lens(direction=Direction.RESPONSE, usage=Usage(fields=frozenset(fields)))
        (finding,) = judged(orders(before), orders(after), lens)
        return finding.response

    assert answer("Order.state") is Impact.RISKY
    assert answer("Order.note") is Impact.SAFE


def test_one_and_true_are_different_values() -> None:
    before, after = ({"type": "object", "properties": {"flag": {"enum": enum}}} for enum in ([1], [True]))

    assert [finding.rule for finding in judged(orders(before), orders(after))] == ["type.changed"]


def test_references_in_circles_and_to_nowhere_are_findings_or_nothing_but_never_a_crash() -> None:
    ref = "#/components/schemas/"
    circle = {"A": {"$ref": ref + "B"}, "B": {"$ref": ref + "A"}, "C": {"allOf": [{"$ref": ref + "C"}, {"type": "object"}]}}
    loops = {"D": {"not": {"$ref": ref + "D"}}, "E": {"items": {"$ref": ref + "E"}}, "F": {"anyOf": [{"$ref": ref + "F"}]}}
    everything = {"type": "object", "properties": {name: {"$ref": ref + name} for name in (*circle, *loops, "Gone")}}
    old, new = orders(everything, **circle, **loops), orders({**everything, "required": ["E"]}, **circle, **loops)

    assert [finding.rule for finding in judged(old, new)] == ["property.became-required"]


def test_a_long_chain_of_compositions_is_read_within_bounds() -> None:
    ref = "#/components/schemas/"
    chain = {f"S{i}": {"allOf": [{"$ref": f"{ref}S{i + 1}"}, {"type": "object"}]} for i in range(1500)}
    old, new = (orders({"$ref": f"{ref}S0"}, **chain, S1500=leaf) for leaf in (TOTAL, BARE))

    assert "property.removed" in {finding.rule for finding in judged(old, new)}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "the document is empty"),
        (b"[]", "an API description is an object"),
        (b'{"openapi": "4.0.0", "paths": {}}', "not a version of OpenAPI that is known: 4.0.0"),
        (b'{"openapi": "3.0.0", "paths": []}', "`paths` is not an object at /paths"),
        (b"<html><body>Sign in</body></html>", "HTML or XML where JSON or YAML is expected"),
    ],
)
def test_what_is_no_description_is_refused_in_one_line(content: bytes, what: str) -> None:
    with pytest.raises(Unreadable, match=what.replace("(", r"\(")) as refused:
        formats.load("openapi").read(Document(content=content))
    assert "\n" not in str(refused.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
WORDS = """
type properties items allOf anyOf oneOf not required enum $ref parameters responses requestBody content schema in name headers
security
additionalProperties discriminator callbacks servers url 200 application/json get /x default encoding if then patternProperties
"""
MEMBERS = st.sampled_from(WORDS.split())
ODD = st.recursive(
    JSON | st.sampled_from(["object", "#/components/schemas/A", "#/paths/~1x/get", "#", "string", "query"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=4),
    max_leaves=20,
)


@given(ODD, ODD, ODD, ODD)
def test_any_shape_of_document_is_compared_or_refused(one: Any, other: Any, schema: Any, rewritten: Any) -> None:
    documents = []
    for operation_, definition in ((one, schema), (other, rewritten)):
        paths = {"/x": {"get": operation_, "parameters": operation_}}
        documents.append(
            {"openapi": "3.1.0", "paths": paths, "components": {"schemas": {"A": definition}}, "security": operation_}
        )
    with contextlib.suppress(Unreadable):
        judged(*documents)
        judged({**documents[0], "openapi": "3.0.0"}, documents[1])
        judged(*({"swagger": "2.0", "paths": d["paths"], "definitions": {"A": schema}} for d in documents))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for prefix in (b"", b"openapi: 3.0.0\n", b'{"swagger": "2.0", '):
        with contextlib.suppress(Unreadable):
            formats.load("openapi").read(Document(content=prefix + content))


@pytest.mark.parametrize(
    "at",
    [
        ("info",),
        ("x-vendor",),
        ("servers",),
        ("paths",),
        ("paths", "/orders"),
        ("paths", "x-notes"),
        ("paths", "/orders", "summary"),
        ("paths", "/orders", "parameters"),
        ("paths", "/orders", "get"),
        ("paths", "/orders", "get", "responses"),
        ("webhooks", "ping", "post"),
        ("components", "x-notes"),
        ("components", "schemas", "Order"),
        ("definitions", "Order", "properties"),
        ("$defs", "Order"),
    ],
)
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a": ', "}")])
def test_what_is_nested_too_deep_is_refused_wherever_it_stands(at: tuple[str, ...], opening: str, closing: str) -> None:
    head = "".join(f'{{"{name}": ' for name in at)
    deep = f"{head}{opening * 300}1{closing * 300}{'}' * len(at)}"
    described = f'{{"openapi": "3.1.0", {deep[1:]}'.encode()

    with pytest.raises(Unreadable, match=r"nested deeper than 250 levels|is not an object"):
        formats.load("openapi").read(Document(content=described))
