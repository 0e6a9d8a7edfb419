"""Practice: it goes the way of what is real, says what it is, ends by itself, and is measured step by step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts import events as ev
from alerts.escalation import Drill, Ending, Ends, State
from alerts.page import Action, PageState
from alerts.priority import Priority
from alerts.reactions import Reaction, Verdict, all_in_time, reactions
from tests.alerts.stories import EXAMPLE, MONDAY, Story, cause, desk, matrix, opened

MINUTE = timedelta(minutes=1)
MAIL_ONLY = matrix(channel="email")
BY_PAGERDUTY = matrix(EXAMPLE.replace("mode: primary, clock: driftpager", "mode: primary"))


def drilled(ends: Ends = Ends.ACKNOWLEDGED, minutes: int = 30, by: object = MAIL_ONLY, **changes: object) -> Story:
    """Opened a minute after MONDAY."""
    drill = Drill(scenario="night", by="ana", until=MONDAY + minutes * MINUTE, ends=ends)
    assert isinstance(by, type(MAIL_ONLY))
    return opened(Priority.P1, desk(by=by), practice=True, drill=drill, **changes)


def answers(story: Story, by: str = "ana", lane: str = "", after: timedelta = timedelta()) -> None:
    at = story.desk.now + after
    said = ev.Acknowledged(by=by, via="cli", generation=story.escalation.generation, at=at, lane=lane)
    assert not story.happens(said, after).refused


def measured(story: Story, *, untaken: bool = False) -> tuple[Reaction, ...]:
    """As if every page were taken two seconds after it was queued, or none ever."""
    taken = {} if untaken else {page.id: page.created_at + timedelta(seconds=2) for page in story.pages}
    return reactions(story.escalation, [(page, PageState.SENT) for page in story.pages], taken, story.desk.now)


def test_it_goes_exactly_the_way_of_what_is_real() -> None:
    real, practice = opened(Priority.P1, desk(by=MAIL_ONLY)), drilled(minutes=60)
    for story in (real, practice):
        story.passes(25 * MINUTE)
    assert practice.sent() == real.sent()
    assert [page.created_at for page in practice.pages] == [page.created_at for page in real.pages]
    assert {page.content.summary.partition(" ")[0] for page in practice.pages} == {"[PRACTICE]"}


def test_it_is_over_with_the_last_answer_that_is_asked_for() -> None:
    story = drilled(causes=(cause(), cause("c2", rule="auth.scheme-removed")))
    assert [lane.name for lane in story.escalation.lanes] == ["sync", "security"]
    answers(story, after=MINUTE)
    assert story.escalation.state is State.ACKNOWLEDGED
    answers(story, "ben", lane="security", after=MINUTE)
    assert (story.escalation.state, story.escalation.ending) == (State.RESOLVED, Ending.PRACTICE)
    assert story.timers == []
    assert {page.content.summary[:22] for page in story.pages if page.action is Action.RESOLVE} == {"[PRACTICE] Resolved, w"}


def test_one_that_goes_on_until_its_time_is_up_is_not_over_with_an_answer() -> None:
    story = drilled(Ends.TIME)
    answers(story)
    story.passes(28 * MINUTE)
    assert story.escalation.state is State.ACKNOWLEDGED
    story.passes(MINUTE)
    assert (story.escalation.state, story.escalation.resolution) == (
        State.RESOLVED,
        "the practice is over: its time is up",
    )


def test_its_time_is_up_in_a_later_generation_too() -> None:
    story = drilled(by=BY_PAGERDUTY)
    closed = ev.ClosedAtChannel(by="", via="pagerduty", generation=1, lane="sync", at=story.desk.now)
    story.happens(closed, MINUTE)
    assert story.escalation.generation == 2
    story.happens(ev.DrillOver(), 40 * MINUTE)
    assert story.escalation.state is State.RESOLVED


def test_whoever_closes_it_at_the_vendor_ends_it_for_there_is_nothing_that_could_still_stand() -> None:
    story = drilled(Ends.TIME, by=BY_PAGERDUTY)
    story.happens(ev.ClosedAtChannel(by="Ana", via="pagerduty", generation=1, lane="sync", at=story.desk.now), MINUTE)
    assert (story.escalation.state, story.escalation.resolved_by) == (State.RESOLVED, "Ana")


def test_what_is_real_does_not_end_with_its_answer() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY))
    answers(story)
    assert story.escalation.state is State.ACKNOWLEDGED
    assert story.happens(replace(ev.Gone())).refused


def test_an_answer_in_time_is_measured_from_the_page_to_it() -> None:
    story = drilled()
    answers(story, "ben", after=3 * MINUTE)
    (step,) = measured(story)
    assert (step.lane, step.level, step.channels, step.taken_at) == (
        "sync",
        1,
        ("email",),
        step.paged_at + timedelta(seconds=2),
    )
    assert (step.answered_by, step.answered_at, step.answer_by) == ("ben", step.paged_at + 3 * MINUTE, step.paged_at + 5 * MINUTE)
    assert step.verdict is Verdict.IN_TIME
    assert all_in_time((step,))


def test_level_by_level_who_did_not_answer_and_who_did_in_the_end() -> None:
    story = drilled(minutes=60)
    story.passes(12 * MINUTE)
    answers(story, "cto")
    found = [(step.level, (step.paged_at - MONDAY) // MINUTE, step.answered_by, step.verdict) for step in measured(story)]
    assert found == [
        (1, 1, "", Verdict.UNANSWERED),
        (1, 6, "", Verdict.UNANSWERED),
        (2, 11, "cto", Verdict.IN_TIME),
    ]
    assert not all_in_time(measured(story))


@pytest.mark.parametrize(
    ("minutes", "untaken", "verdict"),
    [(1, False, Verdict.WAITING), (40, False, Verdict.UNANSWERED), (40, True, Verdict.UNDELIVERED)],
)
def test_without_an_answer_it_is_waited_for_and_then_it_is_not(minutes: int, untaken: bool, verdict: Verdict) -> None:
    story = drilled(minutes=4)
    story.passes(minutes * MINUTE)
    assert measured(story, untaken=untaken)[0].verdict is verdict


def test_an_answer_after_the_time_promised_is_late() -> None:
    slow = matrix(channel="email", priorities={"P1": {"acknowledge": "5m", "next_level": "10m"}})
    story = drilled(by=slow)
    story.desk = replace(story.desk, now=story.desk.now + 6 * MINUTE)  # the timers were not heard of meanwhile
    answers(story)
    assert [step.verdict for step in measured(story)] == [Verdict.LATE]


def test_who_is_only_informed_owes_no_answer() -> None:
    story = drilled(customers=("ACME",))
    answers(story)
    verdicts = {step.lane: step.verdict for step in measured(story)}
    assert verdicts == {"sync": Verdict.IN_TIME, "customers": Verdict.INFORMED}
    assert all_in_time(measured(story))


def test_practice_that_reached_nobody_was_not_answered_in_time() -> None:
    assert not all_in_time(())
