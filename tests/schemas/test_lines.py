"""The line a finding points to is the one where the thing is written, however the document is laid out."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from schemas import text
from schemas.compare import compare
from schemas.document import Document
from schemas.lines import Lines

TREE: Any = {
    "openapi": "3.0.3",
    "paths": {
        "/orders/{id}": {"get": {"tags": ["a", "b"], "parameters": [{"name": "id", "in": "path"}, {"name": "q", "in": "query"}]}}
    },
    "components": {
        "schemas": {"Order": {"properties": {"id": {"type": "string"}, "name": {"type": "string"}}, "required": ["id"]}}
    },
}


def line_of(content: bytes, at: str) -> int | None:
    return Lines(content, text.parse(Document(content=content))).of(at)


def pointers(tree: Any, at: str = "") -> list[str]:
    children = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    names = [(str(name).replace("~", "~0").replace("/", "~1"), below) for name, below in children]
    return [at, *(found for name, below in names for found in pointers(below, f"{at}/{name}"))]


@pytest.mark.parametrize(
    "content",
    [json.dumps(TREE, indent=2), json.dumps(TREE, indent=4), json.dumps(TREE, indent="\t").expandtabs(3), yaml.safe_dump(TREE)],
)
def test_each_member_is_found_on_its_line(content: str) -> None:
    lines = content.split("\n")
    named = [at for at in pointers(TREE) if at and not at.rpartition("/")[2].isdigit()]

    for at in named:
        line = line_of(content.encode(), at)
        assert line is not None
        assert at.rpartition("/")[2].replace("~1", "/") in lines[line - 1]
    assert len(named) == 19


def test_a_document_in_one_line_has_no_lines_to_tell() -> None:
    assert line_of(json.dumps(TREE).encode(), "/components") is None


def test_a_finding_points_into_the_new_document_or_into_the_old_one_for_what_is_gone() -> None:
    old = """
swagger: "2.0"
paths:
  /orders:
    get:
      responses:
        200:
          schema: {$ref: '#/definitions/Order'}
definitions:
  Order:
    properties:
      id: {type: string}
      note:
        type: string
"""
    gone, come = old[: old.index("      note")], old.replace("type: string}", "type: integer}")

    (removed,) = compare(Document(content=old.encode()), Document(content=gone.encode())).findings
    (changed,) = compare(Document(content=old.encode()), Document(content=come.encode())).findings

    assert (removed.source.pointer, removed.source.line) == ("/definitions/Order/properties/note", 13)
    assert (changed.source.pointer, changed.source.line) == ("/definitions/Order/properties/id", 12)


def test_asking_for_many_lines_answers_as_asking_for_each() -> None:
    content = yaml.safe_dump(TREE).encode()
    lines = Lines(content, TREE)

    assert [lines.of(at) for at in pointers(TREE)] == [line_of(content, at) for at in pointers(TREE)]


@pytest.mark.parametrize(
    ("content", "at", "line"),
    [
        ("a:\n  - in: query\n    name: x\n  - in: path\n    name: y\n", "/a/1/in", 4),
        ("a:\n- in: query\n  name: x\n- in: path\n  name: y\nb: 1\n", "/a/1/name", 5),
        ("a:\n- in: query\n  name: x\nb: 1\n", "/b", 4),
        ('{\n  "a": {\n    "x\\u00e9": 1,\n    "y\\/z": 2\n  }\n}', "/a/xé", 3),
        ('{\n  "a": {\n    "x\\u00e9": 1,\n    "y\\/z": 2\n  }\n}', "/a/y~1z", 4),
        ('{\n  "a": [\n    "one: two",\n    "three: four"\n  ]\n}', "/a/1", 4),
        ('{\n  "a": {"b": 1},\n  "c": {\n    "b": 2\n  }\n}', "/a/b", 2),
    ],
)
def test_lists_escapes_and_members_on_one_line(content: str, at: str, line: int) -> None:
    assert line_of(content.encode(), at) == line
