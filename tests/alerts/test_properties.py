"""What holds of escalations whatever happens to them, in whatever order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import events as ev
from alerts.escalation import ClockOwner, Escalation, State, TimerKind
from alerts.keys import parse_dedup_key
from alerts.matrix import Matrix, Rule
from alerts.page import Action
from alerts.priority import Factor, Priority
from tests.alerts.stories import EXAMPLE, MONDAY, Story, cause, desk, matrix, opened, sighting
from tests.examples import examples

MINUTE = timedelta(minutes=1)
PAGERDUTY_CLOCK = matrix(EXAMPLE.replace("mode: primary, clock: driftpager", "mode: primary"))
OUR_CLOCK = matrix(channel="email")
PRESSED = matrix(EXAMPLE + "criteria: {slow: {unresolved_for: 45m}, busy: {interactions: 3, priority: [P1, P2]}}\n")
STEPS = (TimerKind.ACKNOWLEDGE, TimerKind.NEXT_LEVEL)
FACTOR = (Factor(name="table", because="because", priority=Priority.P1),)

people = st.sampled_from(["ana", "ben", "cto"])
channels = st.sampled_from(["pagerduty", "cli"])
generations = st.integers(1, 3)
ages = st.integers(-30, 0).map(lambda minutes: minutes * MINUTE)
lanes = st.sampled_from(["", "sync", "security", "customers"])
priorities = st.sampled_from([Priority.P1, Priority.P2, Priority.P3, Priority.P4])
moments = st.integers(0, 4 * 366 * 24 * 60).map(lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + minutes * MINUTE)
causes = st.sampled_from([(cause(),), (cause("c2"),), (cause("c3", rule="auth.scope_removed"),)])
customers = st.sampled_from([(), ("acme",), ("acme", "globex")])


@st.composite
def happenings(draw: st.DrawFn, story: Story) -> ev.Event:
    now = story.desk.now
    page = draw(st.sampled_from(story.pages)) if story.pages else None
    which = draw(st.integers(0, 23 if page else 20))
    at, generation, lane = now + draw(ages), draw(generations), draw(lanes)
    match which:
        case 0:
            return ev.Confirmed()
        case 1:
            return ev.StillUnconfirmed(because="no answer")
        case 2:
            return ev.Gone()
        case 3 | 4:
            return ev.Acknowledged(by=draw(people), via=draw(channels), generation=generation, at=at, lane=lane)
        case 5:
            return ev.Unacknowledged(by="", via=draw(channels), generation=generation, at=at, lane=lane)
        case 6:
            return ev.Mitigated(by=draw(people), because="hotfix", at=at)
        case 7:
            return ev.ResolvedBy(by=draw(people), because="done")
        case 8:
            by = draw(st.sampled_from(["", "ana"]))
            return ev.ClosedAtChannel(by=by, via="pagerduty", generation=generation, lane=lane or "sync", at=at)
        case 9:
            return ev.BaselineAccepted(by=draw(people))
        case 10:
            return ev.CleanTwice()
        case 11:
            return ev.CausesJoined(causes=draw(causes), customers=draw(customers), priority=draw(priorities), factors=FACTOR)
        case 12:
            return ev.PriorityRaised(priority=draw(priorities), factors=FACTOR)
        case 13:
            return ev.Reopened(causes=draw(causes), customers=draw(customers), priority=draw(priorities), factors=FACTOR)
        case 14:
            return ev.Snoozed(by=draw(people), because="", until=now + draw(st.integers(1, 90)) * MINUTE)
        case 15:
            return ev.HandOverOffered(by=draw(people), to=draw(people), because="")
        case 16:
            return ev.HandOverAccepted(by=draw(people), at=at)
        case 17:
            return ev.PriorityLowered(by=draw(people), priority=draw(priorities), because="not that bad")
        case 18:
            by, left = draw(st.sampled_from(["ana", "driftpager"])), (cause(),)
            return ev.CausesDropped(causes=left, priority=draw(priorities), factors=FACTOR, by=by, because="gone")
        case 19:
            names, theirs = draw(customers), draw(st.sampled_from([frozenset[str](), frozenset({"acme"})]))
            tickets = tuple((name, "tickets", f"{number}", "") for number, name in enumerate(names))
            return ev.CustomersJoined(tickets=tickets, customers=names, theirs=theirs, priority=draw(priorities), factors=FACTOR)
        case 20:
            off = {"customer": draw(st.sampled_from(["acme", "globex"])), "tickets": frozenset({("tickets", "0")})}
            return ev.CustomersLeft(by=draw(people), because="another", priority=draw(priorities), factors=FACTOR, **off)
    assert page is not None
    if which == 21:
        return ev.PageSent(page=page)
    return ev.PageConfirmed(page=page) if which == 22 else ev.PageFailed(page=page, because="500")


def nothing_is_forgotten(story: Story) -> None:
    """In every state somebody or something is sure to look at it again, or nobody needs to."""
    escalation, kinds = story.escalation, {(timer.kind, timer.subject) for timer in story.timers}
    match escalation.state:
        case State.DETECTED:
            assert (TimerKind.CONFIRM, "") in kinds
        case State.OPEN:
            primary = escalation.primary
            assert primary is not None
            if escalation.snooze:
                assert (TimerKind.SNOOZE, "") in kinds
                return
            assert primary.clock is ClockOwner.PAGERDUTY or {(kind, primary.name) for kind in STEPS} & kinds
        case State.ACKNOWLEDGED | State.MITIGATING:
            if escalation.priority is Priority.P4 and not escalation.snooze:
                return  # a person has it and put it into the backlog: an acknowledgement of that does not lapse
            assert (TimerKind.SNOOZE if escalation.snooze else TimerKind.ACK_EXPIRY, "") in kinds
        case State.RESOLVED | State.RECORDED:
            assert kinds <= {(TimerKind.REVIEW, "")}


def all_that_rang_is_silenced(story: Story) -> None:
    """Every key triggered at a fixed destination, and every person, hears of the end after the last trigger."""
    if story.escalation.state is not State.RESOLVED:
        return
    for index, page in enumerate(story.pages):
        if page.action is Action.TRIGGER:
            later = [each for each in story.pages[index:] if each.action is Action.RESOLVE]
            assert any(
                (each.channel, each.recipient) == (page.channel, page.recipient)
                and (bool(page.recipient) or each.dedup_key == page.dedup_key)
                for each in later
            ), page.key


def every_page_says_why(story: Story) -> None:
    """Why that priority, why they, why now; and none says now that nothing in particular has happened."""
    for page in story.pages:
        assert page.why is not None
        assert page.why.priority
        assert page.why.you
        assert page.why.now not in ("", "it has moved on"), page


@settings(max_examples=150, deadline=None)
@given(data=st.data(), clock=st.sampled_from([OUR_CLOCK, PAGERDUTY_CLOCK, PRESSED]), first=st.sampled_from(list(Priority)[:3]))
def test_whatever_happens_nothing_is_forgotten_and_nothing_rings_after_the_end(
    data: st.DataObject, clock: Matrix, first: Priority
) -> None:
    story = Story.begin(sighting(first), desk(by=clock))
    for _ in range(data.draw(st.integers(1, 14))):
        if data.draw(st.integers(0, 3)) == 0:
            story.passes(data.draw(st.integers(1, 90)) * MINUTE)
        else:
            over = story.escalation.state in (State.RESOLVED, State.RECORDED)
            outcome = story.happens(data.draw(happenings(story)))
            assert not (over and [page for page in outcome.pages if page.action is Action.TRIGGER])
        nothing_is_forgotten(story)
        all_that_rang_is_silenced(story)
    every_page_says_why(story)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_what_comes_from_another_generation_changes_nothing(data: st.DataObject) -> None:
    story = opened(Priority.P1, desk(by=PAGERDUTY_CLOCK))
    story.happens(ev.ClosedAtChannel(by="", via="pagerduty", generation=1, lane="sync", at=story.desk.now))
    before = story.escalation
    kind = data.draw(st.sampled_from([ev.Acknowledged, ev.Unacknowledged, ev.ClosedAtChannel]))
    values: dict[str, Any] = {
        "by": "ana",
        "via": "pagerduty",
        "generation": data.draw(st.sampled_from([0, 1, 3])),
        "lane": "sync",
    }
    outcome = story.happens(kind(**values, at=story.desk.now + data.draw(ages)))
    assert outcome.refused
    assert replace(story.escalation, version=before.version) == before


def end_of(story: Story) -> tuple[object, ...]:
    last: Escalation = story.escalation
    return last.state, last.generation, last.acknowledged_by, last.acknowledged_at, last.owner


def at(minute: int) -> datetime:
    return MONDAY + minute * MINUTE


def acknowledged(by: str, minute: int) -> ev.Acknowledged:
    return ev.Acknowledged(by=by, via="pagerduty", generation=1, at=at(minute), lane="sync")


def unacknowledged(minute: int) -> ev.Unacknowledged:
    return ev.Unacknowledged(by="", via="pagerduty", generation=1, at=at(minute), lane="sync")


SEEN_AGAIN = ev.CausesJoined(causes=(cause(),), customers=(), priority=Priority.P1, factors=FACTOR)
CLOSED = ev.ClosedAtChannel(by="ana", via="pagerduty", generation=1, lane="sync", at=at(9))
ACCEPTED = ev.BaselineAccepted(by="cto")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([acknowledged("ana", 2), acknowledged("ana", 2), acknowledged("ben", 4)], (State.ACKNOWLEDGED, 1, "ben")),
        ([acknowledged("ana", 2), unacknowledged(3), acknowledged("ben", 4)], (State.ACKNOWLEDGED, 1, "ben")),
        ([acknowledged("ana", 2), unacknowledged(3), unacknowledged(3)], (State.OPEN, 1, "")),
        ([acknowledged("ana", 2), unacknowledged(3), acknowledged("ben", 4), unacknowledged(5)], (State.OPEN, 1, "")),
        ([acknowledged("ana", 2), CLOSED, unacknowledged(3), CLOSED], (State.OPEN, 2, "")),
        (
            [acknowledged("ana", 2), unacknowledged(3), SEEN_AGAIN, SEEN_AGAIN, acknowledged("ben", 4)],
            (State.ACKNOWLEDGED, 1, "ben"),
        ),
    ],
)
def test_external_events_converge_in_every_order(events: list[ev.Event], expected: tuple[object, ...]) -> None:
    ends = set()
    for order in permutations(events):
        story = opened(Priority.P1, desk(by=PAGERDUTY_CLOCK))
        for event in order:
            story.happens(event)
        ends.add(end_of(story)[:3])
    assert ends == {expected}


def test_an_end_among_them_is_the_end_in_every_order() -> None:
    for order in permutations([acknowledged("ana", 2), unacknowledged(3), acknowledged("ben", 4), ACCEPTED]):
        story = opened(Priority.P1, desk(by=PAGERDUTY_CLOCK))
        for event in order:
            story.happens(event)
        assert (story.escalation.state, story.steps) == (State.RESOLVED, [])


AGAIN = ev.Reopened(causes=(cause(),), customers=(), priority=Priority.P1, factors=FACTOR)
STALE = replace(acknowledged("cto", 6), generation=0)


@settings(max_examples=150, deadline=None)
@given(
    order=st.permutations(
        [acknowledged("ana", 2), unacknowledged(3), acknowledged("ben", 4), STALE, SEEN_AGAIN, ACCEPTED, ACCEPTED, AGAIN]
    )
)
def test_resolved_and_come_again_it_waits_anew_or_is_over_and_nothing_old_acknowledges_it(order: list[ev.Event]) -> None:
    story = opened(Priority.P1, desk(by=PAGERDUTY_CLOCK))
    for event in order:
        before = len(story.pages)
        over = story.escalation.state is State.RESOLVED
        story.happens(event)
        assert not (over and [page for page in story.pages[before:] if page.action is Action.TRIGGER])
    # A reopening counts only after the end; another acceptance after it ends it again.
    last_end = max(index for index, event in enumerate(order) if event is ACCEPTED)
    first_end = min(index for index, event in enumerate(order) if event is ACCEPTED)
    reopened = order.index(AGAIN) > first_end
    expected = State.DETECTED if order.index(AGAIN) > last_end else State.RESOLVED
    assert (story.escalation.state, story.escalation.generation) == (expected, 2 if reopened else 1)
    assert story.escalation.acknowledged_by in ({""} if expected is State.DETECTED else {"", "ana", "ben"})


@settings(max_examples=200, deadline=None)
@given(moment=moments, priority=st.sampled_from([Priority.P1, Priority.P2]))
def test_a_p1_or_p2_pages_somebody_at_any_time_of_any_day(moment: datetime, priority: Priority) -> None:
    story = opened(priority, desk(moment, by=OUR_CLOCK))
    assert story.sent()
    assert "escalation.unroutable" not in story.kinds()


def first_rings(story: Story) -> dict[tuple[str, str], datetime]:
    """When each destination first heard of it: a person by address, a service by lane."""
    rings: dict[tuple[str, str], datetime] = {}
    for page in story.pages:
        if page.action is Action.TRIGGER:
            key = parse_dedup_key(page.dedup_key)
            assert key is not None
            rings.setdefault((page.channel, page.recipient or key.lane), page.created_at)
    return rings


SECOND = EXAMPLE.replace("lanes:\n  security:", "lanes:\n  second: {levels: [{contact: cto}, {contact: ana}]}\n  security:", 1)
THREE = EXAMPLE.replace("{role: tier-1}, {role: integration-engineering}", "{contact: ana}, {contact: ben}", 1)
FURTHER = [
    {"when": {"impact": "breaking"}, "lanes": ["security"]},
    {"when": {"category": "drift"}, "lanes": ["second"]},
    {"lanes": ["customers", "security"]},
    {"when": {"impact": "risky"}, "lanes": ["second"]},
]


MATRICES = {
    "mail": matrix(SECOND, channel="email"),
    "pagerduty": matrix(SECOND, channel="pagerduty"),
    "three people": matrix(THREE, channel="email"),
    "three people, P1 begins at level 3": matrix(THREE, channel="email", priorities={"P1": {"start_level": 3}}),
}


@cache
def left_alone(priority: Priority, by: str, days: int) -> dict[tuple[str, str], datetime]:
    """Who rings when of an escalation that nobody does anything about."""
    return first_rings(opened(priority, desk(by=MATRICES[by])).passes(timedelta(days=days)))


@settings(max_examples=examples(25), deadline=None)
@given(extra=st.sampled_from(FURTHER), place=st.integers(0, 3), priority=priorities, by=st.sampled_from(["mail", "pagerduty"]))
def test_adding_a_rule_never_removes_or_delays_anybodys_page(extra: Any, place: int, priority: Priority, by: str) -> None:
    rules = list(MATRICES[by].rules)
    rules.insert(place, Rule.model_validate(extra))
    more = MATRICES[by].model_copy(update={"rules": tuple(rules)})
    before, after = left_alone(priority, by, 4), first_rings(opened(priority, desk(by=more)).passes(timedelta(days=4)))
    assert before.keys() <= after.keys()
    assert all(after[who] <= moment for who, moment in before.items())


@settings(max_examples=examples(50), deadline=None)
@given(data=st.data(), by=st.sampled_from(sorted(MATRICES)), low=st.sampled_from([Priority.P2, Priority.P3]))
def test_raising_a_priority_never_removes_or_delays_anybodys_page(data: st.DataObject, by: str, low: Priority) -> None:
    """Most of all not shortly before the next one would ring, where whoever was paged is paged anew."""
    before = left_alone(low, by, 6)
    story = opened(low, desk(by=MATRICES[by]))
    for high in data.draw(st.sampled_from([[Priority.P2], [Priority.P1], [Priority.P2, Priority.P1]])):
        ring = data.draw(st.sampled_from(sorted(before.values())))
        story.passes(max(ring - data.draw(st.integers(-5, 60)) * MINUTE - story.desk.now, timedelta()))
        story.happens(ev.PriorityRaised(priority=high, factors=FACTOR))
    story.passes(max(max(before.values()) - story.desk.now, timedelta()))
    after = first_rings(story)
    assert before.keys() <= after.keys()
    assert all(after[who] <= moment for who, moment in before.items())


def test_a_raise_to_p1_pages_all_levels_with_which_a_p1_begins() -> None:
    loud = MATRICES["three people, P1 begins at level 3"]
    for low in (Priority.P2, Priority.P3):
        story = opened(low, desk(by=loud))
        story.happens(ev.PriorityRaised(priority=Priority.P1, factors=FACTOR))
        assert {way[1] for way in first_rings(story)} == {"ana@example.com", "ben@example.com", "cto@example.com"}
