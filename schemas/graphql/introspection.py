"""The answer to an introspection query, one type at a time. Old servers leave out what they do not know: that is None."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from schemas.errors import Unreadable
from schemas.graphql.model import Directive, Input, Kind, Output, Type
from schemas.graphql.parser import MAX_DEPTH, Parser

_KINDS = {
    "SCALAR": Kind.SCALAR,
    "OBJECT": Kind.OBJECT,
    "INTERFACE": Kind.INTERFACE,
    "UNION": Kind.UNION,
    "ENUM": Kind.ENUM,
    "INPUT_OBJECT": Kind.INPUT,
}

Row = Mapping[str, Any]
T = TypeVar("T")


def named_rows(holder: Row, key: str, where: str) -> list[tuple[str, Row, str]]:
    """The named objects in the list called `key`: name, object and pointer. Nothing at all counts as an empty list."""
    rows = holder.get(key)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise Unreadable(f"not an introspection result: `{key}` is no list", where=f"{where}/{key}")
    return [(_name(row, f"{where}/{key}/{i}"), row, f"{where}/{key}/{i}") for i, row in enumerate(rows)]


def read_type(row: Row, where: str) -> Type:
    """A named type; raises `Unreadable`."""
    kind = _KINDS.get(str(row.get("kind")))
    if kind is None:
        raise Unreadable("not an introspection result: a type has no known `kind`", where=where)
    return Type(
        name=_name(row, where),
        kind=kind,
        fields=_members(row, "fields", where, _output) if kind in (Kind.OBJECT, Kind.INTERFACE) else {},
        inputs=_members(row, "inputFields", where, _input) if kind is Kind.INPUT else {},
        values=_members(row, "enumValues", where, lambda value, _: _flag(value, "isDeprecated")) if kind is Kind.ENUM else {},
        members=frozenset(name for name, _, _ in named_rows(row, "possibleTypes", where)) if kind is Kind.UNION else frozenset(),
        interfaces=_interfaces(row, kind, where),
        one_of=_flag(row, "isOneOf"),
        specified_by=url if isinstance(url := row.get("specifiedByURL"), str) else None,
    )


def read_directive(row: Row, where: str) -> Directive:
    """A directive definition; raises `Unreadable`. Servers before 2016 tell `onField` and its kin instead of locations."""
    locations = row.get("locations")
    return Directive(
        name=_name(row, where),
        arguments=_members(row, "args", where, _input),
        locations=frozenset(each for each in locations if isinstance(each, str)) if isinstance(locations, list) else None,
        repeatable=_flag(row, "isRepeatable"),
    )


def _interfaces(row: Row, kind: Kind, where: str) -> frozenset[str] | None:
    if kind not in (Kind.OBJECT, Kind.INTERFACE):
        return frozenset()
    if row.get("interfaces") is None:
        # Until 2020 an interface could implement none, and servers of that time say null.
        return None
    return frozenset(name for name, _, _ in named_rows(row, "interfaces", where))


def _members(row: Row, key: str, where: str, read: Callable[[Row, str], T]) -> dict[str, T]:
    return {name: read(member, at) for name, member, at in named_rows(row, key, where)}


def _output(row: Row, where: str) -> Output:
    return Output(
        name=_name(row, where),
        type=_reference(row, where),
        arguments=_members(row, "args", where, _input),
        deprecated=_flag(row, "isDeprecated"),
    )


def _input(row: Row, where: str) -> Input:
    return Input(
        name=_name(row, where),
        type=_reference(row, where),
        default=_default(row, where),
        deprecated=_flag(row, "isDeprecated"),
    )


def _default(row: Row, where: str) -> str | None:
    text = row.get("defaultValue")
    if text is None:
        return None
    if not isinstance(text, str):
        raise Unreadable("not an introspection result: `defaultValue` is no text", where=f"{where}/defaultValue")
    try:
        return Parser(text).literal()
    except Unreadable:
        raise Unreadable("not an introspection result: `defaultValue` is no literal", where=f"{where}/defaultValue") from None


def _reference(row: Row, where: str) -> str:
    """The type as printed: `[ID!]!`."""
    before, after = "", ""
    of = row.get("type")
    for _ in range(MAX_DEPTH * 2):
        if not isinstance(of, dict):
            break
        kind = of.get("kind")
        if kind == "NON_NULL":
            after = f"!{after}"
        elif kind == "LIST":
            before, after = f"{before}[", f"]{after}"
        else:
            return f"{before}{_name(of, f'{where}/type')}{after}"
        of = of.get("ofType")
    raise Unreadable("not an introspection result: a type leads to no name", where=f"{where}/type", hint="query ofType deeper")


def _name(row: Any, where: str) -> str:
    name = row.get("name") if isinstance(row, dict) else None
    if not isinstance(name, str) or not name:
        raise Unreadable("not an introspection result: a name is missing", where=where)
    return name


def _flag(row: Row, key: str) -> bool | None:
    value = row.get(key)
    return value if isinstance(value, bool) else None
