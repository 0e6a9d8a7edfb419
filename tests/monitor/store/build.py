"""Small domain values to store, each field of which a test may set."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.channels import Reply
from alerts.escalation import Category, Cause, Commitment, Entry, Escalation, Sla, State, Timer, TimerId, TimerKind, Transition
from alerts.page import Action, Content, EscalationId, Page, PageId
from alerts.priority import Priority
from alerts.promise import Promise, promise_id
from monitor.watch import TargetName
from schemas.change import Finding, Impact
from schemas.document import Document

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
ACCOUNT = TargetName("salesforce/crm/Account")
ID = EscalationId("e1")


def document(text: str = "{}", **changes: Any) -> Document:
    return Document(content=text.encode(), **changes)


def finding(address: str, **changes: Any) -> Finding:
    values: dict[str, Any] = {"rule": "field.removed", "impact": Impact.BREAKING, "message": f"{address} is gone"}
    return Finding(address=address, **(values | changes))


def cause(key: str, **changes: Any) -> Cause:
    values: dict[str, Any] = {
        "target": ACCOUNT,
        "finding": f"finding of {key}",
        "rule": "field.removed",
        "address": "Account.Industry",
        "impact": "breaking",
        "use": "used",
        "message": "Account.Industry is gone",
        "consequence": "reads of Account.Industry will fail",
    }
    return Cause(key=key, **(values | changes))


def escalation(id: str = ID, **changes: Any) -> Escalation:
    values: dict[str, Any] = {
        "environment": "production",
        "integration": "salesforce",
        "category": Category.DRIFT,
        "state": State.DETECTED,
        "priority": Priority.P1,
        "factors": (),
        "causes": (cause("c1"),),
        "customers": (),
        "detected_at": NOW,
    }
    return Escalation(id=EscalationId(id), **(values | changes))


def timer(
    kind: TimerKind = TimerKind.CONFIRM, *, due_at: datetime = NOW, escalation: str = ID, sequence: int = 1, subject: str = ""
) -> Timer:
    return Timer(
        id=TimerId(f"{escalation}:{subject}:{kind}:{sequence}"),
        escalation=EscalationId(escalation),
        generation=1,
        subject=subject,
        kind=kind,
        sequence=sequence,
        due_at=due_at,
    )


def page(key: str, **changes: Any) -> Page:
    values: dict[str, Any] = {
        "id": PageId(f"page {key}"),
        "escalation": ID,
        "generation": 1,
        "lane": "sync",
        "level": 1,
        "priority": 1,
        "action": Action.TRIGGER,
        "channel": "pagerduty",
        "contact": "ana",
        "recipient": "",
        "dedup_key": "driftpager:production:e1:g1:sync",
        "order_key": "e1|pagerduty",
        "content": Content(summary="Account.Industry is gone", severity="critical", source="salesforce"),
        "created_at": NOW,
    }
    return Page(key=key, **(values | changes))


def entry(kind: str, text: str = "as told", at: datetime = NOW) -> Entry:
    return Entry(at=at, kind=kind, text=text)


def transition(of: Escalation | None = None, **changes: Any) -> Transition:
    return Transition(escalation=of or escalation(), **changes)


def promise(customer: str = "ACME", sequence: int = 1, due: timedelta = timedelta(hours=1), **changes: Any) -> Promise:
    owed = Commitment(
        clock=Sla.UPDATE,
        began=NOW,
        due_at=NOW + due,
        marks=(NOW + due / 2, NOW + due * 3 / 4, NOW + due * 9 / 10),
        because="P1: every 2h",
    )
    name = promise_id(ID, customer, sequence)
    return replace(Promise(id=name, escalation=ID, customer=customer, sequence=sequence, due=owed), **changes)


def reply(event_id: str, source: str = "pagerduty", **changes: Any) -> Reply:
    plain = Reply(source=source, event_id=event_id, kind="acknowledged", dedup_key="", by="Ana", at=NOW)
    return replace(plain, **changes)
