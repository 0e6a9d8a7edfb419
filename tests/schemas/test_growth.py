"""What a comparison costs grows as the documents do, however their definitions refer to each other. Counted in calls."""

from __future__ import annotations

import json
import sys
from types import FrameType
from typing import Any

import pytest

from schemas.compare import compare
from schemas.document import Document


def described(size: int, steps: tuple[int, ...], *, changed: bool) -> Document:
    """A description whose definitions lead `steps` further round a circle; every fifth differs between the sides."""

    def definition(number: int) -> dict[str, Any]:
        kind = "integer" if changed and number % 5 == 0 else "string"
        leads = {f"next{step}": {"$ref": f"#/components/schemas/Thing{(number + step) % size}"} for step in steps}
        return {"type": "object", "properties": {"id": {"type": kind}, **leads}}

    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing0"}}}
    operation = {"requestBody": {"content": content}, "responses": {"200": {"description": "one", "content": content}}}
    schemas = {f"Thing{number}": definition(number) for number in range(size)}
    tree = {"openapi": "3.0.3", "paths": {"/things": {"post": operation}}, "components": {"schemas": schemas}}
    return Document(content=json.dumps(tree, indent=1).encode())


def calls(old: Document, new: Document) -> int:
    """How many functions are called to compare two documents."""
    counted = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        compare(old, new)
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize("steps", [(), (1,), (1, 3, 7), (1, 2, -1)], ids=str)
def test_twice_the_document_costs_twice_as_much_whatever_cycles_it_has(steps: tuple[int, ...]) -> None:
    sizes = (50, 100, 200, 400)
    pairs = [(described(size, steps, changed=False), described(size, steps, changed=True)) for size in sizes]
    calls(*pairs[0])  # what is imported and remembered on first use is no part of the growth

    first, second, third, last = (calls(old, new) for old, new in pairs)

    assert last - third < 2.2 * (third - second) < 2.2 * 2.2 * (second - first)
