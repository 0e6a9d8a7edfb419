"""Pairs of documents that say the same in other words: each rewrite of a table applied to each schema it fits.

A long file, because it is a table: what counts as the same, in every format, on one page.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

Schema = dict[str, Any]
Rewrite = Callable[[Schema], Any]
"""Gives the schema in other words, or None where it does not fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """Two documents that say the same."""

    format: str
    rewrite: str
    base: str
    old: bytes
    new: bytes


PLAIN: Mapping[str, Schema] = {
    "string": {"type": "string", "minLength": 1, "maxLength": 9},
    "pattern": {"type": "string", "pattern": "^[a-z]+$"},
    "integer": {"type": "integer", "minimum": 1, "maximum": 99},
    "number": {"type": "number", "maximum": 9.5, "multipleOf": 0.5},
    "boolean": {"type": "boolean"},
    "enum": {"type": "string", "enum": ["a", "b", "c"]},
    "numbers": {"enum": [1, 2.5, 4]},
    "one-value": {"type": "string", "enum": ["only"]},
    "array": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "uniqueItems": True},
    "map": {"type": "object", "additionalProperties": {"type": "number"}, "maxProperties": 4},
    "record": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a", "b"]},
    "closed": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False, "required": ["a"]},
    "nested": {
        "type": "object",
        "properties": {"l": {"type": "array", "items": {"type": "object", "properties": {"x": {"enum": [1]}}}}},
    },
    "union": {"oneOf": [{"type": "string"}, {"type": "object", "properties": {"n": {"type": "number"}}}]},
    "any-of": {"anyOf": [{"type": "integer", "minimum": 5}, {"type": "array", "items": {"type": "string"}}]},
    "not": {"type": "string", "not": {"enum": ["x", "y"]}},
}
"""What may stand in every dialect."""

MODERN: Mapping[str, Schema] = {
    "nullable": {"type": ["string", "null"], "maxLength": 5},
    "tuple": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
    "const": {"const": {"k": [1, "a"]}},
    "contains": {"type": "array", "contains": {"type": "integer"}, "minContains": 2},
    "names": {"type": "object", "propertyNames": {"pattern": "^[a-z]$"}, "patternProperties": {"^x": {"type": "string"}}},
    "condition": {"type": "object", "if": {"required": ["a"]}, "then": {"required": ["b"]}, "properties": {"a": {}, "b": {}}},
    "dependent": {"type": "object", "dependentRequired": {"a": ["b", "c"]}},
}
"""What came with later drafts."""


def _everywhere(schema: Any, edit: Rewrite) -> Any:
    if isinstance(schema, list):
        return [_everywhere(each, edit) for each in schema]
    if not isinstance(schema, dict):
        return schema
    done = dict(schema)
    for word in ("properties", "patternProperties"):
        if word in done:
            done[word] = {name: _everywhere(below, edit) for name, below in done[word].items()}
    for word in ("items", "additionalProperties", "contains", "oneOf", "anyOf", "allOf", "prefixItems"):
        if isinstance(done.get(word), dict | list):
            done[word] = _everywhere(done[word], edit)
    changed = edit(done)
    return done if changed is None else changed


def _inside(edit: Rewrite) -> Rewrite:
    """The rewrite wherever it fits; None if it fits nowhere."""

    def done(schema: Schema) -> Any:
        rewritten = _everywhere(schema, edit)
        return None if rewritten == schema and list(rewritten) == list(schema) else rewritten

    return done


def _wrapped(word: str) -> Rewrite:
    return lambda schema: {word: [schema]}


def _reordered(schema: Schema) -> Any:
    turned = {name: schema[name] for name in reversed(schema)}
    for word in ("required", "enum", "oneOf", "anyOf"):
        if word in turned:
            turned[word] = turned[word][::-1]
    if isinstance(turned.get("type"), list):
        turned["type"] = turned["type"][::-1]
    if "properties" in turned:
        turned["properties"] = dict(reversed(turned["properties"].items()))
    return turned


