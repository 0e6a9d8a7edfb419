"""Who works when: business hours and weekly rotas, in a zone. Local time is read with overlap rather than gap.

Half-open local intervals. Where the clocks change, a start at an ambiguous local time is its first occurrence and an end
its last; a local time that does not exist moves forward. An absence (leave, quiet hours) is read the other way, so that it is
never longer than written. Elapsed time is computed in UTC only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from alerts.delays import Delay

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ANCHOR = date(2024, 1, 1)
"""A Monday. The first contact of a weekly rota is on duty in the week of it, unless the rota names its own start."""

Closed = Callable[[date], bool]
"""Whether a local day is no working day, such as a holiday."""

_SHUT_AT_MOST = timedelta(days=70)
"""A calendar that closes every working day for longer than this is not believed: waiting must end some day."""

_SPAN = re.compile(r"(\w{3})(?:-(\w{3}))?\s+(\d{1,2}:\d{2})-(\d{1,2}:\d{2})")
_HANDOVER = re.compile(r"(\w{3})\s+(\d{1,2}:\d{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Working time on one weekday (0 is Monday), in minutes of the day; an `end` at or before `start` is on the next day."""

    weekday: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The working week: at least one span. `text` is how it was written."""

    spans: tuple[Span, ...]
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """When a weekly rota moves on: a weekday (0 is Monday) and the minute of that day, local time."""

    weekday: int
    minute: int

    def __str__(self) -> str:
        return f"{DAYS[self.weekday]} {self.minute // 60:02}:{self.minute % 60:02}"


def parse_hours(text: str) -> Hours:
    """`Mon-Fri 09:00-18:00`, several parts separated by commas. Raises ValueError with the valid form."""
    spans: list[Span] = []
    for part in text.split(","):
        found = _SPAN.fullmatch(part.strip())
        if not found:
            raise ValueError(f"{text!r} are no business hours: write Mon-Fri 09:00-18:00, parts separated by commas")
        first, last = _weekday(found[1]), _weekday(found[2] or found[1])
        start, end = _minute(found[3]), _minute(found[4])
        if start == end or start == 24 * 60:
            raise ValueError(f"{part.strip()!r} is empty: it ends when it starts")
        spans += [Span(weekday=(first + n) % 7, start=start, end=end) for n in range((last - first) % 7 + 1)]
    return Hours(spans=tuple(spans), text=text.strip())


def parse_handover(text: str) -> Handover:
    """`Mon 09:00`. Raises ValueError with the valid form."""
    found = _HANDOVER.fullmatch(text.strip())
    if not found or _minute(found[2]) == 24 * 60:
        raise ValueError(f"{text!r} is no hand-over: write a weekday and a time, such as Mon 09:00")
    return Handover(weekday=_weekday(found[1]), minute=_minute(found[2]))


DEFAULT_HOURS = Hours(spans=tuple(Span(weekday=day, start=9 * 60, end=18 * 60) for day in range(5)), text="Mon-Fri 09:00-18:00")


@lru_cache(maxsize=8192)  # looking ahead asks for the same edges again and again
def starts(local: datetime, zone: ZoneInfo) -> datetime:
    """The UTC moment at which something that starts at this naive local time starts: the first, or moved forward."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


@lru_cache(maxsize=8192)
def ends(local: datetime, zone: ZoneInfo) -> datetime:
    """The UTC moment at which something that ends at this naive local time ends: the last, or moved forward."""
    first, last = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    # In a gap, fold=0 reads the time with the offset before it, which is the moving forward that is wanted.
    return max(first, last)


def always_open(day: date) -> bool:
    """The `Closed` of nobody in particular: no day is closed."""
    return False


