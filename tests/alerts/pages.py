"""A page to send, with whatever a test changes about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from alerts.page import Action, Content, EscalationId, Link, Page, PageId
from tests.alerts.stories import MONDAY

KEY = "driftpager:production:e1:g1:sync"


def page(action: Action = Action.TRIGGER, **changes: Any) -> Page:
    plain = Page(
        id=PageId("p1"),
        key=f"{KEY}|pagerduty||{action}|0",
        escalation=EscalationId("e1"),
        generation=1,
        lane="sync",
        level=1,
        priority=1,
        action=action,
        channel="pagerduty",
        contact="ana",
        recipient="",
        dedup_key=KEY,
        order_key="e1|pagerduty|",
        content=content(),
        created_at=MONDAY,
        deadline=MONDAY + timedelta(seconds=120),
    )
    return replace(plain, **changes)


def content(**changes: Any) -> Content:
    plain = Content(
        summary="P1 Salesforce production: Account.Industry was removed - reads of Account.Industry will fail",
        severity="critical",
        source="salesforce-production",
        component="Account.Industry",
        group="salesforce-production",
        category="drift",
        facts=(("What changed", "Account.Industry was removed"), ("Since", "2026-11-23 10:00 UTC")),
        links=(Link(text="Runbook", href="https://wiki.example.com/salesforce"),),
        since=MONDAY,
    )
    return replace(plain, **changes)
