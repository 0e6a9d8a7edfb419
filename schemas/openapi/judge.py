"""`jsonschema` with the meaning that descriptions give to schemas: `nullable`, older bounds, references that stand alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from schemas.proof.witness import HOME, Judge

if TYPE_CHECKING:
    from schemas.openapi.description import Description

_WORDS: dict[str, Any] = jsonschema.Draft202012Validator.VALIDATORS
Errors = Iterator[jsonschema.ValidationError]


def judge(description: Description) -> Judge:
    """One that knows the whole description, to be turned to one of its places."""
    root: Any = description.root
    home: Any = Resource.from_contents(root, default_specification=DRAFT202012)
    registry: Any = Registry().with_resource(HOME, home)
    return Judge(True, words=_OWN, registry=registry, alone=not description.dialect.siblings)


def _null(instance: Any, schema: Any) -> bool:
    return instance is None and (schema.get("nullable") is True or schema.get("x-nullable") is True)


def _type(validator: Any, types: Any, instance: Any, schema: Any) -> Errors:
    if not _null(instance, schema):
        yield from _WORDS["type"](validator, types, instance, schema) or ()


def _enum(validator: Any, values: Any, instance: Any, schema: Any) -> Errors:
    if not _null(instance, schema):
        yield from _WORDS["enum"](validator, values, instance, schema) or ()


def _minimum(validator: Any, limit: Any, instance: Any, schema: Any) -> Errors:
    word = "exclusiveMinimum" if schema.get("exclusiveMinimum") is True else "minimum"
    yield from _WORDS[word](validator, limit, instance, schema) or ()


def _maximum(validator: Any, limit: Any, instance: Any, schema: Any) -> Errors:
    word = "exclusiveMaximum" if schema.get("exclusiveMaximum") is True else "maximum"
    yield from _WORDS[word](validator, limit, instance, schema) or ()


def _exclusive_minimum(validator: Any, limit: Any, instance: Any, schema: Any) -> Errors:
    if not isinstance(limit, bool):
        yield from _WORDS["exclusiveMinimum"](validator, limit, instance, schema) or ()


def _exclusive_maximum(validator: Any, limit: Any, instance: Any, schema: Any) -> Errors:
    if not isinstance(limit, bool):
        yield from _WORDS["exclusiveMaximum"](validator, limit, instance, schema) or ()


def _required(validator: Any, names: Any, instance: Any, schema: Any) -> Errors:
    if isinstance(names, list):
        yield from _WORDS["required"](validator, names, instance, schema) or ()


_OWN = {
    "type": _type,
    "enum": _enum,
    "minimum": _minimum,
    "maximum": _maximum,
    "exclusiveMinimum": _exclusive_minimum,
    "exclusiveMaximum": _exclusive_maximum,
    "required": _required,
}
