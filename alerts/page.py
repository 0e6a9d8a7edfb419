"""A page: one message to one contact through one channel, as the outbox stores it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

TABLED = frozenset({"What changed", "What it means for us", "Where"})
"""Labels of the facts that say together what `Content.changes` says row by row."""

PageId = NewType("PageId", str)
EscalationId = NewType("EscalationId", str)


class Action(StrEnum):
    """What the page does at its channel. A channel without states sends `acknowledge` and `resolve` as plain messages.

    `record` brings what the channel keeps about the escalation (a ticket, a message with its thread) to where it stands.
    `change` tells of what pages nobody, to a channel that lists changes.
    """

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    NOTE = "note"
    RECORD = "record"
    CHANGE = "change"


class PageState(StrEnum):
    """pending -> leased -> sent (-> confirmed), or unknown (may have arrived), superseded (never sent), dead (given up)."""

    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    CONFIRMED = "confirmed"
    UNKNOWN = "unknown"
    SUPERSEDED = "superseded"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Something to open from the page. `href` is http(s)."""

    text: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One finding as a row of a table: how bad (breaking, risky, safe), what changed, where, and what it means for us."""

    impact: str
    what: str
    where: str
    means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a page says, already worded; a channel only lays it out and cuts it to its limits.

    `summary` is one line. `facts` are (label, text) in reading order, each text may have several lines.
    `severity` is PagerDuty's wire word: critical, error, warning, info. `changes` are the worst findings one by one, for a
    channel with tables, which leaves out the facts labelled `TABLED`; `more` is how many there are besides.
    """

    summary: str
    severity: str
    source: str
    component: str = ""
    group: str = ""
    category: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    links: tuple[Link, ...] = ()
    since: datetime | None = None
    changes: tuple[Change, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a page was made, as it stood then: why that priority (one line a factor), why this recipient, why at that moment."""

    priority: tuple[str, ...]
    you: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a channel keeps about an escalation, and how it is to be from now on: a ticket, a message with its thread.

    `subject` is the customer who reads it, empty for our own. `reference` is the channel's name of it (`OPS-12`), empty before
    there is one: it is created then, after a look for one with our key where an earlier try may have arrived. `state` is open,
    acknowledged, mitigating or resolved. `news` are lines to add to it (a comment, an answer in the thread), oldest first.
    """

    state: str
    subject: str = ""
    reference: str = ""
    news: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One outbox row as the domain sees it.

    `key` is the idempotency key, unique for ever. `dedup_key` is what the channel folds on (PagerDuty). `channel` names
    a configured channel. `order_key` groups pages that must leave in order. `deadline` (UTC) is when a fallback takes
    over, None for none. `recipient` is the channel's own address of the contact (an e-mail address), empty where the
    channel has one fixed destination. `attempts` counts tries so far; `possible_repeat` is set once a try may have arrived
    without our knowing. `why` is kept beside the words, which a channel cuts and a customer must not read: None for a page that
    is about no escalation. `answer_by` is when its lane is paged again unless somebody acknowledges, None where nobody waits.
    `record` is what a channel that keeps records does with it: always there with the action `record`, and with an update to a
    customer; None for everything else.
    """

    id: PageId
    key: str
    escalation: EscalationId
    generation: int
    lane: str
    level: int
    priority: int
    action: Action
    channel: str
    contact: str
    recipient: str
    dedup_key: str
    order_key: str
    content: Content
    created_at: datetime
    deadline: datetime | None = None
    attempts: int = 0
    practice: bool = False
    possible_repeat: bool = False
    why: Why | None = None
    answer_by: datetime | None = None
    record: Record | None = None
