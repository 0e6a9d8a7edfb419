"""What a page says: enough to act on, within limits, and nothing a vendor could smuggle in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.escalation import Category, Escalation
from alerts.layout import as_markdown, as_text
from alerts.page import TABLED, Action
from alerts.priority import Priority
from alerts.wording import SUMMARY_LENGTH, clean, content, cut, fit_to_open, summary
from tests.alerts.pages import page
from tests.alerts.stories import ABOUT, MONDAY, cause, opened


def escalation(**changes: Any) -> Escalation:
    return replace(opened(Priority.P1).escalation, **changes)


def facts(of: Escalation, **arguments: Any) -> dict[str, str]:
    return dict(content(of, ABOUT, **arguments).facts)


def test_the_summary_says_how_urgent_who_what_and_what_it_means() -> None:
    assert summary(escalation(), ABOUT) == (
        "P1 Salesforce production: Account.Industry was removed - reads of Account.Industry will fail"
    )


def test_a_page_answers_what_an_engineer_asks_at_night() -> None:
    hurt = cause(operations=("POST /v1/orders", "GET /v1/orders"))
    told = facts(
        escalation(causes=(hurt,), customers=("acme", "globex"), changed_between=(MONDAY - timedelta(hours=1), MONDAY)),
        because="level 1 of sync: on duty for tier-1",
    )
    assert told == {
        "What changed": "Account.Industry was removed [property.removed]",
        "What it means for us": "reads of Account.Industry will fail",
        "Where": "salesforce-production/crm/Account: Account.Industry",
        "Affected operations": "2: GET /v1/orders, POST /v1/orders",
        "Affected customers": "2: acme, globex",
        "Since": "2026-11-23 10:00 UTC",
        "Changed between": "2026-11-23 09:00 UTC and 2026-11-23 10:00 UTC",
        "Priority": "P1: breaking, in use, core: Account.Industry was removed",
        "Why you": "level 1 of sync: on duty for tier-1",
        "Vendor contact": "support: https://help.example.com\naccount: org 00D1",
        "Escalation": "e1, generation 1",
    }


def test_links_lead_to_the_change_the_runbook_and_the_vendor() -> None:
    said = content(escalation(), replace(ABOUT, ticket="https://jira.example.com/X-1"))
    assert [(link.text, link.href) for link in said.links] == [
        ("The change and what to do", "https://drift.example.com/escalations/e1"),
        ("Runbook", "https://wiki.example.com/salesforce"),
        ("Ticket", "https://jira.example.com/X-1"),
        ("Vendor support", "https://help.example.com"),
    ]


def test_many_causes_are_the_worst_few_and_a_true_count() -> None:
    many = tuple(cause(f"c{n}", impact="risky", address=f"Account.F{n}", message=f"F{n} grew") for n in range(9_999))
    worst = cause("worst", message="Industry was removed")
    said = content(escalation(causes=(*many, worst)), ABOUT)
    assert "Industry was removed" in said.summary
    assert "(+9999 more)" in said.summary
    changed = dict(said.facts)["What changed"].splitlines()
    assert (changed[0], changed[-1]) == ("10000 changes: 1 breaking, 9999 risky", "and 9992 more")
    assert sum(len(text) for _, text in said.facts) < 10_000


@pytest.mark.parametrize(
    ("priority", "severity"), [(Priority.P1, "critical"), (Priority.P2, "error"), (Priority.P3, "warning"), (Priority.P4, "info")]
)
def test_the_priority_is_pagerdutys_severity(priority: Priority, severity: str) -> None:
    assert content(escalation(priority=priority), ABOUT).severity == severity


@pytest.mark.parametrize(
    ("action", "head"),
    [
        (Action.TRIGGER, "P1 Salesforce"),
        (Action.ACKNOWLEDGE, "Acknowledged by ana, P1 Salesforce"),
        (Action.RESOLVE, "Resolved, was P1 Salesforce"),
        (Action.NOTE, "Update, P1 Salesforce"),
    ],
)
def test_each_action_says_what_it_is(action: Action, head: str) -> None:
    assert summary(escalation(acknowledged_by="ana"), ABOUT, action).startswith(head)


def test_an_escalation_without_causes_says_what_kind_it_is() -> None:
    assert "no readable document" in summary(escalation(causes=(), category=Category.BLIND), ABOUT)


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "https://user:secret@example.com/",
        "https://",
        "https://example.com/\nX: y",
        "//example.com",
        "ftp://example.com",
        "https://[broken",
        "https://example.com/" + "a" * 3000,
    ],
)
def test_links_that_are_no_plain_links_are_left_out(href: str) -> None:
    assert not fit_to_open(href)
    assert href not in [link.href for link in content(escalation(), replace(ABOUT, runbook=href)).links]


def test_control_and_invisible_characters_of_a_vendor_are_gone() -> None:
    evil = cause(message="a\r\nb\x1b[31m\u202ec\u200bd\x00e\ufeff", consequence="x\n\ny")
    said = content(escalation(causes=(evil,)), ABOUT)
    assert "a b [31mcd e - x y" in said.summary


def test_mentions_and_markup_of_a_vendor_do_not_come_alive_in_markdown() -> None:
    evil = cause(message="<script> @channel [x](http://evil) *b*")
    said = content(escalation(causes=(evil,)), ABOUT)
    text = as_markdown(page(content=said))
    assert "<script>" not in text
    assert "\\@channel" in text
    assert "\\[x\\](http://evil)" in text


def test_plain_text_reads_from_the_summary_down_to_the_links() -> None:
    text = as_text(page(content=content(escalation(), ABOUT), practice=True))
    lines = text.splitlines()
    assert lines[0] == "This is practice."
    assert lines[1].startswith("P1 Salesforce production")
    assert "Vendor contact:" in lines
    assert lines[-1] == "Vendor support: https://help.example.com"


anything = st.text(max_size=800)


@settings(max_examples=100, deadline=None)
@given(message=anything, consequence=anything, address=anything, vendor=anything, customer=anything)
def test_any_text_makes_a_page_within_limits(message: str, consequence: str, address: str, vendor: str, customer: str) -> None:
    odd = cause(message=message, consequence=consequence, address=address, target=address, operations=(address,))
    said = content(escalation(causes=(odd, odd), customers=(customer,)), replace(ABOUT, vendor=vendor))
    assert len(said.summary) <= SUMMARY_LENGTH
    assert said.summary.isprintable()
    for label, text in said.facts:
        assert all(line.isprintable() for line in text.split("\n")), label
        text.encode()
    as_markdown(page(content=said)).encode()


@given(text=anything, length=st.integers(1, 50))
def test_cutting_keeps_both_ends_and_the_length(text: str, length: int) -> None:
    short = cut(text, length)
    assert len(short) <= length
    if len(text) > length > 4:
        assert short[0] == text[0]
        assert short[-1] == text[-1]


@given(text=anything)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_the_changes_stand_row_by_row_too_the_worst_first_with_how_many_more_there_are() -> None:
    fine = cause(
        "c2", impact="safe", message="Account.Note was added", consequence="", rule="property.added", address="Account.Note"
    )
    said = content(escalation(causes=(fine, cause())), ABOUT)
    assert [(each.impact, each.what, each.where, each.means) for each in said.changes] == [
        (
            "breaking",
            "Account.Industry was removed [property.removed]",
            "salesforce-production/crm/Account: Account.Industry",
            "reads of Account.Industry will fail",
        ),
        ("safe", "Account.Note was added [property.added]", "salesforce-production/crm/Account: Account.Note", ""),
    ]
    assert said.more == 0
    many = escalation(causes=tuple(cause(f"c{n}") for n in range(11)))
    assert (len(content(many, ABOUT).changes), content(many, ABOUT).more) == (8, 3)
    assert dict(said.facts).keys() >= TABLED
