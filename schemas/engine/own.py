"""What the plain keywords of one raw schema say about each kind of value, in one place: everything but composition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from schemas import pointer
from schemas.engine.blank import blank
from schemas.engine.lazy import Lazy
from schemas.engine.same import text
from schemas.engine.settle import fraction, settle, tightest
from schemas.model import ANY, KINDS, NEVER, Array, Bound, Condition, Contains, Facet, Node, Number, Record, Said, Text

if TYPE_CHECKING:
    from schemas.document import Json
    from schemas.engine.book import Book

_KIND_OF_TYPE = {kind: kind for kind in KINDS} | {"integer": "number", "file": "string"}
_NUMERIC_FORMATS = frozenset(
    ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float", "double", "decimal128", "double-int"]
)
_TEXT_FORMATS = frozenset(
    [
        "date",
        "date-time",
        "time",
        "duration",
        "email",
        "idn-email",
        "hostname",
        "idn-hostname",
        "ipv4",
        "ipv6",
        "uri",
        "url",
        "uri-reference",
        "iri",
        "iri-reference",
        "uri-template",
        "uuid",
        "guid",
        "byte",
        "binary",
        "json-pointer",
        "relative-json-pointer",
        "regex",
        "base64",
        "base64url",
        "phone",
    ]
)
_HIDDEN = "password"
"""A hint to forms, which show dots for it: OpenAPI, section "Data Types". Values are what they are without it."""
_TRIVIAL_PATTERNS = frozenset(("", ".*", "^.*$", "^.*", ".*$", "^"))
_DEPENDENT = ("dependentRequired", "dependentSchemas", "dependencies")
MOST_COUNTED = 1 << 53
"""A count beyond this is as good as this: nothing has so many members, and JSON writers keep such numbers exact."""
Facets = dict[str, tuple[Facet, ...]]


def own(book: Book, at: str, raw: Mapping[str, Json]) -> Facets:
    """For each kind that `type`, `enum` and `const` allow, the one facet that the plain keywords make."""
    kinds = _kinds(raw, nullable=book.dialect.nullable)
    values = _values(raw)
    conditions = _conditions(raw, at, contract=book.dialect.contract)
    named = raw.get("format") if book.dialect.contract else None
    formats: tuple[Said[str], ...] = (Said(named, at),) if isinstance(named, str) and named != _HIDDEN else ()
    if book.dialect.contract and not formats:
        formats = _content(raw, at)
    if raw.get("type") == "file":
        formats = (Said("binary", at),)
    title = _title(raw)
    found: Facets = {}
    for kind, integer in kinds.items():
        said: dict[str, Any] = {"title": title, "conditions": conditions} if title is not None or conditions else {}
        if formats and (fitting := _fitting(formats, kind)):
            said["formats"] = fitting
        if integer:
            said["integer"] = True
        if values is not None:
            mine = {key: value for key, value in values.items() if kind_of(value) == kind}
            if kind == "null" and not mine and raw.get("nullable") is True and book.dialect.nullable:
                mine = {"null": None}
            if not mine:
                continue
            said["values"] = Said(mine, at)
        facet = _facet(book, kind, at, raw)
        settled = settle(replace(facet, **said) if said else facet)
        if settled is not None:
            found[kind] = (settled,)
    return found


def kind_of(value: Json) -> str:
    """The kind of a JSON value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def _title(raw: Mapping[str, Json]) -> str | None:
    title = raw.get("title")
    return title if isinstance(title, str) else None


def _kinds(raw: Mapping[str, Json], *, nullable: bool) -> dict[str, bool]:
    """Each allowed kind, and for numbers whether only integers are."""
    named = raw.get("type")
    types = [named] if isinstance(named, str) else named if isinstance(named, list) else None
    if types is None or any(not isinstance(name, str) or name not in _KIND_OF_TYPE for name in types):
        return dict.fromkeys(KINDS, False)
    kinds = {_KIND_OF_TYPE[str(name)]: name == "integer" and "number" not in types for name in types}
    if nullable and (raw.get("nullable") is True or raw.get("x-nullable") is True):
        kinds["null"] = False
    return {kind: kinds[kind] for kind in KINDS if kind in kinds}


def _values(raw: Mapping[str, Json]) -> dict[str, Json] | None:
    values = None
    enum = raw.get("enum")
    if isinstance(enum, list):
        values = {text(value): value for value in enum}
    if "const" in raw:
        const = {text(raw["const"]): raw["const"]}
        values = const if values is None else {key: value for key, value in const.items() if key in values}
    return values


def _fitting(formats: tuple[Said[str], ...], kind: str) -> tuple[Said[str], ...]:
    def fits(format: str) -> bool:
        if format in _NUMERIC_FORMATS:
            return kind == "number"
        if format in _TEXT_FORMATS:
            return kind == "string"
        return kind in ("number", "string")

    return tuple(said for said in formats if fits(said.value))


def _content(raw: Mapping[str, Json], at: str) -> tuple[Said[str], ...]:
    """`contentEncoding` and `contentMediaType` as the formats that say the same in OpenAPI 3.0."""
    encoding, media = raw.get("contentEncoding"), raw.get("contentMediaType")
    found = ["byte" if encoding in ("base64", "base64url") else encoding] if isinstance(encoding, str) else []
    if isinstance(media, str):
        found.append("binary" if media == "application/octet-stream" and not found else media)
    return tuple(Said(name, at) for name in found)


