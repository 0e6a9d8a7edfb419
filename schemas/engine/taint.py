"""Which parts of two documents can differ at all, found at the speed of orjson and regular expressions."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

import orjson

from schemas.engine.names import definition
from schemas.pointer import escape

if TYPE_CHECKING:
    from schemas.document import Json

REF = re.compile(rb'"\$(?:ref|dynamicRef|recursiveRef)":"((?:[^"\\]|\\.)*)"')
_PLAIN_REF = re.compile(rb'"\$(?:ref|dynamicRef|recursiveRef)":"([^"]*)"')
_BARE_REF = re.compile(rb'\{"\$ref":"(?:[^"\\]|\\.)*"\}')
_TELLING = re.compile(
    rb'"(?:allOf|not|if|readOnly|writeOnly|depend\w+|contains|unevaluated\w+|propertyNames|discriminator|patternProperties'
    rb'|\$dynamicRef|\$recursiveRef)":'
)


def refs(raw: bytes) -> tuple[str, ...]:
    """The references in written JSON, each once, in order of appearance."""
    found = dict.fromkeys(_PLAIN_REF.findall(raw))
    if any(b"\\" in name for name in found):
        return tuple(dict.fromkeys(str(orjson.loads(b'"' + name + b'"')) for name in REF.findall(raw)))
    return tuple([name.decode() for name in found]) if found else ()


def units(root: Json) -> dict[str, Json]:
    """The named definitions of a document by pointer."""
    if not isinstance(root, dict):
        return {}
    found: dict[str, Json] = {}
    components = root.get("components")
    if isinstance(components, dict):
        for section, named in components.items():
            if isinstance(named, dict):
                found.update((f"/components/{escape(section)}/{escape(name)}", raw) for name, raw in named.items())
    for section in ("definitions", "$defs"):
        named = root.get(section)
        if isinstance(named, dict):
            found.update((f"/{section}/{escape(name)}", raw) for name, raw in named.items())
    return found


def definitions(root: Json) -> dict[str, bytes]:
    """The named definitions as compact JSON, by pointer."""
    return {at: orjson.dumps(raw) for at, raw in units(root).items()}


@lru_cache(maxsize=4096)
def unit_of(ref: str) -> str | None:
    """The definition that a reference names or reaches into; None if that takes more than a look at its text."""
    return definition(unquote(ref[1:]) if "%" in ref else ref[1:]) if ref.startswith("#/") else None


@dataclass(frozen=True)
class Side:
    """The definitions of one document, written, and what each refers to."""

    written: Mapping[str, bytes]
    refers: Mapping[str, tuple[str, ...]]


def side(written: Mapping[str, bytes], known: Side | None = None) -> Side:
    """One document's definitions; those that `known` has written the same are not searched again."""
    refers = {}
    for at, raw in written.items():
        if known is not None and known.written.get(at) == raw:
            refers[at] = known.refers[at]
        else:
            refers[at] = refs(raw)
    return Side(written, refers)


class Taint:
    """What differs between two documents: definitions whose text does, and those that lead to such.

    Made from the definitions of both as compact JSON, by pointer.
    """

    def __init__(self, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> None:
        self.old = side(old)
        self.new = side(new, self.old)
        names = {*self.old.written, *self.new.written}
        dirty = {at for at in names if self.old.written.get(at) != self.new.written.get(at)}
        back: dict[str, set[str]] = {}
        for where in (self.old, self.new):
            for at, targets in where.refers.items():
                for ref in targets:
                    unit = unit_of(ref)
                    if unit is None or unit not in names:
                        if unit is None:
                            dirty.add(at)
                        continue
                    back.setdefault(unit, set()).add(at)
        self.back: Mapping[str, set[str]] = back
        self.tainted = closure(dirty, back)
        self._passable: dict[str, bool] = {}

    def passable(self, at: str, *, siblings: bool) -> bool:
        """Whether the definition at `at` is the same text on both sides and only places references, so that what differs
        below it differs by itself. Composition, direction flags and conditions make a definition worth reading."""
        if at not in self._passable:
            raw = self.new.written.get(at)
            alike = raw is not None and self.old.written.get(at) == raw
            self._passable[at] = alike and raw is not None and places_only(raw, siblings=siblings)
        return self._passable[at]

    def reaches(self, raw: bytes) -> bool:
        """Whether written JSON, the same on both sides, refers to anything that may differ."""
        return b'"$' in raw and any(self.hits(ref) for ref in refs(raw))

    def stands(self, ref: str) -> bool:
        """Whether what a reference leads to is there on both sides."""
        unit = unit_of(ref)
        return unit is not None and unit in self.old.written and unit in self.new.written

    def hits(self, ref: str) -> bool:
        """Whether what a reference leads to may differ."""
        unit = unit_of(ref)
        return unit is None or unit in self.tainted


def places_only(raw: bytes, *, siblings: bool) -> bool:
    """Whether written JSON puts references only where they stand for a value each: no composition, condition or direction."""
    if _TELLING.search(raw):
        return False
    if siblings and len(_BARE_REF.findall(raw)) != raw.count(b'"$ref":'):
        return False
    if b'"anyOf":[' not in raw and b'"oneOf":[' not in raw:
        return True
    work = [orjson.loads(raw)]
    while work:
        here = work.pop()
        if isinstance(here, dict):
            if ("anyOf" in here or "oneOf" in here) and ("properties" in here or "required" in here or "enum" in here):
                return False
            work.extend(value for value in here.values() if value.__class__ is dict or value.__class__ is list)
        else:
            work.extend(value for value in here if value.__class__ is dict or value.__class__ is list)
    return True


def closure(start: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    """Everything that `edges` lead to from `start`, the start included."""
    found = set(start)
    work = deque(found)
    while work:
        for target in edges.get(work.popleft(), ()):
            if target not in found:
                found.add(target)
                work.append(target)
    return found