def _annotated(schema: Schema) -> Any:
    return {
        "title": "T",
        "description": "other words",
        "x-internal": [1],
        "externalDocs": {"url": "https://example.org"},
        **schema,
    }


def _trivial(schema: Schema) -> Any:
    more = {
        "object": {"additionalProperties": True, "minProperties": 0, "required": []},
        "array": {"minItems": 0, "uniqueItems": False},
        "string": {"minLength": 0},
    }.get(str(schema.get("type")))
    return {**more, **schema} if more else None


def _of_other_types(schema: Schema) -> Any:
    """Keywords that bind only kinds which cannot occur here."""
    more = {
        "string": {"minimum": 3, "minItems": 2, "required": ["zz"]},
        "integer": {"maxLength": 1, "pattern": "^z$", "uniqueItems": True},
        "number": {"maxLength": 1, "maxProperties": 0},
        "boolean": {"maximum": 3, "items": {"type": "string"}},
        "array": {"maxLength": 2, "properties": {"a": {"type": "null"}}},
    }.get(str(schema.get("type")))
    return {**more, **schema} if more else None


def _parted(schema: Schema) -> Any:
    """Members, and what is required, each in a part of their own."""
    if schema.get("type") != "object" or "properties" not in schema or schema.get("additionalProperties") is not None:
        return None
    parts = [{"type": "object", "properties": {name: below}} for name, below in schema["properties"].items()]
    needed = [{"required": [name]} for name in schema.get("required", [])]
    rest = {word: value for word, value in schema.items() if word not in ("properties", "required")}
    return {"allOf": [*parts, *needed, rest]}


def _limits_apart(schema: Schema) -> Any:
    limits = [word for word in ("minimum", "maximum", "minLength", "maxLength", "pattern", "minItems") if word in schema]
    if not limits:
        return None
    rest = {word: value for word, value in schema.items() if word not in limits}
    return {"allOf": [rest, *({word: schema[word]} for word in limits)]}


def _listed_twice(schema: Schema) -> Any:
    return {**schema, "enum": [*schema["enum"], *schema["enum"]]} if "enum" in schema else None


def _looser_beside(schema: Schema) -> Any:
    """A looser limit beside a tighter one."""
    if "maxLength" in schema:
        return {"allOf": [schema, {"maxLength": schema["maxLength"] + 10}]}
    if "maximum" in schema:
        return {"allOf": [schema, {"maximum": schema["maximum"] + 10}]}
    if "enum" in schema:
        return {"allOf": [schema, {"enum": [*schema["enum"], "more"]}]}
    return None


def _whole_range(schema: Schema) -> Any:
    if schema.get("type") == "integer" and schema.get("minimum") == 1:
        return {**schema, "minimum": 0.5}
    return None


COMMON: Mapping[str, Rewrite] = {
    "all-of-one": _wrapped("allOf"),
    "any-of-one": _wrapped("anyOf"),
    "one-of-one": _wrapped("oneOf"),
    "all-of-one-everywhere": _inside(_wrapped("allOf")),
    "reordered": _inside(_reordered),
    "annotated": _inside(_annotated),
    "trivial-keywords": _inside(_trivial),
    "keywords-of-other-types": _inside(_of_other_types),
    "parted-by-member": _parted,
    "limits-apart": _inside(_limits_apart),
    "listed-twice": _inside(_listed_twice),
    "looser-beside": _looser_beside,
    "half-a-number-below": _inside(_whole_range),
    "all-of-twice": lambda schema: {"allOf": [schema, schema]},
}
"""Rewrites that hold wherever schemas are written."""


def _constant(schema: Schema) -> Any:
    if len(schema.get("enum", [])) == 1:
        return {**{word: value for word, value in schema.items() if word != "enum"}, "const": schema["enum"][0]}
    if "const" in schema:
        return {**{word: value for word, value in schema.items() if word != "const"}, "enum": [schema["const"]]}
    return None


