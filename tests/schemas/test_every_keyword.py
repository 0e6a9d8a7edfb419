"""Each keyword that a schema may hold, changed alone: on each side it is a finding of some rule, or waived with a reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_specifications import REGISTRY

from schemas.change import Finding
from schemas.compare import compare
from schemas.document import Document
from schemas.rules import catalogue
from schemas.rules.data import WAIVED

ABSENT = object()
SEND, READ = "what we send", "what we read"
TEXT: dict[str, Any] = {"type": "string"}
WORDS: dict[str, Any] = {"type": "array", "items": TEXT}
PAIR: dict[str, Any] = {"type": "object", "properties": {"a": TEXT, "b": TEXT}}
COUNT: dict[str, Any] = {"type": "integer"}
EITHER: dict[str, Any] = {"oneOf": [{"$ref": "#/components/schemas/Card"}, {"$ref": "#/components/schemas/Bank"}]}

EDITS: dict[str, tuple[Any, Any, Any]] = {
    "type": ({}, ABSENT, "string"),
    "const": (TEXT, ABSENT, "a"),
    "enum": (TEXT, ["a", "b"], ["a", "b", "c"]),
    "format": (TEXT, ABSENT, "uuid"),
    "maxLength": (TEXT, 5, 4),
    "minLength": (TEXT, 2, 3),
    "pattern": (TEXT, "^a", "^ab"),
    "maximum": (COUNT, 9, 8),
    "minimum": (COUNT, 1, 2),
    "exclusiveMaximum": (COUNT, 9, 8),
    "exclusiveMinimum": (COUNT, 1, 2),
    "multipleOf": (COUNT, 2, 4),
    "items": ({"type": "array"}, ABSENT, TEXT),
    "prefixItems": ({"type": "array"}, ABSENT, [TEXT]),
    "contains": (WORDS, ABSENT, {"const": "a"}),
    "minContains": ({**WORDS, "contains": {"const": "a"}}, ABSENT, 2),
    "maxContains": ({**WORDS, "contains": {"const": "a"}}, ABSENT, 2),
    "maxItems": (WORDS, 5, 4),
    "minItems": (WORDS, 2, 3),
    "uniqueItems": (WORDS, ABSENT, True),
    "unevaluatedItems": ({"type": "array", "prefixItems": [TEXT]}, ABSENT, False),
    "properties": ({"type": "object"}, {"a": TEXT}, {"a": COUNT}),
    "patternProperties": ({"type": "object"}, {"^x": TEXT}, {"^x": COUNT}),
    "additionalProperties": (PAIR, ABSENT, False),
    "unevaluatedProperties": (PAIR, ABSENT, False),
    "propertyNames": (PAIR, ABSENT, {"maxLength": 3}),
    "required": (PAIR, ABSENT, ["a"]),
    "maxProperties": (PAIR, 5, 4),
    "minProperties": (PAIR, 1, 2),
    "dependentRequired": (PAIR, ABSENT, {"a": ["b"]}),
    "dependentSchemas": (PAIR, ABSENT, {"a": {"required": ["b"]}}),
    "allOf": (PAIR, ABSENT, [{"required": ["a"]}]),
    "anyOf": ({}, [TEXT, COUNT], [TEXT, COUNT, {"type": "boolean"}]),
    "oneOf": ({}, [TEXT, COUNT], [TEXT, COUNT, {"type": "boolean"}]),
    "not": (TEXT, ABSENT, {"enum": ["a"]}),
    "if": ({**PAIR, "then": {"required": ["b"]}}, ABSENT, {"required": ["a"]}),
    "then": ({**PAIR, "if": {"required": ["a"]}}, ABSENT, {"required": ["b"]}),
    "else": ({**PAIR, "if": {"required": ["a"]}}, ABSENT, {"required": ["b"]}),
    "$ref": ({}, "#/components/schemas/Card", "#/components/schemas/Bank"),
    "$dynamicRef": ({}, "#/components/schemas/Card", "#/components/schemas/Bank"),
    "default": (TEXT, "a", "b"),
    "deprecated": (TEXT, ABSENT, True),
    "readOnly": (TEXT, ABSENT, True),
    "writeOnly": (TEXT, ABSENT, True),
    "contentEncoding": (TEXT, ABSENT, "base64"),
    "contentMediaType": (TEXT, ABSENT, "text/csv"),
    "contentSchema": ({**TEXT, "contentMediaType": "application/json"}, {"required": ["a"]}, {"required": ["a", "b"]}),
    "discriminator": (EITHER, {"propertyName": "kind"}, {"propertyName": "type"}),
    "title": (TEXT, "one", "two"),
    "description": (TEXT, "one", "two"),
    "examples": (TEXT, ["a"], ["b"]),
    "example": (TEXT, "a", "b"),
    "externalDocs": (TEXT, ABSENT, {"url": "https://docs.example.com"}),
    "xml": (TEXT, ABSENT, {"name": "x"}),
    "$comment": (TEXT, "one", "two"),
    "$id": (TEXT, ABSENT, "https://schemas.example.com/order"),
    "$anchor": (TEXT, ABSENT, "order"),
    "$dynamicAnchor": (TEXT, ABSENT, "order"),
    "$defs": (TEXT, ABSENT, {"Spare": COUNT}),
    "$schema": (TEXT, ABSENT, "https://spec.openapis.org/oas/3.1/dialect/base"),
    "$vocabulary": (TEXT, ABSENT, {"https://json-schema.org/draft/2020-12/vocab/core": True}),
}
"""A schema, and the keyword's value before and after."""

