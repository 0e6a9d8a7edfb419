"""Business hours and rotas in local time, over clock changes: overlap rather than gap."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.availability import (
    DEFAULT_HOURS,
    Handover,
    due,
    ends,
    on_duty,
    openings,
    opens_at,
    parse_handover,
    parse_hours,
    starts,
)
from alerts.delays import Delay, parse_delay

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
MONDAY_NINE = Handover(weekday=0, minute=540)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23 09:00", "2026-11-23 09:00"),  # Monday 10:00 in Berlin
        ("2026-11-23 17:00", "2026-11-24 08:00"),  # 18:00 sharp: half-open, so over
        ("2026-11-27 18:00", "2026-11-30 08:00"),  # Friday evening
        ("2026-11-23 07:59", "2026-11-23 08:00"),
        ("2026-07-06 07:00", "2026-07-06 07:00"),  # summer: 09:00
    ],
)
def test_working_time_opens(now: str, expected: str) -> None:
    assert opens_at(DEFAULT_HOURS, BERLIN, utc(now)) == utc(expected)


def test_a_night_shift_goes_over_midnight() -> None:
    hours = parse_hours("Mon-Fri 22:00-06:00")
    assert opens_at(hours, ZoneInfo("UTC"), utc("2026-11-28 05:59")) == utc("2026-11-28 05:59")  # Friday's shift, on Saturday
    assert opens_at(hours, ZoneInfo("UTC"), utc("2026-11-28 06:00")) == utc("2026-11-30 22:00")


def test_parts_of_a_day_and_weeks_around_the_end_are_read() -> None:
    hours = parse_hours("Sat-Mon 08:00-12:00, Sun 13:00-24:00")
    found = list(islice(openings(hours, ZoneInfo("UTC"), utc("2026-11-28 00:00")), 4))
    assert [(start.strftime("%a %H"), end.strftime("%a %H")) for start, end in found] == [
        ("Sat 08", "Sat 12"),
        ("Sun 08", "Sun 12"),
        ("Sun 13", "Mon 00"),
        ("Mon 08", "Mon 12"),
    ]


def test_a_team_that_never_closes_is_always_open() -> None:
    always = parse_hours("Mon-Sun 00:00-24:00")
    for hour in range(0, 24 * 40, 7):
        now = utc("2026-03-20 00:00") + timedelta(hours=hour)
        assert opens_at(always, BERLIN, now) == now
    assert due(Delay(business_hours=500), utc("2026-03-01 00:00"), always, BERLIN) == utc("2026-03-01 00:00") + timedelta(
        hours=500
    )


@pytest.mark.parametrize(
    ("delay", "now", "expected"),
    [
        ("5m", "2026-11-28 03:00", "2026-11-28 03:05"),
        ("4 business hours", "2026-11-23 09:00", "2026-11-23 13:00"),
        ("4 business hours", "2026-11-27 15:00", "2026-11-30 10:00"),  # 2 hours on Friday, 2 on Monday
        ("1 business day", "2026-11-27 15:00", "2026-11-30 15:00"),
        ("1 business day", "2026-11-28 15:00", "2026-11-30 17:00"),  # begins with Monday's opening, ends with its close
        ("3 business days", "2026-11-25 10:00", "2026-11-30 10:00"),
    ],
)
def test_delays_are_counted_in_working_time_where_they_say_so(delay: str, now: str, expected: str) -> None:
    assert due(parse_delay(delay), utc(now), DEFAULT_HOURS, BERLIN) == utc(expected)


def test_elapsed_time_is_not_touched_by_a_clock_change() -> None:
    night = utc("2026-10-25 00:30")
    assert due(parse_delay("2h"), night, DEFAULT_HOURS, BERLIN) - night == timedelta(hours=2)


@pytest.mark.parametrize(
    "text", ["", "Mon", "Mon-Fri", "Mon-Fri 9-18", "Mon-Fri 09:00-09:00", "Foo 09:00-10:00", "Mon 25:00-26:00"]
)
def test_hours_that_make_no_sense_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"write|empty"):
        parse_hours(text)


@pytest.mark.parametrize("text", ["", "Mon", "Monday 09:00", "Mon 24:00", "09:00"])
def test_a_hand_over_that_makes_no_sense_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_handover(text)


@pytest.mark.parametrize("text", ["5", "m", "0m", "-5m", "5 minutes", "0 business days", "400d", "1.5h", "1 business week"])
def test_a_delay_that_makes_no_sense_is_refused_with_the_valid_forms(text: str) -> None:
    with pytest.raises(ValueError, match="4 business hours"):
        parse_delay(text)


@pytest.mark.parametrize("text", ["90s", "5m", "1h 30m", "2d", "4 business hours", "1 business day", "1 business hour"])
def test_a_delay_reads_back_as_the_same(text: str) -> None:
    assert parse_delay(str(parse_delay(text))) == parse_delay(text)


def test_the_rota_turns_at_the_hand_over_and_not_before() -> None:
    turns = [on_duty(["ana", "ben"], MONDAY_NINE, BERLIN, utc(at)) for at in ("2026-11-23 07:59", "2026-11-23 08:00")]
    assert turns == [("ana",), ("ben",)]


def test_a_rota_begins_with_its_first_contact_in_the_week_it_names() -> None:
    started = date(2026, 11, 25)
    assert on_duty(["ana", "ben", "cto"], MONDAY_NINE, BERLIN, utc("2026-11-25 12:00"), started) == ("ana",)
    assert on_duty(["ana", "ben", "cto"], MONDAY_NINE, BERLIN, utc("2026-12-02 12:00"), started) == ("ben",)
    assert on_duty(["ana", "ben", "cto"], MONDAY_NINE, BERLIN, utc("2026-11-18 12:00"), started) == ("cto",)


def test_an_ambiguous_hand_over_has_both_on_duty_for_its_hour() -> None:
    at_half_two = Handover(weekday=6, minute=150)  # Sunday 02:30, twice on 25 October 2026 in Berlin
    duty = [on_duty(["ana", "ben"], at_half_two, BERLIN, utc(f"2026-10-25 {at}")) for at in ("00:29", "00:30", "01:29", "01:30")]
    assert [len(each) for each in duty] == [1, 2, 2, 1]
    assert duty[0][0] != duty[3][0]


def test_a_hand_over_that_does_not_exist_moves_forward_without_gap_or_overlap() -> None:
    at_half_two = Handover(weekday=6, minute=150)  # no 02:30 on 29 March 2026 in Berlin
    duty = [on_duty(["ana", "ben"], at_half_two, BERLIN, utc(f"2026-03-29 {at}")) for at in ("00:59", "01:29", "01:30")]
    assert [len(each) for each in duty] == [1, 1, 1]
    assert duty[0] == duty[1] != duty[2]


def test_nobody_is_on_duty_in_an_empty_rota() -> None:
    assert on_duty([], MONDAY_NINE, BERLIN, utc("2026-11-23 12:00")) == ()


zones = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))


@settings(max_examples=300, deadline=None)
@given(zone=zones, day=st.dates(date(2020, 1, 1), date(2035, 12, 31)), minute=st.integers(0, 1439))
def test_an_end_is_never_before_a_start_at_the_same_local_time(zone: str, day: date, minute: int) -> None:
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    assert starts(local, ZoneInfo(zone)) <= ends(local, ZoneInfo(zone))


@settings(max_examples=300, deadline=None)
@given(
    zone=zones,
    minutes=st.integers(0, 16 * 366 * 1440),
    weekday=st.integers(0, 6),
    minute=st.integers(0, 1439),
    people=st.integers(1, 5),
)
def test_somebody_is_on_duty_at_every_moment_in_every_zone(
    zone: str, minutes: int, weekday: int, minute: int, people: int
) -> None:
    names = [f"p{number}" for number in range(people)]
    at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    assert on_duty(names, Handover(weekday=weekday, minute=minute), ZoneInfo(zone), at)


@settings(max_examples=100, deadline=None)
@given(zone=zones, minutes=st.integers(0, 16 * 366 * 1440), hours=st.integers(1, 60))
def test_working_time_only_moves_forward(zone: str, minutes: int, hours: int) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ordered = [due(Delay(business_hours=each), now, DEFAULT_HOURS, ZoneInfo(zone)) for each in (hours, hours + 1)]
    assert now + timedelta(hours=hours) <= ordered[0] < ordered[1]
