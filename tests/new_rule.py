"""`make new-rule ID=property.foo`: a row in its table, and a folder of the corpus with documents that have yet to show it.

The corpus tests find the folder by its being there; for a format that has none yet, one is written. They fail until the pair
differs in what the rule is about, and the engine says so: begin there.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLES: Mapping[str, str] = {
    "operation": "openapi",
    "exchange": "openapi",
    "data": "openapi",
    "graphql": "graphql",
    "avro": "avro",
    "odata": "odata",
    "protobuf": "protobuf",
    "salesforce": "salesforce",
    "wsdl": "wsdl",
    "sample": "sample",
}
"""The modules under `schemas/rules/`, and the format that a case of theirs is written in unless one is named."""

_ID = re.compile(r"[a-z]+(\.[a-z][a-z0-9-]*){1,2}")
_LEVELS = re.compile(r"(B\+|R\+|[BRSN-]) (B\+|R\+|[BRSN-])")
_WORDS = {"B": "breaking", "R": "risky", "S": "safe", "N": "safe"}

_OPENAPI = """\
openapi: 3.0.3
info:
  title: orders
  version: '1'
paths:
  /orders:
    post:
      requestBody:
        required: true
        content:
          application/json:
            schema:
              $ref: '#/components/schemas/Order'
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/Order'
components:
  schemas:
    Order:
      type: object
      properties:
        x:
          type: string
"""
_JSON_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {"x": {"type": "string"}},
}
_DESCRIBE = {"name": "Invoice__c", "fields": [{"name": "Status__c", "type": "string", "length": 80}]}
_XSD = """\
<xs:schema targetNamespace="urn:shop" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:shop">
  <xs:element name="order" type="Order"/>
  <xs:complexType name="Order">
    <xs:sequence>
      <xs:element name="id" type="xs:string"/>
    </xs:sequence>
  </xs:complexType>
</xs:schema>
"""
_ODATA = """\
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
  <edmx:DataServices>
    <Schema Namespace="shop" xmlns="http://docs.oasis-open.org/odata/ns/edm">
      <EntityType Name="Order">
        <Key><PropertyRef Name="Id"/></Key>
        <Property Name="Id" Type="Edm.String" Nullable="false"/>
      </EntityType>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
