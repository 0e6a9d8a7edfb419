"""What changed in a text: its kind, the values it is limited to, and its facets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.change import Finding
from schemas.wsdl.model import XSD, Name, Service, local, space
from schemas.wsdl.place import Place

_INSIDE = {
    "byte": "short",
    "short": "int",
    "int": "long",
    "long": "integer",
    "unsignedByte": "unsignedShort",
    "unsignedShort": "unsignedInt",
    "unsignedInt": "unsignedLong",
    "unsignedLong": "nonNegativeInteger",
    "positiveInteger": "nonNegativeInteger",
    "nonNegativeInteger": "integer",
    "negativeInteger": "nonPositiveInteger",
    "nonPositiveInteger": "integer",
    "integer": "decimal",
    "decimal": "double",
    "float": "double",
    "token": "normalizedString",
    "normalizedString": "string",
    "language": "token",
    "NMTOKEN": "token",
    "Name": "token",
    "NCName": "Name",
    "ID": "NCName",
    "IDREF": "NCName",
}
"""A kind, and the next wider one. As text in XML all of them are inside of `string`."""
_NUMBERS = frozenset({"byte", "short", "int", "long", "float", "double"}) | {
    f"unsigned{size}" for size in ("Byte", "Short", "Int", "Long")
}
_UPPER = {"maxLength": "maxLength", "maxInclusive": "maximum", "maxExclusive": "maximum", "totalDigits": "totalDigits"}
_UPPER |= {"fractionDigits": "fractionDigits"}
_LOWER = {"minLength": "minLength", "minInclusive": "minimum", "minExclusive": "minimum"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A simple type with all it inherits. `known` is false where its file is not there."""

    kind: str
    values: tuple[str, ...]
    facets: dict[str, str]
    listed: bool
    known: bool


def resolved(service: Service, name: Name) -> Text:
    """A simple type with its whole ancestry; a circle of bases ends."""
    values, facets, listed, seen = tuple[str, ...](), dict[str, str](), False, set[Name]()
    while name in service.simple and name not in seen:
        seen.add(name)
        made = service.simple[name]
        values = values or made.values
        facets = dict(made.facets) | facets
        listed = listed or made.listed
        name = made.base
    if "length" in facets:
        exact = facets.pop("length")
        facets |= {"minLength": exact, "maxLength": exact}
    return Text(kind=local(name), values=values, facets=facets, listed=listed, known=space(name) == XSD or name in seen)


def compare_texts(place: Place, old: Text, new: Text, written: tuple[str, str]) -> Iterator[Finding]:
    """Every edit of one simple type. `written` are the two as people call them."""
    if not old.known or not new.known:
        if old.kind != new.kind:
            yield from place.find(
                "schema.unproven",
                f"`{place.address}` is {written[1]}, was {written[0]}, and what is imported is not here to be compared",
                before={"type": written[0]},
                after={"type": written[1]},
            )
        return
    if old.kind != new.kind or old.listed != new.listed:
        yield from place.find(
            _kind_rule(old, new),
            f"`{place.address}` is {new.kind}{' list' if new.listed else ''}, was {old.kind}{' list' if old.listed else ''}",
            "what one side writes the other may not read",
            before={"type": old.kind},
            after={"type": new.kind},
        )
        return
    yield from _values(place, old, new)
    for facet in sorted({*old.facets, *new.facets} & {*_UPPER, *_LOWER}):
        before, after = old.facets.get(facet), new.facets.get(facet)
        if before != after:
            yield from place.find(
                _limit_rule(facet, before, after),
                f"{facet} of `{place.address}` is {after or 'none'}, was {before or 'none'}",
                before={facet: before},
                after={facet: after},
            )
    before, after = old.facets.get("pattern"), new.facets.get("pattern")
    if before != after:
        yield from place.find(
            "pattern.tightened" if before is None else "pattern.loosened" if after is None else "schema.unproven",
            f"the pattern of `{place.address}` is {after or 'none'}, was {before or 'none'}",
            before={"pattern": before},
            after={"pattern": after},
        )
    if old.facets.get("union") != new.facets.get("union"):
        yield from place.find(
            "schema.unproven",
            f"`{place.address}` may be of other types",
            before={"union": old.facets.get("union")},
            after={"union": new.facets.get("union")},
        )


def _kind_rule(old: Text, new: Text) -> str:
    if old.listed != new.listed:
        return "type.changed"
    if _inside(old.kind, new.kind):
        return "format.widened" if {old.kind, new.kind} <= _NUMBERS else "type.widened"
    if _inside(new.kind, old.kind):
        return "format.narrowed" if {old.kind, new.kind} <= _NUMBERS else "type.narrowed"
    return "type.changed"


def _inside(narrow: str, wide: str) -> bool:
    if wide in ("string", "anySimpleType", "anyType"):
        return True
    while narrow in _INSIDE:
        narrow = _INSIDE[narrow]
        if narrow == wide:
            return True
    return False


def _values(place: Place, old: Text, new: Text) -> Iterator[Finding]:
    if bool(old.values) != bool(new.values):
        yield from place.find(
            "enum.introduced" if new.values else "enum.lifted",
            f"`{place.address}` is {'limited to a list of values' if new.values else 'no longer limited to a list of values'}",
            before={"values": [*old.values[:20]]},
            after={"values": [*new.values[:20]]},
        )
        return
    stays, known = frozenset(new.values), frozenset(old.values)
    gone = [value for value in old.values if value not in stays]
    if gone:
        yield from place.find(
            "enum.value-removed",
            f"{_listed(gone)} of `{place.address}` {'is' if len(gone) == 1 else 'are'} gone",
            "a request with such a value is refused",
            before=[*gone[:50]],
        )
    fresh = [value for value in new.values if value not in known]
    if fresh:
        yield from place.find(
            "enum.value-added",
            f"{_listed(fresh)} of `{place.address}` {'is' if len(fresh) == 1 else 'are'} new",
            "a reader that maps the known values meets one more",
            after=[*fresh[:50]],
        )


def _listed(values: list[str]) -> str:
    told = ", ".join(f"`{value}`" for value in values[:5])
    return f"value {told}" if len(values) == 1 else f"values {told}{f' and {len(values) - 5} more' if len(values) > 5 else ''}"


def _limit_rule(facet: str, before: str | None, after: str | None) -> str:
    side = "max" if facet in _UPPER else "min"
    if before is None:
        return f"limit.{side}-set"
    if after is None:
        return "limit.max-raised" if side == "max" else "limit.min-lowered"
    up = _number(after) > _number(before)
    if side == "max":
        return "limit.max-raised" if up else "limit.max-lowered"
    return "limit.min-raised" if up else "limit.min-lowered"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