def _exclusive(schema: Schema) -> Any:
    if schema.get("type") != "integer" or "minimum" not in schema:
        return None
    rest = {word: value for word, value in schema.items() if word not in ("minimum", "maximum")}
    above = {"exclusiveMaximum": schema["maximum"] + 1} if "maximum" in schema else {}
    return {**rest, "exclusiveMinimum": schema["minimum"] - 1, **above}


def _types_as_union(schema: Schema) -> Any:
    named = schema.get("type")
    if not isinstance(named, list):
        return None
    rest = {word: value for word, value in schema.items() if word != "type"}
    return {"anyOf": [{**rest, "type": each} for each in named]}


def _choices(schema: Schema) -> Any:
    return {"anyOf": [{"const": value} for value in schema["enum"]]} if "enum" in schema else None


def _whole_numbers(schema: Schema) -> Any:
    return {**schema, "type": "number", "multipleOf": 1} if schema.get("type") == "integer" else None


def _any_of_if(schema: Schema) -> Any:
    if "if" not in schema:
        return None
    rest = {word: value for word, value in schema.items() if word not in ("if", "then")}
    return {**rest, "anyOf": [{"not": schema["if"]}, {"allOf": [schema["if"], schema["then"]]}]}


def _dependent_as_condition(schema: Schema) -> Any:
    told = schema.get("dependentRequired")
    if told is None:
        return None
    rest = {word: value for word, value in schema.items() if word != "dependentRequired"}
    return {**rest, "dependentSchemas": {name: {"required": names} for name, names in told.items()}}


INCLUSION: Mapping[str, Rewrite] = {
    "const-and-enum-of-one": _inside(_constant),
    "exclusive-bounds": _inside(_exclusive),
    "types-as-union": _inside(_types_as_union),
    "enum-as-choices": _choices,
    "whole-numbers": _inside(_whole_numbers),
    "condition-as-union": _any_of_if,
    "dependent-as-schemas": _dependent_as_condition,
    "not-not": lambda schema: {"not": {"not": schema}},
    "never-beside": lambda schema: {"anyOf": [schema, False]},
    "anything-beside": lambda schema: {"allOf": [schema, True, {}]},
    "by-definition": lambda schema: {"$ref": "#/$defs/It", "$defs": {"It": schema}},
    "by-anchor": lambda schema: {"$ref": "#it", "$defs": {"It": {"$anchor": "it", **schema}}},
    "through-three-references": lambda schema: {
        "$ref": "#/$defs/A",
        "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/C"}, "C": schema},
    },
    "default-and-examples": lambda schema: {**schema, "default": 1, "examples": [None], "deprecated": False, "format": "x"},
}
"""Rewrites of JSON Schema, where only what is valid counts."""


def _json(value: Any) -> bytes:
    return orjson.dumps(value)


def json_schemas() -> Iterator[Twin]:
    mark = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    for base, schema in {**PLAIN, **MODERN}.items():
        for name, rewrite in {**COMMON, **INCLUSION}.items():
            rewritten = rewrite(copy.deepcopy(schema))
            if rewritten is not None:
                yield Twin(
                    format="jsonschema", rewrite=name, base=base, old=_json({**mark, **schema}), new=_json({**mark, **rewritten})
                )
    for base, old, new in _DRAFTS:
        yield Twin(format="jsonschema", rewrite="another-draft", base=base, old=_json(old), new=_json(new))


def _draft(name: str) -> Schema:
    return {"$schema": f"https://json-schema.org/{name}"}


