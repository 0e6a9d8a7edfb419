"""What a facet leaves out, where that can be said in facets again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemas.engine.blank import blank
from schemas.model import ANY, NEVER, Bound, Facet, Node, Number, Record, Said, Text

if TYPE_CHECKING:
    from schemas.document import Json

MOST = 6
"""Alternatives that a complement may have; a longer one stays unsaid."""


def complement(facet: Facet) -> list[Facet] | None:
    """The values of the facet's kind that it does not allow, as alternatives; None where facets cannot say that."""
    if facet.excluded or facet.conditions or facet.formats:
        return None
    if facet.kind == "boolean":
        left = [value for value in (True, False) if facet.values and str(value).lower() not in facet.values.value]
        return (
            [replace(blank("boolean", facet.at), values=Said({str(value).lower(): value for value in left}, facet.at))]
            if left
            else []
        )
    if facet.kind == "null":
        return []
    if facet.values is not None:
        return None
    if isinstance(facet, Number):
        return _number(facet)
    if isinstance(facet, Text) and not facet.patterns:
        return _text(facet)
    if isinstance(facet, Record):
        return _record(facet)
    return None


def _number(facet: Number) -> list[Facet] | None:
    if facet.step is not None or facet.integer:
        return None
    found: list[Facet] = []
    if facet.low is not None:
        found.append(
            Number(kind="number", at=facet.at, high=Said(Bound(facet.low.value.value, not facet.low.value.open), facet.low.at))
        )
    if facet.high is not None:
        found.append(
            Number(kind="number", at=facet.at, low=Said(Bound(facet.high.value.value, not facet.high.value.open), facet.high.at))
        )
    return found


def _text(facet: Text) -> list[Facet]:
    found: list[Facet] = []
    if facet.low is not None:
        found.append(Text(kind="string", at=facet.at, high=Said(facet.low.value - 1, facet.low.at)))
    if facet.high is not None:
        found.append(Text(kind="string", at=facet.at, low=Said(facet.high.value + 1, facet.high.at)))
    return found


def _record(facet: Record) -> list[Facet] | None:
    if (
        facet.patterns
        or facet.rest_at
        or facet.names
        or facet.low
        or facet.high
        or len(facet.required) + len(facet.properties) > MOST
    ):
        return None
    found: list[Facet] = [Record(kind="object", at=facet.at, properties={name: NEVER}) for name in sorted(facet.required)]
    for name, node in facet.properties.items():
        raw: Json = {"not": node.raw if len(node.raws) == 1 else {"allOf": list(node.raws)}}
        outside = NEVER if node is ANY else Node((f"{node.at} (not)",), (raw,))
        if node is not ANY:
            found.append(Record(kind="object", at=facet.at, properties={name: outside}, required={name: facet.at}))
    return found
