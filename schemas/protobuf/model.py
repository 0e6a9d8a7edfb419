"""What a consumer of protocol buffers depends on: messages, enums and services by full name, fields by number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.change import Source
from schemas.document import Json


class Count(StrEnum):
    """How often a field stands in a message. A map is repeated."""

    SINGLE = "single"
    REQUIRED = "required"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """Ranges of numbers, first and last included; never listed number by number."""

    spans: tuple[tuple[int, int], ...] = ()

    def __contains__(self, number: int) -> bool:
        return any(first <= number <= last for first, last in self.spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field, or an extension of another message.

    `type` is a scalar's name, or `message`, `group`, `enum` or `unknown` (its file is not there) with the full name as
    `named`. `present` says whether it can be told apart from unset. `oneof` is empty where it stands in none. `key` is a
    map's type of keys, and `named` and `type` are then those of its values.
    """

    number: int
    name: str
    json_name: str
    type: str
    named: str = ""
    count: Count = Count.SINGLE
    present: bool = True
    oneof: str = ""
    key: str = ""
    default: str | None = None
    deprecated: bool = False

    @property
    def written(self) -> str:
        """The type as people write it: `map<string, acme.v1.Item>`, `repeated int32`."""
        base = self.named or self.type
        if self.key:
            return f"map<{self.key}, {base}>"
        return base if self.count is Count.SINGLE else f"{self.count} {base}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`outer` is the full name of the message it is defined in, empty at the top of a file."""

    name: str
    package: str
    outer: str = ""
    fields: Mapping[int, Field] = field(default_factory=dict)
    reserved: Ranges = Ranges()
    extensible: Ranges = Ranges()
    deprecated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Enum:
    """Every name by number; several where the vendor allows aliases. `closed`: an unknown number is not kept in the field."""

    name: str
    package: str
    outer: str = ""
    values: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    deprecated_values: frozenset[str] = frozenset()
    closed: bool = False
    deprecated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One call. `sends` and `answers` are full names of messages."""

    name: str
    sends: str
    answers: str
    streams_in: bool = False
    streams_out: bool = False
    deprecated: bool = False

    @property
    def shape(self) -> str:
        """`unary`, `client streaming`, `server streaming` or `bidirectional streaming`."""
        both = (self.streams_in, self.streams_out)
        return {
            (False, False): "unary",
            (True, False): "client streaming",
            (False, True): "server streaming",
            (True, True): "bidirectional streaming",
        }[both]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    name: str
    package: str
    methods: Mapping[str, Method] = field(default_factory=dict)
    deprecated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """One or more files, flattened: everything by its full name, in the order of definition.

    `extensions` are by the name of what they extend and their number. `parts` names the file of what does not stand in the
    first one; `unread` are imported files that are not to be had, with the reason.
    """

    messages: Mapping[str, Message]
    enums: Mapping[str, Enum]
    services: Mapping[str, Service]
    extensions: Mapping[tuple[str, int], tuple[str, Field]]
    lines: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def packages(self) -> frozenset[str]:
        return frozenset(each.package for group in (self.messages, self.enums, self.services) for each in group.values())

    def source(self, name: str) -> Source:
        return Source(pointer="/" + name.replace(".", "/"), line=self.lines.get(name), part=self.parts.get(name, ""))

    def members(self) -> frozenset[str]:
        """Fields, values and types by full name, and without their package."""
        named = [(each.package, f"{each.name}.{field.name}") for each in self.messages.values() for field in each.fields.values()]
        named += [
            (each.package, f"{each.name}.{field.oneof}")
            for each in self.messages.values()
            for field in each.fields.values()
            if field.oneof
        ]
        for enum in self.enums.values():
            named += [(enum.package, f"{enum.name}.{name}") for many in enum.values.values() for name in many]
        for group in (self.messages, self.enums):
            named += [(one.package, one.name) for one in group.values()]
        return frozenset(name for package, full in named for name in (full, full.removeprefix(f"{package}.")))

    def operations(self) -> Iterator[tuple[str, Method]]:
        """Every call as `acme.v1.Orders/Get`."""
        for service in self.services.values():
            for method in service.methods.values():
                yield f"{service.name}/{method.name}", method


def shown(each: Field) -> Json:
    """A field as a small fragment for a finding."""
    told: dict[str, Json] = {"number": each.number, "name": each.name, "type": each.written}
    return told | ({"oneof": each.oneof} if each.oneof else {})
