"""Times in which nobody is told: from one moment to another, or every week at the same local time.

Half-open. Where the clocks change, an end at an ambiguous local time is its first occurrence and a start its last, so that a
window is never longer than written: it keeps people from being told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.availability import Hours, ends, starts


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """Every week at these local times of an IANA zone."""

    hours: Hours
    zone: str

    def __str__(self) -> str:
        return f"{self.hours} ({self.zone})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """From one moment (UTC) to another."""

    begins_at: datetime
    ends_at: datetime

    def __str__(self) -> str:
        return f"{self.begins_at:%Y-%m-%d %H:%M} to {self.ends_at:%Y-%m-%d %H:%M} UTC"


def once(begin: datetime, end: datetime, zone: str) -> Once:
    """From naive local times. Raises ValueError where it would be empty."""
    begins_at, ends_at = ends(begin, ZoneInfo(zone)), starts(end, ZoneInfo(zone))
    if ends_at <= begins_at:
        raise ValueError("a window ends after it begins")
    return Once(begins_at=begins_at, ends_at=ends_at)


def open_until(window: Weekly | Once, at: datetime) -> datetime | None:
    """Until when it lasts at `at`, those that follow without a gap included; None where it does not last then."""
    if isinstance(window, Once):
        return window.ends_at if window.begins_at <= at < window.ends_at else None
    until: datetime | None = None
    for begin, end in _spans(window, at):
        if begin <= (until or at) < end:
            until = end
    return until


def next_opening(window: Weekly | Once, after: datetime) -> datetime | None:
    """When it begins next; None where it is over or never does."""
    if isinstance(window, Once):
        return window.begins_at if window.begins_at > after else None
    return min((begin for begin, _ in _spans(window, after) if begin > after), default=None)


def _spans(window: Weekly, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Those around `at`, from the day before to a week later, in order; without any that a change of the clocks leaves empty."""
    zone = ZoneInfo(window.zone)
    today = at.astimezone(zone).date()
    for day in (today + timedelta(days=number) for number in range(-1, 9)):
        midnight = datetime.combine(day, time())
        for span in sorted((each for each in window.hours.spans if each.weekday == day.weekday()), key=lambda each: each.start):
            length = span.end + 1440 * (span.end <= span.start)
            begins_at = ends(midnight + timedelta(minutes=span.start), zone)
            ends_at = starts(midnight + timedelta(minutes=length), zone)
            if begins_at < ends_at:
                yield begins_at, ends_at
