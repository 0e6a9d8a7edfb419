"""The lint that looks ahead, held to a look at every minute; and that a P1 reaches somebody whatever the calendars say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.calendars.duty import Calendars, Duty, Fed
from alerts.coverage import Gap, Lack, gaps, lack
from alerts.matrix import Matrix
from alerts.matrix_check import validate
from alerts.page import Action
from alerts.priority import Priority
from tests.alerts.stories import EMAIL, OPS, PAGERDUTY, desk, opened
from tests.examples import examples

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
START = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
"""A Saturday: the night to come is that in which Europe's clocks go back. Everything below changes in the day after."""
OUTLETS = {each.name: each for each in (PAGERDUTY, EMAIL, OPS)}
PEOPLE = ("ana", "ben")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")

zones = st.sampled_from(ZONES)
names = st.sampled_from(PEOPLE)
local_times = st.integers(-120, 24 * 12).map(lambda n: (START + n * 5 * MINUTE).replace(tzinfo=None))
moments = st.integers(-6 * 60, 26 * 60).map(lambda n: START + n * MINUTE)
times_of_day = st.integers(0, 24 * 60 - 1).map(lambda n: f"{n // 60:02}:{n % 60:02}")


@st.composite
def hours(draw: st.DrawFn) -> str:
    start = draw(times_of_day)
    end = draw(times_of_day.filter(lambda text: text != start))
    return f"{draw(st.sampled_from(['Mon-Fri', 'Mon-Sun', 'Sat-Sun', 'Sun-Tue']))} {start}-{end}"


@st.composite
def leaves(draw: st.DrawFn) -> list[str]:
    days = draw(st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 1)), max_size=2))
    return [f"{(START + timedelta(days=first)).date()}..{(START + timedelta(days=first + more)).date()}" for first, more in days]


@st.composite
def overrides(draw: st.DrawFn) -> dict[str, Any]:
    begin = draw(local_times)
    end = begin + draw(st.integers(1, 150)) * 5 * MINUTE
    made: dict[str, Any] = {"contact": draw(names), "from": str(begin)[:16], "until": str(end)[:16]}
    return made | ({"instead_of": other} if (other := draw(st.none() | names)) else {})


@st.composite
def matrices(draw: st.DrawFn) -> Matrix:
    """Any matrix that `check` lets pass, with everything in it that makes people come and go."""

    def person(name: str) -> dict[str, Any]:
        quiet = draw(st.none() | hours())
        made: dict[str, Any] = {"email": f"{name}@example.com", "zone": draw(zones), "leave": draw(leaves())}
        return made | ({"quiet_hours": quiet} if quiet else {})

    def role() -> dict[str, Any]:
        made: dict[str, Any] = {}
        if draw(st.booleans()):
            weekly = draw(st.lists(names, min_size=1, max_size=3))
            handover = f"{draw(st.sampled_from(['Sat', 'Sun']))} {draw(times_of_day)}"
            taken = draw(st.lists(overrides(), max_size=2))
            made["rota"] = {"weekly": weekly, "handover": handover, "zone": draw(zones), "overrides": taken}
        if draw(st.booleans()):
            made["feed"] = "night"
        if draw(st.booleans()) or not made:
            made["contacts"] = draw(st.lists(names, min_size=1, max_size=2, unique=True))
        if draw(st.booleans()):
            made |= {"business_hours": draw(hours()), "zone": draw(zones)}
            made |= {"calendar": "AT"} if draw(st.booleans()) else {}  # 26 October is a holiday there
        return made

    last_resort = draw(st.none() | names)
    level = st.sampled_from([{"role": "one"}, {"role": "two"}, {"contact": "ana"}])
    written = {
        "contacts": {name: person(name) for name in PEOPLE},
        "roles": {"one": role(), "two": role()},
        "feeds": {"night": {"channel": "pagerduty", "schedule": "PNIGHT"}},
        "lanes": {"sync": {"clock": "driftpager", "levels": draw(st.lists(level, min_size=1, max_size=2))}},
        "rules": [{"lanes": ["sync"]}],
        "last_resort": last_resort,
        "catch_all": draw(st.none() | st.just("slack-ops")) if last_resort else "slack-ops",
        "channel": "email",
        "priorities": {"P3": {"resolve": draw(st.sampled_from(["90m", "12h", "2d", "3 business days", "4 business hours"]))}},
    }
    matrix = Matrix.model_validate(written)
    assert not validate(matrix, OUTLETS)
    return matrix


