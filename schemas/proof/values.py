"""Single values: what a place or a facet is proven to accept or to refuse."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from schemas.engine.meet import position
from schemas.engine.own import kind_of
from schemas.engine.regex import matches
from schemas.engine.same import text
from schemas.engine.settle import fraction, in_range, plain
from schemas.model import ANY, Array, Facet, Node, Number, Record, Text
from schemas.proof import arrays, objects

if TYPE_CHECKING:
    from schemas.engine.view import Reader


_FINITE = 300
_FLIPS = 20
"""`not` below `not` that is looked through for one value; a cycle of them proves nothing."""


def finite(facet: Facet) -> list[object] | None:
    """All values of a facet, where they are few and known; values that it excludes may be among them."""
    if facet.values is not None:
        return list(facet.values.value.values())
    if facet.kind == "boolean":
        return [True, False]
    if facet.kind == "null":
        return [None]
    if isinstance(facet, Number) and facet.low and facet.high and (facet.integer or facet.step):
        step = facet.step.value if facet.step else Fraction(1)
        first = -((-facet.low.value.value) // step) * step
        if (facet.high.value.value - first) / step > _FINITE:
            return None
        found: list[object] = []
        value = first
        while value <= facet.high.value.value:
            if in_range(facet, value):
                found.append(plain(value))
            value += step
        return found
    if isinstance(facet, Text) and facet.high is not None and facet.high.value == 0:
        return [""]
    if isinstance(facet, Array) and facet.high is not None and facet.high.value == 0 and not facet.contains:
        return [[]]
    return None


def accepts(reader: Reader, node: Node, value: object, flips: int = 0) -> bool:
    """Whether it is proven that a place accepts a value."""
    if node is ANY:
        return True
    if flips > _FLIPS:
        return False
    view = reader.view(node)
    if not view.exact or view.unresolved:
        return False
    fitting = [facet for facet in view.facets.get(kind_of(value), ()) if allows(reader, facet, value, flips)]  # type: ignore[arg-type]  # a JSON value
    if view.exclusive and len(view.facets.get(kind_of(value), ())) > 1:  # type: ignore[arg-type]  # a JSON value
        return False
    return bool(fitting)


def allows(reader: Reader, facet: Facet, value: object, flips: int = 0) -> bool:
    """Whether it is proven that a facet allows a value of its kind."""
    if facet.conditions or any(not rejects(reader, node, value, flips + 1) for node in facet.excluded):
        return False
    if facet.values is not None and text(value) not in facet.values.value:  # type: ignore[arg-type]  # a JSON value
        return False
    if isinstance(facet, Number):
        return in_range(facet, fraction(value))  # type: ignore[arg-type]  # a JSON value
    if isinstance(facet, Text) and isinstance(value, str):
        if (facet.low and len(value) < facet.low.value) or (facet.high and len(value) > facet.high.value):
            return False
        return all(matches(said.value, value) for said in facet.patterns)
    if isinstance(facet, Array) and isinstance(value, list):
        return arrays.allows(reader, facet, value)
    if isinstance(facet, Record) and isinstance(value, dict):
        return objects.allows(reader, facet, value)
    return True


def rejects(reader: Reader, node: Node, value: object, flips: int = 0) -> bool:
    """Whether it is proven that a place does not accept a value; views never allow less than their schemas."""
    if node is ANY or flips > _FLIPS:
        return False
    facets = reader.view(node).facets.get(kind_of(value), ())  # type: ignore[arg-type]  # a JSON value
    return all(
        _bars(reader, facet, value) or any(accepts(reader, banned, value, flips + 1) for banned in facet.excluded)
        for facet in facets
    )


def _bars(reader: Reader, facet: Facet, value: object) -> bool:
    if facet.values is not None and text(value) not in facet.values.value:  # type: ignore[arg-type]  # a JSON value
        return True
    if isinstance(facet, Number):
        return not in_range(facet, fraction(value))  # type: ignore[arg-type]  # a JSON value
    if isinstance(facet, Text) and isinstance(value, str):
        if (facet.low and len(value) < facet.low.value) or (facet.high and len(value) > facet.high.value):
            return True
        return any(matches(said.value, value) is False for said in facet.patterns)
    if isinstance(facet, Record) and isinstance(value, dict):
        if any(name not in value for name in facet.required):
            return True
        return any(rejects(reader, objects.strict_member(facet, name), item) for name, item in value.items())
    if isinstance(facet, Array) and isinstance(value, list):
        if (facet.low and len(value) < facet.low.value) or (facet.high and len(value) > facet.high.value):
            return True
        return any(rejects(reader, position(facet, i), item) for i, item in enumerate(value))
    return False
