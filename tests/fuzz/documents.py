"""Documents that look right and are wrong in places: keywords where they belong, with what does not belong below them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

_NAMES = ("a", "b", "id", "$ref", "", "ä", "a/b", "a~b", "x-note")
_REFS = (
    "#", "#/", "#/$defs/a", "#/$defs/b", "#/definitions/a", "#/components/schemas/a", "#/components/schemas/b", "#a", "a",
    "#/properties/a", "#/allOf/0", "#/not", "#/paths/~1a/get", "#/components/parameters/a", "#/components/responses/a",
    "file:///etc/passwd", "http://127.0.0.1:1/a.json", "https://example.com/a#/b", "other.json", "//host/a", "#/%zz", "#/a/0/-1",
    "#/components/pathItems/a", "http://[", "urn:a", "a#b#c", "\x00",
)  # fmt: skip
_TYPES = ("string", "integer", "number", "boolean", "object", "array", "null", "file", "any", "")
_PATTERNS = (
    "^a+$",
    "(a+)+$",
    "[",
    "(?<=a)b",
    "^[a-z]{2,5}$",
    "\\d+",
    "(?P<x>a)(?P=x)",
    "a{99999}",
    "\\p{L}",
    "^(a|aa)+$",
    "\ud7ff",
    "",
)
_NUMBERS = (0, 1, -1, 2, 0.1, 1e308, -1e-300, 5e-324, 2**63, 2**64 - 1, 1.5, 10, 3)
ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.sampled_from(_NUMBERS), st.sampled_from(("", "a", "true", "\x00", "2020-01-01")),
    st.just([]), st.just({}), st.just([[]]), st.just([None, 1]), st.just({"a": {}}),
)  # fmt: skip
"""What stands somewhere by mistake."""

SCHEMA: Mapping[str, str] = {
    "type": "types", "enum": "values", "const": "odd", "format": "format", "nullable": "flag", "default": "odd",
    "properties": "schemas", "required": "names", "additionalProperties": "schema", "patternProperties": "patterned",
    "propertyNames": "schema", "minProperties": "number", "maxProperties": "number", "dependentRequired": "dependent",
    "dependentSchemas": "schemas", "dependencies": "dependent", "unevaluatedProperties": "schema", "items": "schema",
    "prefixItems": "list", "additionalItems": "schema", "contains": "schema", "minContains": "number", "maxContains": "number",
    "unevaluatedItems": "schema", "minItems": "number", "maxItems": "number", "uniqueItems": "flag", "minLength": "number",
    "maxLength": "number", "pattern": "pattern", "minimum": "number", "maximum": "number", "exclusiveMinimum": "limit",
    "exclusiveMaximum": "limit", "multipleOf": "number", "allOf": "list", "anyOf": "list", "oneOf": "list", "not": "schema",
    "if": "schema", "then": "schema", "else": "schema", "$ref": "ref", "$dynamicRef": "ref", "$recursiveRef": "ref",
    "$defs": "schemas", "definitions": "schemas", "$id": "ref", "id": "ref", "$anchor": "name", "$dynamicAnchor": "name",
    "readOnly": "flag", "writeOnly": "flag", "deprecated": "flag", "discriminator": "discriminator", "contentSchema": "schema",
    "contentMediaType": "name", "contentEncoding": "name", "title": "name", "x-sunset": "name", "xml": "odd",
}  # fmt: skip
"""Each keyword, and what belongs below it."""


def schema(draw: Draw, depth: int = 3) -> Any:
    """A schema of any draft, mixed without regard for which keyword goes with which."""
    if depth <= 0 or draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from([True, False, {}, {"type": "string"}, {"$ref": draw(st.sampled_from(_REFS))}, None]))
    words = draw(st.lists(st.sampled_from(tuple(SCHEMA)), max_size=5, unique=True))
    return {word: _below(draw, SCHEMA[word], depth - 1) for word in words}


def _below(draw: Draw, role: str, depth: int) -> Any:
    if draw(st.integers(0, 19)) == 0:
        return draw(ODD)
    few = draw(st.integers(0, 3))
    names = st.sampled_from(_NAMES)
    match role:
        case "schema":
            return schema(draw, depth)
        case "schemas":
            return {draw(names): schema(draw, depth) for _ in range(few)}
        case "patterned":
            return {draw(st.sampled_from(_PATTERNS)): schema(draw, depth) for _ in range(few)}
        case "list":
            return [schema(draw, depth) for _ in range(few)]
        case "names":
            return [draw(names) for _ in range(few)]
        case "dependent":
            return {draw(names): schema(draw, depth) if draw(st.booleans()) else [draw(names)] for _ in range(few)}
        case "types":
            return draw(st.sampled_from(_TYPES) | st.lists(st.sampled_from(_TYPES), max_size=3))
        case "values":
            return [draw(ODD) for _ in range(few)]
        case "format":
            return draw(st.sampled_from(("int32", "int64", "date", "date-time", "uuid", "binary", "byte", "odd", "")))
        case "pattern":
            return draw(st.sampled_from(_PATTERNS))
        case "ref":
            return draw(st.sampled_from(_REFS))
        case "flag":
            return draw(st.booleans())
        case "number":
            return draw(st.sampled_from(_NUMBERS))
        case "limit":
            return draw(st.sampled_from((True, False, *_NUMBERS)))
        case "name":
            return draw(names)
        case "discriminator":
            return {"propertyName": draw(names), "mapping": {draw(names): draw(st.sampled_from(_REFS)) for _ in range(few)}}
    return draw(ODD)


@st.composite
def jsonschemas(draw: Draw) -> Any:
    drafts = ("draft-04/schema#", "draft-06/schema#", "draft-07/schema#", "draft/2019-09/schema", "draft/2020-12/schema", "odd")
    root = schema(draw)
    if isinstance(root, dict):
        return {
            "$schema": f"https://json-schema.org/{draw(st.sampled_from(drafts))}",
            **root,
            "$defs": _below(draw, "schemas", 2),
        }
    return root


@st.composite
def descriptions(draw: Draw) -> Any:
    """An OpenAPI 3 description."""
    refs = st.sampled_from(_REFS)

    def content() -> Any:
        media = ("application/json", "text/plain", "multipart/form-data", "application/*", "*/*", "")
        return {
            draw(st.sampled_from(media)): {"schema": schema(draw, 2), "encoding": draw(ODD)}
            for _ in range(draw(st.integers(0, 2)))
        }

    def header() -> Any:
        return draw(ODD) if draw(st.integers(0, 9)) == 0 else {"required": draw(st.booleans()), "schema": schema(draw, 1)}

    def response() -> Any:
        if draw(st.integers(0, 5)) == 0:
            return draw(st.one_of(ODD, refs.map(lambda ref: {"$ref": ref})))
        return {"description": "", "content": content(), "headers": {"X-A": header()}, "links": draw(ODD)}

    def parameter() -> Any:
        if draw(st.integers(0, 5)) == 0:
            return draw(st.one_of(ODD, refs.map(lambda ref: {"$ref": ref})))
        made = {
            "name": draw(st.sampled_from(_NAMES)),
            "in": draw(st.sampled_from(("query", "path", "header", "cookie", "body", "odd"))),
        }
        made |= {"required": draw(st.booleans()), "schema": schema(draw, 1)}
        return made | draw(
            st.sampled_from(({}, {"style": "deepObject"}, {"explode": False}, {"content": {"a/b": {}}}, {"style": 1}))
        )

    def operation(depth: int = 1) -> Any:
        made: dict[str, Any] = {"operationId": draw(st.sampled_from(_NAMES)), "responses": {}}
        statuses = ("200", "2XX", "404", "default", "x-a", "odd")
        made["responses"] = {draw(st.sampled_from(statuses)): response() for _ in range(draw(st.integers(0, 2)))}
        if draw(st.booleans()):
            made["parameters"] = [parameter() for _ in range(draw(st.integers(0, 2)))]
        if draw(st.booleans()):
            made["requestBody"] = {"required": draw(st.booleans()), "content": content()}
        if depth and draw(st.integers(0, 4)) == 0:
            made["callbacks"] = {"c": {"{$request.body#/url}": {"post": operation(0)}}}
        if draw(st.integers(0, 4)) == 0:
            made[draw(st.sampled_from(("security", "servers", "tags", "deprecated", "parameters", "responses", "x-sunset")))] = (
                draw(ODD)
            )
        return made

    methods = ("get", "post", "delete", "query", "additionalOperations", "parameters", "$ref", "odd")
    paths: dict[str, Any] = {}
    for _ in range(draw(st.integers(1, 2))):
        item = {draw(st.sampled_from(methods)): operation() for _ in range(draw(st.integers(1, 2)))}
        paths[draw(st.sampled_from(("/a", "/a/{id}", "/{x}/{y}", "a", "", "x-a", "/a/{")))] = item
    components = {
        "schemas": {"a": schema(draw), "b": schema(draw, 2)},
        "parameters": {"a": parameter()},
        "responses": {"a": response()},
        "securitySchemes": {
            "k": draw(
                st.one_of(
                    ODD,
                    st.sampled_from(
                        (
                            {"type": "apiKey", "in": "header", "name": "k"},
                            {"type": "oauth2", "flows": {"implicit": {"scopes": {}}}},
                        )
                    ),
                )
            )
        },
    }
    made = {"openapi": draw(st.sampled_from(("3.0.3", "3.1.0", "3.2.0"))), "paths": paths, "components": components}
    if draw(st.integers(0, 3)) == 0:
        made[draw(st.sampled_from(("security", "servers", "webhooks", "components", "paths", "info", "tags")))] = draw(
            st.one_of(
                ODD,
                st.just([{"k": []}]),
                st.just([{"url": "https://{h}/v1", "variables": {"h": {"default": 1}}}]),
                st.just({"w": {"post": {}}}),
            )
        )
    return made


@st.composite
def swaggers(draw: Draw) -> Any:
    """A Swagger 2 description."""

    def parameter() -> Any:
        where = draw(st.sampled_from(("query", "body", "formData", "header", "path", "odd")))
        plain = schema(draw, 1)
        more = {"schema": plain} if where == "body" else plain if isinstance(plain, dict) else {}
        return {
            **more,
            "name": draw(st.sampled_from(_NAMES)),
            "in": where,
            "collectionFormat": draw(st.sampled_from(("csv", "multi", "odd", 1))),
        }

    operation = {
        "consumes": draw(st.one_of(ODD, st.just(["application/json"]), st.just(["multipart/form-data"]))),
        "produces": draw(st.one_of(ODD, st.just(["application/json"]))),
        "parameters": [parameter() for _ in range(draw(st.integers(0, 3)))],
        "responses": {"200": {"schema": schema(draw, 2), "headers": {"X-A": schema(draw, 1)}}, "default": draw(ODD)},
    }
    return {
        "swagger": "2.0",
        "basePath": draw(st.one_of(ODD, st.just("/v1"))),
        "host": draw(st.one_of(ODD, st.just("example.com"))),
        "schemes": draw(st.one_of(ODD, st.just(["https"]))),
        "paths": {"/a/{id}": {draw(st.sampled_from(("get", "post", "parameters"))): operation}},
        "definitions": {"a": schema(draw), "b": schema(draw, 2)},
        "parameters": {"a": parameter()},
    }


@st.composite
def edited(draw: Draw, made: st.SearchStrategy[Any]) -> tuple[Any, Any]:
    """A document, and the same after a few edits at places picked by chance, or another one altogether."""
    old = draw(made)
    if draw(st.integers(0, 7)) == 0:
        return old, draw(made)
    new = orjson.loads(orjson.dumps(old))  # nothing is shared in what is edited
    for _ in range(draw(st.integers(1, 3))):
        new = _edit(draw, new)
    return old, new


def _edit(draw: Draw, tree: Any) -> Any:
    homes = _homes(tree)
    if not homes:
        return tree
    home = homes[draw(st.integers(0, len(homes) - 1))]
    keys = list(home) if isinstance(home, dict) else list(range(len(home)))
    key = keys[draw(st.integers(0, len(keys) - 1))]
    match draw(st.integers(0, 4)):
        case 0:
            del home[key]
        case 1:
            home[key] = copy.deepcopy(draw(ODD))
        case 2:
            home[key] = copy.deepcopy(schema(draw, 1))
        case 3 if isinstance(home, dict):
            home[draw(st.sampled_from(tuple(SCHEMA)))] = copy.deepcopy(home[key])
        case 3:
            home.reverse()
        case _:
            if isinstance(home, dict):
                word = draw(st.sampled_from(tuple(SCHEMA)))
                home[word] = copy.deepcopy(_below(draw, SCHEMA[word], 1))
            else:
                home.append(copy.deepcopy(home[key]))
    return tree


def _homes(tree: Any) -> list[Any]:
    found, work = [], [tree]
    while work:
        here = work.pop()
        if isinstance(here, dict | list) and here:
            found.append(here)
            work.extend(here.values() if isinstance(here, dict) else here)
    return found


def written(pair: tuple[Any, Any]) -> tuple[bytes, bytes]:
    return orjson.dumps(pair[0]), orjson.dumps(pair[1])