_4, _7, _2020 = _draft("draft-04/schema#"), _draft("draft-07/schema#"), _draft("draft/2020-12/schema")
_DRAFTS: tuple[tuple[str, Schema, Schema], ...] = (
    ("exclusive", {**_4, "minimum": 1, "exclusiveMinimum": True}, {**_7, "exclusiveMinimum": 1}),
    ("definitions", {**_7, "$ref": "#/definitions/A", "definitions": {"A": {"type": "string"}}}, {**_2020, "type": "string"}),
    (
        "tuple",
        {**_7, "items": [{"type": "string"}], "additionalItems": False},
        {**_2020, "prefixItems": [{"type": "string"}], "items": False},
    ),
    ("dependencies", {**_7, "dependencies": {"a": ["b"]}}, {**_2020, "dependentRequired": {"a": ["b"]}}),
    (
        "dependent-schema",
        {**_7, "dependencies": {"a": {"maxProperties": 2}}},
        {**_2020, "dependentSchemas": {"a": {"maxProperties": 2}}},
    ),
    ("unknown-to-the-draft", {**_4, "type": "string", "const": "a"}, {**_4, "type": "string"}),
    (
        "siblings-of-a-reference",
        {**_7, "$ref": "#/definitions/A", "maxLength": 1, "definitions": {"A": {"type": "string"}}},
        {**_7, "type": "string"},
    ),
    (
        "identifier",
        {**_4, "id": "https://example.org/a", "type": "string"},
        {**_2020, "$id": "https://example.org/b", "type": "string"},
    ),
    ("boolean-schema", {**_4, "not": {}}, {**_7, "not": True}),
)


def described(schema: Any, *, version: str = "3.0.3", **schemas: Any) -> Schema:
    """An operation that sends and answers the schema in a member, with a parameter and a header."""
    content = {"application/json": {"schema": {"type": "object", "properties": {"it": schema}}}}
    header = {"X-Left": {"required": True, "schema": {"type": "integer"}}}
    operation = {
        "operationId": "put",
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
            {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
        ],
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "", "headers": header, "content": content}, "404": {"description": ""}},
    }
    return {
        "openapi": version,
        "servers": [{"url": "https://example.org/v1"}],
        "paths": {"/a/{id}": {"put": operation}},
        "components": {"schemas": schemas},
    }


def _nullable(schema: Schema) -> Schema:
    return {**schema, "nullable": True}


def open_apis() -> Iterator[Twin]:
    def twin(name: str, base: str, old: Any, new: Any) -> Twin:
        return Twin(format="openapi", rewrite=name, base=base, old=_json(old), new=_json(new))

    for base, schema in PLAIN.items():
        plain = described(schema)
        for name, rewrite in COMMON.items():
            rewritten = rewrite(copy.deepcopy(schema))
            if rewritten is not None:
                yield twin(name, base, plain, described(rewritten))
        yield twin("to-3.1", base, plain, described(schema, version="3.1.0"))
        yield twin("to-3.2", base, plain, described(schema, version="3.2.0"))
        yield twin("inline-to-reference", base, plain, described({"$ref": "#/components/schemas/It"}, It=schema))
        renamed = (described({"$ref": f"#/components/schemas/{name}"}, **{name: schema}) for name in ("Old", "New"))
        yield twin("component-renamed", base, *renamed)
        yield twin("unused-component", base, plain, described(schema, Unused={"type": "string"}))
        if "type" in schema:
            modern = {**schema, "type": [schema["type"], "null"]}
            if "enum" in schema:
                modern["enum"] = [*schema["enum"], None]
            yield twin("nullable-to-type-list", base, described(_nullable(schema)), described(modern, version="3.1.0"))
            union = {"anyOf": [schema, {"type": "null"}]}
            yield twin("nullable-to-union", base, described(_nullable(schema)), described(union, version="3.1.0"))
            choice = {"oneOf": [{"type": "null"}, schema]}
            yield twin("nullable-to-choice", base, described(_nullable(schema)), described(choice, version="3.1.0"))
    for base in ("record", "enum"):
        plain = described(PLAIN[base])
        for name, edit in _AROUND.items():
            new = copy.deepcopy(plain)
            changed = edit(new, new["paths"]["/a/{id}"]["put"])
            yield twin(name, base, plain, new if changed is None else changed)


