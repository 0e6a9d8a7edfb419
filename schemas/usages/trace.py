"""From the shape of a value to the members of a description that it uses, named as findings name them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import orjson

from schemas.engine.book import UNRESOLVED
from schemas.engine.names import dotted, is_definition
from schemas.engine.taint import refs, unit_of
from schemas.pointer import join
from schemas.usages.recorded import ANYTHING, Shape

if TYPE_CHECKING:
    from schemas.document import Json
    from schemas.engine.book import Book
    from schemas.model import Node

MAX_ALTERNATIVES = 64
"""Combinations of union branches that are told apart at one place; beyond them nothing is proven."""

_INSIDE = frozenset({"properties", "items", "additionalProperties", "allOf", "oneOf", "anyOf"})
_JSON_KINDS = {"integer": "number"}


class Part(NamedTuple):
    """One schema that applies at a place: its pointer, and as written."""

    at: str
    raw: Json


Parts = tuple[Part, ...]
"""The schemas that all apply at a place, in one choice among the branches of its unions."""


def name_of(at: str, labels: dict[str, str]) -> str:
    """The dotted name of a place, as a finding's members have it; empty for the document as a whole."""
    owner, path = dotted(at, labels)
    return f"{owner}.{path}" if owner and path else owner or path


class Trace:
    """Follows shapes through one description. `certain` keeps only what every fitting branch of a union agrees on."""

    def __init__(self, book: Book, *, certain: bool) -> None:
        self._book = book
        self._certain = certain
        self._known: dict[tuple[tuple[str, ...], Shape], frozenset[str]] = {}
        self.reached: set[str] = set()
        """Definitions that a name written down leads to, and goes no further."""

    def names(self, node: Node, shape: Shape) -> frozenset[str]:
        """The names of what a value of this shape at this place uses."""
        mark = (node.key, shape)
        if mark not in self._known:
            self._known[mark] = frozenset()  # the same place again inside of itself brings nothing new
            self._known[mark] = self._names(node, shape)
        return self._known[mark]

    def _names(self, node: Node, shape: Shape) -> frozenset[str]:
        fitting = [parts for parts in self._choices(node) if _admits(parts, shape)]
        own = {name_of(at, self._book.labels) for at in node.key if is_definition(at) and not shape.members and not shape.items}
        if shape == Shape(ANYTHING):
            return self._named(fitting)
        if shape.kind != "object" and not shape.members:
            found = [self._items(parts, shape) for parts in fitting] if shape.items else []
            return frozenset(own if shape.kind not in ("object", "array") else ()).union(self._agreed(found))
        return self._agreed([self._members(parts, shape) for parts in self._closest(fitting, shape)])

    def _named(self, choices: list[Parts]) -> frozenset[str]:
        """A name written down ends here: a definition of a plain value is used, one with members in an unknown part."""
        found: set[str] = set()
        for part in (part for parts in choices for part in parts):
            if is_definition(part.at) and not (isinstance(part.raw, dict) and _INSIDE & part.raw.keys()):
                found.add(name_of(part.at, self._book.labels))
            elif is_definition(part.at):
                self.reached.add(part.at)
            else:
                self.reached.update(unit for ref in refs(orjson.dumps(part.raw)) if (unit := unit_of(ref)) is not None)
        return frozenset(found)

    def _agreed(self, found: list[frozenset[str]]) -> frozenset[str]:
        if not found:
            return frozenset()
        return frozenset.intersection(*found) if self._certain else frozenset().union(*found)

    def _closest(self, fitting: list[Parts], shape: Shape) -> list[Parts]:
        """Among the branches of unions those that describe most of the shape; all where it is written down by name."""
        if not self._certain or len(fitting) < 2:
            return fitting
        given = {name for name, _ in shape.members}
        whole = [parts for parts in fitting if _required(parts) <= given] or fitting
        most = max(_described(parts, given) for parts in whole)
        return [parts for parts in whole if _described(parts, given) == most]

    def _members(self, parts: Parts, shape: Shape) -> frozenset[str]:
        found: set[str] = set()
        lists = [part for part in parts if not self._certain and isinstance(part.raw, dict) and "items" in part.raw]
        for part in lists:  # a name written down goes through lists without saying so
            found |= self.names(self._below(part, "items"), shape)
        for name, below in shape.members:
            for at, node in self._places(parts, name):
                label, inner = name_of(at, self._book.labels), self.names(node, below)
                # A name whose parts are named inside of it stands for those alone.
                if at.rpartition("/")[0].endswith("/properties") and not any(each.startswith(f"{label}.") for each in inner):
                    found.add(label)
                found |= inner
        return frozenset(found)

    def _places(self, parts: Parts, name: str) -> Iterator[tuple[str, Node]]:
        """Where the member is described: as a property, else as any other member of a map."""
        described = False
        for part in parts:
            described_here = part.raw.get("properties") if isinstance(part.raw, dict) else None
            properties = described_here if isinstance(described_here, dict) else {}
            for written in self._spelled(name, properties):
                described = True
                at = join(part.at, "properties", written)
                yield at, self._book.node(at, properties[written])
        for part in parts if not described else ():
            if isinstance(part.raw, dict) and isinstance(part.raw.get("additionalProperties"), dict):
                yield join(part.at, "additionalProperties"), self._below(part, "additionalProperties")

    def _spelled(self, name: str, properties: Mapping[str, Json]) -> list[str]:
        """The properties of that name; a name written down is met without regard to case, as `Usage` does."""
        if name in properties or self._certain:
            return [name] if name in properties else []
        return [each for each in properties if each.casefold() == name.casefold()]

    def _items(self, parts: Parts, shape: Shape) -> frozenset[str]:
        found: set[str] = set()
        for part in parts:
            if isinstance(part.raw, dict) and isinstance(part.raw.get("items"), dict):
                found.update(*(self.names(self._below(part, "items"), item) for item in shape.items))
        return frozenset(found)

    def _below(self, part: Part, member: str) -> Node:
        assert isinstance(part.raw, dict)
        at = join(part.at, member)
        return self._book.node(at, part.raw[member])

    def _choices(self, node: Node) -> list[Parts]:
        written = [Part(at, raw) for at, raw in zip(node.key, node.raws, strict=True) if not at.startswith(UNRESOLVED)]
        return self._product([self._spread(part, ()) for part in written])

    def _spread(self, part: Part, above: tuple[str, ...]) -> list[Parts]:
        """The choices that one schema offers: `allOf` joins, `oneOf` and `anyOf` part ways."""
        if part.at in above or not isinstance(part.raw, dict):
            return [()]
        above = (*above, part.at)
        joined: list[list[Parts]] = [[(part,)]]
        for word in ("allOf", "oneOf", "anyOf"):
            branches = part.raw.get(word)
            if not isinstance(branches, list) or not branches:
                continue
            spread = [self._branch(join(part.at, word, i), raw, above) for i, raw in enumerate(branches)]
            joined.extend(spread if word == "allOf" else [[parts for choice in spread for parts in choice]])
        return self._product(joined)

    def _branch(self, at: str, raw: Json, above: tuple[str, ...]) -> list[Parts]:
        node = self._book.node(at, raw)
        parts = [Part(key, each) for key, each in zip(node.key, node.raws, strict=True) if not key.startswith(UNRESOLVED)]
        return self._product([self._spread(part, above) for part in parts])

    def _product(self, choices: list[list[Parts]]) -> list[Parts]:
        count = 1
        for choice in choices:
            count *= len(choice)
        if count > MAX_ALTERNATIVES:
            # Too many to tell apart: only what stands outside of the unions is sure, by name everything is meant.
            singles = [choice[0] for choice in choices if len(choice) == 1]
            every = [parts for choice in choices for parts in choice]
            return [tuple(itertools.chain(*(singles if self._certain else every)))]
        return [tuple(itertools.chain(*combination)) for combination in itertools.product(*choices)]


def _admits(parts: Parts, shape: Shape) -> bool:
    """Whether the kinds that the schemas name leave room for the shape's."""
    if shape.kind == ANYTHING:
        return True
    for part in parts:
        if not isinstance(part.raw, dict):
            continue
        named = part.raw.get("type")
        kinds = [named] if isinstance(named, str) else named if isinstance(named, list) else []
        if shape.kind == "null" and part.raw.get("nullable") is True:
            continue
        if kinds and shape.kind not in {_JSON_KINDS.get(str(kind), kind) for kind in kinds}:
            return False
    return True


def _required(parts: Parts) -> set[str]:
    return {
        str(name)
        for part in parts
        if isinstance(part.raw, dict) and isinstance(names := part.raw.get("required"), list)
        for name in names
    }


def _described(parts: Parts, given: set[str]) -> int:
    known: set[str] = set()
    for part in parts:
        properties = part.raw.get("properties") if isinstance(part.raw, dict) else None
        known.update(properties if isinstance(properties, dict) else ())
    return len(known & given)
