"""A published schema of the answers: JSON Schema, or the success response of an operation of an OpenAPI description.

Read as far as shapes can contradict it: types, null, required, closed objects. What a value must be (enum, pattern, bounds)
is not asked, for no value is kept. Only references inside the document are followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from schemas.errors import Unreadable
from schemas.pointer import unescape

MAX_BRANCHES = 64
"""Alternatives of one schema that are told apart; of more, nothing is said."""

_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


class Untold(Exception):
    """What a schema says cannot be told here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One alternative of what a value may be. `types` None is any. `closed`: no property but those named."""

    types: frozenset[str] | None = None
    properties: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    closed: bool = False
    rest: Sequence[Any] = ()
    items: Sequence[Any] = ()

    def allows(self, kind: str) -> bool:
        return self.types is None or kind in self.types or (kind == "integer" and "number" in self.types)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A schema and the document its references are in. `schema` is any JSON. `operations`: that, whose answer it is of."""

    root: Mapping[str, Any]
    schema: Any
    operations: tuple[str, ...] = ()

    def branches(self, schemas: Sequence[Any]) -> list[Branch] | None:
        """The alternatives of a value that all of `schemas` hold for; None where they are too many or lead nowhere."""
        try:
            return _product([self._of(schema, ()) for schema in schemas])
        except Untold:
            return None

    def _of(self, schema: Any, followed: tuple[str, ...]) -> list[Branch]:
        """`followed` are the references on the way here: a circle of them says nothing."""
        if schema is False:
            raise Untold
        if not isinstance(schema, dict):
            return [Branch()]
        parts: list[list[Branch]] = [[_own(schema)]]
        ref = schema.get("$ref")
        if ref is not None:
            if ref in followed:
                raise Untold
            parts.append(self._of(self.referred(ref), (*followed, ref)))
        parts.extend(self._of(part, followed) for part in _schemas(schema.get("allOf")))
        for key in ("anyOf", "oneOf"):
            alternatives: list[Branch] = []
            for part in _schemas(schema.get(key)):
                alternatives.extend(self._of(part, followed))
                if len(alternatives) > MAX_BRANCHES:
                    raise Untold
            if alternatives:
                parts.append(alternatives)
        found = _product(parts)
        if schema.get("nullable") is True:
            found.append(Branch(types=frozenset({"null"})))
        return found

    def referred(self, ref: Any) -> Any:
        """What a reference inside the document leads to; raises `Untold` for any other."""
        if not isinstance(ref, str) or not ref.startswith("#"):
            raise Untold
        target: Any = self.root
        for step in ref[1:].split("/")[1:]:
            target = target.get(unescape(step)) if isinstance(target, dict) else None
        if not isinstance(target, dict | bool):
            raise Untold
        return target


def _product(parts: Sequence[list[Branch]]) -> list[Branch]:
    found = [Branch()]
    for part in parts:
        if len(found) * len(part) > MAX_BRANCHES:
            raise Untold
        found = [_both(one, other) for one in found for other in part]
    return found


def _own(schema: Mapping[str, Any]) -> Branch:
    """What the keywords of one schema say by themselves."""
    types = _types(schema)
    named = schema.get("properties")
    properties = named if isinstance(named, dict) else {}
    sent_only = {name for name, each in properties.items() if isinstance(each, dict) and each.get("writeOnly") is True}
    required = schema.get("required")
    rest = [schema["additionalProperties"]] if isinstance(schema.get("additionalProperties"), dict) else []
    patterns = schema.get("patternProperties")
    closed = schema.get("additionalProperties") is False and not patterns
    items = schema.get("items") if "prefixItems" not in schema else None
    return Branch(
        types=types or None,
        properties={name: (each,) for name, each in properties.items()},
        required=frozenset(each for each in required if isinstance(each, str)) - sent_only
        if isinstance(required, list)
        else frozenset(),
        closed=closed,
        rest=() if patterns else rest,
        items=(items,) if isinstance(items, dict) else (),
    )


def _types(schema: Mapping[str, Any]) -> frozenset[str]:
    given = schema.get("type")
    listed = given if isinstance(given, list) else [given]
    return frozenset(each for each in listed if isinstance(each, str))


