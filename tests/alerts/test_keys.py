"""Derived names lead back to what they name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.channels import Reply
from alerts.escalation import Sla, Timer, TimerKind
from alerts.events import (
    AckExpired,
    AcknowledgementDue,
    CriterionDue,
    DigestDue,
    DrillOver,
    FallDue,
    NextLevelDue,
    SlaDue,
    SnoozeOver,
    of_reply,
    of_timer,
)
from alerts.keys import DedupKey, page_id, page_key, parse_dedup_key, timer_id
from alerts.page import Action, EscalationId
from tests.alerts.stories import MONDAY

names = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_.", min_size=1, max_size=20)
keys = st.builds(
    DedupKey,
    environment=st.text(min_size=1, max_size=20).filter(lambda text: ":" not in text),  # as the configuration has it
    escalation=names.map(EscalationId),
    generation=st.integers(1, 999),
    lane=names,
    level=st.integers(0, 20),
    repeat=st.integers(0, 20),
)


@example(key=DedupKey(environment="0", escalation=EscalationId("0"), generation=1, lane="g0", repeat=1))
@given(key=keys)
def test_a_dedup_key_leads_back_to_its_parts(key: DedupKey) -> None:
    assert parse_dedup_key(str(key)) == key


@pytest.mark.parametrize(
    "text", ["", "driftpager", "driftpager:crm:abc123", "other:production:e1:g1:sync", "driftpager:p:e1:gx:sync"]
)
def test_a_key_that_is_not_ours_is_nothing(text: str) -> None:
    assert parse_dedup_key(text) is None


@given(text=st.text())
def test_any_text_can_be_asked_about(text: str) -> None:
    parse_dedup_key(text)


def test_pages_that_differ_in_anything_have_different_keys_and_the_same_the_same() -> None:
    made = [
        page_key(key, channel, recipient, action, nth)
        for key in ("k1", "k2")
        for channel in ("a", "b")
        for recipient in ("", "x")
        for action in Action
        for nth in (0, 1)
    ]
    assert len({page_id(key) for key in made}) == len(made)


def timer(kind: TimerKind) -> Timer:
    of = EscalationId("e1")
    return Timer(
        id=timer_id(of, 1, "sync", kind, 2), escalation=of, generation=1, subject="sync", kind=kind, sequence=2, due_at=MONDAY
    )


def test_each_timer_has_its_event_or_needs_a_look_outside_first() -> None:
    assert of_timer(replace(timer(TimerKind.SLA), subject="resolve")) == SlaDue(clock=Sla.RESOLVE, generation=1)
    assert {kind: of_timer(timer(kind)) for kind in TimerKind if kind is not TimerKind.SLA} == {
        TimerKind.CONFIRM: None,
        TimerKind.ACKNOWLEDGE: AcknowledgementDue(lane="sync", generation=1, sequence=2),
        TimerKind.NEXT_LEVEL: NextLevelDue(lane="sync", generation=1, sequence=2),
        TimerKind.ACK_EXPIRY: AckExpired(generation=1),
        TimerKind.CONFIRM_PAGE: None,
        TimerKind.SUPPRESSION: None,
        TimerKind.SNOOZE: SnoozeOver(generation=1),
        TimerKind.CRITERION: CriterionDue(generation=1),
        TimerKind.FALL: FallDue(generation=1),
        TimerKind.DIGEST: DigestDue(generation=1),
        TimerKind.PROMISE: None,
        TimerKind.REVIEW: None,
        TimerKind.DRILL: DrillOver(),
    }


@pytest.mark.parametrize("kind", ["annotated", "reopened", "something new"])
def test_a_reply_that_means_nothing_to_us_is_nothing(kind: str) -> None:
    key = "driftpager:production:e1:g1:sync"
    assert of_reply(Reply(source="pagerduty", event_id="1", kind=kind, dedup_key=key, by="Ana", at=MONDAY)) is None


def test_a_reply_about_a_key_of_somebody_else_is_nothing() -> None:
    assert of_reply(Reply(source="pagerduty", event_id="1", kind="acknowledged", dedup_key="theirs", by="Ana", at=MONDAY)) is None