def _around() -> Mapping[str, Callable[[Any, Any], Any]]:
    def path_variable(root: Any, operation: Any) -> None:
        operation["parameters"][0]["name"] = "key"
        root["paths"] = {"/a/{key}": root["paths"]["/a/{id}"]}

    def shared_parameters(root: Any, operation: Any) -> None:
        root["paths"]["/a/{id}"]["parameters"] = operation.pop("parameters")

    def parameter_components(root: Any, operation: Any) -> None:
        root["components"]["parameters"] = {f"P{i}": one for i, one in enumerate(operation["parameters"])}
        operation["parameters"] = [{"$ref": f"#/components/parameters/P{i}"} for i in range(2)]

    def body_component(root: Any, operation: Any) -> None:
        root["components"]["requestBodies"] = {"B": operation["requestBody"]}
        operation["requestBody"] = {"$ref": "#/components/requestBodies/B"}

    def answer_component(root: Any, operation: Any) -> None:
        root["components"]["responses"] = {"R": operation["responses"]["200"]}
        operation["responses"]["200"] = {"$ref": "#/components/responses/R"}

    def header_component(root: Any, operation: Any) -> None:
        root["components"]["headers"] = {"H": operation["responses"]["200"]["headers"]["X-Left"]}
        operation["responses"]["200"]["headers"] = {"x-left": {"$ref": "#/components/headers/H"}}

    def texts(root: Any, operation: Any) -> None:
        root["info"], root["tags"] = {"title": "other", "version": "9"}, [{"name": "t"}]
        operation.update(summary="s", description="d", externalDocs={"url": "https://example.org"}, **{"x-note": 1})

    def defaults(_: Any, operation: Any) -> None:
        operation["parameters"][1].update(required=False, style="form", explode=True, deprecated=False, allowReserved=False)
        operation["parameters"][0].update(style="simple", explode=False)
        operation.update(deprecated=False)

    def version_in_path(root: Any, _: Any) -> None:
        root["servers"] = [{"url": "https://example.org"}]
        root["paths"] = {f"/v1{path}": item for path, item in root["paths"].items()}

    def orders(root: Any, operation: Any) -> Any:
        operation["parameters"].reverse()
        operation["responses"] = dict(reversed(operation["responses"].items()))
        return {name: root[name] for name in reversed(root)}

    def charset(_: Any, operation: Any) -> None:
        content = operation["requestBody"]["content"]
        operation["requestBody"]["content"] = {"application/json; charset=utf-8": content["application/json"]}

    def server_variable(root: Any, _: Any) -> None:
        root["servers"] = [{"url": "https://example.org/{version}", "variables": {"version": {"default": "v1"}}}]

    def servers_of_the_operation(root: Any, operation: Any) -> None:
        operation["servers"] = root["servers"]

    def path_item_reference(root: Any, _: Any) -> None:
        root["components"]["pathItems"] = {"A": root["paths"]["/a/{id}"]}
        root["paths"] = {"/a/{id}": {"$ref": "#/components/pathItems/A"}}

    made = (
        path_variable,
        shared_parameters,
        parameter_components,
        body_component,
        answer_component,
        header_component,
        texts,
        defaults,
        version_in_path,
        orders,
        charset,
        server_variable,
        servers_of_the_operation,
        path_item_reference,
    )
    return {each.__name__.replace("_", "-"): each for each in made}


_AROUND = _around()


