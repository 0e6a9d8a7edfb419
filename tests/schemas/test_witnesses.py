"""Values that show what an edit of a description means, confirmed on both sides."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from schemas.change import Finding, Impact
from schemas.compare import compare
from schemas.document import Document
from schemas.lens import Lens, Proof


def described(schema: Any, version: str = "3.0.3", **parts: Any) -> dict[str, Any]:
    """One operation that sends the schema and answers with it."""
    content = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}
    operation = {"requestBody": content, "responses": {"200": content}, **parts}
    return {"openapi": version, "paths": {"/a": {"post": operation}}, "components": {"schemas": {"A": schema}}}


def asking(schema: Any) -> dict[str, Any]:
    """One operation with a query parameter."""
    parameter = {"name": "limit", "in": "query", "schema": schema}
    return {"openapi": "3.0.3", "paths": {"/a": {"get": {"parameters": [parameter], "responses": {}}}}}


def swagger(schema: Any) -> dict[str, Any]:
    ref = {"$ref": "#/definitions/A"}
    operation = {"parameters": [{"name": "b", "in": "body", "schema": ref}], "responses": {"200": {"schema": ref}}}
    return {"swagger": "2.0", "paths": {"/a": {"post": operation}}, "definitions": {"A": schema}}


def answering(header: Any) -> dict[str, Any]:
    responses = {"200": {"headers": {"X-Left": {"required": True, "schema": header}}}}
    return {"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": responses}}}}


def found(old: Any, new: Any, lens: Lens = Lens()) -> tuple[Finding, ...]:
    before, after = (Document(content=orjson.dumps(side)) for side in (old, new))
    return tuple(one for one in compare(before, after, format="openapi", lens=lens).findings if one.impact > Impact.SAFE)


def record(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


NAME = {"type": "string"}


@pytest.mark.parametrize(
    ("old", "new", "rule", "witness"),
    [
        (described(record(n=NAME)), described(record(n={**NAME, "nullable": True})), "null.added", {"n": None}),
        (described(record(n={"enum": ["a", "b"]})), described(record(n={"enum": ["a"]})), "enum.value-removed", {"n": "b"}),
        (described(record(n=NAME)), described({**record(n=NAME), "required": ["n"]}), "property.became-required", {}),
        (asking({"type": "integer", "maximum": 100}), asking({"type": "integer", "maximum": 50}), "limit.max-lowered", 100),
        (swagger(record(n=NAME)), swagger(record(n={**NAME, "x-nullable": True})), "null.added", {"n": None}),
        (
            swagger({"type": "array", "items": NAME}),
            swagger({"type": "array", "items": {"type": "number"}}),
            "type.changed",
            [""],
        ),
        (answering({"type": "integer"}), answering({"type": "string", "pattern": "^[a-z]$"}), "type.changed", "a"),
        (
            described({"type": "number", "minimum": 3, "exclusiveMinimum": False}),
            described({"type": "number", "minimum": 3, "exclusiveMinimum": True}),
            "limit.min-raised",
            3,
        ),
    ],
)
def test_an_edit_of_data_is_shown_by_a_value(old: Any, new: Any, rule: str, witness: Any) -> None:
    (one,) = found(old, new)
    assert (one.rule, one.witness) == (rule, witness)


def test_what_no_value_can_show_has_none() -> None:
    (one,) = found(described({"type": "string", "format": "date"}), described({"type": "string", "format": "uuid"}))
    assert (one.impact, one.witness) == (Impact.BREAKING, None)


def test_a_number_written_as_text_shows_nothing_where_values_travel_as_text() -> None:
    (one,) = found(asking({"type": "string", "enum": ["1", "2"]}), asking({"type": "integer", "enum": [1]}))
    assert one.witness in ("2", 2)


def test_the_search_ends_however_many_edits_there_are() -> None:
    many = {f"p{i}": {"type": "string", "maxLength": 9} for i in range(1000)}
    fewer = {name: {**schema, "maxLength": 8} for name, schema in many.items()}
    shown = [one.witness is not None for one in found(described(record(**many)), described(record(**fewer)))]
    assert len(shown) == 1000
    assert 100 < sum(shown) < 1000


def test_large_documents_are_searched_only_when_asked() -> None:
    old, new = (described(record(n={"type": kind}), **{"x-padding": "x" * 600_000}) for kind in ("string", "integer"))
    assert [one.witness for one in found(old, new)] == [None]
    assert [one.witness is None for one in found(old, new, Lens(proof=Proof.ALWAYS))] == [False]


@pytest.mark.parametrize("broken", [{"$ref": "http://127.0.0.1:1/a.json"}, {"$ref": "#/nowhere"}, {"type": 1}, {"pattern": "("}])
def test_a_schema_that_a_validator_cannot_read_shows_nothing(broken: Any) -> None:
    for one in (
        *found(described({"type": "integer", "maximum": 3}), described(broken)),
        *found(described(broken), described({"type": "integer"})),
    ):
        assert one.witness is None or isinstance(one.witness, int | float | str | list | dict | bool)
