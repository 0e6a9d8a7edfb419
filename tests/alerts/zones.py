"""Every change of clocks in the installed zone data, and each kind of them once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

_DAY, _MINUTE, _WEEK = timedelta(days=1), timedelta(minutes=1), timedelta(days=7)
_FIRST, _LAST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (2020, 2036))
_NOONS = [_FIRST + _DAY * n + _DAY / 2 for n in range(-1, (_LAST - _FIRST) // _DAY + 2)]
"""By a local clock: an hour that nobody changes."""
_ALONE = timedelta(days=20)
"""No reading of a weekly rota, a leave or quiet hours looks at clocks further away than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockChange:
    """At `moment` (UTC, a whole minute) the offset goes from `before` to `after`. `times` counts it and its likes."""

    moment: datetime
    before: timedelta
    after: timedelta
    zone: ZoneInfo
    times: int = 1

    @property
    def odd(self) -> tuple[datetime, datetime]:
        """The half-open naive local interval that comes twice, or does not exist."""
        first = (self.moment + min(self.before, self.after)).replace(tzinfo=None)
        return first, first + abs(self.after - self.before)


@cache
def kinds_of_change() -> tuple[ClockChange, ...]:
    """The changes of 2020 to 2035 in all zones, each kind once.

    Two are of a kind where the offsets, the weekday and the local time are the same, so that one is the other moved by whole
    weeks, and what matters of a rota, a leave or quiet hours moves with it. A change with another one near is a kind of its own.
    """
    found: dict[object, list[ClockChange]] = defaultdict(list)
    for name in sorted(available_timezones() - {"localtime", "Factory"}):
        changes = changes_of(ZoneInfo(name))
        near = {each.moment for pair in pairwise(changes) for each in pair if pair[1].moment - pair[0].moment < _ALONE}
        for change in changes:
            local = (change.moment + change.before).replace(tzinfo=None)
            into_the_week = (local - _FIRST) % _WEEK
            alone = change.moment not in near
            found[change.before, change.after, into_the_week, None if alone else change.moment].append(change)
    return tuple(
        ClockChange(moment=one.moment, before=one.before, after=one.after, zone=one.zone, times=len(alike))
        for alike in found.values()
        for one in alike[:1]
    )


def changes_of(zone: ZoneInfo) -> list[ClockChange]:
    """Each change of one zone from 2020 to 2035, in order. Two that undo each other within a day are not seen."""
    return [
        ClockChange(moment=moment, before=_offset(moment - _MINUTE, zone), after=_offset(moment, zone), zone=zone)
        for moment in _moments(zone)
        if _FIRST <= moment.replace(tzinfo=None) < _LAST
    ]


def _moments(zone: ZoneInfo) -> Iterator[datetime]:
    local = [zone.utcoffset(day) for day in _NOONS]
    for (day, one), (following, other) in pairwise(zip(_NOONS, local, strict=True)):
        if one != other:
            assert one is not None
            assert other is not None
            low, high = (day - one).replace(tzinfo=UTC), (following - other).replace(tzinfo=UTC)
            while high - low > _MINUTE:
                middle = (low + (high - low) / 2).replace(second=0, microsecond=0)
                low, high = (middle, high) if _offset(middle, zone) == one else (low, middle)
            yield high


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
