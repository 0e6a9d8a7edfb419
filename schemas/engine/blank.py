"""Facets that allow everything of their kind, and what that means for a facet at hand."""

from __future__ import annotations

from schemas.model import ANY, KINDS, Array, Facet, Number, Record, Text

CLASSES: dict[str, type[Facet]] = {
    "null": Facet,
    "boolean": Facet,
    "number": Number,
    "string": Text,
    "array": Array,
    "object": Record,
}
BLANK: dict[str, Facet] = {kind: CLASSES[kind](kind=kind, at="") for kind in KINDS}


def blank(kind: str, at: str) -> Facet:
    """A facet of `kind`, written at `at`, that allows every value of the kind."""
    return CLASSES[kind](kind=kind, at=at)


def is_blank(facet: Facet) -> bool:
    """Whether the facet allows every value of its kind."""
    if facet.values or facet.formats or facet.excluded or facet.conditions:
        return False
    if isinstance(facet, Number):
        return not (facet.integer or facet.low or facet.high or facet.step)
    if isinstance(facet, Text):
        return not (facet.low or facet.high or facet.patterns)
    if isinstance(facet, Array):
        return facet.rest is ANY and not (facet.prefix or facet.low or facet.high or facet.unique or facet.contains)
    if isinstance(facet, Record):
        return facet.rest is ANY and not (
            facet.properties or facet.required or facet.patterns or facet.names or facet.low or facet.high
        )
    return True