def swaggers() -> Iterator[Twin]:
    for base, schema in PLAIN.items():
        wrapped = {"type": "object", "properties": {"it": schema}}
        parameters: list[Any] = [
            {"name": "id", "in": "path", "required": True, "type": "string"},
            {"name": "tags", "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": "multi"},
            {"name": "b", "in": "body", "required": True, "schema": wrapped},
        ]
        answer = {"schema": wrapped, "headers": {"X-Left": {"type": "integer"}}}
        operation = {"operationId": "put", "parameters": parameters, "responses": {"200": answer, "404": {}}}
        there = {
            "swagger": "2.0",
            "host": "example.org",
            "schemes": ["https"],
            "basePath": "/v1",
            "paths": {"/a/{id}": {"put": operation}},
        }
        here = described(schema)
        del here["paths"]["/a/{id}"]["put"]["responses"]["200"]["headers"]["X-Left"]["required"]
        yield Twin(format="openapi", rewrite="swagger-to-3", base=base, old=_json(there), new=_json(here))
        typed = {**there, "consumes": ["application/json"], "produces": ["application/json"]}
        yield Twin(format="openapi", rewrite="types-spelled-out", base=base, old=_json(there), new=_json(typed))
        named = copy.deepcopy(there)
        named["definitions"] = {"It": wrapped}
        named["paths"]["/a/{id}"]["put"]["parameters"][2]["schema"] = {"$ref": "#/definitions/It"}  # type: ignore[index] # a dict
        yield Twin(format="openapi", rewrite="inline-to-definition", base=base, old=_json(there), new=_json(named))


_SDL = """
schema { query: Query }
type Query implements Node & Named {
  id: ID!  name(first: Int = 3, by: [Order!] = [A, B]): String  any: Any @deprecated(reason: "x") }
interface Node { id: ID! }
interface Named { name(first: Int = 3, by: [Order!] = [A, B]): String }
union Any = Query | Other
type Other { at: When, n: Float! }
enum Order { A B }
scalar When
input Where { at: When  not: Where  order: Order = A }
directive @auth(role: String = "a") on OBJECT | FIELD_DEFINITION
"""
_SDL_REWRITES: Mapping[str, Callable[[str], str]] = {
    "definitions-reversed": lambda text: "\n".join(reversed(text.replace("{\n  id", "{ id").strip().split("\n"))),
    "described": lambda text: text.replace("type Other", '"""\nsaid\n"""\ntype Other').replace("A B }", '"a" A "b" B }'),
    "commented": lambda text: text.replace("\n", " # and so on\n"),
    "commas": lambda text: text.replace("at: When, n", "at: When n").replace("A B }", "A, B, }"),
    "members-reversed": lambda text: text.replace("Query | Other", "Other | Query").replace("Node & Named", "Named & Node"),
    "leading-bar": lambda text: text.replace("= Query", "= | Query").replace("implements Node", "implements & Node"),
    "values-reversed": lambda text: text.replace("{ A B }", "{ B A }"),
    "arguments-reversed": lambda text: text.replace(
        "first: Int = 3, by: [Order!] = [A, B]", "by: [Order!] = [A B], first: Int = 3"
    ),
    "fields-reversed": lambda text: text.replace("at: When, n: Float!", "n: Float! at: When"),
    "extended": lambda text: text.replace(
        "type Other { at: When, n: Float! }", "type Other { at: When }\nextend type Other { n: Float! }"
    ),
    "enum-extended": lambda text: text.replace("enum Order { A B }", "enum Order { A }\nextend enum Order { B }"),
    "union-extended": lambda text: text.replace("union Any = Query | Other", "union Any = Query\nextend union Any = Other"),
    "input-extended": lambda text: text.replace("  order: Order = A }", "}\nextend input Where { order: Order = A }"),
    "root-by-name": lambda text: text.replace("schema { query: Query }", ""),
    "locations-reversed": lambda text: text.replace("OBJECT | FIELD_DEFINITION", "FIELD_DEFINITION | OBJECT"),
    "one-line": lambda text: " ".join(text.split("\n")),
    "built-in-scalars": lambda text: text + "scalar String\nscalar Int\n",
}


def graphs() -> Iterator[Twin]:
    for name, rewrite in _SDL_REWRITES.items():
        yield Twin(format="graphql", rewrite=name, base="sdl", old=_SDL.encode(), new=rewrite(_SDL).encode())