def openings(hours: Hours, zone: ZoneInfo, after: datetime, closed: Closed = always_open) -> Iterator[tuple[datetime, datetime]]:
    """The working intervals that end after `after`, in UTC, in order, overlaps merged; without end, so take what you need.

    A working time belongs to the day it starts on: on a `closed` one none starts, and one from the day before goes on.
    """
    day = after.astimezone(zone).date() - timedelta(days=2)
    opened = day
    begin: datetime | None = None
    finish = after
    while True:
        shut = day - opened <= _SHUT_AT_MOST and closed(day)
        for span in sorted((s for s in hours.spans if s.weekday == day.weekday() and not shut), key=lambda s: s.start):
            opened = day
            start, end = starts(_at(day, span.start), zone), ends(_at(day, span.end + 1440 * (span.end <= span.start)), zone)
            if begin is not None and start > finish:
                if finish > after:
                    yield begin, finish
                begin = None
            begin, finish = (start, end) if begin is None else (begin, max(finish, end))
            if finish - begin > timedelta(days=8):  # a week without a gap would otherwise merge for ever
                yield begin, finish
                begin = None
        day += timedelta(days=1)


def opens_at(hours: Hours, zone: ZoneInfo, now: datetime, closed: Closed = always_open) -> datetime:
    """`now` where it is working time, else when working time next starts."""
    start, _ = next(openings(hours, zone, now, closed))
    return max(start, now)


def due(delay: Delay, now: datetime, hours: Hours, zone: ZoneInfo, closed: Closed = always_open) -> datetime:
    """When `delay` from `now` is over, UTC. A business day lasts as long as the working day it starts in."""
    if delay.elapsed:
        return now + delay.elapsed
    left = timedelta(hours=delay.business_hours)
    for start, end in openings(hours, zone, now, closed):
        if delay.business_days and not left:
            left = delay.business_days * min(end - start, timedelta(days=1))
        begin = max(start, now)
        if begin + left <= end:
            return begin + left
        left -= max(end - begin, timedelta())
    raise AssertionError("working time never ends")


def on_duty(weekly: Sequence[str], handover: Handover, zone: ZoneInfo, at: datetime, anchor: date = ANCHOR) -> tuple[str, ...]:
    """Who of a weekly rota is on duty: one, or two while an ambiguous hand-over time lasts; nobody where the rota is empty."""
    if not weekly:
        return ()
    first = anchor - timedelta(days=(anchor.weekday() - handover.weekday) % 7)
    week = (at.astimezone(zone).date() - first).days // 7
    found: list[str] = []
    for number in (week - 1, week, week + 1):
        begin = _at(first + timedelta(weeks=number), handover.minute)
        if starts(begin, zone) <= at < ends(begin + timedelta(weeks=1), zone):
            found.append(weekly[number % len(weekly)])
    return tuple(dict.fromkeys(found))


def handovers(handover: Handover, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Every moment after `after` at which a weekly rota changes, in order: two where the hand-over's local time comes twice."""
    day = after.astimezone(zone).date() - timedelta(days=8)
    day += timedelta(days=(handover.weekday - day.weekday()) % 7)
    while True:
        local = _at(day, handover.minute)
        yield from (edge for edge in dict.fromkeys((starts(local, zone), ends(local, zone))) if edge > after)
        day += timedelta(weeks=1)


def _at(day: date, minute: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def _weekday(text: str) -> int:
    if text.capitalize() not in DAYS:
        raise ValueError(f"{text!r} is no weekday: write {', '.join(DAYS)}")
    return DAYS.index(text.capitalize())


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    total = int(hour) * 60 + int(minute)
    if int(minute) > 59 or total > 24 * 60:
        raise ValueError(f"{text!r} is no time of day: write 00:00 to 24:00")
    return total


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone: write an IANA name such as Europe/Berlin") from error
    return name


def _read_hours(value: Any) -> Hours:
    if isinstance(value, Hours):
        return value
    return parse_hours(str(value))


def _read_handover(value: Any) -> Handover:
    if isinstance(value, Handover):
        return value
    return parse_handover(str(value))


_AS_TEXT = PlainSerializer(str, return_type=str)
HoursText = Annotated[
    Hours, BeforeValidator(_read_hours), _AS_TEXT, WithJsonSchema({"type": "string", "examples": ["Mon-Fri 09:00-18:00"]})
]
HandoverText = Annotated[
    Handover, BeforeValidator(_read_handover), _AS_TEXT, WithJsonSchema({"type": "string", "examples": ["Mon 09:00"]})
]
ZoneName = Annotated[str, AfterValidator(_known_zone)]
