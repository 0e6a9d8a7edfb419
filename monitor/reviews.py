"""Reviews in the store: the draft, what people add to it, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from alerts import events as ev
from alerts.draft import Refused
from alerts.escalation import Escalation, State
from alerts.lessons import lesson_of
from alerts.page import EscalationId
from alerts.review import Review, ReviewState, Story, draft_of
from alerts.wording import worst_first
from monitor import paging
from monitor.config import Config
from monitor.store import Transaction
from schemas.change import Finding
from schemas.fingerprint import FindingId

SHOWN_EDITS = 20


async def review_of(tx: Transaction, escalation: Escalation) -> Review:
    """What people wrote so far."""
    return await tx.reviews.get(escalation.id) or Review(escalation=escalation.id)


async def text_of(tx: Transaction, escalation: Escalation, review: Review) -> str:
    """The review as Markdown: as it was closed, else the draft with all that is known by now."""
    if review.state is ReviewState.CLOSED and review.text:
        return review.text
    return draft_of(
        Story(
            escalation=escalation,
            timeline=await tx.escalations.timeline(escalation.id),
            review=review,
            promises=await tx.promises.of(escalation.id),
            edits=await _edits(tx, escalation),
        )
    )


async def edit(
    tx: Transaction, escalation: Escalation, *, by: str, now: datetime, cause: str, action: str, learning: str
) -> Review:
    """Keep what a person wrote; an empty text leaves what is there. Raises `Refused` once it is closed."""
    before = await review_of(tx, escalation)
    if before.state is ReviewState.CLOSED and escalation.state is State.REVIEWED:
        raise Refused(f"the review of {escalation.id} was closed by {before.by}")
    review = replace(
        before,
        state=ReviewState.DRAFT,
        cause=cause or before.cause,
        action=action or before.action,
        learning=learning or before.learning,
        text="",
        by=by,
        at=now,
    )
    await tx.reviews.save(review)
    await tx.audit.append(by, "review.edited", str(escalation.id), {}, now)
    return review


async def close(
    tx: Transaction, config: Config, id: EscalationId, *, by: str, now: datetime, cause: str, action: str, learning: str
) -> Review:
    """Close it with what was learned; what is not given is what was written before. Raises `Refused`."""
    escalation = await tx.escalations.get(id)
    if escalation is None:
        raise Refused(f"there is no escalation {id!r}")
    before = await review_of(tx, escalation)
    event = ev.Reviewed(by=by, cause=cause or before.cause, action=action or before.action, learning=learning or before.learning)
    transition = await paging.person(tx, config, id, event, now=now)
    if transition is None or transition.refused:
        raise Refused(transition.refused if transition else f"there is no escalation {id!r}")
    closed = replace(
        before,
        state=ReviewState.CLOSED,
        cause=event.cause,
        action=event.action,
        learning=event.learning,
        text="",
        by=by,
        at=now,
    )
    written = replace(closed, text=await text_of(tx, transition.escalation, closed))
    await tx.reviews.save(written, lesson_of(transition.escalation, written, now))
    return written


async def _edits(tx: Transaction, escalation: Escalation) -> Mapping[str, Finding]:
    found = {}
    for cause in worst_first(escalation.causes)[:SHOWN_EDITS]:
        known = await tx.findings.get(FindingId(cause.finding))
        if known is not None:
            found[cause.finding] = known.finding
    return found
