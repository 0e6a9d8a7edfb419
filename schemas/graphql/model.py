"""A GraphQL schema as a client sees it. None is what the source cannot tell: an older introspection, for instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """The six kinds of named type, in the words of the SDL."""

    SCALAR = "scalar"
    OBJECT = "type"
    INTERFACE = "interface"
    UNION = "union"
    ENUM = "enum"
    INPUT = "input"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """An argument or an input field. `type` is as printed, `[ID!]!`; `default` is a literal in canonical form, or None."""

    name: str
    type: str
    default: str | None = None
    deprecated: bool | None = None

    @property
    def required(self) -> bool:
        return self.type.endswith("!") and self.default is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A field of an object or an interface."""

    name: str
    type: str
    arguments: Mapping[str, Input] = field(default_factory=dict)
    deprecated: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """A named type with its extensions. Of the members only those of its kind are filled.

    `values` maps an enum's values to whether they are deprecated. `twice` names the members that the source defines more
    than once, with every variant: a broken document, read as far as it goes.
    """

    name: str
    kind: Kind
    fields: Mapping[str, Output] = field(default_factory=dict)
    inputs: Mapping[str, Input] = field(default_factory=dict)
    values: Mapping[str, bool | None] = field(default_factory=dict)
    members: frozenset[str] = frozenset()
    interfaces: frozenset[str] | None = frozenset()
    one_of: bool | None = None
    specified_by: str | None = None
    twice: Mapping[str, tuple[Output | Input | None, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """A directive definition."""

    name: str
    arguments: Mapping[str, Input]
    locations: frozenset[str] | None
    repeatable: bool | None


INTROSPECTION = "driftpager-introspection"
"""The header of a document that stands in for an introspection result, `off` where the server refused to give one."""

SCHEMA = "(schema)"
"""The key of the `schema` definition. Types are known by their name, directives by `@name`."""

ROOTS = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}
"""The operations, and the root type each has where the schema names none."""

STANDARD_SCALARS = frozenset({"Boolean", "Float", "ID", "Int", "String"})
STANDARD_DIRECTIVES = frozenset({"deprecated", "include", "oneOf", "skip", "specifiedBy"})
"""Every server has them, and whether a schema prints them says nothing."""


EXECUTABLE = frozenset(
    {"QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"}
    | {"VARIABLE_DEFINITION"}
)
"""Where an operation may have a directive."""


def named(type: str) -> str:
    """The named type inside lists and non-nulls."""
    return type.strip("[]!")