_FIELD: Schema = {
    "name": "Stage__c",
    "label": "Stage",
    "type": "picklist",
    "soapType": "xsd:string",
    "length": 40,
    "precision": 0,
    "scale": 0,
    "createable": True,
    "updateable": True,
    "nillable": True,
    "filterable": True,
    "sortable": True,
    "groupable": True,
    "picklistValues": [{"value": "a", "active": True, "label": "A"}, {"value": "b", "active": True, "label": "B"}],
    "referenceTo": [],
}
_DESCRIBE: Schema = {
    "name": "Deal__c",
    "label": "Deal",
    "keyPrefix": "a0X",
    "queryable": True,
    "createable": True,
    "updateable": True,
    "deletable": True,
    "fields": [
        _FIELD,
        {**_FIELD, "name": "Owner__c", "type": "reference", "referenceTo": ["User", "Group"], "picklistValues": []},
    ],
    "recordTypeInfos": [{"name": "X", "developerName": "X", "recordTypeId": "1", "active": True, "available": True}],
    "childRelationships": [
        {"childSObject": "A", "field": "F", "relationshipName": "As"},
        {"childSObject": "B", "field": "F", "relationshipName": "Bs"},
    ],
}


def describes() -> Iterator[Twin]:
    def field(**members: Any) -> Schema:
        return {**_DESCRIBE, "fields": [{**_FIELD, **members}, _DESCRIBE["fields"][1]]}

    other = {**_DESCRIBE["fields"][1], "referenceTo": ["Group", "User"]}
    edits = {
        "labels": {**_DESCRIBE, "label": "Geschäft", "labelPlural": "G"},
        "field-labels": field(label="Phase", inlineHelpText="help"),
        "fields-reversed": {**_DESCRIBE, "fields": _DESCRIBE["fields"][::-1]},
        "values-reversed": field(picklistValues=_FIELD["picklistValues"][::-1]),
        "value-labels": field(picklistValues=[{**value, "label": "L"} for value in _FIELD["picklistValues"]]),
        "references-reversed": {**_DESCRIBE, "fields": [_FIELD, other]},
        "children-reversed": {**_DESCRIBE, "childRelationships": _DESCRIBE["childRelationships"][::-1]},
        "unknown-attributes": {**field(newAttribute=True), "newAttribute": {"a": 1}},
        "links": {**_DESCRIBE, "urls": {"sobject": "/services/data/v99.0/sobjects/Deal__c"}},
        "members-reversed": {name: _DESCRIBE[name] for name in reversed(_DESCRIBE)},
        "record-type-names": {**_DESCRIBE, "recordTypeInfos": [{**_DESCRIBE["recordTypeInfos"][0], "name": "Y"}]},
    }
    for name, edited in edits.items():
        yield Twin(format="salesforce", rewrite=name, base="describe", old=_json(_DESCRIBE), new=_json(edited))


def samples() -> Iterator[Twin]:
    answer: Schema = {"id": 1, "at": "2026-01-02", "tags": ["a"], "owner": {"n": 1.5, "vip": False}}
    edits: dict[str, Any] = {
        "other-values": {"id": 2, "at": "2025-12-31", "tags": ["b", "c"], "owner": {"n": -1.25, "vip": True}},
        "members-reversed": {name: answer[name] for name in reversed(answer)},
        "an-empty-list": {**answer, "tags": []},
    }
    for name, edited in edits.items():
        yield Twin(format="sample", rewrite=name, base="answer", old=_json(answer), new=_json(edited))
    yield Twin(
        format="sample",
        rewrite="white-space",
        base="answer",
        old=_json(answer),
        new=orjson.dumps(answer, option=orjson.OPT_INDENT_2),
    )


def twins() -> tuple[Twin, ...]:
    """Every pair."""
    return (*json_schemas(), *open_apis(), *swaggers(), *graphs(), *describes(), *samples())
