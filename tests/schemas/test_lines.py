"""The line a finding points to is the one where the thing is written, however the document is laid out."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

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


_NAMES = st.text(st.sampled_from('ab"\\/~é:{ '), min_size=1, max_size=4) | st.sampled_from(["0", "1", "properties", "- a"])
_TREES = st.recursive(
    st.none() | st.integers(0, 9) | st.sampled_from(["", "a: b", '"a": 1', "}"]),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(_NAMES, below, max_size=6),
    max_leaves=30,
)


def written_lines(tree: Any, at: str = "", line: int = 1) -> dict[str, int]:
    """The line of each member in what `json.dumps` writes with an indent, counted from how many lines each value takes."""
    found = {at: line}
    children = list(tree.items()) if isinstance(tree, dict) else list(enumerate(tree)) if isinstance(tree, list) else []
    line += 1
    for name, below in children:
        found |= written_lines(below, f"{at}/{str(name).replace('~', '~0').replace('/', '~1')}", line)
        line += json.dumps(below, indent=2).count("\n") + 1
    return found


@settings(max_examples=60)
@given(tree=st.dictionaries(_NAMES, _TREES, min_size=3, max_size=5), wide=st.booleans(), ascii=st.booleans())
def test_every_member_of_any_document_laid_out_by_a_tool_is_found(tree: dict[str, Any], wide: bool, ascii: bool) -> None:
    if wide:  # more members than are looked for one by one
        tree = {"many": {**{f"m{n}": {"a": {"0": n}} for n in range(40)}, **tree}, **tree}
    lines = Lines(json.dumps(tree, indent=2, ensure_ascii=ascii).encode(), tree)

    expected = written_lines(tree)

    assert expected == {at: lines.of(at) for at in expected}
