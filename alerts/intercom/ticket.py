"""Our page as an Intercom ticket, and what the category of a ticket's state says in our words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alerts.layout import as_text
from alerts.page import Page
from alerts.wording import clean, cut

MOST = 20_000
"""Characters of a note or comment; no limit is published."""
DESCRIPTION_LENGTH = 8_000
LINE_LENGTH = 2_000
TITLE_LENGTH = 255

SUBMITTED, IN_PROGRESS, RESOLVED = "submitted", "in_progress", "resolved"
_CATEGORIES: Mapping[str, str] = {"acknowledged": IN_PROGRESS, "mitigating": IN_PROGRESS, "resolved": RESOLVED}


def category_of(state: str) -> str:
    """The category that stands for one of our states."""
    return _CATEGORIES.get(state, SUBMITTED)


def wanted_category(state: str, now: str) -> str:
    """What a ticket's state is to be: as it is, where people chose one that does not contradict us (waiting on a customer)."""
    wanted = category_of(state)
    return wanted if RESOLVED in (wanted, now) or now in (SUBMITTED, IN_PROGRESS) else now


def kind_of(before: str, after: str) -> str:
    """What somebody did who changed a state so, as `Reply.kind`; empty for nothing."""
    if after == RESOLVED:
        return "resolved"
    if before == RESOLVED:
        return "reopened"
    return {(SUBMITTED, IN_PROGRESS): "acknowledged", (IN_PROGRESS, SUBMITTED): "unacknowledged"}.get((before, after), "")


def key_of(page: Page) -> str:
    """What leads to the page's ticket, the same for every generation: one an escalation, and one a customer of it."""
    if page.record is None:
        return f"driftpager-{page.id}"
    whose = "-" + hashlib.sha256(page.record.subject.encode()).hexdigest()[:8] if page.record.subject else ""
    return f"driftpager-{clean(page.escalation, 60)}{whose}"


def title(page: Page) -> str:
    """One line."""
    return clean(page.content.summary, TITLE_LENGTH) or "driftpager"


def description(page: Page) -> str:
    """Plain text, cut in the middle: the cause stands first, the escalation and the links last."""
    about = replace(page, possible_repeat=False) if page.record is not None else page
    lines = cut(as_text(about), DESCRIPTION_LENGTH).splitlines()
    return "\n".join(clean(line, LINE_LENGTH) for line in lines).strip()


def attributes_of(page: Page, key: str, priority: str, more: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a page's ticket. `key` and `priority` are names of own ones, `priority` empty for none."""
    theirs = page.record is not None and bool(page.record.subject)
    graded = {priority: f"P{page.priority}"} if priority and not theirs else {}
    text = title(page) if theirs else description(page)
    return {**more, "_default_title_": title(page), "_default_description_": text, key: key_of(page), **graded}
