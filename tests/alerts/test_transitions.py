"""What each event does to an escalation, told as short stories."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts import events as ev
from alerts.escalation import ClockOwner, State, TimerKind
from alerts.page import Action
from alerts.priority import Factor, Priority
from alerts.transitions import TABLE, worked_on
from tests.alerts.stories import EMAIL, EXAMPLE, MONDAY, OPS, PAGERDUTY, Story, cause, desk, matrix, opened, sighting

MINUTE = timedelta(minutes=1)
BY_PAGERDUTY = matrix(EXAMPLE.replace("mode: primary, clock: driftpager", "mode: primary"))
MAIL_ONLY = matrix(channel="email")


def raised(priority: Priority) -> ev.PriorityRaised:
    return ev.PriorityRaised(priority=priority, factors=(Factor(name="customers", because="6 customers", priority=priority),))


def ack(story: Story, by: str = "ana", via: str = "pagerduty", **changes: object) -> ev.Acknowledged:
    plain = ev.Acknowledged(by=by, via=via, generation=story.escalation.generation, at=story.desk.now)
    return replace(plain, **changes)


def test_a_first_sight_pages_nobody_and_waits_for_its_confirmation() -> None:
    story = Story.begin()
    assert story.escalation.state is State.DETECTED
    assert story.pages == []
    assert [(t.kind, t.due_at) for t in story.steps] == [(TimerKind.CONFIRM, MONDAY + MINUTE)]


def test_what_is_gone_before_its_confirmation_pages_nobody() -> None:
    story = Story.begin()
    story.happens(ev.Gone())
    assert (story.escalation.state, story.pages, story.steps) == (State.RESOLVED, [], [])


def test_a_confirmation_that_could_not_be_made_is_tried_again_ever_more_slowly() -> None:
    story = Story.begin()
    waits = []
    for _ in range(6):
        story.happens(ev.StillUnconfirmed(because="the vendor does not answer"))
        (timer,) = story.steps
        waits.append((timer.due_at - story.desk.now) / MINUTE)
    assert waits == [2, 4, 8, 15, 15, 15]


def test_below_the_paging_floor_it_is_recorded_and_rises_when_the_facts_change() -> None:
    story = opened(Priority.P4)
    assert (story.escalation.state, story.pages, story.steps) == (State.RECORDED, [], [])
    story.happens(raised(Priority.P2))
    assert story.escalation.state is State.DETECTED
    story.happens(ev.Confirmed(), MINUTE)
    assert story.escalation.state is State.OPEN
    assert story.pages


def test_a_confirmed_p1_pages_the_first_level_at_once_and_arms_both_deadlines() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY))
    assert story.sent() == [("email", "ben@example.com")]
    assert [(t.kind, t.subject, (t.due_at - story.desk.now) / MINUTE) for t in story.steps] == [
        (TimerKind.ACKNOWLEDGE, "sync", 5),
        (TimerKind.NEXT_LEVEL, "sync", 10),
    ]


def test_an_unacknowledged_p1_is_paged_again_then_climbs_to_the_top_and_then_to_the_last_resort() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY)).passes(36 * MINUTE)
    assert [(page.recipient, page.level, (page.created_at - MONDAY) / MINUTE) for page in story.pages] == [
        ("ben@example.com", 1, 1),
        ("ben@example.com", 1, 6),
        ("ben@example.com", 2, 11),
        ("ben@example.com", 2, 16),
        ("cto@example.com", 3, 21),
        ("cto@example.com", 3, 26),
        ("cto@example.com", 4, 31),
    ]
    assert story.escalation.lanes[0].exhausted


def test_an_exhausted_lane_is_paged_again_ever_more_slowly_but_never_given_up() -> None:
    unhurried = matrix(channel="email", priorities={"P1": {"resolve": "30d"}})
    story = opened(Priority.P1, desk(by=unhurried)).passes(31 * MINUTE)
    before = len(story.pages)
    story.passes(timedelta(hours=10))
    waits = [(page.created_at - MONDAY) / MINUTE for page in story.pages[before - 1 :]]
    assert [later - sooner for sooner, later in itertools.pairwise(waits)] == [10, 20, 40, 80, 160, 160]


def test_levels_of_our_clock_have_dedup_keys_of_their_own_and_a_repeat_too() -> None:
    story = opened(Priority.P1).passes(12 * MINUTE)
    assert story.sent() == [("pagerduty", "g1:sync:l1"), ("pagerduty", "g1:sync:l1:r1"), ("pagerduty", "g1:sync:l2")]


def test_where_pagerduty_owns_the_clock_it_is_paged_once_without_a_level_and_we_do_not_climb() -> None:
    story = opened(Priority.P1, desk(by=BY_PAGERDUTY)).passes(timedelta(hours=3))
    assert story.sent() == [("pagerduty", "g1:sync")]
    assert story.escalation.lanes[0].clock is ClockOwner.PAGERDUTY


def test_a_p3_is_low_urgency_at_pagerduty_so_we_climb() -> None:
    story = opened(Priority.P3, desk(by=BY_PAGERDUTY))
    assert story.escalation.lanes[0].clock is ClockOwner.DRIFTPAGER
    assert story.sent() == [("pagerduty", "g1:sync:l1")]


def test_an_acknowledgement_stops_the_clock_and_tells_the_others_that_were_paged() -> None:
    story = opened(Priority.P1).passes(6 * MINUTE)
    story.happens(ack(story, dedup_key="driftpager:production:e1:g1:sync:l1"))
    assert (story.escalation.state, story.escalation.owner) == (State.ACKNOWLEDGED, "ana")
    assert story.sent(Action.ACKNOWLEDGE) == [("pagerduty", "g1:sync:l1:r1")]
    assert [t.kind for t in story.steps] == [TimerKind.ACK_EXPIRY]
    assert story.passes(29 * MINUTE).sent() == [("pagerduty", "g1:sync:l1"), ("pagerduty", "g1:sync:l1:r1")]


def test_an_acknowledgement_lapses_and_the_lane_resumes_at_its_level_with_a_full_delay() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY)).passes(12 * MINUTE)
    level = story.escalation.lanes[0].level
    story.happens(ack(story, "ana", "cli"))
    story.passes(30 * MINUTE)
    assert (story.escalation.state, story.escalation.lanes[0].level) == (State.OPEN, level)
    assert story.escalation.lanes[0].acknowledge_due == story.desk.now + 5 * MINUTE


def test_an_acknowledgement_that_lapses_under_pagerdutys_clock_pages_under_a_new_key_and_resolves_the_old() -> None:
    story = opened(Priority.P1, desk(by=BY_PAGERDUTY))
    story.happens(ack(story, dedup_key=story.pages[0].dedup_key))
    story.passes(31 * MINUTE)
    assert story.escalation.generation == 2
    ours = [(p.action, p.dedup_key.rpartition(":g")[2]) for p in story.pages]
    assert ours == [(Action.TRIGGER, "1:sync"), (Action.TRIGGER, "2:sync"), (Action.RESOLVE, "1:sync")]


def test_any_action_of_the_owner_renews_the_acknowledgement() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY))
    story.happens(ack(story, "ana", "cli"))
    story.passes(20 * MINUTE)
    story.happens(ack(story, "ana", "cli"))
    assert story.passes(29 * MINUTE).escalation.state is State.ACKNOWLEDGED
    assert story.passes(2 * MINUTE).escalation.state is State.OPEN


def test_an_acknowledgement_of_an_old_generation_never_quiets_a_newer_one() -> None:
    story = opened(Priority.P1, desk(by=BY_PAGERDUTY))
    stale = ack(story)
    story.happens(ev.ClosedAtChannel(by="", via="pagerduty", generation=1, lane="sync", at=story.desk.now))
    outcome = story.happens(stale)
    assert "generation 1" in outcome.refused
    assert story.escalation.state is State.OPEN


def test_an_acknowledgement_after_resolution_is_a_logged_no_op() -> None:
    story = opened()
    late = ack(story)
    story.happens(ev.BaselineAccepted(by="ana"))
    outcome = story.happens(late)
    assert outcome.refused
    assert story.kinds()[-1] == "event.refused"
    assert story.escalation.state is State.RESOLVED


@pytest.mark.parametrize(
    ("by", "via", "because"), [("", "pagerduty", "no person"), ("mallory", "cli", "no contact of the matrix")]
)
def test_an_acknowledgement_without_standing_is_refused(by: str, via: str, because: str) -> None:
    story = opened()
    assert because in story.happens(ack(story, by, via)).refused
    assert story.escalation.state is State.OPEN


def test_a_stranger_who_acknowledges_on_pagerduty_itself_counts() -> None:
    story = opened()
    story.happens(ack(story, "somebody@example.com", "pagerduty"))
    assert story.escalation.acknowledged_by == "somebody@example.com"


def test_an_acknowledgement_in_another_lane_is_recorded_and_the_primary_lane_goes_on() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY), causes=(cause(), cause("c2", rule="auth.scope_removed")))
    story.happens(ack(story, "ben", "cli", lane="security"))
    assert story.escalation.state is State.OPEN
    assert {lane.name: lane.acknowledged_by for lane in story.escalation.lanes} == {"sync": "", "security": "ben"}
    assert {t.subject for t in story.steps} == {"sync"}


def test_a_consulted_lane_acknowledged_elsewhere_stops_ringing_at_pagerduty() -> None:
    story = opened(Priority.P1, desk(by=BY_PAGERDUTY), causes=(cause(), cause("c2", rule="auth.scope_removed")))
    story.happens(ack(story, "ben", "cli", lane="security"))
    assert story.sent(Action.ACKNOWLEDGE) == [("pagerduty", "g1:security")]
    story.happens(ev.Unacknowledged(by="ben", via="cli", generation=1, at=story.desk.now, lane="security"))
    assert story.sent()[-1] == ("pagerduty", "g1:security:r1")


def test_a_person_in_several_lanes_gets_one_page_that_names_them_all() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY), causes=(cause(), cause("c2", rule="auth.scope_removed")))
    (page,) = story.pages
    assert page.recipient == "ben@example.com"
    assert dict(page.content.facts)["Lanes"] == "sync, security"


def test_an_inform_lane_is_paged_once_and_never_climbs() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY), customers=("acme",)).passes(timedelta(hours=2))
    assert [page.recipient for page in story.pages if page.lane == "customers"] == ["ana@example.com"]


def test_taking_an_acknowledgement_back_reopens_it() -> None:
    story = opened(Priority.P1, desk(by=BY_PAGERDUTY))
    story.happens(ack(story))
    story.happens(ev.Unacknowledged(by="", via="pagerduty", generation=1, at=story.desk.now + MINUTE), MINUTE)
    assert (story.escalation.state, story.escalation.generation) == (State.OPEN, 1)


def test_accepting_the_baseline_resolves_every_key_that_was_ever_triggered() -> None:
    story = opened(Priority.P1).passes(12 * MINUTE)
    story.happens(ev.BaselineAccepted(by="ana", because="we adapted"))
    assert story.escalation.resolution == "baseline accepted: we adapted"
    assert sorted(story.sent(Action.RESOLVE)) == sorted(story.sent(Action.TRIGGER))
    assert story.steps == []


def test_a_person_hears_once_that_it_is_over_however_often_they_were_paged() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY)).passes(22 * MINUTE)
    story.happens(ev.CleanTwice())
    assert sorted(story.sent(Action.RESOLVE)) == [("email", "ben@example.com"), ("email", "cto@example.com")]


def test_closing_it_at_pagerduty_while_the_drift_stands_triggers_the_next_generation() -> None:
    story = opened(Priority.P1, desk(by=BY_PAGERDUTY))
    story.happens(ack(story))
    story.happens(ev.ClosedAtChannel(by="ana", via="pagerduty", generation=1, lane="sync", at=story.desk.now))
    assert (story.escalation.state, story.escalation.generation) == (State.OPEN, 2)
    assert story.sent()[-1] == ("pagerduty", "g2:sync")
    assert any("while the drift stands" in entry.text for entry in story.entries)


def test_the_same_cause_within_72_hours_reopens_it_one_generation_on_with_its_last_owner() -> None:
    story = opened(Priority.P1)
    story.happens(ack(story, "ana", "cli"))
    story.happens(ev.CleanTwice())
    story.happens(
        ev.Reopened(causes=(cause(),), customers=(), priority=Priority.P3, factors=sighting(Priority.P3).factors),
        timedelta(hours=71),
    )
    assert (story.escalation.state, story.escalation.generation) == (State.DETECTED, 2)
    story.happens(ev.Confirmed(), MINUTE)
    assert (story.escalation.state, story.escalation.priority) == (State.OPEN, Priority.P1)
    assert story.sent()[-2:] == [("pagerduty", "g2:sync:l1"), ("email", "ana@example.com")]


def test_after_72_hours_it_is_a_new_one() -> None:
    story = opened(Priority.P1)
    story.happens(ev.CleanTwice())
    again = ev.Reopened(causes=(cause(),), customers=(), priority=Priority.P1, factors=())
    assert "new one" in story.happens(again, timedelta(hours=73)).refused


def test_a_raise_from_p3_to_p1_pages_again_even_what_was_acknowledged() -> None:
    story = opened(Priority.P3, desk(by=BY_PAGERDUTY))
    story.happens(ack(story))
    story.happens(raised(Priority.P1))
    assert (story.escalation.state, story.escalation.generation) == (State.OPEN, 2)
    assert story.sent()[-1] == ("pagerduty", "g2:sync")
    assert story.sent(Action.RESOLVE) == [("pagerduty", "g1:sync:l1")]


def test_a_raise_never_moves_a_deadline_later() -> None:
    story = opened(Priority.P2, desk(by=MAIL_ONLY)).passes(13 * MINUTE)
    before = story.escalation.lanes[0]
    story.happens(raised(Priority.P1))
    after = story.escalation.lanes[0]
    assert after.acknowledge_due == before.acknowledge_due
    assert (after.climb_due, before.climb_due) == (story.desk.now + 10 * MINUTE, story.desk.now + 17 * MINUTE)


def test_a_priority_does_not_fall_by_itself() -> None:
    story = opened(Priority.P2)
    assert story.happens(raised(Priority.P3)).refused


def test_a_cause_that_joins_pages_again_only_where_it_adds_a_lane_a_customer_or_urgency() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY))
    plain = ev.CausesJoined(causes=(cause("c2"),), customers=(), priority=Priority.P1, factors=story.escalation.factors)
    assert story.happens(plain).pages == ()
    with_customer = story.happens(replace(plain, customers=("acme",)))
    assert [(page.lane, page.recipient) for page in with_customer.pages] == [
        ("customers", "ana@example.com"),
        ("sync", "ben@example.com"),
    ]
    with_lane = story.happens(replace(plain, causes=(cause("c3", rule="auth.scope_removed"),)))
    assert [page.lane for page in with_lane.pages] == ["security"]


def test_a_second_edit_of_the_same_field_is_one_cause() -> None:
    story = opened(Priority.P1)
    edit = ev.CausesJoined(causes=(cause(message="again"),), customers=(), priority=Priority.P1, factors=())
    assert story.happens(edit).pages == ()
    assert [c.message for c in story.escalation.causes] == ["again"]


def test_a_page_that_never_left_is_sent_through_the_fallback_and_the_clock_becomes_ours() -> None:
    story = opened(Priority.P1, desk(by=BY_PAGERDUTY))
    story.happens(ev.PageFailed(page=story.pages[0], because="no answer for 120 s"), 2 * MINUTE)
    assert story.sent()[1:] == [("email", "ben@example.com")]
    assert story.escalation.lanes[0].clock is ClockOwner.DRIFTPAGER
    assert {t.kind for t in story.steps} == {TimerKind.ACKNOWLEDGE, TimerKind.NEXT_LEVEL}
    story.happens(ev.PageConfirmed(page=story.pages[0]))
    assert story.escalation.lanes[0].clock is ClockOwner.PAGERDUTY
    assert story.steps == []


def test_a_page_that_fails_twice_falls_back_once() -> None:
    story = opened(Priority.P1, desk(by=BY_PAGERDUTY))
    for because in ("no answer for 120 s", "given up after a day"):
        story.happens(ev.PageFailed(page=story.pages[0], because=because))
    assert [channel for channel, _ in story.sent()] == ["pagerduty", "email"]


def test_one_act_heard_by_webhook_and_by_polling_is_one_acknowledgement() -> None:
    story = opened(Priority.P1)
    story.happens(ack(story))
    assert "already" in story.happens(ack(story, at=story.desk.now + timedelta(seconds=0.9))).refused
    assert not story.happens(ack(story, at=story.desk.now + timedelta(seconds=60))).refused


def test_while_a_channel_fails_the_next_levels_are_paged_through_the_fallback_as_well() -> None:
    story = opened(Priority.P1, desk(by=BY_PAGERDUTY))
    story.happens(ev.PageFailed(page=story.pages[0], because="500"))
    story.passes(10 * MINUTE)
    assert story.sent()[-2:] == [("pagerduty", "g1:sync:l2"), ("email", "ben@example.com")]


def test_when_every_channel_failed_it_is_unroutable_and_says_so() -> None:
    story = opened(Priority.P1, desk(by=BY_PAGERDUTY))
    for _ in range(4):
        story.happens(ev.PageFailed(page=story.pages[-1], because="500"))
    assert [channel for channel, _ in story.sent()] == ["pagerduty", "email", "slack-ops"]
    assert "escalation.unroutable" in story.kinds()


def test_a_failed_page_that_nobody_needs_any_more_is_only_told() -> None:
    story = opened(Priority.P1)
    story.happens(ack(story))
    assert story.happens(ev.PageFailed(page=story.pages[0], because="500")).pages == ()


def test_a_sent_page_is_read_back_after_90_seconds_where_the_channel_can_be_asked() -> None:
    story = opened(Priority.P1, desk(by=BY_PAGERDUTY))
    story.happens(ev.PageSent(page=story.pages[0]))
    assert [(t.kind, t.subject, t.due_at - story.desk.now) for t in story.steps] == [
        (TimerKind.CONFIRM_PAGE, "sync", timedelta(seconds=90))
    ]


def test_a_p3_outside_business_hours_waits_for_them_while_a_p1_does_not() -> None:
    night = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    text = EXAMPLE.replace("[{role: tier-1}, ", "[")
    assert opened(Priority.P1, desk(night, by=matrix(text, channel="email"))).sent() == [("email", "ben@example.com")]
    story = opened(Priority.P3, desk(night, by=matrix(text, channel="email")))
    assert story.sent() == []
    assert [(t.kind, t.due_at) for t in story.steps] == [(TimerKind.NEXT_LEVEL, datetime(2026, 11, 23, 14, 0, tzinfo=UTC))]
    story.passes(timedelta(hours=11))
    assert story.sent() == [("email", "ben@example.com")]


def test_three_hours_of_downtime_cost_one_overdue_step_a_lane() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY))
    before = len(story.pages)
    story.desk = replace(story.desk, now=story.desk.now + timedelta(hours=3))
    story.passes(timedelta())
    assert len(story.pages) == before + 1
    assert story.escalation.lanes[0].level == 2


def test_a_workaround_stops_the_clock_and_lapses_like_an_acknowledgement() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY))
    story.happens(ev.Mitigated(by="ben", because="reads go to the cache", at=story.desk.now))
    assert (story.escalation.state, story.escalation.owner) == (State.MITIGATING, "ben")
    assert story.passes(31 * MINUTE).escalation.state is State.OPEN


def test_whatever_its_owner_does_keeps_it_theirs_and_what_others_do_does_not() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY))
    story.happens(ack(story, "ana", "cli"))
    story.passes(20 * MINUTE).happens(ev.HandOverOffered(by="ana", to="ben", because="my train leaves"))
    assert story.escalation.ack_expires_at == story.desk.now + 30 * MINUTE
    before = story.escalation.ack_expires_at
    story.passes(5 * MINUTE).happens(ev.PriorityLowered(by="ben", priority=Priority.P1, because="no"))
    others, ours = (worked_on(story.escalation, by, story.desk) for by in ("ben", "ana"))
    assert (others.escalation.ack_expires_at, others.arm) == (before, ())
    assert ours.escalation.ack_expires_at == story.desk.now + 30 * MINUTE
    assert [timer.due_at for timer in ours.arm] == [ours.escalation.ack_expires_at]


def test_without_a_lane_of_its_own_it_goes_to_the_first_primary_lane_and_without_any_to_the_last_resort() -> None:
    story = opened(Priority.P2, desk(by=matrix(rules=(), channel="email")))
    assert story.sent() == [("email", "ben@example.com")]
    bare = matrix(rules=(), lanes={}, channel="email")
    story = opened(Priority.P2, desk(by=bare))
    assert story.sent() == [("email", "cto@example.com")]
    assert story.escalation.lanes[0].exhausted


def test_nobody_at_all_is_said_aloud() -> None:
    nobody = matrix(rules=(), lanes={}, last_resort=None, catch_all=None)
    story = opened(Priority.P1, desk(by=nobody, outlets=(EMAIL,)))
    assert story.pages == []
    assert "escalation.unroutable" in story.kinds()


def test_practice_is_marked_on_every_page() -> None:
    story = opened(Priority.P1, practice=True)
    assert all(page.practice and page.content.summary.startswith("[PRACTICE] P1 ") for page in story.pages)


def test_every_event_has_a_row_and_every_row_an_event() -> None:
    assert set(TABLE) == set(ev.Event.__args__)


def test_start_levels_page_the_first_levels_at_once() -> None:
    loud = matrix(channel="email", priorities={"P1": {"start_level": 3}})
    assert opened(Priority.P1, desk(by=loud)).sent() == [("email", "ben@example.com"), ("email", "cto@example.com")]


def test_channels_of_a_priority_are_added_to_those_of_the_lane() -> None:
    loud = matrix(priorities={"P1": {"channels": ["pagerduty", "email"]}})
    story = opened(Priority.P1, desk(by=loud, outlets=(PAGERDUTY, EMAIL, OPS)))
    assert story.sent() == [("pagerduty", "g1:sync:l1"), ("email", "ben@example.com")]
