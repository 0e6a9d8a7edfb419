"""The figures of a span of time: shares, means and percentiles, and nothing out of nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import events as ev
from alerts.escalation import Category, Ending, Escalation
from alerts.kpis import Case, Ring, Score, Share, Times, _times, asleep, measure, noise
from alerts.page import EscalationId
from alerts.priority import Priority
from tests.alerts.stories import MONDAY, cause, opened

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
SINCE, UNTIL = MONDAY - 30 * DAY, MONDAY + 30 * DAY


def ended(after: timedelta = HOUR, **changes: Any) -> Escalation:
    story = opened(Priority.P1)
    story.happens(ev.Acknowledged(by="ana", via="cli", generation=1, at=story.desk.now + MINUTE), MINUTE)
    story.happens(ev.ResolvedBy(by="ana", because="done"), after - MINUTE)
    return replace(story.escalation, **changes)


def figures(*escalations: Escalation, **more: Any) -> Any:
    cases = [Case(escalation=each, paged_at=each.detected_at + 2 * MINUTE) for each in escalations]
    return measure(cases, more.get("rings", ()), (), more.get("scores", ()), since=SINCE, until=UNTIL)


def test_of_nothing_there_is_no_share_and_no_mean() -> None:
    found = figures()
    assert (found.opened, found.within_sla.ratio, found.resolve, found.csat) == (0, None, Times(), None)


def test_within_what_was_promised_is_by_the_commitment_that_was_pinned() -> None:
    found = figures(ended(HOUR), ended(4 * HOUR, id=EscalationId("e2")), ended(5 * HOUR, id=EscalationId("e3")))
    assert found.within_sla == Share(part=2, whole=3)
    assert found.resolve == Times(count=3, mean=timedelta(hours=10) / 3, p90=5 * HOUR)
    assert (found.acknowledge.mean, found.page.mean) == (MINUTE, 2 * MINUTE)


def test_only_what_lies_in_the_span_counts_and_practice_never() -> None:
    old = ended(id=EscalationId("old"), opened_at=SINCE - DAY, resolved_at=SINCE + HOUR)
    found = figures(ended(practice=True), old)
    assert (found.opened, found.resolved) == (0, 1)


def test_the_same_cause_within_ninety_days_is_a_repeat_and_after_that_it_is_not() -> None:
    again = ended(id=EscalationId("e2"))
    before = ended(opened_at=MONDAY - 89 * DAY, resolved_at=MONDAY - 88 * DAY)
    found = figures(again, before)
    assert (found.repeated, found.repeats[0].times) == (Share(part=1, whole=1), 2)
    assert figures(again, replace(before, opened_at=MONDAY - 91 * DAY)).repeated.part == 0
    assert figures(again, replace(before, causes=(cause("another"),))).repeated.part == 0
    assert figures(replace(again, openings=2)).repeated.part == 1


def test_how_often_by_category_and_vendor_the_most_frequent_first() -> None:
    found = figures(
        ended(integration="a", category=Category.AUTH),
        ended(integration="b", id=EscalationId("e2")),
        ended(integration="b", id=EscalationId("e3")),
    )
    assert list(found.by_vendor.items()) == [("b", 2), ("a", 1)]
    assert dict(found.by_category) == {"drift": 2, "auth": 1}


@pytest.mark.parametrize(
    ("ending", "acted", "expected"),
    [
        (Ending.REVERTED, False, True),
        (Ending.ACCEPTED, False, True),
        (Ending.REVERTED, True, False),
        (Ending.ADAPTED, False, False),
        (Ending.PERSON, False, False),
    ],
)
def test_noise_is_what_ended_without_anybody_having_acted(ending: Ending, acted: bool, expected: bool) -> None:
    it = ended(ending=ending, first_acknowledged_at=MONDAY if acted else None)
    assert noise(it) is expected
    assert figures(it).noise == Share(part=int(expected), whole=1)


@pytest.mark.parametrize(
    ("zone", "at", "expected"),
    [
        ("Europe/Berlin", "2026-11-23T20:59", False),
        ("Europe/Berlin", "2026-11-23T21:00", True),
        ("Europe/Berlin", "2026-11-23T05:59", True),
        ("Europe/Berlin", "2026-11-23T06:00", False),
        ("Asia/Tokyo", "2026-11-23T13:00", True),
        ("America/New_York", "2026-11-23T03:00", True),
    ],
)
def test_sleeping_hours_are_by_the_persons_own_clock(zone: str, at: str, expected: bool) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert asleep(Ring(at=moment, zone=zone)) is expected


def test_satisfaction_is_the_mean_of_the_answers_in_the_span() -> None:
    scores = [Score(score=5, at=MONDAY), Score(score=2, at=MONDAY), Score(score=1, at=UNTIL)]
    found = figures(scores=scores)
    assert (found.csat, found.csat_answers) == (3.5, 2)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=200))
def test_the_ninetieth_percentile_is_one_of_the_values_with_nine_of_ten_at_or_below_it(seconds: list[int]) -> None:
    found = _times([timedelta(seconds=each) for each in seconds])
    assert found.p90 is not None
    below = sum(timedelta(seconds=each) <= found.p90 for each in seconds)
    under = sum(timedelta(seconds=each) < found.p90 for each in seconds)
    assert found.p90.total_seconds() in seconds
    assert under / len(seconds) < 0.9 <= below / len(seconds)
