"""What answers look like, learned from answers: kinds, presence and null, with counts as evidence. Never a value.

A name of a field is a shape; a key that is an id, a date or an address is a value. Objects with such keys are maps: only the
shape of what they hold is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from schemas.document import Json
from schemas.errors import Unreadable

MAX_DEPTH = 100
"""Levels of nesting that an answer may have."""

_MANY_FIELDS = 50
"""A record with more fields than this, most of them rare, is a map whose keys do not look like ids."""
_TOO_MANY_FIELDS = 2_000

_ID_LIKE = re.compile(
    r"""
      -?\d+                                                   # a number
    | [0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}  # a UUID
    | (?=[a-f]*\d)[0-9a-f]{8,}                                # a hash
    | \d{4}-\d{2}(?:-\d{2}(?:[T ].*)?)?                       # a month, a day, a moment
    | [^@\s]+@[^@\s]+\.[^@\s]+                                # a mail address
    | https?://.*                                             # an address on the web
    | [A-Za-z]{1,8}_(?=[A-Za-z]*\d)[A-Za-z0-9]{8,}            # cus_9s6XKzkNRiz8i3
    | (?=(?:[A-Za-z]*\d){4})[A-Za-z0-9]{15,}                  # 0015g00000AbCdE
    | \+?\d[\d .()/-]{5,}                                     # a telephone or account number
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What stood at one place. `seen` values in all, `kinds` of each kind (null, boolean, integer, number, string, object,
    array). Objects are a record (`fields`) or a map (`values`); a field's own `seen` is in how many of them it stood.
    """

    seen: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, Shape] = field(default_factory=dict)
    values: Shape | None = None
    items: Shape | None = None

    @property
    def objects(self) -> int:
        return self.kinds.get("object", 0)


def observe(value: Json, depth: int = 0) -> Shape:
    """The shape of one value; raises `Unreadable` if it nests deeper than `MAX_DEPTH`."""
    if depth > MAX_DEPTH:
        raise Unreadable(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        members = {name: observe(member, depth + 1) for name, member in value.items()}
        shape = Shape(seen=1, kinds={"object": 1}, fields=members)
        return _as_map(shape) if _keyed_by_id(value) else shape
    if isinstance(value, list):
        items: Shape | None = None
        for member in value:
            one = observe(member, depth + 1)
            items = one if items is None else merge(items, one)
        return Shape(seen=1, kinds={"array": 1}, items=items)
    return Shape(seen=1, kinds={_kind(value): 1})


def merge(one: Shape, other: Shape) -> Shape:
    """What both saw, together. The order of merging does not matter but for where a record turns out to be a map."""
    if one.values is not None or other.values is not None:
        one, other = _as_map(one), _as_map(other)
    names = sorted({*one.fields, *other.fields})
    kinds = {kind: one.kinds.get(kind, 0) + other.kinds.get(kind, 0) for kind in sorted({*one.kinds, *other.kinds})}
    merged = Shape(
        seen=one.seen + other.seen,
        kinds=kinds,
        fields={name: _both(one.fields.get(name), other.fields.get(name)) or Shape() for name in names},
        values=_both(one.values, other.values),
        items=_both(one.items, other.items),
    )
    return _as_map(merged) if _too_varied(merged) else merged


def alike(one: Shape, other: Shape) -> tuple[Shape, Shape]:
    """Both shapes with their objects seen the same way: if either holds maps, both do."""
    if one.values is not None or other.values is not None:
        return _as_map(one), _as_map(other)
    return one, other


def _both(one: Shape | None, other: Shape | None) -> Shape | None:
    if one is None or other is None:
        return other if one is None else one
    return merge(one, other)


def _kind(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    return "integer" if isinstance(value, int) else "number"


def _keyed_by_id(value: Mapping[str, Json]) -> bool:
    """More than half of the keys look like ids."""
    return sum(_ID_LIKE.fullmatch(key) is not None for key in value) * 2 > len(value)


def _too_varied(shape: Shape) -> bool:
    count = len(shape.fields)
    if count <= _MANY_FIELDS:
        return False
    present = sum(member.seen for member in shape.fields.values())
    return count > _TOO_MANY_FIELDS or present * 5 < shape.objects * count


def _as_map(shape: Shape) -> Shape:
    """The record's fields as the values of a map; a map or something without objects stays."""
    if not shape.fields:
        return shape
    values = shape.values
    for name in sorted(shape.fields):
        values = _both(values, shape.fields[name])
    return replace(shape, fields={}, values=values)
