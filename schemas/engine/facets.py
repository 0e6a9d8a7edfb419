"""Two alternatives of one kind, fact by fact."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from schemas.engine import arrays, records, restrictions
from schemas.engine.format_names import WIDER, common_name
from schemas.engine.ledger import Spot
from schemas.engine.same import text
from schemas.engine.settle import fraction, in_range, plain
from schemas.model import Array, Facet, Number, Record, Said, Text, Values
from schemas.rules import Level

if TYPE_CHECKING:
    from schemas.engine.walk import Pair, Walk

_FOLDED = 64
"""Integers that a range may hold to count as a list of values."""


def compare(walk: Walk, pair: Pair, old: Facet, new: Facet) -> None:
    """Report what differs between two alternatives, and push the places below them."""
    listed = _values(walk, pair, old, new)
    restrictions.compare(walk, pair, old, new)
    if not listed:
        _formats(walk, pair, old, new)
        if isinstance(old, Number) and isinstance(new, Number):
            _numbers(walk, pair, old, new)
        elif isinstance(old, Text) and isinstance(new, Text):
            limits(walk, pair, old, new, ("minLength", "maxLength"))
            restrictions.patterns(walk, pair, old, new)
    if isinstance(old, Array) and isinstance(new, Array):
        arrays.compare(walk, pair, old, new)
    elif isinstance(old, Record) and isinstance(new, Record):
        records.compare(walk, pair, old, new)


def limits(walk: Walk, pair: Pair, old: Any, new: Any, words: tuple[str, str]) -> None:
    """The lower and upper limit of two facets, under the keywords' names."""
    limit(walk, pair, words[0], old.low, new.low, upper=False)
    limit(walk, pair, words[1], old.high, new.high, upper=True)


def limit(walk: Walk, pair: Pair, word: str, old: Said[Any] | None, new: Said[Any] | None, *, upper: bool) -> None:
    """One limit: set, tightened, loosened or removed."""
    if (old is not None and new is not None and old.value == new.value) or old is new:
        return
    end = "max" if upper else "min"
    if old is None:
        rule = f"limit.{end}-set"
    elif new is None:
        rule = "limit.max-raised" if upper else "limit.min-lowered"
    else:
        up = _size(new.value, upper) > _size(old.value, upper)
        rule = f"limit.{end}-raised" if up else f"limit.{end}-lowered"
    was, now = _limit(old), _limit(new)
    walk.note(
        rule,
        pair.way,
        Spot(old_at=old.at if old else "", new_at=new.at if new else "", before=was, after=now),
        message=f"{word} of {{it}} is now {'gone' if now is None else now}, was {'none' if was is None else was}",
    )


def _size(value: Any, upper: bool) -> Any:
    return value if isinstance(value, int) else (value.value, not value.open if upper else value.open)


def _limit(said: Said[Any] | None) -> int | float | str | None:
    if said is None:
        return None
    if isinstance(said.value, int):
        return said.value
    shown = plain(said.value.value)
    return f"{shown} (exclusive)" if said.value.open else shown


def _counted(facet: Facet) -> Said[Values] | None:
    """The values a facet lists, or a short range of integers spells out."""
    if facet.values is not None or not isinstance(facet, Number) or not facet.integer or facet.low is None or facet.high is None:
        return facet.values
    if facet.excluded or facet.high.value.value - facet.low.value.value >= _FOLDED:
        return None
    first, last = int(facet.low.value.value), int(facet.high.value.value)
    found = [value for value in range(first, last + 1) if in_range(facet, fraction(value))]
    return Said({text(value): value for value in found}, facet.low.at)


