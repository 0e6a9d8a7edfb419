"""A description in parts, each written as compact JSON once: equal text is equal meaning, found at the speed of memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from schemas import text
from schemas.pointer import escape

if TYPE_CHECKING:
    from schemas.document import Json

_LEVELS = {"paths": 3, "webhooks": 3, "x-webhooks": 3, "components": 3, "definitions": 2, "$defs": 2}
"""How deep the members of the root are taken apart: down to operations and definitions. All others stay whole."""


def written(root: Mapping[str, Json]) -> dict[str, bytes]:
    """Every part by its pointer; together they are the whole document. Raises `Unreadable` as `text.write` does."""
    found: dict[str, bytes] = {}
    for name, value in root.items():
        _write(found, f"/{escape(name)}", value, _LEVELS.get(name, 1))
    return found


def _write(found: dict[str, bytes], at: str, value: Json, levels: int) -> None:
    if levels == 1 or not isinstance(value, dict):
        found[at] = text.write(value)
        return
    for name, inner in value.items():
        _write(found, f"{at}/{escape(name)}", inner, levels - 1)
