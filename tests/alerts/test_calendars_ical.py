"""On-call times out of iCalendar files and PagerDuty schedules, well meant and not."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.calendars.duty import Duty
from alerts.calendars.ical import UnreadableCalendar, duties
from alerts.matrix import Contact
from alerts.pagerduty import oncalls

BERLIN = ZoneInfo("Europe/Berlin")
PEOPLE = {"ana": "ana@example.com", "ben": "Ben@Example.com", "cto": ""}
SINCE, UNTIL = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)


def calendar(*events: str) -> bytes:
    inner = "".join(f"BEGIN:VEVENT\r\nUID:{number}\r\n{event}\r\nEND:VEVENT\r\n" for number, event in enumerate(events))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n{inner}END:VCALENDAR\r\n".encode()


def read(*events: str) -> list[tuple[str, str, str]]:
    found, _ = duties(calendar(*events), PEOPLE, BERLIN, SINCE, UNTIL)
    return [(f"{duty.start:%m-%d %H:%M}", f"{duty.end:%m-%d %H:%M}", duty.contact) for duty in found]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART:20261124T080000Z\r\nDTEND:20261124T200000Z\r\nSUMMARY:ana", [("11-24 08:00", "11-24 20:00", "ana")]),
        (
            "DTSTART;TZID=America/New_York:20261124T080000\r\nDURATION:PT2H\r\nSUMMARY:Ana",
            [("11-24 13:00", "11-24 15:00", "ana")],
        ),
        ("DTSTART:20261124T080000\r\nDTEND:20261124T100000\r\nSUMMARY:ana", [("11-24 07:00", "11-24 09:00", "ana")]),
        ("DTSTART;VALUE=DATE:20261124\r\nDTEND;VALUE=DATE:20261126\r\nSUMMARY:ana", [("11-23 23:00", "11-25 23:00", "ana")]),
        ("DTSTART:20261124T080000Z\r\nDTEND:20261124T090000Z\r\nSTATUS:CANCELLED\r\nSUMMARY:ana", []),
        ("DTSTART:20261124T080000Z\r\nDTEND:20261124T080000Z\r\nSUMMARY:ana", []),
        ("DTSTART:20270124T080000Z\r\nDTEND:20270124T090000Z\r\nSUMMARY:ana", []),
    ],
)
def test_an_entry_is_read_half_open_in_its_zone_or_the_feeds(event: str, expected: list[Any]) -> None:
    assert read(event) == expected


@pytest.mark.parametrize(
    ("more", "who"),
    [
        ("SUMMARY:On call: Ben", ["ben"]),
        ("SUMMARY:ana and ben", ["ana", "ben"]),
        ("SUMMARY:Primary <ana@example.com>", ["ana"]),
        ("SUMMARY:Primary\r\nATTENDEE;CN=Ben B.:mailto:BEN@example.com", ["ben"]),
        ("SUMMARY:Primary\r\nATTENDEE:mailto:ana@example.com\r\nATTENDEE:mailto:x@example.com", ["ana"]),
        ("SUMMARY:banana bread", []),
        ("SUMMARY:ana-maria", []),
        ("SUMMARY:joana@example.com", []),
        ("SUMMARY:ana@example.com.evil.example", []),
    ],
)
def test_an_entry_is_about_those_it_names_whole(more: str, who: list[str]) -> None:
    event = f"DTSTART:20261124T080000Z\r\nDTEND:20261124T200000Z\r\n{more}"
    found, strangers = duties(calendar(event), PEOPLE, BERLIN, SINCE, UNTIL)
    assert [duty.contact for duty in found] == who
    assert strangers == (0 if who else 1)


def test_a_weekly_shift_keeps_its_local_time_over_the_clock_change_and_leaves_no_gap() -> None:
    found = read(
        "DTSTART;TZID=Europe/Berlin:20261018T023000\r\nDTEND;TZID=Europe/Berlin:20261025T023000\r\nRRULE:FREQ=WEEKLY;INTERVAL=2\r\nSUMMARY:ana",
        "DTSTART;TZID=Europe/Berlin:20261025T023000\r\nDTEND;TZID=Europe/Berlin:20261101T023000\r\nRRULE:FREQ=WEEKLY;INTERVAL=2\r\nSUMMARY:ben",
    )
    assert found[:3] == [
        ("10-18 00:30", "10-25 01:30", "ana"),  # ends at the second 02:30
        ("10-25 00:30", "11-01 01:30", "ben"),  # begins at the first
        ("11-01 01:30", "11-08 01:30", "ana"),
    ]


def test_an_exception_of_a_series_replaces_its_occurrence() -> None:
    event = (
        "DTSTART:20261124T080000Z\r\nDTEND:20261124T200000Z\r\nRRULE:FREQ=DAILY;COUNT=3\r\nEXDATE:20261125T080000Z\r\nSUMMARY:ana"
    )
    moved = calendar(event).replace(
        b"END:VCALENDAR",
        b"BEGIN:VEVENT\r\nUID:0\r\nRECURRENCE-ID:20261126T080000Z\r\nDTSTART:20261126T100000Z\r\nDTEND:20261126T110000Z\r\n"
        b"SUMMARY:ben\r\nEND:VEVENT\r\nEND:VCALENDAR",
    )
    found, _ = duties(moved, PEOPLE, BERLIN, SINCE, UNTIL)
    assert [(f"{duty.start:%d %H}", duty.contact) for duty in found] == [("24 08", "ana"), ("26 10", "ben")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<!DOCTYPE html><title>Sign in</title>",
        b"BEGIN:VCALENDAR",
        b"\xff\xfe\x00",
        calendar("DTSTART:someday\r\nSUMMARY:ana"),
        calendar("DTSTART:20261124T080000Z\r\nRRULE:FREQ=NEVER\r\nSUMMARY:ana"),
        calendar("SUMMARY:ana"),
    ],
)
def test_what_is_no_calendar_is_unreadable_and_its_text_is_not_repeated(content: bytes) -> None:
    with pytest.raises(UnreadableCalendar) as caught:
        duties(content, PEOPLE, BERLIN, SINCE, UNTIL)
    assert "someday" not in str(caught.value)
    assert "Sign in" not in str(caught.value)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda text: calendar(f"DTSTART:20261124T080000Z\r\nSUMMARY:{text}")))
def test_reading_never_fails_in_another_way(content: bytes) -> None:
    with suppress(UnreadableCalendar):
        duties(content, PEOPLE, BERLIN, SINCE, UNTIL)


CONTACTS = {"ana": Contact(pagerduty="PUSER1"), "ben": Contact(email="ben@example.com"), "cto": Contact()}


def entry(start: str | None, end: str | None, user: dict[str, Any]) -> dict[str, Any]:
    return {"start": start, "end": end, "user": user, "escalation_level": 1}


def test_a_schedules_entries_are_those_of_our_contacts_by_id_or_address_each_once() -> None:
    ana, ben = {"id": "PUSER1", "summary": "Ana"}, {"id": "PX", "email": "BEN@example.com"}
    found, strangers = oncalls.duties(
        [
            entry("2026-11-24T09:00:00+01:00", "2026-11-25T09:00:00+01:00", ana),
            entry("2026-11-24T09:00:00+01:00", "2026-11-25T09:00:00+01:00", ana),
            entry("2026-12-25T09:00:00Z", None, ben),
            entry(None, None, {"id": "PNOBODY", "email": None}),
        ],
        CONTACTS,
        SINCE,
        UNTIL,
    )
    assert found == (
        Duty(start=datetime(2026, 11, 24, 8, tzinfo=UTC), end=datetime(2026, 11, 25, 8, tzinfo=UTC), contact="ana"),
        Duty(start=datetime(2026, 12, 25, 9, tzinfo=UTC), end=UNTIL, contact="ben"),
    )
    assert strangers == 1


def test_a_contact_without_id_and_address_is_nobody_of_theirs() -> None:
    found, strangers = oncalls.duties([entry(None, None, {"id": "", "email": ""})], CONTACTS, SINCE, UNTIL)
    assert (found, strangers) == ((), 1)


@pytest.mark.parametrize(
    "bad", [{}, {"user": None}, entry("yesterday", None, {"id": "P"}), entry("2026-11-24T09:00:00", None, {"id": "P"})]
)
def test_an_answer_that_is_not_as_described_is_an_error(bad: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        oncalls.duties([bad], CONTACTS, SINCE, UNTIL)