def _values(walk: Walk, pair: Pair, old: Facet, new: Facet) -> bool:
    """Whether listed values told the whole difference."""
    was, now = old.values, new.values
    if was is None and now is None:
        return False
    was, now = was or _counted(old), now or _counted(new)
    spot = Spot(
        old_at=was.at if was else "",
        new_at=now.at if now else (pair.new.at if pair.new.at.startswith("/") else ""),
        before=_listed(was),
        after=_listed(now),
    )
    if was is None:
        assert now is not None
        constant = len(now.value) == 1
        message = f"{{it}} may now only be {_shown(now.value)}"
        walk.note("const.added" if constant else "enum.introduced", pair.way, spot, what=_shown(now.value), message=message)
        return True
    if now is None:
        constant = len(was.value) == 1
        message = f"{{it}} may now be anything, was {_shown(was.value)}"
        walk.note("const.removed" if constant else "enum.lifted", pair.way, spot, what=_shown(was.value), message=message)
        return True
    gone = {key: value for key, value in was.value.items() if key not in now.value}
    come = {key: value for key, value in now.value.items() if key not in was.value}
    if gone and come and len(was.value) == len(now.value) == 1:
        message = f"{{it}} is now {_shown(come)}, was {_shown(gone)}"
        walk.note("const.changed", pair.way, spot, what=_shown(gone), message=message)
        return True
    if gone:
        walk.note("enum.value-removed", pair.way, spot, what=_shown(gone), message=f"{{it}} lost {_shown(gone)}")
    if come:
        walk.note("enum.value-added", pair.way, spot, what=_shown(come), message=f"{{it}} may now be {_shown(come)}")
    return True


def _listed(said: Said[Values] | None) -> Any:
    return None if said is None else [said.value[key] for key in sorted(said.value)]


def _shown(values: Values) -> str:
    keys = sorted(values)
    shown = ", ".join(key if len(key) <= 60 else f"{key[:60]}…" for key in keys[:8])
    return f"{shown} and {len(keys) - 8} more" if len(keys) > 8 else shown


def _formats(walk: Walk, pair: Pair, old: Facet, new: Facet) -> None:
    if isinstance(old, Number) and isinstance(new, Number) and old.integer != new.integer:
        return
    was = {common_name(said): said for said in old.formats}
    now = {common_name(said): said for said in new.formats}
    if was.keys() == now.keys():
        return
    gone, come = [said for name, said in was.items() if name not in now], [said for name, said in now.items() if name not in was]
    names = (
        " and ".join(sorted(said.value for said in gone)) or "none",
        " and ".join(sorted(said.value for said in come)) or "none",
    )
    rule = "format.changed"
    if not gone:
        rule = "format.added"
    elif not come:
        rule = "format.removed"
    elif len(gone) == len(come) == 1:
        step = (gone[0].value, come[0].value)
        rule = "format.widened" if step in WIDER else "format.narrowed" if step[::-1] in WIDER else rule
    walk.note(
        rule,
        pair.way,
        Spot(
            old_at=gone[0].at if gone else "",
            new_at=come[0].at if come else (pair.new.at if pair.new.at.startswith("/") else ""),
            before=names[0] if gone else None,
            after=names[1] if come else None,
        ),
        message=f"the format of {{it}} is now {names[1]}, was {names[0]}",
    )


def _numbers(walk: Walk, pair: Pair, old: Number, new: Number) -> None:
    at = Spot(old_at=old.at, new_at=new.at)
    if old.integer and not new.integer:
        walk.note(
            "type.widened",
            pair.way,
            replace(at, before="integer", after="number"),
            message="{it} may now be any number, was an integer",
        )
    elif new.integer and not old.integer:
        walk.note(
            "type.narrowed",
            pair.way,
            replace(at, before="number", after="integer"),
            message="{it} may now only be an integer, was any number",
        )
    limits(walk, pair, old, new, ("minimum", "maximum"))
    before, after = old.step.value if old.step else None, new.step.value if new.step else None
    if before == after:
        return
    response = None
    if before is None or (after is not None and (after / before).denominator == 1):
        rule = "limit.multiple-of"
    elif after is None or (before / after).denominator == 1:
        rule = "limit.multiple-of-loosened"
    else:
        rule, response = "limit.multiple-of", Level.BREAKING
    walk.note(
        rule,
        pair.way,
        Spot(
            old_at=old.step.at if old.step else "",
            new_at=new.step.at if new.step else "",
            before=None if before is None else plain(before),
            after=None if after is None else plain(after),
        ),
        response=response,
        message=f"multipleOf of {{it}} is now {'gone' if after is None else after}, was {'none' if before is None else before}",
    )
