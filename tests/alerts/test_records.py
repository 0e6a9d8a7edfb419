"""Tickets and threads follow an escalation: one in each channel that keeps records, from its opening to its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerts import events as ev
from alerts.channels import Reply
from alerts.escalation import Kept, State
from alerts.keys import parse_dedup_key, seen_id
from alerts.matrix import Matrix
from alerts.matrix_check import validate
from alerts.outlets import Outlet
from alerts.page import Action, Page
from alerts.priority import Factor, Priority
from alerts.records import of_reply
from tests.alerts.stories import EMAIL, MONDAY, OPS, PAGERDUTY, Story, cause, desk, matrix, sighting

JIRA = Outlet(name="jira", kind="jira", keeps_records=True, rings=False)
THREAD = Outlet(name="slack-sync", kind="slack", keeps_records=True)
MINUTE = timedelta(minutes=1)


def story(*more: Outlet, of: Priority = Priority.P1, by: Matrix | None = None, **seen: Any) -> Story:
    at = desk(by=by, outlets=(*(more or (JIRA,)), PAGERDUTY, EMAIL, OPS))
    begun = Story.begin(sighting(of, **seen), at)
    begun.happens(ev.Confirmed(), MINUTE)
    return begun


def records(story: Story, channel: str = "jira") -> list[Page]:
    return [page for page in story.pages if page.action is Action.RECORD and page.channel == channel]


def taken(story: Story, reference: str = "OPS-12", url: str = "https://example.atlassian.net/browse/OPS-12") -> None:
    story.happens(ev.PageSent(page=records(story)[-1], reference=reference, url=url))


def acknowledged(by: str = "ana") -> ev.Acknowledged:
    return ev.Acknowledged(by=by, via="cli", generation=1, at=MONDAY + 2 * MINUTE)


def told(story: Story) -> list[tuple[str, tuple[str, ...]]]:
    return [(page.record.state, page.record.news) for page in records(story) if page.record]


def test_a_ticket_is_begun_when_it_opens_and_not_before() -> None:
    waiting = Story.begin(sighting(), desk(outlets=(JIRA, PAGERDUTY)))
    assert records(waiting) == []
    waiting.happens(ev.Confirmed(), MINUTE)
    (first,) = records(waiting)
    assert first.record is not None
    assert (first.record.state, first.record.subject, first.deadline) == ("open", "", None)
    assert first.content.summary.startswith("P1 Salesforce production: ")
    assert not {"Why you", "Why now"} & dict(first.content.facts).keys()


def test_it_follows_every_state_with_what_is_new_and_says_nothing_twice() -> None:
    it = story()
    taken(it)
    it.happens(acknowledged(), MINUTE)
    it.happens(ev.Mitigated(by="ana", because="hotfix on its way", at=it.desk.now), MINUTE)
    it.happens(ev.ResolvedBy(by="ana", because="the hotfix is out"), MINUTE)
    assert [state for state, _ in told(it)] == ["open", "acknowledged", "mitigating", "resolved"]
    lines = [line for _, news in told(it)[1:] for line in news]
    assert lines == ["ana: ana acknowledged through cli", "ana: hotfix on its way", "ana: the hotfix is out"]
    assert len({page.id for page in records(it)}) == 4


def test_what_the_channel_calls_it_is_kept_told_once_and_linked_from_every_page() -> None:
    it = story()
    taken(it)
    before = len([entry for entry in it.entries if entry.kind == "record.kept"])
    it.happens(acknowledged(), MINUTE)
    taken(it)
    assert before == len([entry for entry in it.entries if entry.kind == "record.kept"]) == 1
    kept = it.escalation.record("jira")
    assert kept is not None
    assert (kept.reference, kept.url) == ("OPS-12", "https://example.atlassian.net/browse/OPS-12")
    it.happens(ev.ResolvedBy(by="ana", because="done"), MINUTE)
    resolve = next(page for page in it.pages if page.action is Action.RESOLVE)
    assert ("jira OPS-12", kept.url) in [(link.text, link.href) for link in resolve.content.links]


def test_a_reopened_escalation_keeps_its_ticket() -> None:
    it = story()
    taken(it)
    it.happens(ev.ResolvedBy(by="ana", because="done"), MINUTE)
    factors = (Factor(name="table", because="breaking, in use", priority=Priority.P1),)
    it.happens(ev.Reopened(causes=(cause(),), customers=(), priority=Priority.P1, factors=factors), MINUTE)
    assert [state for state, _ in told(it)] == ["open", "resolved"]  # not confirmed: there is nothing to say
    it.happens(ev.Confirmed(), MINUTE)
    assert told(it)[-1][0] == "open"
    assert len(it.escalation.records) == 1
    assert {parse_dedup_key(page.dedup_key).generation for page in records(it)} == {1, 2}  # type: ignore[union-attr]  # because all are ours


def test_practice_leaves_no_ticket() -> None:
    assert records(story(practice=True)) == []


def test_a_ticket_system_pages_nobody_and_a_chat_channel_may() -> None:
    it = story(JIRA, THREAD)
    assert {page.channel for page in it.pages if page.action is Action.TRIGGER} == {"pagerduty"}
    only = Story.begin(sighting(), desk(outlets=(JIRA,)))
    only.happens(ev.Confirmed(), MINUTE)
    assert [page.action for page in only.pages] == [Action.RECORD]
    assert any(entry.kind == "escalation.unroutable" for entry in only.entries)


@pytest.mark.parametrize(
    ("rules", "customers", "expected"),
    [
        (["jira", "slack-sync"], (), {"jira", "slack-sync"}),
        ([], (), set()),
        ([{"channel": "jira", "when": {"customers_at_least": 1}}, {"channel": "slack-sync", "lane": "sync"}], (), {"slack-sync"}),
        ([{"channel": "jira", "when": {"customers_at_least": 1}}], ("Acme",), {"jira"}),
        ([{"channel": "slack-sync", "lane": "security"}], (), set()),
    ],
)
def test_the_matrix_says_what_is_kept_where(rules: list[Any], customers: tuple[str, ...], expected: set[str]) -> None:
    it = story(JIRA, THREAD, by=matrix(records=rules), customers=customers)
    assert {page.channel for page in it.pages if page.action is Action.RECORD} == expected


def test_a_wrong_place_for_a_channel_is_one_problem_with_its_path() -> None:
    outlets = {each.name: each for each in (JIRA, THREAD, PAGERDUTY, EMAIL, OPS)}
    wrong = matrix(records=["pagerduty", "jria", {"channel": "jira", "lane": "syncs"}], fallback="jira")
    assert [(problem.path, problem.text.partition(";")[0]) for problem in validate(wrong, outlets)] == [
        (("records", 0, "channel"), "channel 'pagerduty' keeps no records: it only pages"),
        (("records", 1, "channel"), "no channel is called 'jria'"),
        (("records", 2, "lane"), "no lane is called 'syncs'"),
        (("fallback",), "channel 'jira' keeps records and reaches nobody: name it under records"),
    ]
    assert validate(matrix(records=["jira", "slack-sync"]), outlets) == ()


def test_a_ticket_that_was_refused_is_told_and_does_not_page_anybody_else() -> None:
    it = story()
    before = len(it.pages)
    it.happens(ev.PageFailed(page=records(it)[0], because="jira refused the page (400)"), MINUTE)
    assert len(it.pages) == before
    assert it.entries[-1].text == "jira did not take it: jira refused the page (400)"
    it.happens(acknowledged(), MINUTE)
    assert told(it)[-1][0] == "acknowledged"  # and the next page tries again


def reply(kind: str, **changes: Any) -> Reply:
    values: dict[str, Any] = {
        "source": "jira",
        "event_id": "1",
        "kind": kind,
        "dedup_key": "",
        "by": "ana",
        "at": MONDAY + 3 * MINUTE,
    }
    return Reply(**(values | {"record": "OPS-12"} | changes))


def test_a_contact_does_in_a_ticket_what_they_may_do_on_the_command_line() -> None:
    it = story()
    taken(it)
    it.happens(of_reply(reply("acknowledged"), "jira", it.escalation, contact=True), MINUTE)
    assert (it.escalation.state, it.escalation.owner) == (State.ACKNOWLEDGED, "ana")
    it.happens(of_reply(reply("resolved"), "jira", it.escalation, contact=True), MINUTE)
    assert (it.escalation.state, it.escalation.resolution) == (State.RESOLVED, "resolved in jira OPS-12")


def test_a_ticket_closed_by_nobody_we_know_is_brought_back_and_says_why() -> None:
    it = story()
    taken(it)
    it.happens(of_reply(reply("resolved", by="Zoe of sales"), "jira", it.escalation, contact=False), MINUTE)
    assert it.escalation.state is State.OPEN
    state, news = told(it)[-1]
    assert state == "open"
    assert "Zoe of sales closed jira OPS-12" in news[0]
    count = len(records(it))
    it.happens(of_reply(reply("annotated", by="Zoe", text="any news?"), "jira", it.escalation, contact=False), MINUTE)
    assert len(records(it)) == count  # what was written there need not be written there again
    assert it.entries[-1].text == "Zoe wrote in jira OPS-12: any news?"


def test_a_customers_own_ticket_is_theirs_to_close_and_ends_nothing_whoever_closes_it() -> None:
    it = story(customers=("Acme",))
    taken(it)
    theirs = Kept(channel="jira", at=MONDAY, subject="Acme", state="acknowledged", reference="CARE-7")
    it.escalation = replace(it.escalation, records=(*it.escalation.records, theirs))
    count = len(records(it))
    it.happens(of_reply(reply("resolved", record="CARE-7"), "jira", it.escalation, contact=True), MINUTE)
    assert it.escalation.state is State.OPEN
    assert len(records(it)) == count  # nothing of ours was closed, so nothing is brought back
    assert it.entries[-1].text == "ana closed jira CARE-7, the ticket of Acme"
    it.happens(of_reply(reply("annotated", record="CARE-7", by="Zoe", text="still down"), "jira", it.escalation, contact=False))
    assert it.entries[-1].text == "Zoe wrote in jira CARE-7, the ticket of Acme: still down"


def test_an_old_button_quiets_nothing_new() -> None:
    it = story()
    old = records(it)[0].dedup_key
    it.happens(ev.ClosedAtChannel(by="", via="pagerduty", generation=1, lane="sync", at=it.desk.now), MINUTE)
    assert it.escalation.generation == 2
    outcome = it.happens(of_reply(reply("acknowledged", dedup_key=old, record=""), "jira", it.escalation, contact=True), MINUTE)
    assert outcome.refused == "it is about generation 1, this is generation 2"


@pytest.mark.parametrize("kind", ["acknowledged", "resolved", "mitigated", "snoozed", "accepted"])
def test_whatever_an_old_button_says_it_changes_nothing(kind: str) -> None:
    it = story()
    old = records(it)[0].dedup_key
    it.happens(ev.ClosedAtChannel(by="", via="pagerduty", generation=1, lane="sync", at=it.desk.now), MINUTE)
    pressed = reply(kind, dedup_key=old, record="", until=it.desk.now + timedelta(hours=1))
    outcome = it.happens(of_reply(pressed, "jira", it.escalation, contact=True), MINUTE)
    assert outcome.refused == "it is about generation 1, this is generation 2"
    assert (it.escalation.state, it.escalation.snooze) == (State.OPEN, None)


def test_a_button_on_a_page_of_one_lane_acknowledges_that_lane_alone() -> None:
    it = story(THREAD, causes=(cause(), cause("c2", rule="auth.scope_removed")))
    lanes = {lane.name for lane in it.escalation.lanes}
    assert {"sync", "security"} <= lanes
    key = "driftpager:production:e1:g1:security:l1"
    it.happens(of_reply(reply("acknowledged", by="ben", dedup_key=key), "slack-sync", it.escalation, contact=True), MINUTE)
    taken = {lane.name: lane.acknowledged_by for lane in it.escalation.lanes}
    assert (taken["security"], taken["sync"], it.escalation.state) == ("ben", "", State.OPEN)


def test_who_presses_something_and_is_no_contact_is_told_in_the_thread_that_it_did_nothing() -> None:
    it = story()
    taken(it)
    it.happens(of_reply(reply("acknowledged", by="zoe", record=""), "jira", it.escalation, contact=False), MINUTE)
    assert it.escalation.state is State.OPEN
    assert told(it)[-1] == (
        "open",
        ("zoe: zoe (acknowledged) in jira OPS-12: it changes nothing, for they are no contact of the matrix",),
    )


def test_where_a_ticket_is_opened_stays_known_when_the_channel_does_not_say_it_again() -> None:
    it = story()
    taken(it)
    said = len(it.entries)
    taken(it, url="")
    kept = it.escalation.record("jira")
    assert kept is not None
    assert kept.url == "https://example.atlassian.net/browse/OPS-12"
    assert [entry.kind for entry in it.entries[said:]].count("record.kept") == 0
    taken(it, reference="OPS-13", url="")
    moved = it.escalation.record("jira")
    assert moved is not None
    assert (moved.reference, moved.url) == ("OPS-13", "")


def test_what_joined_after_a_message_was_shown_is_not_accepted_by_its_button() -> None:
    it = story()
    taken(it)
    shown = seen_id(dict(records(it)[-1].content.facts)["What changed"])
    pressed = reply("accepted", dedup_key=records(it)[-1].dedup_key, seen=shown)
    event = of_reply(pressed, "jira", it.escalation, contact=True)
    assert isinstance(event, ev.RecordTouched)
    assert event.what == "accepted"
    more = replace(it.escalation, causes=(*it.escalation.causes, cause("c2", message="Account.Name was removed")))
    late = of_reply(pressed, "jira", more, contact=True)
    it.happens(late, MINUTE)
    assert told(it)[-1][1] == (
        "ana: ana accepted in jira OPS-12 what is no longer all that changed: nothing is accepted, look at it again",
    )