OF_OPENAPI = {"discriminator", "xml", "externalDocs", "example"}
_META = "https://json-schema.org/draft/2020-12/meta/"


def keywords() -> set[str]:
    """What the 2020-12 vocabularies and OpenAPI's own name."""
    parts = ("core", "applicator", "unevaluated", "validation", "meta-data", "format-annotation", "content")
    return OF_OPENAPI.union(*(REGISTRY.contents(f"{_META}{part}")["properties"] for part in parts))


def described(side: str, schema: dict[str, Any], keyword: str, value: Any) -> Document:
    written = schema if value is ABSENT else {**schema, keyword: value}
    content = {"content": {"application/json": {"schema": {"type": "object", "properties": {"it": written}}}}}
    operation: dict[str, Any] = {"responses": {"200": {"description": "ok"}}}
    if side == SEND:
        operation["requestBody"] = content
    else:
        operation["responses"]["200"] |= content
    card, bank = ({"type": "object", "properties": {name: TEXT, "kind": TEXT, "type": TEXT}} for name in ("card", "iban"))
    root = {
        "openapi": "3.1.0",
        "info": {"title": "orders", "version": "1"},
        "paths": {"/orders": {"post": operation}},
        "components": {"schemas": {"Card": card, "Bank": bank}},
    }
    return Document(content=json.dumps(root).encode())


def changes() -> Iterator[Any]:
    for keyword, (schema, before, after) in EDITS.items():
        for side in (SEND, READ):
            for way, old, new in (("forward", before, after), ("back", after, before)):
                yield pytest.param(keyword, side, schema, old, new, id=f"{keyword}-{side}-{way}")


def found(keyword: str, side: str, schema: dict[str, Any], old: Any, new: Any) -> tuple[Finding, ...]:
    return compare(described(side, schema, keyword, old), described(side, schema, keyword, new), format="openapi").findings


def waived(keyword: str, side: str) -> str | None:
    return WAIVED.get(keyword) or WAIVED.get(f"{keyword} in {side}")


def test_every_keyword_is_known_here() -> None:
    assert keywords() - EDITS.keys() == set()


@pytest.mark.parametrize(("keyword", "side", "schema", "old", "new"), [*changes()])
def test_a_changed_keyword_is_a_finding_or_waived(keyword: str, side: str, schema: dict[str, Any], old: Any, new: Any) -> None:
    findings = found(keyword, side, schema, old, new)

    assert {finding.rule for finding in findings} <= catalogue().keys()
    assert all((finding.request if side == SEND else finding.response) is not None for finding in findings)
    assert bool(findings) or waived(keyword, side)


def test_no_waiver_is_stale() -> None:
    silent = {
        (keyword, side)
        for keyword, (schema, before, after) in EDITS.items()
        for side in (SEND, READ)
        if not found(keyword, side, schema, before, after) or not found(keyword, side, schema, after, before)
    }
    needed = {name for keyword, side in silent for name in (keyword, f"{keyword} in {side}")}

    assert set(WAIVED) - needed == set()
    assert all(WAIVED.values())
