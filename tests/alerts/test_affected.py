"""Customers whose own tickets speak of it count as affected; a person takes off whom that was wrong about."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerts import events as ev
from alerts.page import Action
from alerts.priority import Factor, Priority
from tests.alerts.stories import EMAIL, OPS, PAGERDUTY, Story, desk, sighting

MINUTE = timedelta(minutes=1)
P1, P2 = Priority.P1, Priority.P2


def story(of: Priority = P1) -> Story:
    begun = Story.begin(sighting(of), desk(outlets=(PAGERDUTY, EMAIL, OPS)))
    begun.happens(ev.Confirmed(), MINUTE)
    return begun


def factors(priority: Priority) -> tuple[Factor, ...]:
    return (Factor(name="customers", because="5 customers affected, 5 or more raise it", priority=priority),)


def joined(*tickets: tuple[str, str], of: Priority = P1, theirs: frozenset[str] = frozenset()) -> ev.CustomersJoined:
    found = tuple((customer, "zendesk", reference, f"https://x.example/{reference}") for customer, reference in tickets)
    names = tuple(customer for customer, _ in tickets)
    return ev.CustomersJoined(tickets=found, customers=names, theirs=theirs, priority=of, factors=factors(of))


def left(customer: str = "ACME", **changes: Any) -> ev.CustomersLeft:
    values = {"by": "ana", "because": "another matter", "tickets": frozenset({("zendesk", "12")}), "priority": P2}
    return ev.CustomersLeft(customer=customer, factors=factors(P2), **(values | changes))  # type: ignore[arg-type]  # because a test names them


def said(story: Story, kind: str) -> list[str]:
    return [entry.text for entry in story.entries if entry.kind == kind]


def test_they_are_told_in_the_timeline_and_the_page_says_that_one_more_is_affected() -> None:
    it = story()
    before = len(it.pages)
    it.happens(joined(("ACME", "12"), ("ACME", "13")), MINUTE)
    assert it.escalation.customers == ("ACME",)
    assert said(it, "customers.joined") == [
        "zendesk 12 of ACME speaks of it: https://x.example/12",
        "zendesk 13 of ACME speaks of it: https://x.example/13",
    ]
    assert {page.action for page in it.pages[before:]} == {Action.TRIGGER}
    count = len(it.pages)
    it.happens(joined(("ACME", "14")), MINUTE)
    assert len(it.pages) == count


def test_enough_of_them_make_it_more_urgent_and_page_again() -> None:
    it = story(P2)
    it.happens(joined(("ACME", "12"), of=P1), MINUTE)
    assert it.escalation.priority is P1
    assert it.escalation.factors == factors(P1)
    assert len(said(it, "priority.raised")) == 1
    it.happens(joined(("Globex", "15"), of=P2), MINUTE)
    assert it.escalation.priority is P1  # it falls only by a person


def test_the_ticket_of_a_customer_we_know_is_where_they_read_what_is_promised() -> None:
    it = story()
    it.happens(joined(("ACME", "12"), ("ACME", "13"), ("Globex", "14"), theirs=frozenset({"ACME"})), MINUTE)
    assert [(kept.subject, kept.reference) for kept in it.escalation.records] == [("ACME", "12")]


def test_a_wrong_match_is_taken_back_by_a_person_with_the_priority_it_made() -> None:
    it = story(P2)
    it.happens(joined(("ACME", "12"), of=P1, theirs=frozenset({"ACME"})), MINUTE)
    it.happens(left(), MINUTE)
    assert (it.escalation.customers, it.escalation.records, it.escalation.priority) == ((), (), P2)
    assert said(it, "customers.left") == ["ACME is not affected: another matter"]


def test_a_ticket_that_is_not_of_the_match_is_kept() -> None:
    it = story()
    it.happens(joined(("ACME", "12"), theirs=frozenset({"ACME"})), MINUTE)
    it.happens(left(tickets=frozenset({("zendesk", "99")})), MINUTE)
    assert [kept.reference for kept in it.escalation.records] == ["12"]


@pytest.mark.parametrize(
    ("event", "because"),
    [
        (left("Globex"), "'Globex' does not count as affected by it"),
        (left(because=" "), "taking a customer off needs a reason"),
        (left(by="nobody"), "nobody"),
    ],
)
def test_who_takes_off_has_standing_and_a_reason(event: ev.CustomersLeft, because: str) -> None:
    it = story()
    it.happens(joined(("ACME", "12")), MINUTE)
    outcome = it.happens(event, MINUTE)
    assert because in outcome.refused
    assert it.escalation.customers == ("ACME",)


def test_nothing_joins_what_is_over() -> None:
    it = story()
    it.happens(ev.ResolvedBy(by="ana", because="done"), MINUTE)
    assert it.happens(replace(joined(("ACME", "12"))), MINUTE).refused


def test_whoever_was_taken_off_is_counted_by_nothing_again_and_others_still_page() -> None:
    it = story()
    it.happens(joined(("ACME", "12")), MINUTE)
    it.happens(left(priority=P1), MINUTE)
    seen_again = ev.CausesJoined(causes=it.escalation.causes, customers=("ACME",), priority=P1, factors=factors(P1))
    before = len(it.pages)
    for event in (seen_again, joined(("ACME", "13"))):
        it.happens(event, MINUTE)
        assert (it.escalation.customers, len(it.pages)) == ((), before)
    it.happens(joined(("Globex", "14")), MINUTE)
    assert it.escalation.customers == ("Globex",)
    assert len({page.key for page in it.pages}) == len(it.pages) > before


def test_a_flood_of_tickets_is_told_in_a_few_lines() -> None:
    it = story()
    it.happens(joined(*((f"customer {number}", str(number)) for number in range(40))), MINUTE)
    told = said(it, "customers.joined")
    assert (len(told), told[-1], len(it.escalation.customers)) == (11, "and 30 more tickets of customers", 40)


def test_reopened_they_are_still_affected() -> None:
    it = story()
    it.happens(joined(("ACME", "12")), MINUTE)
    it.happens(ev.ResolvedBy(by="ana", because="done"), MINUTE)
    again = ev.Reopened(causes=it.escalation.causes, customers=("Globex",), priority=P1, factors=factors(P1))
    it.happens(again, MINUTE)
    assert it.escalation.customers == ("ACME", "Globex")
