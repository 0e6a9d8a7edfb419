"""What an Avro schema says of the data: named types by full name, and how everything else is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from schemas.document import Json

Name = str
"""A full name, `com.acme.Order`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """`null`, `boolean`, `int`, `long`, `float`, `double`, `bytes`, `string`, or `unknown`: a name that nothing defines.

    `logical` is what it stands for (`timestamp-millis`), with `digits` before and after the point of a `decimal`.
    """

    kind: str
    named: Name = ""
    logical: str = ""
    digits: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An array, or (`keyed`) a map by text."""

    of: Type
    keyed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """A union. Its order says nothing: the first only has to be the default's."""

    branches: tuple[Type, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A record, an enum or a fixed by its full name."""

    name: Name


Type: TypeAlias = Plain | Listed | OneOf | Named


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`default` is a list of the one value, empty where there is none: a default may be null."""

    name: str
    type: Type
    default: tuple[Json, ...] = ()
    aliases: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`label` is what people call it: the payload of an event is called as the event is."""

    name: Name
    label: str
    fields: Mapping[str, Field] = field(default_factory=dict)
    aliases: frozenset[Name] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Enum:
    name: Name
    label: str
    symbols: tuple[str, ...] = ()
    default: str | None = None
    aliases: frozenset[Name] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """So many bytes."""

    name: Name
    label: str
    size: int = 0
    logical: str = ""
    digits: tuple[int, int] | None = None
    aliases: frozenset[Name] = frozenset()


Definition: TypeAlias = Record | Enum | Fixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """One schema. `event` is its name for people, `pointers` where each definition stands, by full name."""

    root: Type
    event: str
    definitions: Mapping[Name, Definition]
    pointers: Mapping[Name, str] = field(default_factory=dict)


def last(name: Name) -> str:
    """A full name without its namespace."""
    return name.rpartition(".")[2]


def shown(type: Type) -> str:
    """A type as people write it: `null | string`, `array<Item>`, `bytes (decimal 18, 2)`."""
    match type:
        case Plain():
            digits = f" {type.digits[0]}, {type.digits[1]}" if type.digits else ""
            return f"{type.named or type.kind}{f' ({type.logical}{digits})' if type.logical else ''}"
        case Listed():
            return f"{'map' if type.keyed else 'array'}<{shown(type.of)}>"
        case OneOf():
            return " | ".join(shown(each) for each in type.branches)
        case Named():
            return last(type.name)
