"""Who is there: holidays, leave, quiet hours, overrides and feeds, and what is done where nobody is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from alerts.availability import parse_hours
from alerts.calendars.duty import Duty, Fed
from alerts.calendars.holidays import known_calendar
from alerts.calendars.leave import parse_leave
from alerts.customer import Customer, Terms
from alerts.delays import parse_delay
from alerts.matrix import Level, Matrix
from alerts.matrix_check import validate
from alerts.presence import who
from alerts.priority import Priority
from alerts.reach import reach
from alerts.routing import deadline
from alerts.simulation import simulate
from tests.alerts.stories import EMAIL, EXAMPLE, OPS, PAGERDUTY, desk, matrix, opened, sighting

OUTLETS = {each.name: each for each in (EMAIL, OPS)}
TEAM = """
contacts:
  ana: {email: ana@example.com, zone: Europe/Berlin, leave: ["2026-12-24..2027-01-02"]}
  ben: {email: ben@example.com, zone: America/New_York, quiet_hours: "Mon-Sun 22:00-07:00"}
  eve: {email: eve@example.com, pagerduty: PEVE, zone: Asia/Tokyo}
  cto: {email: cto@example.com, zone: Europe/Berlin}
roles:
  tier-1:
    rota: {weekly: [ana, ben, eve], handover: "Mon 09:00", zone: Europe/Berlin, start: 2026-12-21}
  berlin: {contacts: [ana], business_hours: "Mon-Fri 09:00-18:00", calendar: DE-BE}
  night: {feed: night, contacts: []}
feeds:
  night: {ical: "https://calendar.example.com/secret.ics", zone: Europe/Berlin}
lanes:
  sync: {mode: primary, clock: driftpager, levels: [{role: tier-1}, {contact: cto}]}
  local: {mode: consult, clock: driftpager, levels: [{role: berlin}, {contact: cto}]}
  late: {mode: consult, clock: driftpager, levels: [{role: night}]}
