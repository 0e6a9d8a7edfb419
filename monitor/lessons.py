"""What is like an escalation among those that were reviewed before."""

from __future__ import annotations

from alerts.escalation import Escalation
from alerts.lessons import Lesson, like, told, words_about
from monitor.store import Transaction


async def alike(tx: Transaction, escalation: Escalation) -> list[Lesson]:
    """What was learned from escalations like this one, the best first."""
    return like(escalation, await tx.reviews.lessons(words_about(escalation)))


async def seen_before(tx: Transaction, escalation: Escalation) -> tuple[str, ...]:
    """The same as lines for a page."""
    return tuple(told(lesson) for lesson in await alike(tx, escalation))
