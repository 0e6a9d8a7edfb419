"""Changes that page nobody, for whoever looks later what happened: told once to each channel that keeps such a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts.keys import page_id, page_key
from alerts.outlets import Outlets
from alerts.page import Action, Content, EscalationId, Link, Page
from alerts.priority import Priority
from alerts.wording import SUMMARY_LENGTH, clean
from schemas.fingerprint import digest

LANE = "change"
"""What stands where pages have their lane: no person is meant."""
SHOWN_LINES = 20


def tell_changes(
    outlets: Outlets,
    *,
    environment: str,
    integration: str,
    target: str,
    summary: str,
    lines: Sequence[str],
    links: Sequence[Link],
    now: datetime,
) -> tuple[Page, ...]:
    """One page for each channel that `hears_changes`. The same change at the same moment is never told twice."""
    topic = f"change-{digest(target, summary, now.isoformat())[:12]}"
    key = f"driftpager:{environment}:{topic}:g1:{LANE}"
    more = len(lines) - SHOWN_LINES
    shown = (*(clean(line) for line in lines[:SHOWN_LINES]), *((f"and {more} more",) if more > 0 else ()))
    said = Content(
        summary=clean(summary, SUMMARY_LENGTH),
        severity="info",
        source=clean(integration, 200),
        group=clean(integration, 200),
        component=clean(target, 200),
        category=LANE,
        facts=(("What changed", "\n".join(shown)),) if shown else (),
        links=tuple(links),
        since=now,
    )
    return tuple(
        Page(
            id=page_id(page_key(key, name, "", Action.CHANGE)),
            key=page_key(key, name, "", Action.CHANGE),
            escalation=EscalationId(""),
            generation=1,
            lane=LANE,
            level=0,
            priority=int(Priority.P4),
            action=Action.CHANGE,
            channel=name,
            contact="",
            recipient="",
            dedup_key=key,
            order_key=f"{topic}|{name}",
            content=said,
            created_at=now,
        )
        for name, outlet in outlets.items()
        if outlet.hears_changes
    )