"""

DOCUMENTS: Mapping[str, tuple[str, str, str]] = {
    "openapi": (".yaml", _OPENAPI, "schemas/Order/properties/x"),
    "jsonschema": (".json", json.dumps(_JSON_SCHEMA, indent=1) + "\n", "properties/x"),
    "graphql": (".graphql", "type Query {\n  order(id: ID!): String\n}\n", "Query.order"),
    "odata": (".xml", _ODATA, "shop.Order.Id"),
    "wsdl": (".xsd", _XSD, "Order.id"),
    "protobuf": (".proto", 'syntax = "proto3";\n\nmessage Order {\n  string id = 1;\n}\n', "Order.id"),
    "salesforce": (".json", json.dumps(_DESCRIBE, indent=1) + "\n", "Invoice__c.Status__c"),
    "sample": (".json", json.dumps({"id": 1, "status": "open"}, indent=1) + "\n", "status"),
}
"""Format to the ending of its files, the smallest document of it, and an address in that."""

_TEST = '''\
"""The corpus of {format}."""

from __future__ import annotations

import pytest

from tests.schemas.judged_corpus import Case, cases


@pytest.mark.parametrize(("case", "order"), cases("{format}"))
def test_a_case_of_the_corpus_is_judged_as_expected(case: Case, order: str) -> None:
    assert case.found(order) == case.expected(order)
'''


class Refused(Exception):
    """Why there is no such rule to begin. The text says what to do."""


def begin(root: Path, id: str, levels: str, format: str | None, table: str | None) -> Sequence[Path]:
    """Write the row and its corpus; gives the files written. Raises `Refused`, and then nothing was written."""
    if not _ID.fullmatch(id):
        raise Refused(f"{id!r} is no id of a rule: write subject.what, such as property.renamed, in small letters")
    told = _LEVELS.fullmatch(levels)
    if told is None:
        raise Refused(f"{levels!r} are no levels: write REQUEST RESPONSE in B, R, S, N, - (or B+, R+), such as LEVELS='B S'")
    if format is not None and format not in DOCUMENTS:
        raise Refused(f"{format!r} is no format here; valid: {', '.join(DOCUMENTS)}")
    rows = {name: rows_in(root / "schemas" / "rules" / f"{name}.py") for name in TABLES}
    if any(id in known for known in rows.values()):
        raise Refused(f"there is a rule {id} already, and an id is for ever: choose another")
    home = table or _home(id, rows)
    if home not in TABLES:
        raise Refused(f"no table has rules about {id.partition('.')[0]!r}: name one with TABLE=, of {', '.join(TABLES)}")
    written_in = format or TABLES[home]
    folder = root / "tests" / "corpus" / written_in / id
    if folder.exists():
        raise Refused(f"there is a case {folder.relative_to(root)} already: choose another id, or take it away")
    row = _add_row(root / "schemas" / "rules" / f"{home}.py", rows[home], id, levels)
    return [row, *_add_case(folder, written_in, id, told[1], told[2]), *_register(root, written_in)]


def rows_in(table: Path) -> Mapping[str, int]:
    """The ids of a table in their order, each with the last line of its row."""
    for node in ast.parse(table.read_text("utf-8")).body:
        named = node.targets[0] if isinstance(node, ast.Assign) else None
        if (
            isinstance(node, ast.Assign)
            and isinstance(named, ast.Name)
            and named.id == "RULES"
            and isinstance(node.value, ast.Tuple)
        ):
            return {_id_of(each): each.end_lineno or 0 for each in node.value.elts if _id_of(each)}
    raise Refused(f"{table} has no RULES")


def _id_of(row: ast.expr) -> str:
    first = row.args[0] if isinstance(row, ast.Call) and row.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _home(id: str, rows: Mapping[str, Mapping[str, int]]) -> str:
    """The table whose rules share the most with the id, from the left; empty where none shares the subject."""
    subject = id.partition(".")[0]
    return next((name for name, known in rows.items() if any(each.partition(".")[0] == subject for each in known)), "")


def _add_row(table: Path, known: Mapping[str, int], id: str, levels: str) -> Path:
    """After the last row that begins alike, so that a subject stays together."""
    alike = [line for each, line in known.items() if each.rpartition(".")[0] == id.rpartition(".")[0]]
    alike = alike or [line for each, line in known.items() if each.partition(".")[0] == id.partition(".")[0]]
    at = max(alike or known.values())
    lines = table.read_text("utf-8").splitlines(keepends=True)
    told = [id, "say when it holds", levels, "say why that is its level"]
    row = "".join(["    row(\n", *(f'        "{each}",\n' for each in told), "    ),\n"])
    table.write_text("".join([*lines[:at], row, *lines[at:]]), "utf-8")
    return table


def _add_case(folder: Path, format: str, id: str, request: str, response: str) -> Sequence[Path]:
    suffix, document, address = DOCUMENTS[format]
    sides = {"request": _WORDS.get(request[0]), "response": _WORDS.get(response[0])}
    expected = {"forward": [{"rule": id, "address": address, **sides}], "back": []}
    folder.mkdir(parents=True)
    files = {f"before{suffix}": document, f"after{suffix}": document, "expected.json": json.dumps(expected, indent=1) + "\n"}
    for name, content in files.items():
        (folder / name).write_text(content, "utf-8")
    return [folder / name for name in files]


def _register(root: Path, format: str) -> Sequence[Path]:
    """A test of the format's corpus, where there is none yet."""
    tests = root / "tests" / "schemas"
    if any(f'"order"), cases("{format}")' in path.read_text("utf-8") for path in tests.glob("test_*.py")):
        return []
    made = tests / f"test_{format}_corpus.py"
    made.write_text(_TEST.format(format=format), "utf-8")
    return [made]


def main() -> int:
    arguments = argparse.ArgumentParser(prog="make new-rule", description="Begin a rule: its row and its corpus.")
    arguments.add_argument("id", help="subject.what, such as property.renamed")
    arguments.add_argument("--levels", default="R R", help="request and response, in B, R, S, N, -")
    arguments.add_argument("--format", help="what its case is written in")
    arguments.add_argument("--table", help="the module under schemas/rules/")
    given = arguments.parse_args()
    try:
        written = begin(ROOT, given.id, given.levels, given.format or None, given.table or None)
    except Refused as refused:
        sys.stderr.write(f"make new-rule: {refused}\n")
        return 3
    for path in written:
        sys.stdout.write(f"  {path.relative_to(ROOT)}\n")
    sys.stdout.write(
        f"Next: word the row; make the smallest change in after.*; put what both orders must find into expected.json; watch it\n"
        f"fail with `make test ARGS='-k {given.id}'`; then report {given.id} where its neighbours are reported\n"
        f"(`grep -rn '\"{given.id.partition('.')[0]}\\.' schemas/`), and add a harmless look-alike as a folder of its own.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
