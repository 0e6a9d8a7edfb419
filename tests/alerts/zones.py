"""Every change of clocks in the installed zone data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockChange:
    """At `moment` (UTC, a whole minute) the offset goes from `before` to `after`, in every zone named."""

    moment: datetime
    before: timedelta
    after: timedelta
    zones: tuple[str, ...]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zones[0])

    @property
    def odd(self) -> tuple[datetime, datetime]:
        """The half-open naive local interval that comes twice, or does not exist."""
        first = (self.moment + min(self.before, self.after)).replace(tzinfo=None)
        return first, first + abs(self.after - self.before)


@cache
def clock_changes(nth: int = 1) -> tuple[ClockChange, ...]:
    """Every change from 2020 to the end of 2035 in each nth zone; zones that change as one are told once."""
    found: dict[tuple[tuple[datetime, timedelta, timedelta], ...], list[str]] = {}
    for name in sorted(available_timezones() - {"localtime", "Factory"})[::nth]:
        changes = tuple(changes_of(ZoneInfo(name)))
        found.setdefault(changes, []).append(name)
    return tuple(
        ClockChange(moment=moment, before=before, after=after, zones=tuple(zones))
        for changes, zones in found.items()
        for moment, before, after in changes
    )


def changes_of(zone: ZoneInfo) -> list[tuple[datetime, timedelta, timedelta]]:
    """(moment, offset before, offset after) of each change of one zone."""
    found, day, last = [], datetime(2020, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
    known = _offset(day, zone)
    while day < last:
        here = _offset(day + _DAY, zone)
        if here != known:
            low, high = day, day + _DAY
            while high - low > _MINUTE:
                middle = low + (high - low) // 2
                middle = middle.replace(second=0, microsecond=0)
                low, high = (middle, high) if _offset(middle, zone) == known else (low, middle)
            found.append((high, known, here))
        day, known = day + _DAY, here
    return found


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