def _conditions(raw: Mapping[str, Json], at: str, *, contract: bool) -> tuple[Condition, ...]:
    found = []
    if "if" in raw and ("then" in raw or "else" in raw):
        what: Json = {name: raw[name] for name in ("if", "then", "else") if name in raw}
        found.append(Condition(keyword="if", at=at, raw=what, text=text(what)))
    if contract and "contentSchema" in raw:
        inner: Json = {"contentSchema": raw["contentSchema"]}
        found.append(Condition(keyword="contentSchema", at=at, raw=inner, text=text(inner)))
    return tuple(found)


def _facet(book: Book, kind: str, at: str, raw: Mapping[str, Json]) -> Facet:
    if kind == "number":
        return _number(at, raw)
    if kind == "string":
        return _text(at, raw)
    if kind == "array":
        return _array(book, at, raw)
    if kind == "object":
        return _record(book, at, raw)
    return blank(kind, at)


def _bound(raw: Mapping[str, Json], inclusive: str, exclusive: str, at: str, *, upper: bool) -> Said[Bound] | None:
    ends = []
    limit = fraction(raw.get(inclusive))
    if limit is not None:
        ends.append(Bound(limit, raw.get(exclusive) is True))
    strict = fraction(raw.get(exclusive))
    if strict is not None:
        ends.append(Bound(strict, True))
    if not ends:
        return None
    return Said(tightest(ends, upper=upper), at)


def _number(at: str, raw: Mapping[str, Json]) -> Number:
    step = fraction(raw.get("multipleOf"))
    return Number(
        kind="number",
        at=at,
        low=_bound(raw, "minimum", "exclusiveMinimum", at, upper=False),
        high=_bound(raw, "maximum", "exclusiveMaximum", at, upper=True),
        step=Said(step, at) if step is not None and step > 0 else None,
    )


def _count(raw: Mapping[str, Json], member: str) -> int | None:
    limit = fraction(raw.get(member))
    if limit is None:
        return None
    return min(ceil(limit) if member.startswith("min") else floor(limit), MOST_COUNTED)


def _counts(raw: Mapping[str, Json], low: str, high: str, at: str) -> tuple[Said[int] | None, Said[int] | None]:
    least, most = _count(raw, low), _count(raw, high)
    return Said(least, at) if least is not None and least > 0 else None, Said(most, at) if most is not None else None


def _text(at: str, raw: Mapping[str, Json]) -> Text:
    low, high = _counts(raw, "minLength", "maxLength", at)
    pattern = raw.get("pattern")
    patterns = (Said(pattern, at),) if isinstance(pattern, str) and pattern not in _TRIVIAL_PATTERNS else ()
    return Text(kind="string", at=at, low=low, high=high, patterns=patterns)


def _schema(book: Book, at: str, raw: Mapping[str, Json], member: str) -> Node | None:
    if member not in raw or not isinstance(raw[member], dict | bool):
        return None
    if raw[member] is False:
        return NEVER
    return book.node(pointer.join(at, member), raw[member])


def _array(book: Book, at: str, raw: Mapping[str, Json]) -> Array:
    positions, rest = raw.get("prefixItems"), _schema(book, at, raw, "items")
    listed = "prefixItems"
    if not isinstance(positions, list) and isinstance(raw.get("items"), list):
        positions, rest, listed = raw["items"], _schema(book, at, raw, "additionalItems"), "items"
    prefix = (
        [book.node(pointer.join(at, listed, i), item) for i, item in enumerate(positions)] if isinstance(positions, list) else []
    )
    low, high = _counts(raw, "minItems", "maxItems", at)
    contains: tuple[Contains, ...] = ()
    needle = _schema(book, at, raw, "contains")
    if needle is not None:
        least, most = _count(raw, "minContains"), _count(raw, "maxContains")
        if least != 0 or most is not None:
            contains = (Contains(node=needle, low=1 if least is None else least, high=most),)
    unique = Said(True, at) if raw.get("uniqueItems") is True else None
    return Array(
        kind="array",
        at=at,
        prefix=tuple(prefix),
        rest=ANY if rest is None else rest,
        low=low,
        high=high,
        unique=unique,
        contains=contains,
    )


def _record(book: Book, at: str, raw: Mapping[str, Json]) -> Record:
    properties, required, patterns = raw.get("properties"), raw.get("required"), raw.get("patternProperties")
    named = properties if isinstance(properties, dict) else {}

    def place(name: str, _: Json = None) -> str:
        return f"{at}/properties/{pointer.escape(name)}"

    low, high = _counts(raw, "minProperties", "maxProperties", at)
    rest = _schema(book, at, raw, "additionalProperties")
    return Record(
        kind="object",
        at=at,
        properties=Lazy(named, lambda name, schema: book.node(place(name), schema)),
        written=Lazy(named, place),
        required={name: at for name in required if isinstance(name, str)} if isinstance(required, list) else {},
        patterns={
            pattern: book.node(pointer.join(at, "patternProperties", pattern), schema) for pattern, schema in patterns.items()
        }
        if isinstance(patterns, dict)
        else {},
        rest=ANY if rest is None else rest,
        rest_at="" if rest is None else at,
        names=_schema(book, at, raw, "propertyNames"),
        low=low,
        high=high,
        conditions=(),
    )


def dependents(book: Book, at: str, raw: Mapping[str, Json]) -> tuple[Condition, ...]:
    """The `dependent*` keywords of a schema, one condition a member name, older spellings folded in."""
    found = []
    for keyword in _DEPENDENT:
        told = raw.get(keyword)
        if not isinstance(told, dict):
            continue
        for name, then in told.items():
            if isinstance(then, list):
                names: Json = [*sorted({item for item in then if isinstance(item, str)})]
                what: Json = {"if": name, "required": names}
            else:
                what = {"if": name, "schema": then}
            found.append(Condition(keyword="dependent", at=at, raw=what, text=text(what)))
    return tuple(found)