rules: [{lanes: [sync]}]
last_resort: cto
channel: email
"""


def team(old: str = "", new: str = "", **changes: Any) -> Matrix:
    assert old in TEAM
    return matrix(TEAM.replace(old, new) if old else TEAM, **changes)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def there(of: Matrix, role: str, at: str, priority: Priority = Priority.P1, **calendars: Fed) -> tuple[str, ...]:
    return who(of, Level(role=role), utc(at), priority, calendars).contacts


def test_the_team_is_sound() -> None:
    assert validate(team(), {**OUTLETS, "pagerduty": PAGERDUTY}) == ()


# holidays


@pytest.mark.parametrize(
    ("calendar", "at", "opens"),
    [
        ("DE", "2026-12-24 17:30", "2026-12-28 08:00"),  # Christmas on a Friday and Saturday
        ("DE", "2027-03-07 12:00", "2027-03-08 08:00"),
        ("DE-BE", "2027-03-07 12:00", "2027-03-09 08:00"),  # Women's Day is a holiday in Berlin only
        (None, "2026-12-24 17:30", "2026-12-25 08:00"),
    ],
)
def test_business_hours_skip_the_holidays_of_their_calendar(calendar: str | None, at: str, opens: str) -> None:
    free = team(
        'leave: ["2026-12-24..2027-01-02"]',
        "leave: []",
        roles={
            "berlin": {"contacts": ["ana"], "business_hours": "Mon-Fri 09:00-18:00", "calendar": calendar},
            "tier-1": {"contacts": ["ana"]},
            "night": {"feed": "night"},
        },
    )
    assert who(free, Level(role="berlin"), utc(at), Priority.P3).opens_at == utc(opens)
    assert who(free, Level(role="berlin"), utc(at), Priority.P1).contacts == ("ana",)


def test_business_time_is_counted_around_holidays() -> None:
    pace = team().pace(Priority.P3)
    assert pace.acknowledge is not None
    due = deadline(team(), "local", 1, pace.acknowledge, utc("2026-12-24 15:00"))
    assert due == utc("2026-12-28 10:00")  # two hours on Thursday, two on Monday


def test_a_hold_over_a_holiday_says_which() -> None:
    found = who(
        team('leave: ["2026-12-24..2027-01-02"]', "leave: []"), Level(role="berlin"), utc("2026-12-25 10:00"), Priority.P3
    )
    assert "Christmas" in found.because
    assert "DE-BE" in found.because


@pytest.mark.parametrize("name", ["XX", "de", "DE-QQ", "DE-", "Germany", ""])
def test_a_calendar_that_is_none_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(ValueError, match=r"write|has the parts"):
        known_calendar(name)


def test_a_team_whose_every_working_day_is_a_holiday_is_believed_for_ten_weeks_and_no_longer() -> None:
    from itertools import islice
    from zoneinfo import ZoneInfo

    from alerts.availability import openings

    found = list(islice(openings(parse_hours("Sun 09:00-12:00"), ZoneInfo("UTC"), utc("2026-12-01 00:00"), lambda day: True), 1))
    assert utc("2027-02-07 00:00") < found[0][0] < utc("2027-02-22 00:00")


# leave and stand-ins


def test_who_is_on_leave_is_stood_in_for_by_the_next_in_turn() -> None:
    turns = {at: there(team(), "tier-1", at) for at in ("2026-12-14 12:00", "2026-12-23 22:59", "2026-12-23 23:00")}
    assert turns == {"2026-12-14 12:00": ("eve",), "2026-12-23 22:59": ("ana",), "2026-12-23 23:00": ("ben",)}
    found = who(team(), Level(role="tier-1"), utc("2026-12-26 12:00"), Priority.P1)
    assert found.because == "ana on leave, ben is next in turn for tier-1"


def test_leave_ends_with_its_last_day_in_the_persons_own_zone() -> None:
    assert there(team(), "berlin", "2027-01-02 22:59") == ()
    assert there(team(), "berlin", "2027-01-02 23:00") == ("ana",)


def test_two_leaves_in_a_row_are_one_absence() -> None:
    of = team('["2026-12-24..2027-01-02"]', '["2027-01-03", "2026-12-24..2027-01-02"]')
    found = who(of, Level(role="berlin"), utc("2026-12-30 12:00"), Priority.P1)
    assert found.because == "ana is on leave until 2027-01-04 00:00 (Europe/Berlin)"


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-12-24..", "2027-01-02..2026-12-24", "2026-02-30", "0001-01-01", "2026-12-24-2027-01-02"]
)
def test_leave_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"leave|before it begins|of this age"):
        parse_leave(text)


def test_one_day_of_leave_may_stand_alone() -> None:
    assert parse_leave("2026-12-24").last == date(2026, 12, 24)
    assert team('["2026-12-24..2027-01-02"]', "2026-12-24").contacts["ana"].leave == (parse_leave("2026-12-24"),)


# quiet hours


@pytest.mark.parametrize(("priority", "expected"), [(Priority.P1, ("ben",)), (Priority.P2, ("ben",)), (Priority.P3, ())])
def test_quiet_hours_are_the_persons_own_and_p1_and_p2_break_them(priority: Priority, expected: tuple[str, ...]) -> None:
    night, ben = utc("2026-12-08 04:00"), Level(contact="ben")  # 23:00 in New York
    found = who(team(), ben, night, priority)
    assert found.contacts == expected
    assert found.opens_at == (None if expected else utc("2026-12-08 12:00"))  # 07:00 there
    assert who(team(), ben, utc("2026-12-08 12:00"), priority).contacts == ("ben",)


def test_of_two_only_the_one_who_is_awake_is_paged_for_what_can_wait() -> None:
    both = team('contacts: [ana], business_hours: "Mon-Fri 09:00-18:00", calendar: DE-BE', "contacts: [ben, eve]")
    assert there(both, "berlin", "2026-12-08 04:00", Priority.P3) == ("eve",)
    assert there(both, "berlin", "2026-12-08 04:00", Priority.P2) == ("ben", "eve")


# overrides


def overridden(*taken: dict[str, str]) -> Matrix:
    rota = {
        "weekly": ["ana", "ben"],
        "handover": "Mon 09:00",
        "zone": "Europe/Berlin",
        "start": "2026-12-07",
        "overrides": list(taken),
    }
    return team(roles={**yaml.safe_load(TEAM)["roles"], "tier-1": {"rota": rota}})


def test_a_person_takes_a_span_of_another() -> None:
    of = overridden({"contact": "eve", "from": "2026-12-08 09:00", "until": "2026-12-09 09:00"})
    assert [there(of, "tier-1", f"2026-12-0{at}") for at in ("8 07:59", "8 08:00", "9 07:59", "9 08:00")] == [
        ("ana",),
        ("eve",),
        ("eve",),
        ("ana",),
    ]


def test_a_span_of_one_person_is_taken_only_while_it_is_theirs() -> None:
    of = overridden({"contact": "eve", "instead_of": "ana", "from": "2026-12-13 09:00", "until": "2026-12-15 09:00"})
    assert [there(of, "tier-1", f"2026-12-1{at}") for at in ("3 12:00", "4 12:00")] == [("eve",), ("ben",)]


def test_of_two_overrides_the_later_one_counts() -> None:
    first = {"contact": "eve", "from": "2026-12-08 09:00", "until": "2026-12-10 09:00"}
    second = {"contact": "cto", "from": "2026-12-09 09:00", "until": "2026-12-10 09:00"}
    assert there(overridden(first, second), "tier-1", "2026-12-09 12:00") == ("cto",)


def test_who_took_a_span_and_is_on_leave_is_stood_in_for() -> None:
    of = overridden({"contact": "ana", "from": "2026-12-28 09:00", "until": "2027-01-04 09:00"})
    assert there(of, "tier-1", "2026-12-29 12:00") == ("ben",)


@pytest.mark.parametrize(
    ("taken", "because"),
    [
        ({"contact": "eve", "from": "2026-12-09 09:00", "until": "2026-12-08 09:00"}, "ends after it begins"),
        ({"contact": "eve", "from": "2026-12-09", "until": "2026-12-10 09:00"}, "is no local time"),
        ({"contact": "eve", "from": "2026-12-09T09:00+01:00", "until": "2026-12-10 09:00"}, "is no local time"),
        ({"contact": "eve", "from": "2026-12-09 09:00"}, "until"),
    ],
)
def test_an_override_that_makes_no_sense_is_refused(taken: dict[str, str], because: str) -> None:
    with pytest.raises(ValidationError, match=because):
        overridden(taken)


def test_names_in_overrides_and_feeds_must_lead_somewhere() -> None:
    text = TEAM.replace(
        "start: 2026-12-21}\n  berlin",
        'overrides: [{contact: bob, instead_of: anna, from: "2026-12-08 09:00", until: "2026-12-09 09:00"}]}\n  berlin',
    ).replace("{feed: night,", "{feed: nights,")
    broken = Matrix.model_validate(yaml.safe_load(text) | {"feeds": {"x": {"channel": "email", "schedule": "P1"}}})
    assert {problem.path for problem in validate(broken, OUTLETS)} == {
        ("roles", "tier-1", "rota", "overrides", 0, "contact"),
        ("roles", "tier-1", "rota", "overrides", 0, "instead_of"),
        ("roles", "night", "feed"),
        ("feeds", "x", "channel"),
    }


# feeds

NIGHT = Fed(
    duties=(Duty(start=utc("2026-12-08 17:00"), end=utc("2026-12-09 08:00"), contact="eve"),),
    since=utc("2026-12-07 00:00"),
    until=utc("2027-04-01 00:00"),
    fetched_at=utc("2026-12-08 00:00"),
)


def test_a_feed_says_who_is_on_call_half_open() -> None:
    at = ("2026-12-08 16:59", "2026-12-08 17:00", "2026-12-09 07:59", "2026-12-09 08:00")
    assert [there(team(), "night", each, night=NIGHT) for each in at] == [(), ("eve",), ("eve",), ()]
    assert who(team(), Level(role="night"), utc("2026-12-08 12:00"), Priority.P3, {"night": NIGHT}).opens_at == utc(
        "2026-12-08 17:00"
    )


@pytest.mark.parametrize(("calendars", "unsure"), [({}, True), ({"night": Fed()}, True), ({"night": NIGHT}, False)])
def test_a_feed_that_says_nothing_about_a_time_is_told_from_one_that_says_nobody(calendars: dict[str, Fed], unsure: bool) -> None:
    found = who(team(), Level(role="night"), utc("2026-12-10 12:00"), Priority.P1, calendars)
    assert (found.contacts, found.unsure) == ((), unsure)
    assert ("says nothing about this time" in found.because) is unsure


def test_where_a_feed_names_nobody_the_rota_does() -> None:
    roles = yaml.safe_load(TEAM)["roles"]
    roles["night"] |= {"rota": {"weekly": ["ben"], "handover": "Mon 09:00"}}
    assert there(team(roles=roles), "night", "2026-12-08 18:00", night=NIGHT) == ("eve",)
    assert there(team(roles=roles), "night", "2026-12-09 18:00", night=NIGHT) == ("ben",)


def test_who_left_the_matrix_is_on_call_no_longer() -> None:
    gone = replace(NIGHT, duties=(replace(NIGHT.duties[0], contact="dan"),))
    assert there(team(), "night", "2026-12-08 18:00", night=gone) == ()


@pytest.mark.parametrize(
    "feed",
    [
        {},
        {"ical": "ftp://example.com/x"},
        {"ical": "https://example.com/x", "channel": "pagerduty", "schedule": "P1"},
        {"channel": "pagerduty"},
        {"schedule": "P1"},
        {"channel": "pagerduty", "schedule": "P1/../users"},
        {"ical": "https://example.com/x", "every": "1s"},
    ],
)
def test_a_feed_is_one_of_two_kinds(feed: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        team(feeds={"night": feed})


def test_the_address_of_a_calendar_is_a_secret() -> None:
    assert "secret.ics" not in repr(team())
    assert "secret.ics" not in team().model_dump_json()


# where nobody is there


def paged(lane: str, at: str, priority: Priority, of: Matrix | None = None) -> Any:
    return reach(of or team(), OUTLETS, lane, 1, utc(at), priority)


def test_a_p1_goes_to_the_next_level_at_once_and_says_who_was_passed_over() -> None:
    found = paged("local", "2026-12-29 10:00", Priority.P1)
    assert (found.level, [way.contact for way in found.to]) == (2, ["cto"])
    assert "ana is on leave until 2027-01-03 00:00 (Europe/Berlin)" in found.to[0].because


def test_a_p3_waits_for_the_next_shift_only_as_long_as_the_time_to_resolve_allows() -> None:
    held = paged("local", "2026-12-31 10:00", Priority.P3)
    assert held.hold_until == utc("2027-01-04 08:00")  # Monday; the three business days end on Tuesday
    assert "ana is on leave" in held.because
    early = paged("local", "2026-12-24 10:00", Priority.P3)
    assert (early.hold_until, [way.contact for way in early.to]) == (None, ["cto"])


@pytest.mark.parametrize(("resolve", "paged"), [("100h", "cto@example.com"), ("90h", "eve@example.com")])
def test_a_later_level_waits_for_its_shift_only_as_long_as_what_was_promised_at_opening_allows(resolve: str, paged: str) -> None:
    lanes = {"sync": {"clock": "driftpager", "levels": [{"contact": "cto"}, {"role": "berlin"}, {"contact": "eve"}]}}
    of = team(lanes=lanes, priorities={"P3": {"acknowledge": "11h", "next_level": "12h", "resolve": resolve}})
    story = opened(Priority.P3, desk(utc("2026-12-31 10:00"), by=of))  # the next shift in Berlin begins 94 hours later
    story.passes(timedelta(hours=13))
    assert story.sent()[-1] == ("email", paged)


def test_a_contract_that_ends_before_the_next_shift_is_not_kept_waiting_for_it() -> None:
    hasty = Customer(name="ACME", terms=Terms(resolve=parse_delay("12h")))
    of = team(lanes={"sync": {"clock": "driftpager", "levels": [{"role": "berlin"}, {"contact": "cto"}]}})
    at = replace(desk(utc("2026-12-31 10:00"), by=of), customers={"ACME": hasty})
    assert opened(Priority.P3, at).sent() == []
    assert opened(Priority.P3, at, customers=("ACME",)).sent() == [("email", "cto@example.com")]


def test_the_last_resort_on_leave_brings_the_catch_all_and_is_paged_all_the_same() -> None:
    away = team("cto: {email: cto@example.com,", "cto: {leave: 2026-12-29, email: cto@example.com,", catch_all="slack-ops")
    found = paged("late", "2026-12-29 10:00", Priority.P1, away)
    assert found.exhausted
    assert [(way.channel, way.contact) for way in found.to] == [("email", "cto"), ("slack-ops", "")]
    there_again = paged("late", "2026-12-30 10:00", Priority.P1, away)
    assert [(way.channel, way.contact) for way in there_again.to] == [("email", "cto")]


def test_a_service_that_owns_the_clock_is_paged_whoever_is_there() -> None:
    of = team("late: {mode: consult, clock: driftpager,", "late: {mode: consult, channels: [pagerduty],")
    outlets = {**OUTLETS, "pagerduty": PAGERDUTY}
    for priority, expected in ((Priority.P1, [("pagerduty", "")]), (Priority.P3, [("email", "cto")])):
        found = reach(of, outlets, "late", 1, utc("2026-12-29 10:00"), priority)
        assert [(way.channel, way.contact) for way in found.to] == expected
    assert reach(of, outlets, "late", 2, utc("2026-12-29 10:00"), Priority.P1).exhausted


def test_nobody_is_paged_again_in_their_quiet_hours_and_the_lane_goes_on() -> None:
    of = team(
        lanes={"sync": {"clock": "driftpager", "levels": [{"contact": "ben"}, {"contact": "cto"}]}},
        priorities={"P3": {"acknowledge": "1h", "next_level": "12h"}},
    )
    story = opened(Priority.P3, desk(utc("2026-12-08 02:30"), by=of))  # 21:30 in New York
    story.passes(timedelta(hours=11))
    assert story.sent() == [("email", "ben@example.com")]
    assert "page.held" in story.kinds()
    assert "escalation.unroutable" not in story.kinds()
    story.passes(timedelta(hours=2))
    assert story.sent()[-1] == ("email", "cto@example.com")


def test_a_simulation_ends_when_nobody_is_left_and_matches_what_would_happen() -> None:
    of = matrix(EXAMPLE, channel="email")
    at = utc("2026-11-29 02:00")
    played = simulate(sighting(), desk(at, by=of))
    story = opened(Priority.P1, desk(at - timedelta(seconds=60), by=of)).passes(timedelta(minutes=60))
    said = [(page.created_at, page.recipient) for step in played.steps for page in step.pages]
    assert said == [(page.created_at, page.recipient) for page in story.pages][: len(said)]
    assert {page for _, page in said} == {"ben@example.com", "cto@example.com"}
    primary = played.escalation.primary
    assert primary is not None
    assert primary.exhausted
    assert not played.cut_short


def test_a_simulation_of_what_is_held_jumps_to_when_it_is_paged() -> None:
    of = team(rules=[{"lanes": ["local"]}])
    played = simulate(sighting(Priority.P3), desk(utc("2026-12-31 10:00"), by=of))
    first = next(step for step in played.steps if any(page.lane == "local" for page in step.pages))
    assert first.at == utc("2027-01-04 08:00")
