"""Facets that allow everything of their kind, and what that means for a facet at hand."""

from __future__ import annotations

from dataclasses import replace

from schemas.model import KINDS, Array, Facet, Number, Record, Text

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
    return replace(BLANK[kind], at=at)


def is_blank(facet: Facet) -> bool:
    """Whether the facet allows every value of its kind."""
    if isinstance(facet, Record) and (facet.properties or facet.required or facet.patterns):
        return False
    return (
        replace(facet, at="", path=(), title=None, **({"rest_at": ""} if isinstance(facet, Record) else {})) == BLANK[facet.kind]
    )
