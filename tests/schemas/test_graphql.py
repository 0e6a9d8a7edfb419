"""GraphQL schemas: each rule in both directions, real schemas, and whatever text comes."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from typing import Any

import graphql
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import formats
from schemas.change import Direction, Finding, Impact, Use
from schemas.compare import compare
from schemas.document import Document
from schemas.errors import Unreadable
from schemas.graphql import sdl
from schemas.graphql.model import Type
from schemas.lens import Lens
from schemas.rules.graphql import RULES
from schemas.usage import Usage
from tests.conftest import RealData
from tests.schemas.judged_corpus import Case, cases, rules_shown

VERSIONS = ("15.0.0", "15.9.0", "15.12.0", "15.25.0", "15.26.0")

TRUTH = {
    "VALUE_REMOVED_FROM_ENUM": "gql.enum.value-removed",
    "FIELD_REMOVED": "gql.field.removed",
    "TYPE_REMOVED": "gql.type.removed",
    "TYPE_CHANGED_KIND": "gql.type.kind-changed",
    "IMPLEMENTED_INTERFACE_REMOVED": "gql.interface.removed",
    # The one entry of this kind is an input field that became non-null.
    "FIELD_CHANGED_KIND": "gql.input.field-required-added",
}


def judged(old: str, new: str, lens: Lens = Lens()) -> tuple[Finding, ...]:
    return compare(Document(content=old.encode()), Document(content=new.encode()), format="graphql", lens=lens).findings


def github(real_data: RealData, version: str) -> Document:
    return Document(content=real_data(f"github-graphql/schema-{version}.graphql.gz"))


@pytest.mark.parametrize(("case", "order"), cases("graphql"))
def test_a_case_of_the_corpus_is_judged_as_expected(case: Case, order: str) -> None:
    assert case.found(order) == case.expected(order)


def test_every_rule_has_a_case() -> None:
    assert {row.id for row in RULES} - rules_shown("graphql") == set()


@pytest.mark.parametrize(("old", "new"), [("15.0.0", "15.9.0"), ("15.9.0", "15.12.0"), ("15.25.0", "15.26.0")])
def test_the_breaking_findings_of_a_real_pair_are_those_of_the_ground_truth(old: str, new: str, real_data: RealData) -> None:
    truth = json.loads(real_data("github-graphql/ground-truth.json"))
    (pair,) = [row for row in truth["pairs"] if (row["from"], row["to"]) == (old, new)]

    found = compare(github(real_data, old), github(real_data, new), format="graphql").findings

    breaking = [f for f in found if f.impact is Impact.BREAKING]
    # Each entry is exactly one finding: its rule, and its name in the entry's text.
    unexplained = list(breaking)
    for entry in pair["breaking"]:
        (match,) = [f for f in breaking if TRUTH[entry["kind"]] == f.rule and _told(entry["text"], f)]
        unexplained.remove(match)
    assert unexplained == []


def _told(text: str, finding: Finding) -> bool:
    words = text.rstrip(".").split()
    return finding.address in words


def test_a_real_pair_without_danger_has_only_additions(real_data: RealData) -> None:
    found = compare(github(real_data, "15.9.0"), github(real_data, "15.12.0"), format="graphql").findings

    assert {(f.rule, f.impact) for f in found} == {
        ("op.added", Impact.SAFE),
        ("property.optional-added", Impact.SAFE),
    }


def test_what_a_broken_document_defines_twice_is_told_and_nothing_more(real_data: RealData) -> None:
    found = compare(github(real_data, "15.25.0"), github(real_data, "15.26.0"), format="graphql").findings

    assert [f.address for f in found if f.rule == "schema.unclassified"] == [
        "EnterpriseOwnerInfo.repositoryDeployKeySetting",
        "EnterpriseOwnerInfo.repositoryDeployKeySettingOrganizations",
    ]


def test_sdl_and_introspection_of_one_release_do_not_differ(real_data: RealData) -> None:
    written = github(real_data, "15.9.0")
    answered = Document(content=real_data("github-graphql/introspection-15.9.0.json.gz"))

    assert compare(written, answered, format="graphql").findings == ()
    assert compare(answered, written, format="graphql").findings == ()


def test_introspection_against_a_later_sdl_finds_what_both_sdls_find(real_data: RealData) -> None:
    answered = Document(content=real_data("github-graphql/introspection-15.9.0.json.gz"))
    later = github(real_data, "15.12.0")

    def told(old: Document) -> list[tuple[str, str]]:
        return [(f.rule, f.address) for f in compare(old, later, format="graphql").findings]

    assert told(answered) == told(github(real_data, "15.9.0"))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_parser_reads_a_real_schema_as_the_reference_implementation_does(version: str, real_data: RealData) -> None:
    text = real_data(f"github-graphql/schema-{version}.graphql.gz").decode()
    pieces = sdl.split(text)
    expected: dict[str, Any] = {}
    for node in graphql.parse(text, no_location=True).definitions:
        if isinstance(node, graphql.ObjectTypeDefinitionNode | graphql.InterfaceTypeDefinitionNode):
            expected[node.name.value] = {
                field.name.value: (
                    graphql.print_ast(field.type),
                    {argument.name.value: graphql.print_ast(argument.type) for argument in field.arguments or ()},
                )
                for field in node.fields or ()
            }
        elif isinstance(node, graphql.InputObjectTypeDefinitionNode):
            expected[node.name.value] = {
                field.name.value: (graphql.print_ast(field.type), field.default_value is not None) for field in node.fields or ()
            }
        elif isinstance(node, graphql.EnumTypeDefinitionNode):
            expected[node.name.value] = {value.name.value for value in node.values or ()}
        elif isinstance(node, graphql.UnionTypeDefinitionNode):
            expected[node.name.value] = {member.name.value for member in node.types or ()}

    assert {name: _content(sdl.parse_type(pieces[name])) for name in expected} == expected


def _content(found: Type) -> Any:
    if found.kind in ("type", "interface"):
        return {
            name: (field.type, {key: argument.type for key, argument in field.arguments.items()})
            for name, field in found.fields.items()
        }
    if found.kind == "input":
        return {name: (field.type, field.default is not None) for name, field in found.inputs.items()}
    return set(found.values) if found.kind == "enum" else set(found.members)


def test_a_real_schema_equals_itself_with_other_line_ends_and_comments(real_data: RealData) -> None:
    text = real_data("github-graphql/schema-15.0.0.graphql.gz")
    rewritten = b"# generated\r\n" + text.replace(b"\n", b"\r\n")

    assert compare(Document(content=text), Document(content=rewritten), format="graphql").findings == ()


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (Usage(), Use.UNDECLARED),
        (Usage(operations=frozenset({"Query.order"})), Use.COARSE),
        (Usage(operations=frozenset({"Query.ping"})), Use.UNUSED),
        (Usage(fields=frozenset({"Line.price"})), Use.USED),
        (Usage(fields=frozenset({"Line.count"})), Use.UNUSED),
    ],
)
def test_a_change_three_types_away_knows_whether_we_reach_it(used: Usage, expected: Use) -> None:
    schema = (
        "type Query { order: Order ping: Int } type Order { lines: [Line!]! next: Order } type Line { price: Int! count: Int }"
    )
    (found,) = judged(schema, schema.replace("price: Int!", "price: Int"), Lens(usage=used))

    assert found.use is expected


def test_a_finding_names_the_root_fields_that_name_its_type() -> None:
    old = "type Query { order: Order orders(by: By): [Order!]! ping: Int } type Order { id: ID! } input By { id: ID }"
    found = judged(old, old.replace("type Order { id: ID! }", "type Order { id: ID }").replace("{ id: ID }", "{ id: ID }"))

    assert [(f.address, f.operations) for f in found] == [("Order.id", ("Query.order", "Query.orders"))]


def test_a_finding_points_to_its_line() -> None:
    old = 'type Query {\n  "the total"\n  total: Int!\n  id: ID\n}\n'
    (changed,) = judged(old, old.replace("Int!", "Int"))
    (gone,) = judged(old, old.replace("  id: ID\n", ""))

    assert (changed.source.line, gone.source.line) == (3, 4)


def test_a_finding_points_to_the_definition_and_not_to_a_value_of_the_same_name() -> None:
    old = "input By {\n  in: [E] = [\n    A by\n  ]\n  by: E\n}\nenum E { A by }\ntype Query { a(\n  by: By\n): Int }\n"
    found = judged(old, old.replace("by: E", "by: E!").replace("by: By", "by: [By]"))

    assert [(f.address, f.source.line) for f in found] == [("By.by", 5), ("Query.a(by:)", 9)]


def test_ten_times_the_members_cost_ten_times_the_work_and_not_a_hundred_times() -> None:
    # Quadratic work on these would not end before the time-out of the test.
    many = 20_000
    fields = "\n".join(f"f{n}: Int" for n in range(many))
    values = " ".join(f"V{n}" for n in range(many))
    parts = "\n".join(f"extend type Part {{ p{n}: Int }}" for n in range(many // 4))
    old = f"type Query {{\n{fields}\n}}\nenum E {{ {values} }}\ntype Part {{ p: Int }}\n{parts}"
    found = judged(old, "type Query { f: Int } enum E { V } type Part { q: Int }")

    assert Counter(f.rule for f in found) == {
        "gql.field.removed": many + many // 4 + 1,
        "gql.enum.value-removed": many,
        "op.added": 1,
        "property.optional-added": 1,
        "enum.value-added": 1,
    }
    assert max(f.source.line or 0 for f in found) == many + 4 + many // 4


def test_only_the_direction_looked_at_is_judged() -> None:
    old, new = "type Query { a(b: Int): Int! }", "type Query { a(b: Int!): Int }"

    assert [f.rule for f in judged(old, new, Lens(direction=Direction.RESPONSE))] == ["gql.field.nullable"]
    sent = judged(old, new, Lens(direction=Direction.REQUEST))
    assert [(f.rule, f.impact) for f in sent] == [
        ("gql.arg.required-added", Impact.BREAKING),
        ("gql.field.nullable", Impact.SAFE),
    ]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "not a GraphQL schema: it defines nothing"),
        (b"<html>log in</html>", "not a GraphQL schema: expected a type definition, found what is no token at line 1, column 1"),
        (b"query { viewer }", "not a GraphQL schema: expected a type definition, found 'query' at line 1, column 1"),
        (b"type Query {\n  a: Int", "not a GraphQL schema: expected a name, found the end at line 2, column 9"),
        (b"type Query {\n  a: [Int\n}", "not a GraphQL schema: expected ']', found '}' at line 3, column 1"),
        (b'type Query { a(b: Int = "x): Int }', "not a GraphQL schema: expected a name, found what is no token"),
        (b"type Query { a: " + b"[" * 3000 + b"Int", "not a GraphQL schema: expected at most 60 nested lists"),
        (b"type Query { a(b: Int = " + b"[" * 3000 + b"): Int }", "not a GraphQL schema: expected at most 60 nested values"),
        (b"type Query { a: \xff }", "not a GraphQL schema: the text is not UTF-8 at byte 16"),
        (b'{"data": {"__schema": null}}', "no introspection result: `__schema` is missing at /data"),
        (b'{"errors": [{"message": "x"}]}', "the server answered the introspection query with errors; introspection may be off"),
        (b'{"__schema": {"types": []}}', "not an introspection result: it has no types at /__schema/types"),
        (b'{"__schema": {"types": [{"kind": "OBJECT"}]}}', "not an introspection result: a name is missing at /__schema/types/0"),
        (
            b'{"__schema": {"types": [{"kind": "OBJECT", "name": "Q", "fields": [{"name": "a", "type": {"kind": "LIST"}}]}]}}',
            "not an introspection result: a type leads to no name at /__schema/types/0/fields/0/type",
        ),
        (b'{"__schema": ' + b"[" * 5000, "not JSON: "),
    ],
)
def test_what_is_no_schema_is_unreadable_and_says_where(raw: bytes, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        formats.load("graphql").read(Document(content=raw))

    assert str(caught.value).startswith(message)


TOKENS = st.sampled_from(
    [
        *("type", "input", "enum", "union", "scalar", "interface", "directive", "schema", "extend", "implements", "on"),
        *("A", "B", "query", "a", "b", "{", "}", "(", ")", "[", "]", ":", "=", "|", "&", "!", "@", ",", "\n", "#x\n"),
        *('"', '""', '"""', '"t"', '"""d"""', "1", "-1.5e3", "$", "...", "null", "repeatable", "\\", "\ufeff", "type A { a: B }"),
    ]
)


@given(st.lists(TOKENS, max_size=25), st.lists(TOKENS, max_size=25))
def test_any_text_is_read_or_refused_and_never_differs_from_itself(old: list[str], new: list[str]) -> None:
    with contextlib.suppress(Unreadable):
        judged(" ".join(old), " ".join(new))
    with contextlib.suppress(Unreadable):
        assert judged(" ".join(new), "\n# again\n".join(["", " ".join(new)])) == ()


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["OBJECT", "LIST", "NON_NULL", "ENUM", "x", "1", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kind", "name", "fields", "args", "type", "ofType", "defaultValue", "enumValues", "interfaces"]),
            inner,
        )
    ),
    max_leaves=10,
)


@given(st.fixed_dictionaries({"types": SHAPES}, optional={"directives": SHAPES, "queryType": SHAPES}))
def test_any_introspection_result_is_read_or_refused(schema: object) -> None:
    raw = json.dumps({"__schema": schema})
    with contextlib.suppress(Unreadable):
        assert judged(raw, raw + "\n") == ()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    found = formats.load("graphql")
    found.recognises(Document(content=raw))
    with contextlib.suppress(Unreadable):
        found.read(Document(content=raw))
