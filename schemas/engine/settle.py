"""Facts that follow from each other, brought to one writing; and exact arithmetic on JSON numbers."""

from __future__ import annotations

import sys
from dataclasses import replace
from fractions import Fraction
from math import gcd
from math import lcm as whole_lcm
from typing import TYPE_CHECKING, Any

from schemas.engine.regex import matches
from schemas.model import Array, Bound, Facet, Number, Record, Said, Text

if TYPE_CHECKING:
    from schemas.document import Json

LARGEST_FLOAT = sys.float_info.max


def fraction(value: Json) -> Fraction | None:
    """A JSON number as an exact fraction of its decimal writing; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return Fraction(value) if isinstance(value, int) else Fraction(repr(value))
    except (ValueError, OverflowError):
        return None


def plain(number: Fraction) -> int | float:
    """An exact number as JSON can write it: the nearest one, the largest there is where it is larger."""
    if number.denominator == 1 and abs(number) < 1 << 63:
        return int(number)
    try:
        return float(number)
    except OverflowError:
        return LARGEST_FLOAT if number > 0 else -LARGEST_FLOAT


def tightest(ends: list[Bound], *, upper: bool) -> Bound:
    """The end that leaves least of the range."""
    return min(ends, key=lambda b: (b.value, not b.open)) if upper else max(ends, key=lambda b: (b.value, b.open))


def settle(facet: Facet) -> Facet | None:
    """The facet with facts that follow from each other brought to one writing; None if no value is left."""
    if facet.kind == "boolean" and facet.values is not None and len(facet.values.value) == 2:
        facet = replace(facet, values=None)
    if facet.values is not None and facet.kind == "null":
        facet = replace(facet, values=None)
    if facet.values is not None and not facet.values.value:
        return None
    if isinstance(facet, Number):
        return _settle_number(facet)
    if isinstance(facet, Text):
        return _settle_text(facet)
    if isinstance(facet, Array | Record) and facet.low and facet.high and facet.low.value > facet.high.value:
        return None
    return facet


def _settle_number(facet: Number) -> Facet | None:
    if facet.step is not None and facet.step.value.denominator == 1:
        facet = replace(facet, integer=True)
    if facet.integer:
        if facet.step is not None:
            step = lcm(facet.step.value, Fraction(1))
            facet = replace(facet, step=Said(step, facet.step.at) if step != 1 else None)
        if facet.low is not None:
            value = facet.low.value.value
            whole = -((-value.numerator) // value.denominator)
            facet = replace(
                facet, low=Said(Bound(Fraction(whole + (facet.low.value.open and whole == value)), False), facet.low.at)
            )
        if facet.high is not None:
            value = facet.high.value.value
            whole = value.numerator // value.denominator
            facet = replace(
                facet, high=Said(Bound(Fraction(whole - (facet.high.value.open and whole == value)), False), facet.high.at)
            )
    if facet.values is not None:
        kept = {key: value for key, value in facet.values.value.items() if in_range(facet, fraction(value))}
        if not kept:
            return None
        return replace(
            facet,
            values=Said(kept, facet.values.at),
            low=None,
            high=None,
            step=None,
            integer=all(_whole(v) for v in kept.values()),
        )
    if facet.low is not None and facet.high is not None:
        low, high = facet.low.value, facet.high.value
        if low.value > high.value or (low.value == high.value and (low.open or high.open)):
            return None
    return facet


def _whole(value: Any) -> bool:
    number = fraction(value)
    return number is not None and number.denominator == 1


def in_range(facet: Number, value: Fraction | None) -> bool:
    """Whether a number meets the facet's bounds, step and integrality."""
    if value is None:
        return False
    low, high = facet.low, facet.high
    if low is not None and (value < low.value.value or (low.value.open and value == low.value.value)):
        return False
    if high is not None and (value > high.value.value or (high.value.open and value == high.value.value)):
        return False
    if facet.step is not None and (value / facet.step.value).denominator != 1:
        return False
    return not facet.integer or value.denominator == 1


def lcm(one: Fraction, other: Fraction) -> Fraction:
    """The least common multiple of two positive fractions."""
    denominator = one.denominator * other.denominator // gcd(one.denominator, other.denominator)
    return Fraction(whole_lcm(int(one * denominator), int(other * denominator)), denominator)


def _settle_text(facet: Text) -> Facet | None:
    if facet.low is not None and facet.high is not None and facet.low.value > facet.high.value:
        return None
    if facet.high is not None and facet.high.value < 0:
        return None
    if facet.values is not None:
        least, most = facet.low.value if facet.low else 0, facet.high.value if facet.high else None
        kept = {
            key: value
            for key, value in facet.values.value.items()
            if isinstance(value, str)
            and len(value) >= least
            and (most is None or len(value) <= most)
            and all(matches(said.value, value) is not False for said in facet.patterns)
        }
        if not kept:
            return None
        return replace(facet, values=Said(kept, facet.values.at), low=None, high=None)
    return facet
