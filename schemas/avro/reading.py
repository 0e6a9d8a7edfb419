"""An Avro schema into the model: names made full, annotations left out, and the envelope of an event seen through.

Salesforce answers `eventSchema?payloadFormat=EXPANDED` with an `expanded-record` that holds the `payload` beside the replay
id; its COMPACT form is strict Avro.
"""

from __future__ import annotations

import re
from typing import Any

from schemas import text
from schemas.avro.model import Definition, Enum, Field, Fixed, Listed, Name, Named, OneOf, Plain, Record, Schema, Type, last
from schemas.document import Document
from schemas.errors import Unreadable

_PLAIN = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
_RECORDS = frozenset({"record", "error", "expanded-record"})
_NAMED = _RECORDS | {"enum", "fixed"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_PAYLOAD = ("data", "payload")


def read(document: Document) -> Schema:
    """Raises `Unreadable`."""
    root = text.parse(document)
    if not isinstance(root, dict | list) or (isinstance(root, dict) and "type" not in root):
        raise Unreadable("no Avro schema: it has no `type`", hint="a schema is an object such as {type: record, name, fields}")
    reader = _Reader(root)
    return reader.schema()


class _Reader:
    def __init__(self, root: dict[str, Any] | list[Any]) -> None:
        self.root = root
        self.definitions: dict[Name, Definition] = {}
        self.pointers: dict[Name, str] = {}
        self.event = last(str(root.get("name", ""))) if isinstance(root, dict) else ""
        self.payload = self._payload()

    def schema(self) -> Schema:
        made = self._type(self.root, "", "")
        return Schema(root=made, event=self.event, definitions=self.definitions, pointers=self.pointers)

    def _payload(self) -> object:
        """What an event carries, as it is written; None where the schema is no envelope."""
        inner: Any = self.root
        if not isinstance(inner, dict) or inner.get("type") != "expanded-record":
            return None
        for step in _PAYLOAD:
            fields = inner.get("fields") if isinstance(inner, dict) else None
            named = (
                [each for each in fields if isinstance(each, dict) and each.get("name") == step]
                if isinstance(fields, list)
                else []
            )
            inner = named[0].get("type") if named else None
        return inner

    def _type(self, raw: Any, space: str, at: str) -> Type:
        if isinstance(raw, str):
            return self._called(raw, space, at)
        if isinstance(raw, list):
            return self._union(raw, space, at)
        if not isinstance(raw, dict):
            raise Unreadable("a type is a name, a list or an object", where=at or "/")
        kind = raw.get("type")
        if isinstance(kind, dict | list):
            return self._type(kind, space, f"{at}/type")
        if not isinstance(kind, str):
            raise Unreadable("an object without `type`", where=at or "/")
        if kind in _NAMED:
            return self._defined(raw, kind, space, at)
        if kind in ("array", "map"):
            inner = "values" if kind == "map" else "items"
            if inner not in raw:
                raise Unreadable(f"{'a map' if kind == 'map' else 'an array'} without `{inner}`", where=at or "/")
            return Listed(of=self._type(raw[inner], space, f"{at}/{inner}"), keyed=kind == "map")
        if kind in _PLAIN:
            logical, digits = _logical(raw)
            return Plain(kind=kind, logical=logical, digits=digits)
        return self._called(kind, space, at)

    def _called(self, name: str, space: str, at: str) -> Type:
        if name in _PLAIN:
            return Plain(kind=name)
        if not _NAME.fullmatch(name):
            raise Unreadable(f"`{name[:60]}` is no name of a type", where=at or "/")
        full = _full(name, space)
        for known in (full, name):
            if known in self.definitions:
                return Named(name=known)
        return Plain(kind="unknown", named=full)

    def _union(self, raw: list[Any], space: str, at: str) -> Type:
        branches = list[Type]()
        for number, each in enumerate(raw):
            if isinstance(each, list):
                raise Unreadable("a union stands directly in a union", where=f"{at}/{number}")
            made = self._type(each, space, f"{at}/{number}")
            if made not in branches:
                branches.append(made)
        if not branches:
            raise Unreadable("a union of nothing", where=at or "/")
        return branches[0] if len(branches) == 1 else OneOf(branches=tuple(branches))

    def _defined(self, raw: dict[str, Any], kind: str, space: str, at: str) -> Type:
        name = raw.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise Unreadable(f"a {kind} without a name", where=at or "/")
        around = raw.get("namespace")
        full = _full(name, around if isinstance(around, str) else space)
        if full in self.definitions:
            raise Unreadable(f"`{full}` is defined twice", where=at or "/")
        inner = full.rpartition(".")[0]
        label = self.event if raw is self.payload else last(full)
        aliases = frozenset(_full(each, inner) for each in _texts(raw.get("aliases")))
        self.pointers[full] = at
        if kind == "enum":
            self.definitions[full] = _enum(raw, full, label, aliases, at)
        elif kind == "fixed":
            logical, digits = _logical(raw)
            size = raw.get("size")
            if not isinstance(size, int) or isinstance(size, bool) or size < 0:
                raise Unreadable(f"`{full}` is fixed without a size", where=at or "/")
            self.definitions[full] = Fixed(name=full, label=label, size=size, logical=logical, digits=digits, aliases=aliases)
        else:
            self.definitions[full] = Record(name=full, label=label, aliases=aliases)  # its fields may name it
            self.definitions[full] = Record(name=full, label=label, aliases=aliases, fields=self._fields(raw, inner, at))
        return Named(name=full)

    def _fields(self, raw: dict[str, Any], space: str, at: str) -> dict[str, Field]:
        written = raw.get("fields")
        if not isinstance(written, list):
            raise Unreadable("a record without a list of `fields`", where=at or "/")
        fields: dict[str, Field] = {}
        for number, each in enumerate(written):
            here = f"{at}/fields/{number}"
            name = each.get("name") if isinstance(each, dict) else None
            if not isinstance(name, str) or "type" not in each:
                raise Unreadable("a field without a name or a type", where=here)
            if name in fields:
                raise Unreadable(f"field `{name[:60]}` is defined twice", where=here)
            fields[name] = Field(
                name=name,
                type=self._type(each["type"], space, f"{here}/type"),
                default=(each["default"],) if "default" in each else (),
                aliases=frozenset(_texts(each.get("aliases"))),
            )
            self.pointers[f"{last(str(raw.get('name')))}/{name}"] = here
        return fields


def _enum(raw: dict[str, Any], full: Name, label: str, aliases: frozenset[Name], at: str) -> Enum:
    symbols, default = raw.get("symbols"), raw.get("default")
    if not isinstance(symbols, list) or not all(isinstance(each, str) for each in symbols):
        raise Unreadable(f"`{full}` is an enum without `symbols`", where=at or "/")
    return Enum(
        name=full,
        label=label,
        symbols=tuple(dict.fromkeys(symbols)),
        default=default if isinstance(default, str) else None,
        aliases=aliases,
    )


def _logical(raw: dict[str, Any]) -> tuple[str, tuple[int, int] | None]:
    logical = raw.get("logicalType")
    if not isinstance(logical, str):
        return "", None
    precision, scale = raw.get("precision"), raw.get("scale", 0)
    if logical != "decimal" or not isinstance(precision, int) or not isinstance(scale, int):
        return logical, None
    return logical, (precision, scale)


def _texts(raw: Any) -> list[str]:
    return [each for each in raw if isinstance(each, str)] if isinstance(raw, list) else []


def _full(name: str, space: str) -> Name:
    return name if "." in name or not space else f"{space}.{name}"
