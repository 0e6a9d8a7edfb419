"""What changed in a property, a parameter or what is returned."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.change import Direction, Finding
from schemas.odata.model import Property
from schemas.odata.place import Place

_WHOLE = {"Edm.Byte": 1, "Edm.Int16": 2, "Edm.Int32": 3, "Edm.Int64": 4}
_SIGNED = {"Edm.SByte": 1, "Edm.Int16": 2, "Edm.Int32": 3, "Edm.Int64": 4}
_BROKEN = {"Edm.Single": 5, "Edm.Double": 6}


def compare_values(at: Place, old: Property, new: Property, occurs: Direction = Direction.BOTH) -> Iterator[Finding]:
    """Every edit of one value."""
    if old.type != new.type or old.many != new.many:
        yield from at.find(
            _type_rule(old, new),
            f"`{at.short}` is {new.written}, was {old.written}",
            f"{new.written} is written and read in another way",
            before={"type": old.written},
            after={"type": new.written},
            occurs=occurs,
        )
    if old.nullable != new.nullable:
        yield from at.find(
            "null.added" if new.nullable else "null.removed",
            f"`{at.short}` {'may be null' if new.nullable else 'is never null'} now",
            "a null arrives where none ever could" if new.nullable else "a null that is sent is refused",
            before={"nullable": old.nullable},
            after={"nullable": new.nullable},
            occurs=occurs,
        )
    for what, before, after in (
        ("MaxLength", old.max_length, new.max_length),
        ("Precision", old.precision, new.precision),
        ("Scale", old.scale, new.scale),
    ):
        if before != after and old.type == new.type:
            yield from at.find(
                _limit_rule(before, after),
                f"{what} of `{at.short}` is {_told(after)}, was {_told(before)}",
                "a value that fitted is refused" if _lower(before, after) else "a longer value arrives than ever before",
                before={what: before},
                after={what: after},
                occurs=occurs,
            )
    if old.default != new.default:
        yield from at.find(
            "default.changed",
            f"the default of `{at.short}` is {_told(new.default)}, was {_told(old.default)}",
            "what is left out means another value",
            before=old.default,
            after=new.default,
            occurs=occurs,
        )
    if old.writable != new.writable:
        yield from at.find(
            "mutability.writable" if new.writable else "mutability.read-only",
            f"`{at.short}` {'can be written' if new.writable else 'is set by the service alone'} now",
            "" if new.writable else "what we send in it is refused or dropped",
            before={"writable": old.writable},
            after={"writable": new.writable},
            occurs=occurs,
        )
    for ability in sorted(new.lost - old.lost):
        yield from at.find(
            "odata.capability-lost",
            f"`{at.short}` no longer allows to {ability}",
            "such a request is refused",
            before={ability: True},
            after={ability: False},
        )


def compare_returned(at: Place, old: Property | None, new: Property | None) -> Iterator[Finding]:
    """What an operation answers with."""
    if old is not None and new is not None:
        yield from compare_values(at, old, new, occurs=Direction.RESPONSE)
    elif old is not None or new is not None:
        yield from at.find(
            "resp.body-removed" if old is not None else "resp.body-added",
            f"`{at.short}` answers with {_written(new)}, was {_written(old)}",
            before=None if old is None else old.written,
            after=None if new is None else new.written,
        )


def _type_rule(old: Property, new: Property) -> str:
    if old.many != new.many:
        return "type.changed"
    for ranks in (_WHOLE, _SIGNED):
        if old.type in ranks and new.type in ranks:
            return "format.widened" if ranks[new.type] > ranks[old.type] else "format.narrowed"
    if old.type in _BROKEN and new.type in _BROKEN:
        return "format.widened" if _BROKEN[new.type] > _BROKEN[old.type] else "format.narrowed"
    whole, broken = _WHOLE | _SIGNED, {*_BROKEN, "Edm.Decimal"}
    if old.type in whole and new.type in broken:
        return "type.widened"
    if old.type in broken and new.type in whole:
        return "type.narrowed"
    return "type.changed"


def _lower(before: int | None, after: int | None) -> bool:
    return after is not None and (before is None or after < before)


def _limit_rule(before: int | None, after: int | None) -> str:
    if before is None:
        return "limit.max-set"
    return "limit.max-lowered" if _lower(before, after) else "limit.max-raised"


def _written(value: Property | None) -> str:
    return "nothing" if value is None else value.written


def _told(value: object) -> str:
    return "none" if value is None else str(value)
