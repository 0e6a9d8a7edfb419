"""GraphQL documents of ours: what they use of a schema, and which of them a change makes invalid."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from graphql import build_schema, introspection_from_schema

from schemas import formats
from schemas.change import Finding, Impact, Use
from schemas.compare import compare
from schemas.document import Document
from schemas.errors import Unreadable
from schemas.lens import Lens
from schemas.usage import Usage
from schemas.usages import understand
from schemas.usages.graphql_documents import check
from schemas.usages.recorded import Text
from tests.conftest import RealData

ROOT = Path(__file__).parents[2]
SCHEMA = """\
type Query { order(id: ID!): Order search(text: String!, first: Int = 5): [Hit!]! node(id: ID!): Node }
type Mutation { place(input: NewOrder!): Order cancel(id: ID!): Boolean }
interface Node { id: ID! }
type Order implements Node {
  id: ID! total: Int! status: Status! note: String lines(first: Int, after: String): [Line!]! buyer: User when: Moment
}
type Line { sku: String! count: Int! }
type User implements Node { id: ID! name: String! email: String }
type Shop implements Node { id: ID! name: String! }
union Hit = Order | User | Shop
enum Status { OPEN PAID }
enum Channel { WEB PHONE }
input NewOrder { sku: String! count: Int = 1 via: Channel gift: Gift }
input Gift { text: String wrap: Boolean }
input Range { from: Int to: Int }
scalar Moment
directive @hot on FIELD | QUERY
"""
ORDERS = """\
query GetOrder($id: ID!) {
  order(id: $id) { id total status @hot lines(first: 3) { sku } ...Who }
}

mutation Place($input: NewOrder!) {
  place(input: $input) { id }
}
"""
WHO = """\
fragment Who on Order {
  buyer { name }
  when
}
"""
FIND = """\
query Find {
  search(text: "x") {
    __typename
    ... on User { email }
  }
}

query Any { node(id: "1") { id } }

