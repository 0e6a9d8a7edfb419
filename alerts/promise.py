"""A promise to a customer, as it is stored: one update that is owed, by an absolute time, and what became of it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from alerts import events as ev
from alerts.escalation import Commitment, Entry, Timer, TimerKind
from alerts.keys import parse_dedup_key
from alerts.page import EscalationId, Page
from alerts.sla import next_mark

PromiseId = NewType("PromiseId", str)

LANE = "customer-update"
"""What stands where pages have their lane: no person of ours is meant."""


class Standing(StrEnum):
    """Where a promise stands. `leaving`: approved, and on its way through the channel. `dropped` counts as nothing promised."""

    DRAFT = "draft"
    LEAVING = "leaving"
    KEPT = "kept"
    LATE = "late"
    MISSED = "missed"
    DROPPED = "dropped"


OPEN = frozenset({Standing.DRAFT, Standing.LEAVING})
SETTLED = frozenset({Standing.KEPT, Standing.LATE, Standing.MISSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One update owed to one customer. `sequence` counts a customer's updates about one escalation from 1.

    `text` is what a person wrote, or what was sent; empty: the template speaks. `next` is the promise made by sending it.
    `final`: nothing follows. `tries` counts how often it was handed to the channel.
    """

    id: PromiseId
    escalation: EscalationId
    customer: str
    sequence: int
    due: Commitment
    final: bool = False
    standing: Standing = Standing.DRAFT
    text: str = ""
    written_by: str = ""
    approved_by: str = ""
    approved_at: datetime | None = None
    next: Commitment | None = None
    tries: int = 0
    settled_at: datetime | None = None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to store: promises by their id, one timer for all that are open, pages, timeline; `events` go to the escalation."""

    promises: tuple[Promise, ...] = ()
    arm: tuple[Timer, ...] = ()
    cancel: tuple[tuple[TimerKind, str | None], ...] = ()
    pages: tuple[Page, ...] = ()
    entries: tuple[Entry, ...] = ()
    events: tuple[ev.UpdatesDue, ...] = ()


def promise_id(escalation: EscalationId, customer: str, sequence: int) -> PromiseId:
    """Eight characters one can read out, the same for the same promise."""
    raw = hashlib.sha256(f"{escalation}|{customer}|{sequence}".encode()).digest()
    return PromiseId(base64.b32encode(raw).decode().lower()[:8])


def promise_of(page: Page) -> PromiseId | None:
    """Which promise a page keeps; None for a page to one of us."""
    key = parse_dedup_key(page.dedup_key) if page.lane == LANE else None
    return PromiseId(key.lane) if key else None


def missed_at(promise: Promise) -> datetime:
    """When it is given up: when the time for it has passed a second time."""
    return promise.due.due_at + (promise.due.due_at - promise.due.began)


def next_moment(promise: Promise) -> datetime | None:
    """When it is to be looked at again; None where nothing happens to it by the clock."""
    if promise.due.crossed < 100:
        return next_mark(promise.due)
    return missed_at(promise) if promise.standing is Standing.DRAFT else None
