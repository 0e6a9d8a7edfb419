"""On-call times from an iCalendar file (RFC 5545): each entry is about the contacts it names.

Half-open as the standard has it. A local time with a zone is read with overlap rather than gap; without one, in the feed's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events  # type: ignore[import-untyped]  # because the library ships no types
from icalendar.cal.component import Component

from alerts.availability import ends, starts
from alerts.calendars.duty import Duty

MOST_DUTIES = 5000


class UnreadableCalendar(ValueError):
    """It is no iCalendar file, or one we do not read. The text says why, without anything that stands in it."""


def duties(
    content: bytes, contacts: Mapping[str, str], zone: ZoneInfo, since: datetime, until: datetime
) -> tuple[tuple[Duty, ...], int]:
    """Who is on call between two moments (UTC), sorted, and how many entries name no contact. Raises `UnreadableCalendar`.

    `contacts` are names with their e-mail addresses, empty for none.

    Takes time and memory as the file pleases (a rule may repeat every second): call it where both are limited.
    """
    try:
        calendar = icalendar.Calendar.from_ical(content)
        if broken := [event for event in calendar.walk("VEVENT") if event.errors]:
            raise UnreadableCalendar(f"{len(broken)} of its entries cannot be read ({', '.join(_names(broken))})")
        found = recurring_ical_events.of(calendar).between(since, until)
    except UnreadableCalendar:
        raise
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, ArithmeticError) as error:
        raise UnreadableCalendar(f"it is not to be read as iCalendar ({type(error).__name__})") from error
    if len(found) > MOST_DUTIES:
        raise UnreadableCalendar(
            f"it has {len(found)} entries between {since:%Y-%m-%d} and {until:%Y-%m-%d}; {MOST_DUTIES} are read"
        )
    made: list[Duty] = []
    strangers = 0
    for event in found:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        start, end = _moment(event.start, zone, starts), _moment(event.end, zone, ends)
        named = tuple(_named(event, contacts))
        strangers += not named
        made += [Duty(start=start, end=end, contact=name) for name in named if start < end]
    return tuple(sorted(made)), strangers


def _named(event: Component, contacts: Mapping[str, str]) -> Iterator[str]:
    """The contacts an entry is about: those whose address attends, or who stand in the title by name or by address."""
    attending = {str(each).lower().removeprefix("mailto:") for each in _list(event.get("ATTENDEE"))}
    title = str(event.get("SUMMARY", "")).lower()
    for name, address in contacts.items():
        mail = address.lower()
        if (mail and mail in attending) or _stands_in(title, name.lower()) or (mail and _stands_in(title, mail)):
            yield name


def _stands_in(title: str, words: str) -> bool:
    return re.search(rf"(?<![\w@.+-]){re.escape(words)}(?![\w@+-]|\.\w)", title) is not None


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _moment(value: date | datetime, zone: ZoneInfo, read: Any) -> datetime:
    """A date is its local midnight, a local time is read by `starts` or `ends`, any other zone says itself when it is."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    at = value.tzinfo if value.tzinfo is not None else zone
    if isinstance(at, ZoneInfo):
        moment: datetime = read(value.replace(tzinfo=None), at)
        return moment
    return value.astimezone(UTC)


def _names(events: Iterable[Component]) -> list[str]:
    return sorted({name for event in events for name, _ in event.errors if name})[:5]
