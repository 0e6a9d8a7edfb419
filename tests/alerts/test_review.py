"""The review: drafted from what happened, asked for in time, and closed with what was learned."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts import events as ev
from alerts.escalation import State, TimerKind
from alerts.page import Action
from alerts.priority import Priority
from alerts.review import Review, ReviewState, Story, draft_of
from schemas.change import Finding, Impact
from tests.alerts.stories import Story as Told
from tests.alerts.stories import cause, desk, matrix, opened, sighting
from tests.alerts.test_promises import ACME, Company

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LEARNED = ev.Reviewed(by="ana", cause="the vendor dropped a field", action="map it", learning="subscribe to its release notes")


def over(priority: Priority = Priority.P1, **changes: object) -> Told:
    story = opened(priority, desk(by=matrix(channel="email")), **changes)
    story.happens(ev.Acknowledged(by="ana", via="cli", generation=1, at=story.desk.now + MINUTE), MINUTE)
    story.happens(ev.Mitigated(by="ana", because="the sync skips the field", at=story.desk.now))
    story.happens(ev.ResolvedBy(by="ana", because="mapped the field"), HOUR)
    return story


def draft(story: Told, review: Review | None = None, **more: object) -> str:
    it = story.escalation
    return draft_of(Story(escalation=it, timeline=story.entries, review=review or Review(escalation=it.id), **more))  # type: ignore[arg-type]  # because each test gives other parts


def test_what_was_urgent_is_to_be_reviewed_in_two_business_days_and_what_was_not_need_not_be() -> None:
    story = over(Priority.P1)
    wednesday = datetime(2026, 11, 25, 11, 2, tzinfo=UTC)
    assert story.escalation.review_due_at == wednesday
    assert [(timer.kind, timer.due_at) for timer in story.timers] == [(TimerKind.REVIEW, wednesday)]
    assert over(Priority.P3).timers == []


def test_what_was_practice_or_never_opened_is_not_to_be_reviewed() -> None:
    assert over(Priority.P1, practice=True).timers == []
    never = Told.begin(sighting())
    never.happens(ev.Gone())
    assert never.timers == []


def test_when_it_is_due_those_who_had_it_are_reminded_again_and_again_and_rung_never() -> None:
    story = over()
    rung = len(story.sent())
    for _ in range(2):
        (timer,) = story.timers
        story.timers.clear()
        story.desk = replace(story.desk, now=timer.due_at)
        story.happens(ev.ReviewDue(due_at=timer.due_at))
    notes = [page.recipient for page in story.pages if page.action is Action.NOTE]
    assert notes == ["ana@example.com", "ben@example.com"] * 2
    assert (len(story.sent()), story.kinds().count("review.overdue")) == (rung, 2)


@pytest.mark.parametrize("missing", ["cause", "action", "learning"])
def test_the_review_of_what_was_urgent_needs_cause_action_and_learning(missing: str) -> None:
    story = over(Priority.P2)
    assert story.happens(replace(LEARNED, **{missing: "  "})).refused == f"the review of a P2 needs its {missing}"
    assert story.escalation.state is State.RESOLVED
    story.happens(LEARNED)
    assert (story.escalation.state, story.timers) == (State.REVIEWED, [])
    assert over(Priority.P3).happens(replace(LEARNED, **{missing: ""})).refused == ""


def test_only_a_contact_closes_it_and_only_once_it_is_over() -> None:
    assert over().happens(replace(LEARNED, by="mallory")).refused == "'mallory' is no contact of the matrix"
    assert "open" in opened().happens(LEARNED).refused


def test_the_draft_tells_what_changed_who_was_there_and_what_was_late() -> None:
    story = over()
    edit = Finding(rule="property.removed", impact=Impact.BREAKING, address="x", message="y", before={"type": "picklist"})
    text = draft(story, edits={"f-c1": edit})
    for said in (
        "# Review of e1: P1, salesforce-production",
        "breaking: Account.Industry was removed (`property.removed` at `Account.Industry`",
        'before `{"type": "picklist"}`, after `nothing`',
        "2026-11-23 10:02 UTC by ana: the sync skips the field",
        "resolve within what was promised (P1: 4h)",
        "## Learning\n\n*to be written*",
    ):
        assert said in text
    late = opened(Priority.P1, desk(by=matrix(channel="email"))).passes(5 * HOUR)
    late.happens(ev.ResolvedBy(by="ana", because="done"))
    assert "resolve later than promised (P1: 4h, due 2026-11-23 14:01 UTC)" in draft(late)


def test_the_draft_tells_which_customers_were_told_and_when() -> None:
    it = Company.opened(ACME)
    it.passes(HOUR)
    it.approve("ACME")
    it.passes(5 * HOUR)
    it.happens(ev.ResolvedBy(by="ana", because="done"))
    text = draft(it.story, promises=list(it.owed.values()))
    assert "- ACME: update 1 due 2026-11-23 12:01 UTC, kept, told 2026-11-23 11:01 UTC" in text
    assert "- update 2 to ACME was missed, due 2026-11-23 13:01 UTC" in text
    assert "1 of 3 updates to customers in time" in text


def test_what_a_vendor_or_a_person_wrote_is_text_in_it_and_nothing_else() -> None:
    evil = "# title\n[x](javascript:alert) `a` <script> | @all ```"
    story = over(causes=(cause(message=evil, address="a`b``c"),))
    closed = Review(escalation=story.escalation.id, state=ReviewState.CLOSED, cause=evil, action="\n- a\n# b", learning="c")
    text = draft(story, closed)
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert re.search(r"(?<!\\)\]\(javascript", text) is None
    assert "```a`b``c```" in text
    assert "\n# title" not in text
    assert "\n\\# b" in text
