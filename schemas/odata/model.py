"""What a consumer of an OData service depends on, by full name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A structural property, a parameter or a returned value.

    `type` is a full name without its `Collection()`. `max_length` and `scale` are None where there is no bound. `writable`
    is false for what the service computes. `lost` are the abilities (filter, sort) that the service denies.
    """

    name: str
    type: str
    many: bool = False
    nullable: bool = True
    max_length: int | None = None
    precision: int | None = None
    scale: int | None = None
    default: str | None = None
    writable: bool = True
    optional: bool = False
    lost: frozenset[str] = frozenset()

    @property
    def written(self) -> str:
        return f"Collection({self.type})" if self.many else self.type


@dataclass(frozen=True, slots=True, kw_only=True)
class Navigation:
    """The way to other entities. `contains`: they live inside of this one."""

    name: str
    target: str
    many: bool = False
    nullable: bool = True
    contains: bool = False

    @property
    def written(self) -> str:
        return f"Collection({self.target})" if self.many else self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """An entity type (`entity`) or a complex type. What it has of its `base` is not repeated here."""

    name: str
    entity: bool
    base: str = ""
    key: tuple[str, ...] = ()
    properties: Mapping[str, Property] = field(default_factory=dict)
    navigations: Mapping[str, Navigation] = field(default_factory=dict)
    open: bool = False


class Kind(StrEnum):
    """What an operation is: an action has effects, a function has none."""

    ACTION = "action"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One overload. `bound` is the type it is called on, empty where it is called by itself."""

    name: str
    kind: Kind
    bound: str = ""
    parameters: Mapping[str, Property] = field(default_factory=dict)
    returns: Property | None = None


class Holder(StrEnum):
    """How the service offers entities, or an operation without a binding."""

    SET = "entity set"
    SINGLETON = "singleton"
    IMPORT = "operation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A name at the root of the service. `lost` are the abilities (filter, insert, ...) that it denies."""

    name: str
    holder: Holder
    type: str
    lost: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One `$metadata` document. `version` as the document says it: 2.0, 3.0, 4.0, 4.01."""

    version: str
    structures: Mapping[str, Structure]
    enums: Mapping[str, Mapping[str, str]]
    operations: Mapping[str, tuple[Operation, ...]]
    offered: Mapping[str, Offered]
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def protocol(self) -> str:
        """`2-3` or `4`: what a client has to speak."""
        return "4" if self.version.startswith("4") else "2-3"

    def line(self, name: str, otherwise: str) -> int | None:
        return self.lines.get(name, self.lines.get(otherwise))

    def members(self) -> frozenset[str]:
        """Properties and navigations of each type by its full name, its last part, and the sets that offer it; and these."""
        through: dict[str, list[str]] = {}
        for each in self.offered.values():
            through.setdefault(each.type, []).append(each.name)
        found = set[str]()
        for name, values in self.enums.items():
            found |= {
                owner + each for owner in (name, name.rpartition(".")[2]) for each in ("", *(f".{value}" for value in values))
            }
        for name, overloads in self.operations.items():
            taken = ("", *(f".{parameter}" for one in overloads for parameter in one.parameters))
            found |= {owner + each for owner in (name, name.rpartition(".")[2]) for each in taken}
        for name in self.structures:
            owners = (name, name.rpartition(".")[2], *through.get(name, ()))
            inside = [member for each in self.ancestry(name) for member in (*each.properties, *each.navigations)]
            found |= {*owners, *(f"{owner}.{member}" for owner in owners for member in inside)}
        return frozenset(found)

    def ancestry(self, name: str) -> Iterator[Structure]:
        """The type and what it derives from, nearest first; a circle ends."""
        seen = set[str]()
        while name in self.structures and name not in seen:
            seen.add(name)
            yield self.structures[name]
            name = self.structures[name].base

    def property(self, owner: str, name: str) -> Property | None:
        return next((each.properties[name] for each in self.ancestry(owner) if name in each.properties), None)

    def navigation(self, owner: str, name: str) -> Navigation | None:
        return next((each.navigations[name] for each in self.ancestry(owner) if name in each.navigations), None)

    def key(self, owner: str) -> tuple[str, ...]:
        return next((each.key for each in self.ancestry(owner) if each.key), ())
