"""Values that travel as text (parameters, headers, forms, XML): null cannot be sent, and listed scalars are their text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from schemas.engine.blank import is_blank
from schemas.model import Facet, Number, Said, Text, View

if TYPE_CHECKING:
    from schemas.document import Json

_SCALARS = ("boolean", "number", "string")
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?")


def as_text(old: View, new: View) -> tuple[View, View]:
    """Both views as the wire sees them. Listed values are texts where both sides list theirs; what only one side lists
    takes the kind the other one has, where every listed text reads as that."""
    before, after = _without_null(old), _without_null(new)
    flags = _only(before, "boolean") != _only(after, "boolean")
    listed, others = _texts(before, flags=flags), _texts(after, flags=flags)
    if listed is not None and others is not None:
        return _as_list(before, listed), _as_list(after, others)
    if listed is not None and _only(after, "number"):
        return _as_numbers(before, listed), after
    if others is not None and _only(before, "number"):
        return before, _as_numbers(after, others)
    return before, after


def takes_any_text(view: View) -> bool:
    """Whether any text will do, which takes in every other scalar on the wire."""
    return any(is_blank(facet) for facet in view.facets.get("string", ()))


def _without_null(view: View) -> View:
    return replace(view, facets={kind: found for kind, found in view.facets.items() if kind != "null"} or dict(view.facets))


def _only(view: View, kind: str) -> bool:
    """Whether the scalars here are all of one kind."""
    return {each for each in _SCALARS if each in view.facets} == {kind}


def _texts(view: View, *, flags: bool) -> dict[str, Json] | None:
    """The scalars here as texts, if all are listed; with `flags`, booleans count as listed."""
    scalars = [facet for kind in _SCALARS for facet in view.facets.get(kind, ())]
    texts: dict[str, Json] = {}
    for facet in scalars:
        values: Mapping[str, Json] = facet.values.value if facet.values else {}
        if facet.values is None:
            if facet.kind != "boolean" or not flags:
                return None
            values = {"true": True, "false": False}
        for key, value in values.items():
            texts[key if isinstance(value, str) else f'"{key}"'] = value if isinstance(value, str) else key
    return texts or None


def _as_list(view: View, texts: dict[str, Json]) -> View:
    first = next(facet for kind in _SCALARS for facet in view.facets.get(kind, ()))
    listed = Text(kind="string", at=first.at, values=Said(texts, first.values.at if first.values else first.at))
    others: dict[str, tuple[Facet, ...]] = {kind: found for kind, found in view.facets.items() if kind not in _SCALARS}
    return replace(view, facets={"string": (listed,), **others})


def _as_numbers(view: View, texts: dict[str, Json]) -> View:
    """Listed texts as the numbers they are on the wire; as they were if one of them is none."""
    numbers = {str(text): _number(str(text)) for text in texts.values()}
    if None in numbers.values():
        return view
    first = next(facet for kind in _SCALARS for facet in view.facets.get(kind, ()))
    values: dict[str, Json] = dict(numbers)
    whole = all(isinstance(number, int) for number in numbers.values())
    listed = Number(kind="number", at=first.at, integer=whole, values=Said(values, first.values.at if first.values else first.at))
    others: dict[str, tuple[Facet, ...]] = {kind: found for kind, found in view.facets.items() if kind not in _SCALARS}
    return replace(view, facets={"number": (listed,), **others})


def _number(text: str) -> int | float | None:
    """The number that a text writes in JSON's own way, and no other."""
    if not _JSON_NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)
