"""Values that travel as text (parameters, headers, forms, XML): null cannot be sent, and listed scalars are their text."""

from __future__ import annotations

from dataclasses import replace

from schemas.engine.blank import is_blank
from schemas.model import Facet, Said, Text, View

_SCALARS = ("boolean", "number", "string")


def as_text(old: View, new: View) -> tuple[View, View]:
    """Both views as the wire sees them."""
    return _listed(old), _listed(new)


def takes_any_text(view: View) -> bool:
    """Whether any text will do, which takes in every other scalar on the wire."""
    return any(is_blank(facet) for facet in view.facets.get("string", ()))


def _listed(view: View) -> View:
    """Without null; scalars that are all listed by value become one list of texts."""
    facets = {kind: found for kind, found in view.facets.items() if kind != "null"} or dict(view.facets)
    scalars = [facet for kind in _SCALARS for facet in facets.get(kind, ())]
    if not scalars or any(facet.values is None for facet in scalars):
        return replace(view, facets=facets)
    texts = {}
    for facet in scalars:
        assert facet.values is not None
        for key, value in facet.values.value.items():
            texts[key if isinstance(value, str) else f'"{key}"'] = value if isinstance(value, str) else key
    first = scalars[0]
    listed = Text(kind="string", at=first.at, values=Said(texts, first.values.at if first.values else first.at))
    others: dict[str, tuple[Facet, ...]] = {kind: found for kind, found in facets.items() if kind not in _SCALARS}
    return replace(view, facets={"string": (listed,), **others})
