"""What answers look like, learned from answers: kinds, presence and null, with counts as evidence. Never a value, but where
somebody chose a field whose few values are to be known.

A name of a field is a shape; a key that is an id, a date or an address is a value: only the shape of what such keys hold is
kept. An object with nothing but such keys is a map; one may have names as well.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from schemas.document import Json
from schemas.errors import Unreadable
from schemas.samples.keys import values_among

MAX_DEPTH = 100
"""Levels of nesting that an answer may have."""

MAX_DOMAIN = 20
MAX_VALUE = 60
"""So many texts of so many characters a field may have whose values are learned."""

_MANY_FIELDS = 50
"""A record with more fields than this, most of them rare, is a map whose keys do not look like ids."""
_TOO_MANY_FIELDS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What stood at one place. `seen` values in all, `kinds` of each kind (null, boolean, integer, number, string, object,
    array). Objects are a record (`fields`), a map (`values`) or both; a field's own `seen` is in how many of them it stood.
    `folded` says that `values` hold what stood under names as well: the place is a map from then on.
    `domain` is how often each text stood there where texts are learned: None where not, empty where they are too many.
    """

    seen: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, Shape] = field(default_factory=dict)
    values: Shape | None = None
    folded: bool = False
    items: Shape | None = None
    domain: Mapping[str, int] | None = None

    @property
    def objects(self) -> int:
        return self.kinds.get("object", 0)

    @property
    def is_map(self) -> bool:
        """Whether all keys seen were values."""
        return self.values is not None and not self.fields


def observe(value: Json, depth: int = 0, *, at: str = "", learned: Collection[str] = ()) -> Shape:
    """The shape of one value; raises `Unreadable` if it nests deeper than `MAX_DEPTH`.

    `at` is where it stands (`data[].state`), `learned` where texts are learned as they are.
    """
    if depth > MAX_DEPTH:
        raise Unreadable(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        keys, values = values_among(value), None
        for key in sorted(keys):
            values = _both(values, observe(value[key], depth + 1, at=_joined(at, "*"), learned=learned))
        names = {
            name: observe(member, depth + 1, at=_joined(at, name), learned=learned)
            for name, member in value.items()
            if name not in keys
        }
        return Shape(seen=1, kinds={"object": 1}, fields=names, values=values)
    if isinstance(value, list):
        items: Shape | None = None
        for member in value:
            one = observe(member, depth + 1, at=f"{at}[]", learned=learned)
            items = one if items is None else merge(items, one)
        return Shape(seen=1, kinds={"array": 1}, items=items)
    domain = {value: 1} if isinstance(value, str) and at in learned else None
    return Shape(seen=1, kinds={_kind(value): 1}, domain=_few(domain))


def _joined(owner: str, name: str) -> str:
    return f"{owner}.{name}" if owner else name


def _few(domain: Mapping[str, int] | None) -> Mapping[str, int] | None:
    """The domain, or an empty one where it is none: too many values, or one too long to be of a small set."""
    if domain is None or (len(domain) <= MAX_DOMAIN and all(len(value) <= MAX_VALUE for value in domain)):
        return domain
    return {}


def merge(one: Shape, other: Shape) -> Shape:
    """What both saw, together. The order of merging does not matter but for where a record turns out to be a map."""
    one, other = alike(one, other)
    names = sorted({*one.fields, *other.fields})
    kinds = {kind: one.kinds.get(kind, 0) + other.kinds.get(kind, 0) for kind in sorted({*one.kinds, *other.kinds})}
    merged = Shape(
        seen=one.seen + other.seen,
        kinds=kinds,
        fields={name: _both(one.fields.get(name), other.fields.get(name)) or Shape() for name in names},
        values=_both(one.values, other.values),
        folded=one.folded or other.folded,
        items=_both(one.items, other.items),
        domain=_domains(one.domain, other.domain),
    )
    return _as_map(merged) if _too_varied(merged) else merged


def alike(one: Shape, other: Shape) -> tuple[Shape, Shape]:
    """Both shapes with their objects seen the same way: where one is a map and the other knows names only, or where the names of
    one are no longer told apart, both are maps."""
    folded = one.folded or other.folded
    if folded or (one.is_map and other.values is None) or (other.is_map and one.values is None):
        return _as_map(one), _as_map(other)
    return one, other


def _domains(one: Mapping[str, int] | None, other: Mapping[str, int] | None) -> Mapping[str, int] | None:
    if one is None or other is None:
        return other if one is None else one
    if not one or not other:
        return {}
    return _few({value: one.get(value, 0) + other.get(value, 0) for value in sorted({*one, *other})})


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
    return replace(shape, fields={}, values=values, folded=True)