@st.composite
def fed(draw: st.DrawFn) -> Calendars:
    if draw(st.integers(0, 3)) == 0:
        return {}
    duties = [
        Duty(start=start, end=start + draw(st.integers(1, 900)) * MINUTE, contact=draw(st.sampled_from([*PEOPLE, "gone"])))
        for start in draw(st.lists(moments, max_size=3))
    ]
    since = draw(moments)
    until = since + draw(st.integers(1, 2000)) * MINUTE
    return {"night": Fed(duties=tuple(sorted(duties)), since=since, until=until, fetched_at=since, tried_at=since)}


def by_the_minute(
    matrix: Matrix, calendars: Calendars, lane: str, priority: Priority, start: datetime, end: datetime
) -> list[Any]:
    """(start, end, lack) of every gap, by asking at each minute."""
    found: list[list[Any]] = []
    moment = start
    while moment < end:
        missing = lack(matrix, OUTLETS, calendars, lane, priority, moment)
        kind = missing[0] if missing else None
        if found and found[-1][2] is kind and found[-1][1] == moment:
            found[-1][1] = moment + MINUTE
        elif kind is not None:
            found.append([moment, moment + MINUTE, kind])
        moment += MINUTE
    return [tuple(each) for each in found]


def found_by_lint(matrix: Matrix, calendars: Calendars, priority: Priority, start: datetime, end: datetime) -> list[Any]:
    found = gaps(matrix, OUTLETS, calendars, start, end)
    return [(gap.start, gap.end, gap.lack) for gap in found if gap.priority is priority]


QUIET = "{email: ana@example.com, zone: Europe/Berlin, quiet_hours: 'Mon-Sun 23:00-07:00'}"
AWAY = "{email: ana@example.com, zone: Europe/Berlin, leave: [2026-10-20..2026-10-30]}"
NIGHT = Fed(
    duties=(
        Duty(start=START + 9 * HOUR, end=START + 12 * HOUR, contact="ben"),
        Duty(start=START + 11 * HOUR, end=START + 17 * HOUR, contact="ana"),
        Duty(start=START + 18 * HOUR, end=START + 19 * HOUR, contact="somebody else"),
    ),
    since=START + 4 * HOUR,
    until=START + 22 * HOUR,
)


@pytest.mark.parametrize(
    ("ana", "role", "priority", "expected"),
    [
        pytest.param(
            "{email: ana@example.com, zone: Australia/Lord_Howe, leave: [2026-10-25]}",
            "{contacts: [ana]}",
            Priority.P1,
            [("13:00", "13:00", Lack.LAST_RESORT)],  # eleven hours ahead of UTC
            id="leave",
        ),
        pytest.param(
            AWAY,
            "{rota: {weekly: [ana], handover: 'Mon 09:00', zone: Europe/Berlin,"
            " overrides: [{contact: ben, from: '2026-10-25 02:30', until: '2026-10-25 10:00'}]}}",
            Priority.P1,
            [("12:00", "00:30", Lack.LAST_RESORT), ("09:00", "14:00", Lack.LAST_RESORT)],  # 02:30 comes twice: the first
            id="override",
        ),
        pytest.param(
            "{email: ana@example.com}",
            "{feed: night}",
            Priority.P1,
            [
                ("12:00", "16:00", Lack.UNSURE),
                ("16:00", "21:00", Lack.LAST_RESORT),
                ("05:00", "10:00", Lack.LAST_RESORT),
                ("10:00", "14:00", Lack.UNSURE),
            ],
            id="feed",
        ),
        pytest.param(
            QUIET,
            "{contacts: [ana]}",
            Priority.P3,
            [("21:00", "04:31", Lack.LAST_RESORT)],  # 23:00 to 07:00, less the 90 minutes that may be waited for
            id="quiet hours",
        ),
        pytest.param(
            QUIET,
            "{rota: {weekly: [ben, ana], handover: 'Sun 01:15', zone: Europe/Berlin}}",
            Priority.P3,
            [("23:15", "04:31", Lack.LAST_RESORT)],
            id="hand-over",
        ),
        pytest.param(
            "{email: ana@example.com}",
            "{contacts: [ana], business_hours: 'Sat-Sun 08:00-16:00', zone: Europe/London}",
            Priority.P3,
            [("15:00", "06:31", Lack.LAST_RESORT)],  # 16:00 is 15:00 UTC on Saturday, 08:00 is 08:00 on Sunday
            id="business hours",
        ),
    ],
)
def test_each_thing_that_comes_and_goes_bounds_a_gap_to_the_minute(
    ana: str, role: str, priority: Priority, expected: list[tuple[str, str, Lack]]
) -> None:
    text = f"""
contacts: {{ana: {ana}, ben: {{email: ben@example.com}}, cto: {{email: cto@example.com}}}}
roles: {{one: {role}}}
feeds: {{night: {{channel: pagerduty, schedule: PNIGHT}}}}
lanes: {{sync: {{clock: driftpager, levels: [{{role: one}}]}}}}
rules: [{{lanes: [sync]}}]
last_resort: cto
channel: email
priorities: {{P3: {{resolve: 90m}}}}
"""
    matrix = Matrix.model_validate(yaml.safe_load(text))
    end = START + 26 * HOUR
    found = found_by_lint(matrix, {"night": NIGHT}, priority, START, end)
    assert [(f"{begin:%H:%M}", f"{until:%H:%M}", kind) for begin, until, kind in found] == expected
    assert found == by_the_minute(matrix, {"night": NIGHT}, "sync", priority, START, end)


