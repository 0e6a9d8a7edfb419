"""Is somebody there at every moment? The matrix looked at ahead of time, only where something changes.

`gaps` gives every stretch in which a lane's own levels have nobody: then the last resort is paged, or nobody at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import merge

from alerts.calendars.duty import Calendars
from alerts.matrix import Level, Matrix
from alerts.outlets import Outlets
from alerts.presence import changes_until
from alerts.priority import Priority
from alerts.reach import reach

_MINUTE = timedelta(minutes=1)


class Lack(StrEnum):
    """What is missing in a stretch."""

    LAST_RESORT = "last-resort"
    """No level has anybody: the last resort or the catch-all is paged."""
    NOBODY = "nobody"
    """Not even they can be."""
    UNSURE = "unsure"
    """No level has anybody as far as is known, but a feed without a value for this time might name somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A lane has nobody of its own for pages of a priority from `start` until before `end`, UTC. `because` is of its start."""

    lane: str
    priority: Priority
    start: datetime
    end: datetime
    lack: Lack
    because: str


def gaps(matrix: Matrix, outlets: Outlets, calendars: Calendars, start: datetime, end: datetime) -> tuple[Gap, ...]:
    """Every gap of every lane at every priority that pages, between two whole minutes, UTC; the most urgent first."""
    paging = [priority for priority in Priority if priority <= matrix.floor]
    return tuple(
        gap
        for priority in paging
        for lane in matrix.lanes
        for gap in _of_lane(matrix, outlets, calendars, lane, priority, start, end)
    )


def lack(
    matrix: Matrix, outlets: Outlets, calendars: Calendars, lane: str, priority: Priority, at: datetime
) -> tuple[Lack, str] | None:
    """What a page of this lane at this moment would lack, and why; None where somebody of the lane gets it, now or held."""
    found = reach(matrix, outlets, lane, 1, at, priority, calendars)
    if not found.exhausted:
        return None
    because = "; ".join(found.passed)
    if not found.to:
        return Lack.NOBODY, because
    return (Lack.UNSURE if found.unsure else Lack.LAST_RESORT), because


def _of_lane(
    matrix: Matrix, outlets: Outlets, calendars: Calendars, lane: str, priority: Priority, start: datetime, end: datetime
) -> Iterator[Gap]:
    levels = list(matrix.lanes[lane].levels)
    if matrix.last_resort:
        levels.append(Level(contact=matrix.last_resort))  # their leave decides between the last resort and nobody
    moments = [start]
    for moment in merge(*(changes_until(matrix, level, start, end, priority, calendars) for level in levels)):
        if moment > moments[-1]:
            moments.append(moment)
    found: Gap | None = None
    for begin, until in zip(moments, (*moments[1:], end), strict=True):
        for here, there, missing in _pieces(matrix, outlets, calendars, lane, priority, begin, until):
            kind = missing[0] if missing else None
            if found is not None and found.lack is kind:
                found = Gap(lane=lane, priority=priority, start=found.start, end=there, lack=found.lack, because=found.because)
                continue
            if found is not None:
                yield found
            found = (
                Gap(lane=lane, priority=priority, start=here, end=there, lack=missing[0], because=missing[1]) if missing else None
            )
    if found is not None:
        yield found


def _pieces(
    matrix: Matrix, outlets: Outlets, calendars: Calendars, lane: str, priority: Priority, begin: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime, tuple[Lack, str] | None]]:
    """The stretch between two changes, in one piece or two.

    Nothing in it changes but how much time is left to resolve: what comes later may wait for the next shift that what came
    earlier could not wait for. From then on it can, so the minute is found by halving.
    """
    first = lack(matrix, outlets, calendars, lane, priority, begin)
    last_minute = until - _MINUTE
    if first is None or priority <= Priority.P2 or last_minute <= begin:
        yield begin, until, first
        return
    if lack(matrix, outlets, calendars, lane, priority, last_minute) is not None:
        yield begin, until, first
        return
    low, high = 0, int((last_minute - begin) / _MINUTE)
    while high - low > 1:
        middle = (low + high) // 2
        if lack(matrix, outlets, calendars, lane, priority, begin + middle * _MINUTE) is None:
            high = middle
        else:
            low = middle
    yield begin, begin + high * _MINUTE, first
    yield begin + high * _MINUTE, until, None
