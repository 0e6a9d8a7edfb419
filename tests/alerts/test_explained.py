"""Of every page it is stored why it has its priority, why it goes to whom it goes, and why now: one test an occasion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta

import pytest

from alerts import events as ev
from alerts import promises
from alerts.customer import Customer
from alerts.escalation import Hush, State, Suppression
from alerts.occasions import occasion
from alerts.page import Action, Page, Why
from alerts.priority import Factor, Priority
from alerts.transitions import TABLE
from alerts.wording import NEWS
from tests.alerts.stories import EXAMPLE, MONDAY, Story, cause, desk, matrix, opened, sighting

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MAIL_ONLY = matrix(channel="email")
BY_PAGERDUTY = matrix(EXAMPLE.replace("mode: primary, clock: driftpager", "mode: primary"))
FACTORS = (Factor(name="customers", because="6 customers are affected", priority=Priority.P1),)


def why(page: Page) -> Why:
    assert page.why is not None
    return page.why


def acknowledged(story: Story, by: str = "ana") -> ev.Acknowledged:
    return ev.Acknowledged(by=by, via="cli", generation=story.escalation.generation, at=story.desk.now)


def climbs(story: Story) -> None:
    story.passes(10 * MINUTE)


def is_paged_again(story: Story) -> None:
    story.passes(5 * MINUTE)


def loses_its_acknowledgement(story: Story) -> None:
    story.happens(acknowledged(story))
    story.passes(30 * MINUTE)
    story.passes(5 * MINUTE)


def is_given_back(story: Story) -> None:
    story.happens(acknowledged(story), MINUTE)
    back = ev.Unacknowledged(by="ana", via="cli", generation=1, at=story.desk.now + MINUTE)
    story.happens(back, MINUTE)


def falls_back(story: Story) -> None:
    story.happens(ev.PageFailed(page=story.pages[0], because="the routing key is refused"))


def is_handed_over(story: Story) -> None:
    story.happens(acknowledged(story))
    story.happens(ev.HandOverOffered(by="ana", to="ben", because="my train leaves"))


def owes_an_update(story: Story) -> None:
    story.happens(ev.UpdatesDue(customers=("ACME",), percent=90, due_at=MONDAY + 2 * HOUR))


def runs_out_of_time(story: Story) -> None:
    story.happens(acknowledged(story))
    story.desk = replace(story.desk, now=story.desk.now + 4 * HOUR)
    story.happens(ev.SlaDue(clock=story.escalation.commitments[-1].clock, generation=1))


def wakes(story: Story) -> None:
    story.happens(ev.Snoozed(by="ana", because="on the train", until=story.desk.now + 30 * MINUTE))
    story.passes(30 * MINUTE)


def is_raised(story: Story) -> None:
    story.happens(ev.PriorityRaised(priority=Priority.P1, factors=FACTORS))


def affects_more(story: Story) -> None:
    story.happens(ev.CausesJoined(causes=(cause(),), customers=("ACME",), priority=Priority.P1, factors=FACTORS))


def grows(story: Story) -> None:
    story.happens(ev.CausesJoined(causes=(cause("c2"), cause("c3")), customers=(), priority=Priority.P1, factors=FACTORS))
    story.passes(5 * MINUTE)


def is_closed_at_the_vendor(story: Story) -> None:
    closed = ev.ClosedAtChannel(by="", via="pagerduty", generation=1, lane="sync", at=story.desk.now)
    story.happens(closed, MINUTE)


def ends(story: Story) -> None:
    story.happens(ev.CleanTwice())


def ends_by_a_person(story: Story) -> None:
    story.happens(ev.ResolvedBy(by="ana", because="the sync reads the new field"))


FIRST, PAGED = "level 1 of sync: on duty for tier-1; lane sync by rule 1: impact is breaking", "you were paged about it"
P3 = Priority.P3
OCCASIONS: list[tuple[Callable[[Story], None], Priority, str, str]] = [
    (
        climbs,
        Priority.P1,
        "level 2 of sync: on duty for integration-engineering",
        "climbs from level 1 to 2: nobody acknowledged",
    ),
    (is_paged_again, Priority.P1, FIRST, "nobody acknowledged level 1 of sync in the time promised"),
    (loses_its_acknowledgement, Priority.P1, FIRST, "in the time promised, since it was given back 2026-11-23 10:31 UTC"),
    (falls_back, Priority.P1, "fallback: the routing key is refused", "did not get it through: the routing key is refused"),
    (is_handed_over, Priority.P1, "ana asks you to take it over: my train leaves", "ana hands it over: my train leaves"),
    (owes_an_update, Priority.P1, PAGED, "90 % of the time to tell ACME, due 2026-11-23 12:00 UTC"),
    (runs_out_of_time, Priority.P1, "level 2 of sync", "all of the time to resolve (P1: 4h), due 2026-11-23 14:01 UTC"),
    (wakes, Priority.P1, FIRST, "the snooze is over"),
    (is_raised, P3, "level 1 of sync", "everybody is paged anew: raised from P3 to P1"),
    (ends, Priority.P1, PAGED, "it is over: the vendor serves the baseline again, seen twice"),
    (ends_by_a_person, Priority.P1, PAGED, "it is over: the sync reads the new field"),
]


@pytest.mark.parametrize(("what", "priority", "you", "now"), OCCASIONS, ids=lambda each: getattr(each, "__name__", ""))
def test_why_they_and_why_now_are_stored_with_the_page(
    what: Callable[[Story], None], priority: Priority, you: str, now: str
) -> None:
    story = opened(priority, desk(by=MAIL_ONLY))
    what(story)
    last = why(story.pages[-1])
    assert you in last.you
    assert now in last.now
    label = NEWS if story.pages[-1].action is Action.NOTE else "Why now"
    assert dict(story.pages[-1].content.facts)[label] == last.now


def test_the_first_page_says_all_three() -> None:
    first = opened(Priority.P1, desk(by=MAIL_ONLY)).pages[0]
    assert why(first) == Why(
        priority=("P1: breaking, in use, core: Account.Industry was removed",),
        you=FIRST,
        now="confirmed: the vendor served it again",
    )
    facts = dict(first.content.facts)
    assert (facts["Why now"], facts["Priority"]) == (why(first).now, why(first).priority[0])
    assert first.answer_by == first.created_at + 5 * MINUTE


def test_a_p1_that_pages_two_levels_at_once_says_so() -> None:
    lanes = {"sync": {"mode": "primary", "levels": [{"contact": "ana"}, {"contact": "cto"}]}}
    of = matrix(channel="email", lanes=lanes, rules=[{"lanes": ["sync"]}], priorities={"P1": {"start_level": 2}})
    pages = opened(Priority.P1, desk(by=of)).pages
    assert [why(page).you.partition(":")[0] for page in pages] == ["level 1 of sync", "level 2 of sync"]
    assert {why(page).now for page in pages} == {"confirmed: the vendor served it again; a P1 pages levels 1 to 2 at once"}


def test_whoever_owned_it_last_hears_of_it_again_and_how_often_it_came() -> None:
    story = opened(Priority.P1, desk(by=MAIL_ONLY))
    story.happens(acknowledged(story, "ana"))
    story.happens(ev.CleanTwice())
    story.happens(ev.Reopened(causes=(cause(),), customers=(), priority=Priority.P1, factors=FACTORS), HOUR)
    story.happens(ev.Confirmed())
    last = why(story.pages[-1])
    assert last.you.startswith("you owned it last; lane sync by rule 1")
    assert last.now == "confirmed: the vendor served it again; this is opening number 2"


def test_what_was_held_says_what_held_it() -> None:
    story = Story.begin(sighting(Priority.P1), desk(by=MAIL_ONLY))
    held = Suppression(kind=Hush.SILENCE, id="s1", because="we know", until=MONDAY + HOUR)
    story.happens(ev.Suppressed(suppression=held))
    story.happens(ev.Confirmed(because="what held it is over, and it still stands (silence: we know)"), HOUR)
    assert why(story.pages[0]).now == "what held it is over, and it still stands (silence: we know)"


CLOSED = "nobody in person closed it at pagerduty while the drift stands and no baseline was accepted"
NOW = {
    is_given_back: "everybody is paged anew: ana took the acknowledgement back",
    affects_more: "one more customer is affected",
    grows: "3 changes by now, and it was paged for fewer",
    is_closed_at_the_vendor: f"everybody is paged anew: {CLOSED}",
}


@pytest.mark.parametrize("what", list(NOW), ids=lambda each: each.__name__)
def test_what_pagerduty_is_told_says_why_too(what: Callable[[Story], None]) -> None:
    story = opened(Priority.P1, desk(by=BY_PAGERDUTY))
    many = len(story.pages)
    what(story)
    assert {why(page).now for page in story.pages[many:] if page.action is Action.TRIGGER} == {NOW[what]}


def test_every_event_that_can_page_has_words_for_why_now() -> None:
    """No page says only that something moved on."""
    escalation = opened(Priority.P1).escalation
    quiet = {ev.StillUnconfirmed, ev.Suppressed, ev.CausesDropped, ev.PriorityLowered, ev.FallDue, ev.Adapted, ev.Reviewed}
    quiet |= {ev.PageSent, ev.PageConfirmed}
    spoken = {kind for kind in TABLE if occasion(_made(kind, escalation.opened_at or MONDAY), escalation) != "it has moved on"}
    assert set(TABLE) - quiet <= spoken


def _made(kind: type, at: datetime) -> ev.Event:
    """An event of that kind, whatever it says."""
    page = opened(Priority.P1).pages[0]
    known = {"at": at, "until": at, "due_at": at, "page": page, "priority": Priority.P1, "generation": 1, "percent": 50}
    event: ev.Event = kind(**{each.name: known.get(each.name, "x") for each in fields(kind)})
    return event


def test_an_update_to_a_customer_says_it_to_us_and_not_to_them() -> None:
    acme = Customer(name="ACME", channel="email", contact="ops@acme.example")
    at = replace(desk(by=MAIL_ONLY), customers={"ACME": acme})
    story = Story.begin(sighting(Priority.P1, customers=("ACME",)), at)
    before = story.escalation
    story.happens(ev.Confirmed(), MINUTE)
    assert story.escalation.state is State.OPEN
    (promise,) = promises.follow(before, story.escalation, (), story.desk).promises
    (page,) = promises.approve(promise, story.escalation, (promise,), story.desk, "ana").pages
    assert why(page).you == "ACME is affected, and is told through email"
    assert why(page).now.startswith("update 1, owed until ")
    assert why(page).now.endswith("approved by ana")
    assert "Account.Industry" in why(page).priority[0]
    assert not any(word in str(page.content) for word in ("Account.Industry", "approved by"))