mutation Phone { place(input: {sku: "a", via: PHONE}) { id } }
"""
OURS = tuple(Text(source=f"{name}.graphql", text=text) for name, text in (("orders", ORDERS), ("who", WHO), ("find", FIND)))


def introspection(schema: str) -> bytes:
    return json.dumps({"data": introspection_from_schema(build_schema(schema))}).encode()


def judged(new: str, documents: tuple[Text, ...] = OURS, old: str = SCHEMA) -> dict[tuple[str, str], Finding]:
    lens = Lens(usage=Usage(documents=documents))
    findings = compare(Document(content=old.encode()), Document(content=new.encode()), format="graphql", lens=lens).findings
    return {(finding.rule, finding.address): finding for finding in findings}


def replaced(was: str, now: str) -> str:
    assert SCHEMA.count(was) == 1
    return SCHEMA.replace(was, now)


@pytest.mark.parametrize(
    ("was", "now", "rule", "address", "use"),
    [
        (" total: Int!", "", "gql.field.removed", "Order.total", Use.USED),
        (" note: String", "", "gql.field.removed", "Order.note", Use.UNUSED),
        (" total: Int!", " total: Int", "gql.field.nullable", "Order.total", Use.USED),
        ("Line { sku: String! count: Int!", "Line { sku: String!", "gql.field.removed", "Line.count", Use.UNUSED),
        (" cancel(id: ID!): Boolean", "", "gql.field.removed", "Mutation.cancel", Use.UNUSED),
        ("(first: Int, after: String)", "(after: String)", "gql.arg.removed", "Order.lines(first:)", Use.USED),
        ("(first: Int, after: String)", "(first: Int)", "gql.arg.removed", "Order.lines(after:)", Use.UNUSED),
        ("OPEN PAID", "OPEN PAID VOID", "enum.value-added", "Status.VOID", Use.USED),
        ("OPEN PAID", "OPEN", "gql.enum.value-removed", "Status.PAID", Use.USED),
        ("WEB PHONE", "WEB", "gql.enum.value-removed", "Channel.PHONE", Use.USED),
        ("WEB PHONE", "PHONE", "gql.enum.value-removed", "Channel.WEB", Use.COARSE),
        (" gift: Gift", "", "gql.input.field-removed", "NewOrder.gift", Use.COARSE),
        ("Gift { text: String ", "Gift { ", "gql.input.field-removed", "Gift.text", Use.COARSE),
        ("Range { from: Int ", "Range { ", "gql.input.field-removed", "Range.from", Use.UNUSED),
        ("Gift { text", "Gift { by: ID! text", "gql.input.field-required-added", "Gift.by", Use.COARSE),
        ("NewOrder { sku", "NewOrder { by: ID! sku", "gql.input.field-required-added", "NewOrder.by", Use.USED),
        ("Hit = Order | User | Shop", "Hit = Order | User", "gql.union.member-removed", "Hit", Use.USED),
        (" | QUERY", "", "gql.directive.removed", "@hot", Use.USED),
    ],
)
def test_a_change_meets_what_our_documents_say(was: str, now: str, rule: str, address: str, use: Use) -> None:
    assert judged(replaced(was, now))[rule, address].use is use


@pytest.mark.parametrize(
    ("was", "now", "rule", "address", "operation", "refused"),
    [
        (
            " total: Int!",
            "",
            "gql.field.removed",
            "Order.total",
            "`GetOrder` of ours (orders.graphql:2)",
            "Cannot query field 'total' on type 'Order'.",
        ),
        (
            "type Line { sku: String! count: Int! }",
            "type Line { id: ID! count: Int! }",
            "gql.field.removed",
            "Line.sku",
            "`GetOrder` of ours (orders.graphql:2)",
            "Cannot query field 'sku' on type 'Line'.",
        ),
        (
            "(first: Int, after: String)",
            "(first: Int, after: String, of: ID!)",
            "gql.arg.required-added",
            "Order.lines(of:)",
            "`GetOrder` of ours (orders.graphql:2)",
            "Argument 'Order.lines(of:)' of type 'ID!' is required, but it was not provided.",
        ),
        (
            "order(id: ID!)",
            "order(id: Int!)",
            "gql.arg.type-changed",
            "Query.order(id:)",
            "`GetOrder` of ours (orders.graphql:1)",
            "Variable '$id' of type 'ID!' used in position expecting type 'Int!'.",
        ),
        (
            "buyer: User",
            "buyer: Line",
            "gql.field.type-changed",
            "Order.buyer",
            "`GetOrder` of ours (who.graphql:2)",
            "Cannot query field 'name' on type 'Line'.",
        ),
        (
            "scalar Moment",
            "type Moment { iso: String }",
            "gql.type.kind-changed",
            "Moment",
            "`GetOrder` of ours (who.graphql:3)",
            "Field 'when' of type 'Moment' must have a selection of subfields.",
        ),
        (
            "Hit = Order | User | Shop",
            "Hit = Order | Shop",
            "gql.union.member-removed",
            "Hit",
            "`Find` of ours (find.graphql:4)",
            "objects of type 'Hit' can never be of type 'User'.",
        ),
        (
            "NewOrder { sku",
            "NewOrder { by: ID! sku",
            "gql.input.field-required-added",
            "NewOrder.by",
            "`Phone` of ours (find.graphql:10)",
            "Expected value of type 'NewOrder' to include required field 'by'",
        ),
        (
            "WEB PHONE",
            "WEB",
            "gql.enum.value-removed",
            "Channel.PHONE",
            "`Phone` of ours (find.graphql:10)",
            "Value 'PHONE' does not exist in 'Channel' enum.",
        ),
    ],
)
def test_the_edit_that_makes_an_operation_invalid_says_so(
    was: str, now: str, rule: str, address: str, operation: str, refused: str
) -> None:
    found = judged(replaced(was, now))
    cause = found[rule, address]
    assert (cause.use, cause.impact) == (Use.USED, Impact.BREAKING)
    assert cause.consequence.startswith(f"operation {operation} becomes invalid: ")
    assert refused in cause.consequence
    assert [finding for finding in found.values() if "becomes invalid" in finding.consequence] == [cause]


def test_several_operations_that_one_edit_breaks_are_told_together() -> None:
    (cause,) = [f for f in judged(replaced(" place(input: NewOrder!): Order", "")).values() if f.impact is Impact.BREAKING]
    assert cause.address == "Mutation.place"
    assert cause.consequence.endswith("; so do Phone")


def test_what_was_invalid_before_is_not_told() -> None:
    documents = (Text(source="old.graphql", text="query Old { order(id: 1) { gone id @client } }"),)
    found = judged(replaced(" note: String", ""), documents)
    assert [finding.consequence for finding in found.values() if "becomes invalid" in finding.consequence] == []


def test_an_introspection_is_met_like_its_sdl() -> None:
    new = replaced(" total: Int!", "")
    lens = Lens(usage=Usage(documents=OURS))
    answers = [
        compare(Document(content=before), Document(content=after), format="graphql", lens=lens).findings
        for before, after in (
            (SCHEMA.encode(), new.encode()),
            (introspection(SCHEMA), introspection(new)),
            (introspection(SCHEMA), new.encode()),
        )
    ]
    assert [[(f.rule, f.address, f.use, f.consequence) for f in findings] for findings in answers] == 3 * [
        [(f.rule, f.address, f.use, f.consequence) for f in answers[0]]
    ]


@pytest.mark.parametrize(
    "schema",
    [
        "type Order { id: ID! }",
        "type Query { order(id: ID!): Missing }",
        "type Query { order: Order order: Int }\ntype Order { id: ID! id: Int }",
        "type Query\ntype Order",
        "type Query { order(id: ID! = {a: [1, X], b: $no}): Order }\ntype Order { id: Order }",
        "type Query implements Query { order: Query } union U = U | Order enum E { true } type Order { a: [[E!]] }",
    ],
)
def test_a_broken_schema_is_met_without_a_crash(schema: str) -> None:
    assert judged(schema)
    assert judged(SCHEMA, old=schema)


def test_declared_names_and_what_documents_name_in_vain_are_told() -> None:
    texts = (Text(source="a.graphql", text="query A { order(id: 1) { nope } ...Lost }\nsubscription S { tick }"),)
    usage = Usage(documents=texts, operations=frozenset({"Query.order", "Query.nothing"}))
    understood = understand(usage, "graphql", formats.load("graphql").read(Document(content=SCHEMA.encode())))
    assert dict(understood.unmatched) == {
        "Query.nothing": "the schema has no such name",
        "Order.nope (a.graphql:1)": "the schema has no such field",
        "fragment Lost (a.graphql:1)": "no file of ours defines it",
        "S (a.graphql:2)": "the schema has no such subscription operation type",
    }


def test_documents_of_another_api_declare_nothing() -> None:
    documents = (Text(source="else.graphql", text="query Else { weather { wind } }"),)
    assert {finding.use for finding in judged(replaced(" note: String", ""), documents).values()} == {Use.UNDECLARED}


def test_the_answer_is_the_same_under_any_hash_seed() -> None:
    program = (
        "import sys\n"
        "from tests.schemas.test_usage_graphql import judged, SCHEMA\n"
        "new = SCHEMA.replace('total: Int!', '').replace('Order | User | Shop', 'Order').replace(' sku: String!', ' id: ID!')\n"
        "print(*judged(new).values(), sep='\\n')\n"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2", "3")
    }
    assert len(answers) == 1
    assert answers.pop().count("becomes invalid") >= 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("query {", "not a GraphQL document: Expected Name, found <EOF>. at line 1, column 8"),
        ("query A {\n  a(\n}", "not a GraphQL document: Expected Name, found '}'. at line 3, column 1"),
        ("", "not a GraphQL document: Unexpected <EOF>. at line 1, column 1"),
        ("type A { b: Int }", "a GraphQL document of ours has operations or fragments; this has neither at line 1"),
        ("{a" * 5000, "nested too deep"),
    ],
)
def test_what_is_no_document_is_refused_and_says_where(text: str, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        check(Text(source="a.graphql", text=text))
    assert message in str(caught.value)


def test_the_real_schema_is_met_and_says_what_we_use(real_data: RealData) -> None:
    old, new = (real_data(f"github-graphql/schema-{version}.graphql.gz") for version in ("15.0.0", "15.26.0"))
    ours = Text(
        source="cards.graphql",
        text="query Cards($o: String!, $n: String!) { repository(owner: $o, name: $n) {"
        " issue(number: 1) { author { login ... on User { name } } projectCards(first: 1) { nodes { note } } } } }",
    )
    lens = Lens(usage=Usage(documents=(ours,)))
    findings = compare(Document(content=old), Document(content=new), format="graphql", lens=lens).findings
    used = {finding.address for finding in findings if finding.use is Use.USED and finding.notice}
    assert used == {"ProjectCard.note"}
    assert [finding for finding in findings if "becomes invalid" in finding.consequence] == []
    assert {finding.use for finding in findings if finding.impact is Impact.BREAKING} == {Use.UNUSED}
