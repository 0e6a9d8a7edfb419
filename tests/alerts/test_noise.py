"""What keeps the noise down without losing a page: snooze, suppression, hand-over, a lower priority, criteria, storms."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import events as ev
from alerts.criteria import Criterion
from alerts.escalation import Category, Cause, Hush, State, Suppression, TimerKind
from alerts.matrix import LAST_RESORT
from alerts.page import Action
from alerts.priority import Factor, Priority
from alerts.said import SAID
from alerts.storm import MOST_CAUSES, joined, kept
from alerts.transitions import TABLE
from tests.alerts.stories import EMAIL, EXAMPLE, MONDAY, OPS, PAGERDUTY, Story, cause, desk, matrix, opened
from tests.examples import examples

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MAIL_ONLY = matrix(channel="email")
BY_PAGERDUTY = matrix(EXAMPLE.replace("mode: primary, clock: driftpager", "mode: primary"))
FACTORS = (Factor(name="table", because="breaking, in use, core", priority=Priority.P1),)


def snoozed(story: Story, minutes: int = 30, by: str = "ana") -> ev.Snoozed:
    return ev.Snoozed(by=by, because="on the train", until=story.desk.now + minutes * MINUTE)


def acknowledged(story: Story, by: str = "ana") -> ev.Acknowledged:
    return ev.Acknowledged(by=by, via="cli", generation=story.escalation.generation, at=story.desk.now)


def silenced(minutes: int = 60, kind: Hush = Hush.SILENCE) -> ev.Suppressed:
    return ev.Suppressed(suppression=Suppression(kind=kind, id="s1", because="we know", until=MONDAY + minutes * MINUTE))


def rung(story: Story) -> list[int]:
    """At which minutes triggers were queued."""
    return [int((page.created_at - MONDAY) / MINUTE) for page in story.pages if page.action is Action.TRIGGER]


# Snooze


def test_a_snoozed_escalation_rings_nobody_until_its_moment_and_then_resumes_at_its_level() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY)).passes(2 * MINUTE)
    story.happens(snoozed(story))
    assert story.escalation.state is State.OPEN
    assert rung(story.passes(29 * MINUTE)) == [1]
    story.passes(MINUTE)
    assert rung(story) == [1, 33]
    assert (story.escalation.snooze, story.escalation.lanes[0].level) == (None, 1)
    assert story.escalation.lanes[0].acknowledge_due == story.desk.now + 5 * MINUTE


def test_a_snooze_of_what_pagerduty_climbs_quiets_it_there_and_rings_under_a_new_key_afterwards() -> None:
    story = opened(Priority.P1, desk(by=BY_PAGERDUTY))
    story.happens(snoozed(story))
    assert story.sent(Action.ACKNOWLEDGE) == [("pagerduty", "g1:sync")]
    story.passes(30 * MINUTE)
    assert story.sent() == [("pagerduty", "g1:sync"), ("pagerduty", "g2:sync")]


def test_a_snoozed_acknowledgement_does_not_lapse_before_the_snooze_is_over() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY))
    story.happens(acknowledged(story))
    story.happens(snoozed(story, 120))
    assert story.passes(119 * MINUTE).escalation.state is State.ACKNOWLEDGED
    assert story.passes(2 * MINUTE).escalation.state is State.ACKNOWLEDGED
    assert story.passes(30 * MINUTE).escalation.state is State.OPEN


@pytest.mark.parametrize("first", [Priority.P2, Priority.P3])
def test_a_raised_priority_ends_a_snooze_at_once(first: Priority) -> None:
    story = opened(first, desk(by=MAIL_ONLY))
    story.happens(snoozed(story))
    before = len(story.sent())
    story.happens(ev.PriorityRaised(priority=Priority.P1, factors=FACTORS), MINUTE)
    assert story.escalation.snooze is None
    assert len(story.sent()) > before


def test_a_promise_that_runs_out_climbs_through_a_snooze_and_ends_it_so_that_who_is_paged_then_is_paged_again() -> None:
    patient = matrix(EXAMPLE + "sla: {resolve: {at_50: climb}}\n", channel="email", priorities={"P1": {"resolve": "1h"}})
    story = opened(Priority.P1, desk(by=patient))
    story.happens(snoozed(story, 120))
    story.passes(29 * MINUTE)
    assert (rung(story), story.escalation.lanes[0].level) == ([1], 1)
    story.passes(MINUTE)
    assert (story.escalation.snooze, story.escalation.lanes[0].level) == (None, 2)
    woke = next(entry.text for entry in story.entries if entry.kind == "escalation.woke")
    assert woke.startswith("more was promised than a snooze may hold back: 50 % of the time to resolve")
    paged = rung(story)
    assert rung(story.passes(5 * MINUTE))[len(paged) :] == [36]


def test_whoever_acknowledges_ends_the_snooze() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY))
    story.happens(snoozed(story))
    story.happens(acknowledged(story))
    assert (story.escalation.snooze, [t.kind for t in story.steps]) == (None, [TimerKind.ACK_EXPIRY])


@pytest.mark.parametrize(("by", "minutes", "why"), [("mallory", 30, "no contact"), ("ana", 0, "past"), ("ana", 1441, "24 hours")])
def test_a_snooze_needs_a_contact_and_a_near_end(by: str, minutes: int, why: str) -> None:
    story = opened()
    assert why in story.happens(snoozed(story, minutes, by)).refused


# Suppression


def test_what_is_silenced_pages_nobody_and_is_looked_at_again_when_the_silence_ends() -> None:
    story = Story.begin()
    story.happens(silenced())
    assert (story.escalation.state, story.pages) == (State.SUPPRESSED, [])
    assert [(t.kind, t.due_at) for t in story.timers] == [(TimerKind.SUPPRESSION, MONDAY + HOUR)]
    assert story.escalation.suppression is not None
    assert story.escalation.suppression.because == "we know"
    story.happens(ev.Confirmed(), HOUR)
    assert (story.escalation.state, story.escalation.suppression) == (State.OPEN, None)
    assert story.sent()


def test_what_is_gone_when_the_silence_ends_pages_nobody() -> None:
    story = Story.begin()
    story.happens(silenced())
    story.happens(ev.Gone(), HOUR)
    assert (story.escalation.state, story.pages, story.timers) == (State.RESOLVED, [], [])


@pytest.mark.parametrize("state", [State.OPEN, State.ACKNOWLEDGED, State.MITIGATING])
def test_a_silence_never_quiets_what_is_open(state: State) -> None:
    assert state not in TABLE[ev.Suppressed]


# Hand-over


def test_the_clock_goes_on_until_a_hand_over_is_accepted() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY))
    story.happens(acknowledged(story))
    story.passes(20 * MINUTE)
    story.happens(ev.HandOverOffered(by="ana", to="cto", because="my shift ends"))
    assert story.sent()[-1] == ("email", "cto@example.com")
    assert story.escalation.owner == "ana"
    assert story.passes(29 * MINUTE).escalation.state is State.ACKNOWLEDGED  # to offer it was an act of whoever has it
    assert story.passes(MINUTE).escalation.state is State.OPEN
    story.happens(ev.HandOverAccepted(by="cto", at=story.desk.now))
    assert (story.escalation.state, story.escalation.owner, story.escalation.offer) == (State.ACKNOWLEDGED, "cto", None)


def test_only_the_one_it_is_offered_to_can_accept_it() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY))
    story.happens(acknowledged(story))
    assert story.happens(ev.HandOverAccepted(by="ben", at=story.desk.now)).refused == "it is offered to nobody"
    story.happens(ev.HandOverOffered(by="ana", to="cto", because=""))
    assert "offered to cto, not to ben" in story.happens(ev.HandOverAccepted(by="ben", at=story.desk.now)).refused
    assert "no contact" in story.happens(ev.HandOverOffered(by="ana", to="mallory", because="")).refused
    assert "has it already" in story.happens(ev.HandOverOffered(by="ben", to="ana", because="")).refused


# De-escalation


def test_a_priority_falls_by_a_person_with_a_reason_and_the_same_facts_do_not_raise_it_again() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY))
    due = story.escalation.lanes[0].climb_due
    assert "needs a reason" in story.happens(ev.PriorityLowered(by="ana", priority=Priority.P3, because=" ")).refused
    story.happens(ev.PriorityLowered(by="ana", priority=Priority.P3, because="only a nightly job"))
    assert (story.escalation.priority, story.escalation.factors[-1].because) == (Priority.P3, "ana: only a nightly job")
    assert story.escalation.lanes[0].climb_due == due
    again = ev.CausesJoined(causes=(cause(),), customers=(), priority=Priority.P1, factors=FACTORS)
    story.happens(again)
    assert story.escalation.priority is Priority.P3
    story.happens(replace(again, causes=(cause("c2"),)))
    assert (story.escalation.priority, story.escalation.lowered) == (Priority.P1, None)


def dropped(priority: Priority, by: str = "driftpager") -> ev.CausesDropped:
    return ev.CausesDropped(causes=(cause(),), priority=priority, factors=FACTORS, by=by, because="gone, seen twice")


def test_what_is_left_after_the_worst_is_gone_falls_only_half_an_hour_later() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY), causes=(cause(), cause("c2")))
    story.happens(acknowledged(story))
    story.happens(dropped(Priority.P3))
    assert story.passes(29 * MINUTE).escalation.priority is Priority.P1
    assert story.passes(MINUTE).escalation.priority is Priority.P3


def test_what_joins_meanwhile_keeps_the_priority_up() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY), causes=(cause(), cause("c2")))
    story.happens(dropped(Priority.P3))
    story.happens(ev.CausesJoined(causes=(cause("c3"),), customers=(), priority=Priority.P1, factors=FACTORS), 20 * MINUTE)
    assert story.passes(HOUR).escalation.priority is Priority.P1


# Criteria


def by_criteria(text: str) -> Story:
    return opened(Priority.P1, desk(by=matrix(EXAMPLE + f"criteria: {text}\nchannel: email\n")))


def test_no_resolution_after_so_long_climbs_even_when_acknowledged_and_keeps_the_facts() -> None:
    story = by_criteria("{slow: {unresolved_for: 25m}}")
    story.happens(acknowledged(story))
    story.passes(24 * MINUTE)
    assert story.escalation.lanes[0].level == 1
    story.passes(MINUTE)
    assert (story.escalation.state, story.escalation.lanes[0].level) == (State.ACKNOWLEDGED, 2)
    (met,) = story.escalation.met
    assert (met.name, met.facts) == ("slow", "not resolved 25m after it opened at 2026-11-23 10:01 UTC")
    assert rung(story) == [1, 26]
    assert rung(story.passes(4 * MINUTE)) == [1, 26]


def test_so_many_interactions_climb() -> None:
    story = by_criteria("{thrice: {interactions: 3}}")
    for by in ("ana", "ben"):
        story.happens(acknowledged(story, by), MINUTE)
    assert (story.escalation.interactions, story.escalation.lanes[0].level) == (2, 1)
    story.happens(snoozed(story))
    assert (story.escalation.met[0].name, story.escalation.lanes[0].level) == ("thrice", 2)
    assert story.escalation.snooze is None


def test_so_many_customers_climb() -> None:
    story = by_criteria("{many: {customers_at_least: 2}}")
    joins = ev.CausesJoined(causes=(cause(),), customers=("acme", "globex"), priority=Priority.P1, factors=FACTORS)
    story.happens(joins)
    assert (story.escalation.met[0].facts, story.escalation.lanes[0].level) == ("2 customers are affected, 2 or more count", 2)


def test_a_criterion_takes_the_clock_of_a_lane_that_pagerduty_would_not_climb_once_acknowledged() -> None:
    text = EXAMPLE.replace("mode: primary, clock: driftpager", "mode: primary") + "criteria: {slow: {unresolved_for: 25m}}\n"
    story = opened(Priority.P1, desk(by=matrix(text)))
    story.happens(acknowledged(story))
    story.passes(25 * MINUTE)
    assert story.sent() == [("pagerduty", "g1:sync"), ("pagerduty", "g1:sync:l2")]


def test_a_criterion_that_says_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="a criterion names"):
        Criterion.model_validate({"priority": "P1"})


@settings(max_examples=examples(40), deadline=None)
@given(after=st.integers(1, 200), many=st.integers(1, 3))
def test_adding_criteria_never_removes_or_delays_a_page(after: int, many: int) -> None:
    criteria = f"criteria: {{slow: {{unresolved_for: {after}m}}, busy: {{interactions: {many}}}}}\nchannel: email\n"
    plain, more = opened(Priority.P1, desk(by=MAIL_ONLY)), opened(Priority.P1, desk(by=matrix(EXAMPLE + criteria)))
    for story in (plain, more):
        story.passes(3 * MINUTE)
        story.happens(acknowledged(story))
        story.passes(3 * HOUR)
    rings = [{}, {}]
    for each, story in zip(rings, (plain, more), strict=True):
        for page in story.pages:
            if page.action is Action.TRIGGER:
                each.setdefault(page.recipient, page.created_at)
    assert rings[0].keys() <= rings[1].keys()
    assert all(rings[1][who] <= at for who, at in rings[0].items())


# Nobody to page


def test_that_nobody_can_be_reached_goes_out_without_lanes() -> None:
    story = opened(Priority.P1, category=Category.UNROUTABLE)
    assert story.sent() == [("slack-ops", f"g1:{LAST_RESORT}:l1")]
    no_catch_all = matrix(catch_all=None)
    assert [way for way, _ in opened(Priority.P1, desk(by=no_catch_all), category=Category.UNROUTABLE).sent()] == [
        "pagerduty",
        "slack-ops",
    ]
    mail = opened(Priority.P1, desk(by=no_catch_all, outlets=(EMAIL,)), category=Category.UNROUTABLE)
    assert {to for _, to in mail.sent()} == {"ana@example.com", "ben@example.com", "cto@example.com"}


def test_the_alarm_takes_another_way_where_the_first_fails() -> None:
    story = opened(Priority.P1, desk(outlets=(PAGERDUTY, EMAIL, OPS)), category=Category.UNROUTABLE)
    story.happens(ev.PageFailed(page=story.pages[0], because="500"))
    assert len(story.sent()) > 1
    assert {way for way, _ in story.sent()[1:]} <= {"pagerduty", "email"}


# Storms

PLACES = st.builds(
    lambda key, target, rule, impact: cause(f"c{key}", target=f"crm/t{target}", rule=rule, impact=impact),
    st.integers(0, 60),
    st.integers(0, 3),
    st.sampled_from(["property.removed", "auth.scope_removed", "enum.value-added"]),
    st.sampled_from(["breaking", "risky"]),
)


@given(causes=st.lists(PLACES, max_size=80), most=st.integers(5, 40))
def test_a_storm_is_counted_whole_and_keeps_one_of_each_kind(causes: list[Cause], most: int) -> None:
    whole, none = joined((), (), causes, ())
    some, beyond = kept(whole, none, 6 + most)
    assert len(some) == min(len(whole), 6 + most)
    assert len(some) + sum(count for _, count in beyond) == len(whole)
    assert {(c.rule, c.impact, c.use) for c in some} == {(c.rule, c.impact, c.use) for c in whole}


@given(causes=st.lists(PLACES, max_size=80))
def test_the_same_target_seen_again_is_not_counted_twice(causes: list[Cause]) -> None:
    first = kept(*joined((), (), causes, ()), 10)
    again = kept(*joined(*first, *first), 10)
    assert again == first


def many(number: int, target: str = "salesforce-production/crm/Account") -> tuple[Cause, ...]:
    return tuple(cause(f"{target}-{n}", target=target, address=f"{target}.F{n}") for n in range(number))


def test_ten_thousand_changes_page_once_with_the_true_count_and_few_are_kept() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY), causes=many(10_000))
    assert (len(story.escalation.causes), story.escalation.total) == (MOST_CAUSES, 10_000)
    (page,) = story.pages
    assert "(+9999 more)" in page.content.summary
    assert dict(page.content.facts)["What changed"].startswith("10000 changes: on 1 target, the worst are shown")


def test_fifty_targets_that_join_ring_nobody_and_are_told_in_one_digest() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY))
    for number in range(50):
        causes = many(10, f"salesforce-production/crm/T{number}")
        story.happens(ev.CausesJoined(causes=causes, customers=(), priority=Priority.P1, factors=FACTORS), timedelta(seconds=1))
    story.happens(acknowledged(story))
    assert rung(story) == [1]
    story.passes(10 * MINUTE)
    (digest,) = [page for page in story.pages if page.action is Action.NOTE]
    assert "on 51 targets" in dict(digest.content.facts)["What changed"]
    assert dict(digest.content.facts)["What changed"].startswith("501 changes")


# Words


def test_every_event_has_words_for_people_and_a_refusal_uses_them() -> None:
    assert TABLE.keys() <= SAID.keys()
    story = opened()
    story.happens(ev.ResolvedBy(by="ana", because="done"))
    assert story.happens(acknowledged(story)).refused == "an escalation that is resolved cannot be acknowledged"