def _both(one: Branch, other: Branch) -> Branch:
    """A value that both hold for."""
    types = one.types if other.types is None else other.types if one.types is None else _common(one.types, other.types)
    names = {*one.properties, *other.properties}
    return Branch(
        types=types,
        properties={name: (*one.properties.get(name, ()), *other.properties.get(name, ())) for name in sorted(names)},
        required=one.required | other.required,
        closed=one.closed or other.closed,
        rest=(*one.rest, *other.rest),
        items=(*one.items, *other.items),
    )


def _common(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    common = set(one & other)
    if ("number" in one and "integer" in other) or ("integer" in one and "number" in other):
        common.add("integer")
    return frozenset(common)


def _schemas(value: Any) -> list[Any]:
    return [each for each in value if isinstance(each, dict | bool)] if isinstance(value, list) else []


def is_schema(value: Any) -> bool:
    """Whether the JSON is surely a JSON Schema and no answer."""
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("$schema"), str):
        return True
    properties = value.get("properties")
    if value.get("type") != "object" or not isinstance(properties, dict) or not properties:
        return False
    for each in properties.values():
        if not isinstance(each, dict) or not (_types(each) or "$ref" in each) or not _types(each) <= _TYPES:
            return False
    return True


def is_description(value: Any) -> bool:
    return isinstance(value, dict) and ("openapi" in value or "swagger" in value) and isinstance(value.get("paths"), dict)


def published_in(root: Mapping[str, Any], operations: frozenset[str] = frozenset()) -> Published:
    """What a document publishes of an answer: all of a JSON Schema, of a description what `of_operation` finds."""
    return of_operation(root, operations) if is_description(root) else Published(root=root, schema=root)


def of_operation(root: Mapping[str, Any], operations: frozenset[str]) -> Published:
    """The answer of the one operation among `operations` (`GET /orders/{id}`), or of the only one that there is to read."""
    answers = {key: schema for key, schema in _answers(root) if not operations or key in operations}
    if len(answers) != 1:
        of = f"{len(answers)} operations" if answers else "no operation"
        raise Unreadable(
            f"{of} could have given the answers",
            hint="name it, as `GET /path`: `operation` of a target, `operations` of a usage file",
        )
    ((operation, schema),) = answers.items()
    return Published(root=root, schema=schema, operations=(operation,))


def _answers(root: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every operation with a JSON answer of success, and that answer's schema."""
    whole = Published(root=root, schema=root)

    def followed(value: Any) -> Any:
        try:
            return whole.referred(value["$ref"]) if isinstance(value, dict) and "$ref" in value else value
        except Untold:
            return None

    for path, item in root["paths"].items():
        methods = followed(item)
        for method, operation in methods.items() if isinstance(methods, dict) else ():
            responses = operation.get("responses") if isinstance(operation, dict) else None
            for status, response in sorted(responses.items()) if isinstance(responses, dict) else ():
                answer = followed(response)
                if not str(status).startswith("2") or not isinstance(answer, dict):
                    continue
                schema = answer.get("schema")
                content = answer.get("content")
                for media, said in content.items() if isinstance(content, dict) else ():
                    if "json" in media and isinstance(said, dict) and schema is None:
                        schema = said.get("schema")
                if schema is not None:
                    yield f"{method.upper()} {path}", schema
                    break


def dumped(published: Published) -> bytes:
    """The schema with all that it refers to and nothing else, for `loaded`."""
    kept: dict[str, Any] = {}
    waiting, seen = [published.schema], set[str]()
    while waiting:
        for ref in _references(waiting.pop()):
            if ref in seen:
                continue
            seen.add(ref)
            try:
                kept[ref] = published.referred(ref)
            except Untold:
                continue
            waiting.append(kept[ref])
    told = {"schema": published.schema, "operations": list(published.operations), "references": kept}
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


@lru_cache(maxsize=8)
def loaded(content: bytes) -> Published:
    told = orjson.loads(content)
    root: dict[str, Any] = {}
    for ref in sorted(told["references"], key=lambda each: each.count("/")):
        *steps, last = [unescape(step) for step in ref[1:].split("/")[1:]] or [""]
        holder = root
        for step in steps:
            holder = holder.setdefault(step, {})
        holder.setdefault(last, told["references"][ref])
    return Published(root=root, schema=told["schema"], operations=tuple(told["operations"]))


def _references(schema: Any) -> Iterator[str]:
    waiting = [schema]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if isinstance(each.get("$ref"), str):
                yield each["$ref"]
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
