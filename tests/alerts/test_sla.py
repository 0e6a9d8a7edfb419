"""The clocks of what was promised: pinned at opening, nearer with what is more urgent, told at 50, 75, 90 and 100 %."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import events as ev
from alerts.customer import Customer, Terms
from alerts.delays import Delay, parse_delay
from alerts.escalation import Commitment, Sla, State, TimerKind
from alerts.page import Action
from alerts.priority import Factor, Priority
from alerts.sla import commitment, kept, left, left_of, reached
from tests.alerts.stories import EXAMPLE, MONDAY, Story, cause, desk, matrix, opened
from tests.examples import examples

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OPENED = MONDAY + MINUTE
ACME = Customer(name="ACME", terms=Terms(resolve=parse_delay("3h"), respond=parse_delay("2m")))
OURS = matrix(channel="email")
"""We climb; nobody is rung by a vendor."""
CONSULTED = EXAMPLE + "sla: {resolve: {at_50: climb, at_90: note, at_100: inform}}\n"


def acknowledge(story: Story, after: timedelta = timedelta()) -> None:
    at = story.desk.now + after
    generation = story.escalation.generation
    story.happens(ev.Acknowledged(by="ana", via="cli", generation=generation, at=at), after)


def raised(priority: Priority) -> ev.PriorityRaised:
    return ev.PriorityRaised(priority=priority, factors=(Factor(name="customers", because="6 customers", priority=priority),))


def promised(story: Story, clock: Sla = Sla.RESOLVE) -> Commitment:
    found = story.escalation.commitment(clock)
    assert found is not None
    return found


def told(story: Story) -> list[tuple[str, timedelta]]:
    """The kinds of what was told of the clocks, and how long after the opening."""
    return [(entry.kind, entry.at - OPENED) for entry in story.entries if entry.kind.startswith("sla.")]


def test_what_is_promised_is_pinned_at_opening_and_a_new_matrix_moves_nothing() -> None:
    story = opened(Priority.P1)
    assert (promised(story).due_at, promised(story, Sla.RESPOND).due_at) == (OPENED + 4 * HOUR, OPENED + 5 * MINUTE)
    assert promised(story).because == "P1: 4h"
    story.desk = replace(story.desk, matrix=matrix(priorities={"P1": {"resolve": "1h"}}))
    acknowledge(story)
    assert promised(story).due_at == OPENED + 4 * HOUR


def test_each_share_of_the_time_is_told_once_in_its_moment() -> None:
    story = opened(Priority.P1, desk(by=OURS))
    acknowledge(story, MINUTE)
    for _ in range(12):
        story.passes(HOUR / 2)
    minutes = [240 * percent // 100 for percent in (50, 75, 90, 100)]
    assert told(story) == [
        (f"sla.resolve.{percent}", minute * MINUTE) for percent, minute in zip((50, 75, 90, 100), minutes, strict=True)
    ]


def test_at_ninety_percent_those_who_have_it_are_told_and_at_the_end_the_next_level_is_paged_though_acknowledged() -> None:
    patient = matrix(channel="email", priorities={"P1": {"ack_expiry": "1d"}})
    story = opened(Priority.P1, desk(by=patient))
    acknowledge(story, MINUTE)
    before = len(story.sent())
    story.passes(216 * MINUTE)
    assert [page.recipient for page in story.pages if page.action is Action.NOTE] == ["ana@example.com", "ben@example.com"]
    assert len(story.sent()) == before
    story.passes(24 * MINUTE)
    assert story.sent()[before:] == [("email", "ben@example.com")]
    (last,) = [page for page in story.pages if page.action is Action.TRIGGER][before:]
    assert ("Why you", "level 2 of sync: on duty for integration-engineering") in last.content.facts


def test_the_matrix_says_what_each_share_of_the_time_does() -> None:
    story = opened(Priority.P1, desk(by=matrix(CONSULTED, channel="email", priorities={"P1": {"ack_expiry": "1d"}})))
    acknowledge(story, MINUTE)
    story.passes(2 * HOUR)
    assert story.sent()[-1] == ("email", "ben@example.com")
    notes = [page for page in story.pages if page.action is Action.NOTE]
    story.passes(100 * MINUTE)
    assert [page for page in story.pages if page.action is Action.NOTE] == notes
    paged = story.sent()
    story.passes(HOUR)
    assert len([page for page in story.pages if page.action is Action.NOTE]) > len(notes)
    assert story.sent() == paged


def test_a_vendor_that_has_the_clock_is_rung_anew_under_a_key_of_its_own() -> None:
    theirs = matrix(EXAMPLE.replace("mode: primary, clock: driftpager", "mode: primary"), priorities={"P1": {"ack_expiry": "1d"}})
    story = opened(Priority.P1, desk(by=theirs))
    acknowledge(story, MINUTE)
    story.passes(5 * HOUR)
    assert story.sent() == [("pagerduty", "g1:sync"), ("pagerduty", "g1:sync:l2")]


def test_taken_in_time_the_clock_to_respond_is_met_and_says_nothing_more() -> None:
    story = opened(Priority.P1, desk(by=OURS))
    acknowledge(story, 2 * MINUTE)
    story.passes(10 * MINUTE)
    assert (kept(promised(story, Sla.RESPOND)), told(story)) == (True, [])


def test_taken_too_late_it_is_not_kept_however_late_it_is_heard() -> None:
    story = opened(Priority.P1, desk(by=OURS)).passes(6 * MINUTE)
    assert [kind for kind, _ in told(story)] == [f"sla.respond.{percent}" for percent in (50, 75, 90, 100)]
    acknowledge(story)
    assert kept(promised(story, Sla.RESPOND)) is False


def test_after_downtime_one_share_is_told_and_not_four() -> None:
    story = opened(Priority.P1, desk(by=matrix(channel="email", priorities={"P1": {"ack_expiry": "1d"}})))
    acknowledge(story, MINUTE)
    paged = len(story.sent())
    story.desk = replace(story.desk, now=story.desk.now + 9 * HOUR)
    story.happens(ev.SlaDue(clock=Sla.RESOLVE, generation=1))
    assert [kind for kind, _ in told(story)] == ["sla.resolve.100"]
    assert len(story.sent()) == paged + 1
    assert story.happens(ev.SlaDue(clock=Sla.RESOLVE, generation=1)).refused


def test_business_hours_are_those_of_the_lane_and_so_are_the_shares() -> None:
    berlin = EXAMPLE.replace("{rota: {weekly", '{business_hours: "Mon-Fri 09:00-18:00", rota: {weekly')
    friday = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)  # 15:00 in Berlin
    found = commitment(desk(friday, by=matrix(berlin)), opened().escalation.primary, Sla.RESOLVE, Delay(business_hours=8), "P3")
    monday = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)  # 09:00 in Berlin
    assert found.marks == (monday + HOUR, monday + 3 * HOUR, monday + 4.2 * HOUR)
    assert found.due_at == monday + 5 * HOUR
    assert [left(found, at) for at in (friday, monday + HOUR, monday + 2 * HOUR, found.due_at)] == [1, 0.5, 0.375, 0]
    assert (reached(found, monday + HOUR - MINUTE), reached(found, monday + HOUR)) == (0, 50)


def test_a_contract_shorter_than_the_matrix_is_what_counts_and_one_that_joins_later_counts_from_then() -> None:
    acme = replace(desk(by=OURS), customers={"ACME": ACME})
    story = opened(Priority.P1, acme, customers=("ACME",))
    assert (promised(story).due_at, promised(story).because) == (OPENED + 3 * HOUR, "the contract of ACME: 3h")
    late = opened(Priority.P1, acme)
    assert promised(late).due_at == OPENED + 4 * HOUR
    joined = ev.CausesJoined(causes=(cause("c2"),), customers=("ACME",), priority=Priority.P1, factors=())
    late.happens(joined, 30 * MINUTE)
    assert promised(late).due_at == OPENED + 3.5 * HOUR
    early = opened(Priority.P1, acme)
    early.happens(joined, 2 * HOUR)
    assert promised(early).due_at == OPENED + 4 * HOUR


def test_a_raise_counts_from_now_where_that_is_earlier() -> None:
    story = opened(Priority.P2, desk(by=OURS))
    story.happens(raised(Priority.P1), HOUR)
    assert promised(story).due_at == OPENED + 5 * HOUR
    late = opened(Priority.P2, desk(by=OURS))
    late.happens(raised(Priority.P1), 6 * HOUR)
    assert promised(late).due_at == OPENED + 8 * HOUR


def test_what_is_raised_past_p3_is_paged_anew_and_its_clocks_go_on_in_the_next_generation() -> None:
    story = opened(Priority.P3, desk(by=OURS))
    story.happens(raised(Priority.P2), HOUR)
    assert story.escalation.generation == 2
    due = {timer.subject: timer.generation for timer in story.timers if timer.kind is TimerKind.SLA}
    assert due == {"respond": 2, "resolve": 2}


def test_with_a_quarter_of_the_time_left_what_breaks_becomes_one_step_more_urgent_and_only_once() -> None:
    story = opened(Priority.P2, desk(by=matrix(channel="email", priorities={"P2": {"ack_expiry": "1d"}})))
    acknowledge(story, MINUTE)
    story.passes(6 * HOUR - MINUTE)
    assert story.escalation.priority is Priority.P1
    assert story.escalation.factors[-1].because == "25% of the time to resolve is left, 25% or less raises it"
    assert promised(story).due_at == OPENED + 8 * HOUR
    assert left_of(story.escalation, story.desk.now) == pytest.approx(0.25)
    story.passes(6 * HOUR)
    assert [factor.name for factor in story.escalation.factors].count("sla") == 1


def test_what_is_only_risky_never_becomes_more_urgent_by_the_clock() -> None:
    risky = (cause(impact="risky"),)
    story = opened(Priority.P3, desk(by=matrix(channel="email", priorities={"P3": {"resolve": "4h"}})), causes=risky)
    story.passes(5 * HOUR)
    assert story.escalation.priority is Priority.P3


def test_the_end_meets_every_clock_and_opening_again_begins_them_anew() -> None:
    story = opened(Priority.P1, desk(by=OURS))
    story.happens(ev.ResolvedBy(by="ana", because="done"), HOUR)
    assert kept(promised(story)) is True
    assert [timer.kind for timer in story.timers] == [TimerKind.REVIEW]
    again = ev.Reopened(causes=(cause(),), customers=(), priority=Priority.P1, factors=())
    story.happens(again, HOUR)
    story.happens(ev.Confirmed(), MINUTE)
    assert (promised(story).began, promised(story).met_at) == (OPENED + 2 * HOUR + MINUTE, None)


RAISES = {Priority.P4: Priority.P3, Priority.P3: Priority.P2, Priority.P2: Priority.P1}
people = st.sampled_from(["ana", "ben"])
waits = st.integers(0, 600).map(lambda minutes: minutes * MINUTE)


@st.composite
def happening(draw: st.DrawFn, story: Story) -> ev.Event:
    it = story.escalation
    match draw(st.integers(0, 5)):
        case 0:
            return ev.Acknowledged(by=draw(people), via="cli", generation=it.generation, at=story.desk.now)
        case 1:
            return ev.Unacknowledged(by=draw(people), via="cli", generation=it.generation, at=story.desk.now)
        case 2:
            return raised(RAISES.get(it.priority, Priority.P1))
        case 3:
            customers = draw(st.sampled_from([(), ("ACME",), ("ACME", "Globex")]))
            return ev.CausesJoined(causes=(cause("c2"),), customers=customers, priority=it.priority, factors=it.factors)
        case 4:
            return ev.Mitigated(by=draw(people), because="hotfix", at=story.desk.now)
    return ev.ClosedAtChannel(by="", via="email", generation=it.generation, lane="sync", at=story.desk.now)


@settings(max_examples=examples(50), deadline=None)
@given(data=st.data(), first=st.sampled_from([Priority.P1, Priority.P2, Priority.P3]))
def test_whatever_happens_a_deadline_never_moves_away_nor_into_the_past_and_is_never_forgotten(
    data: st.DataObject, first: Priority
) -> None:
    known = {"ACME": ACME, "Globex": Customer(name="Globex", terms=Terms(resolve=Delay(elapsed=HOUR)))}
    story = opened(first, replace(desk(by=OURS), customers=known))
    for _ in range(data.draw(st.integers(1, 10))):
        before = {each.clock: each for each in story.escalation.commitments}
        if data.draw(st.booleans()):
            story.passes(data.draw(waits))
        else:
            story.happens(data.draw(happening(story)), data.draw(waits))
        after = {each.clock: each for each in story.escalation.commitments}
        assert set(before) <= set(after)
        for clock, now in after.items():
            was = before.get(clock)
            assert was is None or now.due_at <= was.due_at
            assert was is None or now.due_at == was.due_at or now.due_at >= now.began >= was.began
            assert list(now.marks) == sorted(now.marks)
            assert now.began <= now.marks[0]
            assert now.marks[2] <= now.due_at
            waiting = {
                timer.subject for timer in story.timers if timer.kind is TimerKind.SLA and _current(timer.generation, story)
            }
            running = now.met_at is None and now.crossed < 100 and story.escalation.state is not State.RESOLVED
            assert (clock.value in waiting) == running


def _current(generation: int, story: Story) -> bool:
    return generation == story.escalation.generation


@given(hours=st.integers(1, 40), start=st.integers(0, 14 * 24 * 60), later=st.integers(0, 20000), more=st.integers(0, 20000))
def test_what_is_left_only_shrinks_and_is_all_at_the_start_and_nothing_at_the_end(
    hours: int, start: int, later: int, more: int
) -> None:
    now = MONDAY + start * MINUTE
    found = commitment(desk(now), opened().escalation.primary, Sla.RESOLVE, Delay(business_hours=hours), "")
    first, second = left(found, now + later * MINUTE), left(found, now + (later + more) * MINUTE)
    assert 1 >= first >= second >= 0
    assert (left(found, now), left(found, found.due_at)) == (1, 0)
    assert first > 0 or reached(found, now + later * MINUTE) == 100
