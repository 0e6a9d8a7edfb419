"""Time a person is away: days of leave, and the quiet hours of every day. Both in their own zone.

An absence begins at the last occurrence of an ambiguous local time and ends at the first: it is never longer than written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from alerts.availability import Hours, ends, starts

_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\s*\.\.\s*(\d{4}-\d{2}-\d{2}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Whole days, the last one included."""

    first: date
    last: date

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"


def parse_leave(text: str) -> Leave:
    """`2026-12-24..2027-01-02`, or one day. Raises ValueError with the valid form."""
    found = _DAYS.fullmatch(text.strip())
    try:
        if not found:
            raise ValueError
        first = date.fromisoformat(found[1])
        last = date.fromisoformat(found[2] or found[1])
    except ValueError:
        raise ValueError(f"{text!r} is no leave: write 2026-12-24..2027-01-02 (the last day included), or one day") from None
    if last < first:
        raise ValueError(f"{text!r} ends before it begins")
    if not (first.year >= 1970 and last.year <= 2999):
        raise ValueError(f"{text!r} is not of this age")
    return Leave(first=first, last=last)


def absence(leave: Leave, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The half-open interval of a leave, UTC."""
    after = leave.last + timedelta(days=1)
    return ends(datetime.combine(leave.first, time()), zone), starts(datetime.combine(after, time()), zone)


def away_until(leaves: Iterable[Leave], zone: ZoneInfo, at: datetime) -> datetime | None:
    """When the leave that a person is on at `at` ends, leave after leave; None where they are not on leave."""
    until: datetime | None = None
    for begin, end in sorted(absence(leave, zone) for leave in leaves):
        if begin <= (until or at) < end:
            until = end
    return until


def quiet(hours: Hours, zone: ZoneInfo, at: datetime) -> bool:
    """Whether `at` is within quiet hours."""
    today = at.astimezone(zone).date()
    return any(begin <= at < end for day in (today - timedelta(days=1), today) for begin, end in _quiet_on(hours, zone, day))


def quiet_edges(hours: Hours, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Every later moment at which quiet hours begin or end, day by day and without end."""
    day = after.astimezone(zone).date() - timedelta(days=1)
    while True:
        for edge in sorted(edge for span in _quiet_on(hours, zone, day) for edge in span):
            if edge > after:
                yield edge
        day += timedelta(days=1)


def _quiet_on(hours: Hours, zone: ZoneInfo, day: date) -> Iterator[tuple[datetime, datetime]]:
    for span in hours.spans:
        if span.weekday == day.weekday():
            midnight = datetime.combine(day, time())
            end = span.end + 1440 * (span.end <= span.start)
            yield ends(midnight + timedelta(minutes=span.start), zone), starts(midnight + timedelta(minutes=end), zone)


def _read_leave(value: Any) -> Leave:
    return value if isinstance(value, Leave) else parse_leave(str(value))


LeaveText = Annotated[
    Leave,
    BeforeValidator(_read_leave),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["2026-12-24..2027-01-02"]}),
]
