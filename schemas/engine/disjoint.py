"""Whether alternatives can be told apart by what they accept."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, islice
from typing import TYPE_CHECKING

from schemas.engine.settle import fraction, in_range
from schemas.model import Facet, Number, Record

if TYPE_CHECKING:
    from schemas.engine.view import Reader

_MOST = 2000
"""Couples of alternatives that are looked at; a union beyond that counts as overlapping."""


def overlap(reader: Reader, facets: Sequence[Facet]) -> bool:
    """Whether any two alternatives may accept the same value: False is proven, True is not."""
    if len(facets) * (len(facets) - 1) // 2 > _MOST:
        return True
    return any(not disjoint(one, other, reader, reader) for one, other in islice(combinations(facets, 2), _MOST))


def disjoint(one: Facet, other: Facet, mine: Reader, theirs: Reader, depth: int = 0) -> bool:
    """Whether it is proven that no value fits both; each facet's places are read by its own reader."""
    if one.kind != other.kind:
        return True
    if one.kind == "null":
        return False
    if one.values is not None and other.values is not None:
        return not one.values.value.keys() & other.values.value.keys()
    if isinstance(one, Number) and isinstance(other, Number):
        return _ranges(one, other)
    if isinstance(one, Record) and isinstance(other, Record) and depth < 3:
        return _records(one, other, mine, theirs, depth) or _records(other, one, theirs, mine, depth)
    return False


def _ranges(one: Number, other: Number) -> bool:
    for listed, ranged in ((one, other), (other, one)):
        if listed.values is not None:
            return not any(in_range(ranged, fraction(value)) for value in listed.values.value.values())
    for low, high in ((one.low, other.high), (other.low, one.high)):
        if low is not None and high is not None:
            least, most = low.value, high.value
            if least.value > most.value or (least.value == most.value and (least.open or most.open)):
                return True
    return False


def _records(one: Record, other: Record, mine: Reader, theirs: Reader, depth: int) -> bool:
    """Whether a member that `one` requires can never be what `other` asks of it."""
    for name in one.required:
        wanted = mine.view(one.properties.get(name, one.rest)).facets
        node = other.properties.get(name)
        if node is None:
            if not other.patterns and not theirs.view(other.rest).facets:
                return True
            continue
        given = theirs.view(node).facets
        shared = [kind for kind in wanted if kind in given]
        if all(disjoint(a, b, mine, theirs, depth + 1) for kind in shared for a in wanted[kind] for b in given[kind]):
            return True
    return False