@settings(max_examples=40, deadline=None)
@given(matrix=matrices(), calendars=fed(), minutes=st.integers(0, 1200), priority=st.sampled_from([Priority.P1, Priority.P3]))
def test_looking_only_where_something_changes_finds_what_looking_at_every_minute_finds(
    matrix: Matrix, calendars: Calendars, minutes: int, priority: Priority
) -> None:
    start = START + minutes * MINUTE
    end = start + timedelta(hours=2)
    assert found_by_lint(matrix, calendars, priority, start, end) == by_the_minute(
        matrix, calendars, "sync", priority, start, end
    )


@settings(max_examples=examples(60), deadline=None)
@given(matrix=matrices(), calendars=fed(), at=moments, priority=st.sampled_from([Priority.P1, Priority.P2]))
def test_a_p1_or_p2_reaches_somebody_under_any_calendar(
    matrix: Matrix, calendars: Calendars, at: datetime, priority: Priority
) -> None:
    story = opened(priority, replace(desk(at, by=matrix), calendars=calendars))
    pages = [page for page in story.pages if page.action is Action.TRIGGER]
    assert pages
    assert all(page.created_at == at + MINUTE for page in pages[:1])
    assert "escalation.unroutable" not in story.kinds()


@settings(max_examples=60, deadline=None)
@given(matrix=matrices(), calendars=fed(), at=moments)
def test_what_can_wait_is_held_or_paged_and_never_forgotten(matrix: Matrix, calendars: Calendars, at: datetime) -> None:
    story = opened(Priority.P3, replace(desk(at, by=matrix), calendars=calendars))
    assert story.sent() or story.timers
    story.passes_until(lambda: bool(story.sent()), timedelta(days=70))
    assert story.sent()
    story.passes_until(lambda: any(lane.exhausted for lane in story.escalation.lanes), timedelta(days=70))
    assert story.timers, "nobody has it, and nobody will hear of it again"
    assert "escalation.unroutable" not in story.kinds()


HOLE = """
contacts:
  ana: {email: ana@example.com, zone: Europe/Berlin, leave: ["2026-12-24..2027-01-02"]}
  ben: {email: ben@example.com, zone: America/New_York, leave: ["2026-12-31"]}
  cto: {email: cto@example.com, leave: "2026-12-20..2027-01-10"}
roles: {tier-1: {rota: {weekly: [ana, ben], handover: "Mon 09:00", zone: Europe/Berlin}}}
lanes: {sync: {clock: driftpager, levels: [{role: tier-1}]}}
rules: [{lanes: [sync]}]
last_resort: cto
"""


def holes(text: str = HOLE, days: int = 90, **outlets: Any) -> list[Gap]:
    matrix = Matrix.model_validate(yaml.safe_load(text))
    start = datetime(2026, 11, 23, tzinfo=UTC)
    return list(gaps(matrix, outlets or {"email": EMAIL}, {}, start, start + timedelta(days=days)))


def test_a_gap_is_told_with_its_exact_span_and_why() -> None:
    found = [gap for gap in holes() if gap.priority is Priority.P1]
    assert [(gap.start, gap.end, gap.lack) for gap in found] == [
        (datetime(2026, 12, 31, 5, 0, tzinfo=UTC), datetime(2027, 1, 1, 5, 0, tzinfo=UTC), Lack.LAST_RESORT)
    ]
    assert "on leave until" in found[0].because
    assert "level 1 of sync" in found[0].because


def test_a_lane_that_is_always_there_has_no_gap() -> None:
    assert holes(HOLE.replace(', leave: ["2026-12-31"]', "")) == []
