"""Our page as a Freshdesk ticket: what is sent when it is made and when it changes, and what its status says in our words.

There is no published description; limits and numbers are those of the vendor's API reference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from alerts.html import as_html
from alerts.page import Action, Page
from alerts.wording import clean

MOST = 60_000
"""Characters of a description, note or reply; far below where the vendor cuts."""

SUBJECT_LENGTH = 255
TAG_LENGTH = 32
OVER = frozenset({4, 5})
"""Resolved and closed."""

NAMES: Mapping[str, int] = {"open": 2, "pending": 3, "resolved": 4, "closed": 5}
_PRIORITIES = {1: 4, 2: 3, 3: 2}
_PORTAL = 2
"""The source that says least: a ticket made in the portal."""

StatusNumber = Annotated[int, Field(ge=2, le=1000)]


class Statuses(BaseModel):
    """The number of a ticket's status for each of our states: 2 is open, 3 pending, 4 resolved, own ones begin with 6.

    A state with a number of its own is heard as well: who gives a ticket that status acknowledges, or says that it is mitigated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    open: StatusNumber = 2
    acknowledged: StatusNumber = 2
    mitigating: StatusNumber = 2
    resolved: StatusNumber = 4

    def of(self, state: str) -> int:
        """The number for one of our states."""
        return {"acknowledged": self.acknowledged, "mitigating": self.mitigating, "resolved": self.resolved}.get(state, self.open)

    def is_over(self, status: int) -> bool:
        """Whether a ticket with this status is at its end."""
        return status in OVER or status == self.resolved

    def wanted(self, state: str, status: int) -> int:
        """What a ticket's status is to be now: as it is, where people chose one that does not contradict us."""
        if state == "resolved":
            return status if self.is_over(status) else self.resolved
        ours = self.is_over(status) or status in (self.open, self.acknowledged, self.mitigating)
        return self.of(state) if ours else status

    def said(self, status: int, state: str) -> str:
        """What somebody did who gave it this status while it was in `state`, as `Reply.kind`; empty for nothing."""
        if self.is_over(status):
            return "" if state == "resolved" else "resolved"
        if state == "resolved":
            return "reopened"
        if status == self.mitigating and status not in (self.open, self.acknowledged):
            return "" if state == "mitigating" else "mitigated"
        if status == self.acknowledged and status != self.open:
            return "acknowledged" if state == "open" else ""
        if status == self.open and status != self.acknowledged:
            return "unacknowledged" if state == "acknowledged" else ""
        return ""


def key_of(page: Page) -> str:
    """The tag that leads to the page's ticket, the same for every generation: one an escalation, and one a customer of it."""
    if page.record is None:
        return f"driftpager-{page.id[:16]}"
    whose = "-" + hashlib.sha256(page.record.subject.encode()).hexdigest()[:8] if page.record.subject else ""
    return f"driftpager-{clean(page.escalation, TAG_LENGTH - 11 - len(whose))}{whose}"


def ticket_of(page: Page, requester: str, statuses: Statuses, more: Mapping[str, Any], tags: tuple[str, ...]) -> dict[str, Any]:
    """The body of a new ticket. What a customer reads comes as a reply: theirs begins with its subject alone."""
    resolved = page.action is Action.RESOLVE if page.record is None else page.record.state == "resolved"
    state = "resolved" if resolved else page.record.state if page.record else "open"
    return {
        **more,
        **said(page),
        "email": requester,
        "status": statuses.of(state),
        "source": _PORTAL,
        "tags": list(dict.fromkeys((*tags, "driftpager", key_of(page)))),
    }


def said(page: Page) -> dict[str, Any]:
    """What a ticket says, as it may change from page to page."""
    subject = clean(page.content.summary, SUBJECT_LENGTH) or "driftpager"
    priority = _PRIORITIES.get(page.priority, 1)
    if page.record is not None and page.record.subject:
        return {"subject": subject, "description": as_html(_subject_alone(page), MOST), "priority": priority}
    about = (
        replace(page, possible_repeat=False) if page.record is not None else page
    )  # a record was looked for: it is the only one
    return {"subject": subject, "description": as_html(about, MOST), "priority": priority}


def _subject_alone(page: Page) -> Page:
    return replace(page, possible_repeat=False, content=replace(page.content, facts=(), links=()))
