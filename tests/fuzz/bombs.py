"""Documents made to hurt: too deep, too wide, too tangled, or pointing at what is none of their business.

Each is small to write down and is made when asked for. `pair` gives a format and two documents that differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from tests.fuzz.targets import Case

_BOMBS: dict[str, Callable[[], Case]] = {}
_KEYWORDS_OF_ONE = (
    "not",
    "items",
    "contains",
    "additionalProperties",
    "propertyNames",
    "if",
    "then",
    "else",
    "unevaluatedItems",
    "unevaluatedProperties",
    "additionalItems",
    "contentSchema",
    "$ref",
)
_KEYWORDS_OF_MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
_KEYWORDS_BY_NAME = ("properties", "patternProperties", "dependentSchemas", "dependencies", "$defs")
REF = {"$ref": "#/$defs/a"}


def _bomb(made: Callable[[], Case]) -> Callable[[], Case]:
    _BOMBS[made.__name__.strip("_").replace("_", "-")] = made
    return made


def bombs() -> Mapping[str, Callable[[], Case]]:
    """Every bomb by name."""
    return _BOMBS


def described(schema: Any, **schemas: Any) -> dict[str, Any]:
    """A description with one operation that sends and answers `schema`."""
    content = {"content": {"application/json": {"schema": schema}}}
    operation = {"requestBody": content, "responses": {"200": content}}
    return {"openapi": "3.1.0", "paths": {"/a": {"post": operation}}, "components": {"schemas": schemas}}


def _pair(format: str, old: Any, new: Any) -> Case:
    return format, orjson.dumps(old), orjson.dumps(new)


def nested(levels: int, inner: bytes = b"{}") -> bytes:
    """`{"not": {"not": ...}}`, written by hand: no writer goes so deep."""
    return b'{"not":' * levels + inner + b"}" * levels


for _format in ("openapi", "jsonschema", "graphql", "salesforce", "sample", "protobuf", "odata", "wsdl", "avro"):
    _BOMBS[f"2000-deep-{_format}"] = lambda of=_format: (of, b"{}", b'{"a":' * 2000 + b"1" + b"}" * 2000)
    _BOMBS[f"a-million-brackets-{_format}"] = lambda of=_format: (of, b"{}", b"[" * 1_000_000)
    _BOMBS[f"not-text-{_format}"] = lambda of=_format: (of, b"\xff\xfe\x00", b"\x00\x80\xff")
    _BOMBS[f"empty-{_format}"] = lambda of=_format: (of, b"", b" ")


@_bomb
def _deep_yaml() -> Case:
    return "openapi", b"a: 1", b"\n".join(b" " * i + b"a:" for i in range(2000))


@_bomb
def _deep_flow_yaml() -> Case:
    return "openapi", b"a: 1", b"a: " + b"[" * 2000 + b"]" * 2000


@_bomb
def _aliases() -> Case:
    lines = [b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [b"a%d: &a%d [%s]" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 10)) for i in range(1, 12)]
    return "openapi", b"openapi: 3.0.0\npaths: {}", b"openapi: 3.0.0\n" + b"\n".join(lines)


@_bomb
def _merge_keys() -> Case:
    lines = [b"a0: &a0 {x: 1}"]
    lines += [b"a%d: &a%d {<<: [%s], k%d: 1}" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 9), i) for i in range(1, 40)]
    return "openapi", b"openapi: 3.0.0\npaths: {}", b"openapi: 3.0.0\n" + b"\n".join(lines)


_ENTITIES = b"".join(b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10) for i in range(1, 10))
_MARKUP = {
    "entities": b'<!DOCTYPE a [<!ENTITY a0 "a">' + _ENTITIES + b"]><a>&a9;</a>",
    "external-entity": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "external-definition": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
    "included": b'<a xmlns:x="http://www.w3.org/2001/XInclude"><x:include href="file:///etc/passwd" parse="text"/></a>',
    "2000-deep-markup": b"<a>" * 2000 + b"</a>" * 2000,
    "many-attributes": b"<a " + b" ".join(b'b%d=""' % i for i in range(100_000)) + b"/>",
}
for _format in ("odata", "wsdl", None):
    for _kind, _markup in _MARKUP.items():
        _BOMBS[f"{_kind}-{_format or 'recognised'}"] = lambda of=_format, markup=_markup: (of, b"<a/>", markup)


@_bomb
def _million_branches() -> Case:
    branches = [{"const": i} for i in range(1_000_000)]
    return _pair("jsonschema", {"anyOf": branches}, {"anyOf": branches[1:]})


@_bomb
def _many_branches_of_objects() -> Case:
    branches = [{"type": "object", "properties": {f"p{i}": {"type": "string"}}, "required": [f"p{i}"]} for i in range(1500)]
    return _pair("openapi", described({"oneOf": branches}), described({"oneOf": branches[1:]}))


@_bomb
def _many_branches_judged_by_inclusion() -> Case:
    branches = [{"type": "object", "properties": {f"p{i}": {"type": "string"}}, "required": [f"p{i}"]} for i in range(2000)]
    return _pair("jsonschema", {"oneOf": branches}, {"oneOf": branches[1:]})


@_bomb
def _product_of_unions() -> Case:
    def union(i: int) -> Any:
        return {"anyOf": [{"properties": {f"p{i}_{j}": {"type": "string"}}, "required": [f"p{i}_{j}"]} for j in range(8)]}

    unions = [union(i) for i in range(12)]
    return _pair("jsonschema", {"allOf": unions}, {"allOf": unions[1:]})


@_bomb
def _doubling_references() -> Case:
    def doubled(leaf: str, word: str) -> Any:
        defs = {f"d{i}": {word: [{"$ref": f"#/$defs/d{i + 1}"}, {"$ref": f"#/$defs/d{i + 1}"}]} for i in range(40)}
        return {"$ref": "#/$defs/d0", "$defs": {**defs, "d40": {"type": leaf}}}

    return _pair("jsonschema", doubled("string", "anyOf"), doubled("integer", "anyOf"))


@_bomb
def _doubling_members() -> Case:
    def doubled(leaf: str) -> Any:
        defs: dict[str, Any] = {
            f"d{i}": {"properties": {name: {"$ref": f"#/$defs/d{i + 1}"} for name in "ab"}, "required": ["a", "b"]}
            for i in range(40)
        }
        return {"$ref": "#/$defs/d0", "$defs": {**defs, "d40": {"type": leaf}}}

    return _pair("jsonschema", doubled("string"), doubled("integer"))


@_bomb
def _doubling_conditions() -> Case:
    def doubled(leaf: str) -> Any:
        defs: dict[str, Any] = {
            f"d{i}": {word: {"$ref": f"#/$defs/d{i + 1}"} for word in ("if", "then", "else", "not")} for i in range(30)
        }
        return {"$ref": "#/$defs/d0", "$defs": {**defs, "d30": {"type": leaf}}}

    return _pair("jsonschema", doubled("string"), doubled("integer"))


@_bomb
def _unevaluated_all_the_way() -> Case:
    def made(leaf: str) -> Any:
        schema: Any = {"type": leaf}
        for _ in range(7):
            schema = {"unevaluatedProperties": False, "anyOf": [{"properties": {"a": schema}}, {"properties": {"b": schema}}]}
        return schema

    return _pair("jsonschema", made("string"), made("integer"))


@_bomb
def _catastrophic_patterns() -> Case:
    patterns = ("^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(x+x+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*a){25}", "^(?:a?){60}a{60}$")
    old = {"properties": {f"p{i}": {"pattern": pattern} for i, pattern in enumerate(patterns)}}
    new = {"properties": {f"p{i}": {"pattern": pattern + "b"} for i, pattern in enumerate(patterns)}}
    return _pair("jsonschema", old, new)


@_bomb
def _catastrophic_patterns_against_values() -> Case:
    value = "a" * 5000 + "!"
    return _pair(
        "jsonschema", {"enum": [value], "pattern": "^(a+)+$"}, {"enum": [value, "b"], "patternProperties": {"^(a|aa)+$": False}}
    )


@_bomb
def _counted_patterns() -> Case:
    return _pair("jsonschema", {"pattern": "^((a{1,1000}){1,1000}){1,1000}$"}, {"pattern": "^a{99999,999999}[^a]{0,99999}$"})


@_bomb
def _pattern_of_a_megabyte() -> Case:
    return _pair("jsonschema", {"pattern": "(" * 200 + "a|" * 200_000 + ")" * 200}, {"pattern": "[" + "a-z" * 300_000 + "]"})


@_bomb
def _huge_counts() -> Case:
    return _pair(
        "jsonschema",
        {"minLength": 10**18, "maxItems": 10**15, "minProperties": 1e300, "multipleOf": 5e-324},
        {"minItems": 10**12, "uniqueItems": True, "maxLength": 1e308, "minContains": 10**9, "contains": {}, "multipleOf": 1e300},
    )


@_bomb
def _huge_range_and_list() -> Case:
    return _pair("jsonschema", {"type": "integer", "minimum": -(2**63), "maximum": 2**63}, {"enum": list(range(10_000))})


@_bomb
def _thousands_of_properties() -> Case:
    named = {f"p{i}": {"type": "string", "maxLength": i} for i in range(2_000)}
    return _pair(
        "jsonschema", {"properties": named}, {"properties": {name: {**of, "minLength": 1} for name, of in named.items()}}
    )


@_bomb
def _closed_chain_of_allof() -> Case:
    defs: dict[str, Any] = {
        f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{i + 1}"}, {"properties": {f"p{i}": {}}}]} for i in range(500)
    }
    old = {"$ref": "#/$defs/d0", "$defs": {**defs, "d500": {"type": "object"}}}
    return _pair("jsonschema", old, {**old, "$defs": {**defs, "d500": {"type": "object", "required": ["x"]}}})


@_bomb
def _chain_of_references() -> Case:
    named = {f"S{i}": {"$ref": f"#/components/schemas/S{i + 1}"} for i in range(20_000)}
    first = {"$ref": "#/components/schemas/S0"}
    return _pair(
        "openapi",
        described(first, **named, S20000={"type": "string"}),
        described(first, **named, S20000={"type": "integer"}),
    )


@_bomb
def _places_of_interest() -> Case:
    wanted = (
        "file:///etc/passwd",
        "http://127.0.0.1:1/a.json",
        "https://example.invalid/a#/b",
        "/etc/passwd",
        "../a.json",
        "//h/a",
        "ftp://h/a",
        "urn:a:b",
        "jar:a",
        "data:application/json,{}",
    )
    refs = [{"$ref": ref} for ref in wanted]
    old = described({"anyOf": refs, "discriminator": {"propertyName": "a", "mapping": dict(enumerate(wanted))}})
    old["components"]["schemas"] = {f"R{i}": ref for i, ref in enumerate(refs)}
    old["components"]["responses"] = {f"R{i}": ref for i, ref in enumerate(refs)}
    old["paths"] |= {f"/r{i}": ref for i, ref in enumerate(refs)}
    old["paths"]["/a"]["post"]["externalDocs"] = {"url": "http://127.0.0.1:1/"}
    return ("openapi", orjson.dumps(old, option=orjson.OPT_NON_STR_KEYS), orjson.dumps(described({"anyOf": refs[1:]})))


@_bomb
def _places_of_interest_to_a_validator() -> Case:
    wanted = ("http://127.0.0.1:1/a.json", "file:///etc/passwd", "https://json-schema.org/draft/2020-12/schema", "other.json")
    old = {
        "$id": "http://127.0.0.1:1/base/",
        "$schema": "http://127.0.0.1:1/meta",
        "properties": {str(i): {"$ref": ref} for i, ref in enumerate(wanted)},
    }
    return _pair("jsonschema", old, {**old, "required": ["0"], "minProperties": 2})


def _cycles() -> Iterator[tuple[str, Any]]:
    for word in _KEYWORDS_OF_ONE:
        yield word, {word: REF["$ref"] if word == "$ref" else REF, **({"if": REF} if word in ("then", "else") else {})}
    for word in _KEYWORDS_OF_MANY:
        yield word, {word: [REF, {"type": "object"}]}
        yield f"{word}-twice", {word: [REF, REF]}
    for word in _KEYWORDS_BY_NAME:
        yield word, {word: {"b": REF}, "required": ["b"], "minProperties": 1}


def _cycle(cycle: Any) -> Callable[[], Case]:
    return lambda: _pair(
        "jsonschema",
        {**REF, "$defs": {"a": {**cycle, "maxProperties": 5}}},
        {**REF, "$defs": {"a": {**cycle, "maxProperties": 4}}},
    )


def _described_cycle(cycle: Any) -> Callable[[], Case]:
    there = orjson.loads(orjson.dumps(cycle).replace(b"#/$defs/a", b"#/components/schemas/A"))
    first = {"$ref": "#/components/schemas/A"}
    return lambda: _pair("openapi", described(first, A={**there, "maxItems": 5}), described(first, A={**there, "maxItems": 4}))


for _word, _schema in _cycles():
    _BOMBS[f"cycle-through-{_word}"] = _cycle(_schema)
    _BOMBS[f"described-cycle-through-{_word}"] = _described_cycle(_schema)


@_bomb
def _every_cycle_at_once() -> Case:
    defs = {
        f"c{i}": orjson.loads(orjson.dumps(cycle).replace(b"#/$defs/a", b"#/$defs/c%d" % (i + 1)))
        for i, (_, cycle) in enumerate(_cycles())
    }
    last = f"c{len(defs)}"
    old = {"$ref": "#/$defs/c0", "$defs": {**defs, last: {"$ref": "#/$defs/c0"}}}
    return _pair("jsonschema", old, {**old, "$defs": {**defs, last: {"$ref": "#/$defs/c0", "minLength": 3}}})


@_bomb
def _path_items_in_a_ring() -> Case:
    ring = {"/a": {"$ref": "#/paths/~1b"}, "/b": {"$ref": "#/paths/~1a"}}
    return _pair("openapi", {"openapi": "3.0.0", "paths": ring}, {"openapi": "3.0.0", "paths": {**ring, "/c": {"get": {}}}})


@_bomb
def _graphql_types_in_a_ring() -> Case:
    old = "interface A implements B { a: A } interface B implements A { a: A } type Query implements A & B { a: A } union U = U"
    return "graphql", old.encode(), (old + " | Query input I { i: I! = {i: {}} }").encode()


@_bomb
def _graphql_lists_without_end() -> Case:
    return "graphql", b"type Query { a: Int }", b"type Query { a: " + b"[" * 50_000 + b"Int" + b"]" * 50_000 + b" }"


@_bomb
def _graphql_values_without_end() -> Case:
    return "graphql", b"type Query { a(b: X = 1): Int }", b"type Query { a(b: X = " + b"[" * 50_000 + b"]" * 50_000 + b"): Int }"


@_bomb
def _introspection_without_end() -> Case:
    def wrapped(levels: int) -> bytes:
        return b'{"kind":"LIST","ofType":' * levels + b'{"kind":"SCALAR","name":"Int"}' + b"}" * levels

    def asked(levels: int) -> bytes:
        types = b'{"kind":"OBJECT","name":"Query","fields":[{"name":"a","args":[],"type":%s}]}' % wrapped(levels)
        return b'{"data":{"__schema":{"queryType":{"name":"Query"},"types":[%s]}}}' % types

    return "graphql", asked(1), asked(230)


@_bomb
def _sample_of_many_shapes() -> Case:
    rows = [{f"k{i}-{j}": [i] * (i % 3) for j in range(20)} for i in range(1500)]
    return _pair("sample", rows, [{"a": {"b": rows[:100]}}])


@_bomb
def _describe_with_a_field_twice() -> Case:
    field = {
        "name": "A",
        "type": "string",
        "picklistValues": [{"value": str(i), "active": True, "validFor": "A" * 999} for i in range(9999)],
    }
    old = {
        "name": "X",
        "keyPrefix": "a",
        "queryable": True,
        "fields": [field, field],
        "recordTypeInfos": [],
        "childRelationships": [],
    }
    return _pair("salesforce", old, {**old, "fields": [{**field, "picklistValues": field["picklistValues"][1:]}] * 3})  # type: ignore[index] # a list
