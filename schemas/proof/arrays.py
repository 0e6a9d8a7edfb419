"""Inclusion of arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.engine.meet import position
from schemas.engine.same import text
from schemas.model import Array

if TYPE_CHECKING:
    from schemas.engine.view import Reader
    from schemas.proof.within import Prover


def longest(prover: Prover, array: Array) -> int | None:
    """The most items an old array can have; None if there is no end."""
    ends = [array.high.value] if array.high else []
    for i, node in enumerate(array.prefix):
        if prover.void(node):
            ends.append(i)
            break
    if prover.void(array.rest):
        ends.append(len(array.prefix))
    if array.unique:
        count = prover.count(array.rest)
        if count is not None:
            ends.append(len(array.prefix) + count)
    return min(ends) if ends else None


def inside(prover: Prover, facet: Array, other: Array) -> bool:
    """Whether one array (old) is proven to lie within the other (new)."""
    least, most = facet.low.value if facet.low else 0, longest(prover, facet)
    for held in facet.contains:
        least = max(least, held.low)
    if other.low and least < other.low.value:
        return False
    if other.high and (most is None or most > other.high.value):
        return False
    if other.unique and not facet.unique and (most is None or most > 1):
        return False
    length = max(len(facet.prefix), len(other.prefix))
    for i in range(length):
        if most is not None and i >= most:
            break
        if not prover.within(position(facet, i), position(other, i)):
            return False
    if (most is None or most > length) and not prover.within(facet.rest, other.rest):
        return False
    return all(_contains(prover, facet, needle.node, needle.low, needle.high, least, most) for needle in other.contains)


def _contains(prover: Prover, facet: Array, node: object, low: int, high: int | None, least: int, most: int | None) -> bool:
    from schemas.model import Node

    assert isinstance(node, Node)
    if high is not None and (most is None or most > high):
        return any(
            prover.alike(held.node, node) and held.low >= low and held.high is not None and held.high <= high
            for held in facet.contains
        )
    if low == 0:
        return True
    if any(held.low >= low and prover.within(held.node, node) for held in facet.contains):
        return True
    if least >= low and not facet.prefix and prover.within(facet.rest, node):
        return True
    fitting = sum(1 for i, item in enumerate(facet.prefix) if i < least and prover.within(item, node))
    return fitting >= low


def allows(reader: Reader, facet: Array, value: list[object]) -> bool:
    """Whether it is proven that the array allows a value."""
    from schemas.proof.values import accepts, rejects

    if (facet.low and len(value) < facet.low.value) or (facet.high and len(value) > facet.high.value):
        return False
    if facet.unique and len({text(item) for item in value}) < len(value):  # type: ignore[arg-type]  # JSON values
        return False
    for needle in facet.contains:
        sure = sum(accepts(reader, needle.node, item) for item in value)
        possible = sum(not rejects(reader, needle.node, item) for item in value)
        if sure < needle.low or (needle.high is not None and possible > needle.high):
            return False
    return all(accepts(reader, position(facet, i), item) for i, item in enumerate(value))
