"""A refactoring of an API description is no change, and one mutation is one finding."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.change import Finding
from schemas.compare import compare
from schemas.document import Document

Schema = dict[str, Any]

SCALARS = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "nullable": True},
        {"type": "integer", "format": "int64", "minimum": 1},
        {"type": "number", "maximum": 9.5},
        {"type": "boolean"},
        {"type": "string", "enum": ["a", "b"]},
        {"type": "string", "maxLength": 9, "pattern": "^[a-z]+$"},
        {"$ref": "#/components/schemas/Leaf"},
        {"$ref": "#/components/schemas/Node"},
    ]
)
NAMES = st.sampled_from(["a", "b", "c", "d"])


def grown(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    record = st.fixed_dictionaries(
        {"type": st.just("object"), "properties": st.dictionaries(NAMES, inner, min_size=1, max_size=3)},
        optional={"required": st.lists(NAMES, unique=True, min_size=1), "additionalProperties": st.just(False) | inner},
    )
    array = st.fixed_dictionaries({"type": st.just("array"), "items": inner}, optional={"minItems": st.just(1)})
    return st.one_of(record.map(possible), array, st.fixed_dictionaries({"oneOf": st.lists(inner, min_size=2, max_size=3)}))


def possible(record: Schema) -> Schema:
    """A closed object that requires what it does not know accepts nothing, and no edit of it has an effect."""
    if record.get("additionalProperties") is not False or "required" not in record:
        return record
    return record | {"required": [name for name in record["required"] if name in record["properties"]]}


SCHEMAS = st.recursive(SCALARS, grown, max_leaves=7)


def described(schema: Schema, version: str = "3.0.3", **more: Schema) -> dict[str, Any]:
    leaf = {
        "type": "object",
        "properties": {"id": {"type": "string"}, "up": {"$ref": "#/components/schemas/Node"}},
        "required": ["id"],
    }
    node = {"type": "object", "properties": {"kids": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}}}}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Root"}}}
    operation = {"requestBody": {"content": content}, "responses": {"200": {"content": content}}}
    schemas = {"Root": {"type": "object", "properties": {"x": schema}}, "Leaf": leaf, "Node": node, **more}
    return {"openapi": version, "paths": {"/x": {"post": operation}}, "components": {"schemas": schemas}}


def judged(old: dict[str, Any], new: dict[str, Any]) -> tuple[Finding, ...]:
    before, after = (Document(content=json.dumps(side).encode()) for side in (old, new))
    return compare(before, after, format="openapi").findings


def everywhere(schema: Any, edit: Callable[[Schema], Schema]) -> Any:
    """The schema with `edit` applied to each schema in it, innermost first."""
    if isinstance(schema, list):
        return [everywhere(item, edit) for item in schema]
    if not isinstance(schema, dict):
        return schema
    done = dict(schema)
    if "properties" in done:
        done["properties"] = {name: everywhere(inner, edit) for name, inner in done["properties"].items()}
    for word in ("items", "additionalProperties", "oneOf"):
        if isinstance(done.get(word), dict | list):
            done[word] = everywhere(done[word], edit)
    return edit(done)


def wrapped(schema: Schema) -> Schema:
    return {"allOf": [schema], "description": "the same"}


def split(schema: Schema) -> Schema:
    if schema.get("type") != "object" or "additionalProperties" in schema:
        return schema
    parts = [{"type": "object", "properties": {name: inner}} for name, inner in schema["properties"].items()]
    return {"allOf": [*parts, {"required": schema.get("required", [])}, {"type": "object"}]}


def reordered(schema: Schema) -> Schema:
    turned = {name: schema[name] for name in reversed(schema)}
    for word in ("oneOf", "required", "enum"):
        if word in turned:
            turned[word] = turned[word][::-1]
    if "properties" in turned:
        turned["properties"] = dict(reversed(turned["properties"].items()))
    return turned


def spelled_out(schema: Schema) -> Schema:
    if schema.get("type") == "object":
        return {"additionalProperties": True, **schema}
    if schema.get("type") == "array":
        return {"minItems": 0, "uniqueItems": False, **schema}
    return schema if "$ref" in schema else {"x-note": 1, "example": "b", **schema}


def modern(schema: Schema) -> Schema:
    if schema.get("nullable"):
        return {name: value for name, value in schema.items() if name != "nullable"} | {"type": [schema["type"], "null"]}
    return schema


@settings(max_examples=60, deadline=None)
@given(SCHEMAS)
def test_a_description_written_in_another_way_is_no_change(schema: Schema) -> None:
    plain = described(schema)
    for edit in (wrapped, split, reordered, spelled_out):
        rewritten = described(everywhere(schema, edit))
        assert judged(plain, rewritten) == ()
        assert judged(rewritten, plain) == ()
    assert judged(plain, described(everywhere(schema, modern), version="3.1.0")) == ()
    extracted = described({"$ref": "#/components/schemas/Taken"}, Taken=schema)
    assert judged(plain, extracted) == ()
    assert judged(extracted, plain) == ()


def mutations(schema: Any, place: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Callable[[Schema], None]]]:
    """Single edits of the schema, each with the place it is made at."""
    found: list[tuple[tuple[Any, ...], Callable[[Schema], None]]] = []
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            for name in schema["properties"]:
                found.append((place, lambda s, name=name: s["properties"].pop(name)))
                found.extend(mutations(schema["properties"][name], (*place, "properties", name)))
            found.append((place, lambda s: s["properties"].update(z={"type": "string"})))
            if schema.get("additionalProperties") is not False:  # else so many members were never possible
                found.append((place, lambda s: s.update(maxProperties=99)))
        if schema.get("type") == "array":
            found.append((place, lambda s: s.update(uniqueItems=True)))
            found.extend(mutations(schema["items"], (*place, "items")))
        if schema.get("type") in ("integer", "boolean"):
            found.append((place, lambda s: s.update(type="string", format="uuid")))
        if schema.get("enum"):
            found.append((place, lambda s: s.update(enum=["a", "b", "c"])))
    return found


@settings(max_examples=60, deadline=None)
@given(SCHEMAS, st.integers(0, 1000))
def test_one_mutation_is_one_finding(schema: Schema, pick: int) -> None:
    possible = mutations(schema)
    if not possible:
        return
    place, edit = possible[pick % len(possible)]
    mutated = json.loads(json.dumps(schema))
    here: Any = mutated
    for step in place:
        here = here[step]
    edit(here)

    assert len(judged(described(schema), described(mutated))) == 1
