"""The normal form: a value's space, split by kind of JSON value, one level at a time.

A `Node` is a place where a value stands: one raw schema, or several that all apply (`allOf`). Nothing is inlined: a node
names its schemas by pointer, and its children are nodes again, looked into only when needed. A `View` is one node read:
for each kind of JSON value the alternatives (`Facet`) a value may take. `nullable`, type lists, `anyOf`, `oneOf` and `allOf`
spell such spaces in many ways; a view spells each in one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Generic, TypeAlias, TypeVar

from schemas.document import Json

KINDS = ("null", "boolean", "number", "string", "array", "object")
"""The kinds of JSON value; integers are numbers."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Said(Generic[T]):
    """A fact and the pointer of the schema that says it."""

    value: T
    at: str


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A place for a value: the pointers of the schemas that all apply there, and those schemas as written.

    No schema at all accepts everything. Two nodes of one document are the same place if their keys are equal.
    """

    key: tuple[str, ...]
    raws: tuple[Json, ...]

    @property
    def at(self) -> str:
        """The pointer of the first schema; empty for the node that accepts everything."""
        return self.key[0] if self.key else ""

    @property
    def raw(self) -> Json:
        """The first schema as written; true for the node that accepts everything."""
        return self.raws[0] if self.raws else True


ANY = Node((), ())
NEVER = Node(("never",), (False,))


@dataclass(frozen=True, slots=True, order=True)
class Bound:
    """An end of a numeric range; `open` leaves the value itself out."""

    value: Fraction
    open: bool


Values: TypeAlias = Mapping[str, Json]
"""Allowed values by their canonical JSON text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What restricts a kind beyond its plain keywords: `keyword` names it, `raw` is as written, `at` is its schema."""

    keyword: str
    at: str
    raw: Json
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One alternative of one kind. `at` is the schema it is mostly written in, `name` and `title` what pairs it."""

    kind: str
    at: str
    path: tuple[str, ...] = ()
    title: str | None = None
    values: Said[Values] | None = None
    formats: tuple[Said[str], ...] = ()
    excluded: tuple[Node, ...] = ()
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Facet):
    """Numbers, with the ends of their range and what they are multiples of."""

    integer: bool = False
    low: Said[Bound] | None = None
    high: Said[Bound] | None = None
    step: Said[Fraction] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Facet):
    """Strings, with their lengths in characters and the patterns that all hold."""

    low: Said[int] | None = None
    high: Said[int] | None = None
    patterns: tuple[Said[str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contains:
    """How many items of an array match a schema; `high` None where there may be any number."""

    node: Node
    low: int
    high: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Array(Facet):
    """An array: `prefix` by position, `rest` for what follows."""

    prefix: tuple[Node, ...] = ()
    rest: Node = ANY
    low: Said[int] | None = None
    high: Said[int] | None = None
    unique: Said[bool] | None = None
    contains: tuple[Contains, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Facet):
    """An object. `rest` is what members named nowhere else must be; `NEVER` closes the object.

    `written` is where each property's schema is written, before any reference is followed.
    """

    properties: Mapping[str, Node] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)
    required: Mapping[str, str] = field(default_factory=dict)
    patterns: Mapping[str, Node] = field(default_factory=dict)
    rest: Node = ANY
    rest_at: str = ""
    names: Node | None = None
    low: Said[int] | None = None
    high: Said[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discriminator:
    """The tag field of a union, and which branch each tag value leads to (a pointer)."""

    property: str
    mapping: Mapping[str, str]
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A node, read one level deep. A kind without an entry is not allowed here.

    `exact` is False where the facets allow more than the schemas do (unresolved references, caps). `exclusive` are the
    `oneOf` among what was read whose alternatives share a kind: the facets allow what fits several of them, `oneOf` does not.
    """

    facets: Mapping[str, tuple[Facet, ...]]
    exact: bool = True
    exclusive: tuple[Node, ...] = ()
    composed: bool = False
    read_only: bool = False
    write_only: bool = False
    deprecated: bool = False
    default: Said[Json] | None = None
    discriminator: Discriminator | None = None
    unresolved: tuple[Said[str], ...] = ()
