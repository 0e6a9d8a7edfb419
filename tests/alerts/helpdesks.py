"""What the tests of help desks share: a clock that stands, and pages about a record, ours or a customer's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from alerts.page import Action, Page, Record
from tests.alerts.pages import content, page
from tests.alerts.stories import MONDAY

ANA, KITE = "ana@example.com", "ops@kite.example"
MINUTE = timedelta(minutes=1)


class Still:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.moment = MONDAY

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return (self.moment - MONDAY).total_seconds()

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody sleeps here")


def record(state: str = "open", *news: str, reference: str = "", **changes: Any) -> Page:
    """A page about our own ticket."""
    return page(Action.RECORD, record=Record(state=state, reference=reference, news=news), **changes)


def update(
    text: str = "Hello Kite,\n\nwe are at work on it.", *, state: str = "acknowledged", reference: str = "", **changes: Any
) -> Page:
    """A page that keeps a promise to a customer."""
    said = content(summary="Salesforce: escalated to engineering (reference e1)", facts=(("", text),), links=())
    told = Record(state=state, subject="Kite Ltd.", reference=reference, news=(text,))
    return page(Action.NOTE, **({"record": told, "recipient": KITE, "content": said} | changes))
