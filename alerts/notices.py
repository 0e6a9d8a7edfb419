"""Pages about no single escalation: what a silence left open, what a person was not told one by one, who silenced what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from alerts.keys import page_id, page_key
from alerts.matrix import Matrix
from alerts.outlets import Outlets, ringing
from alerts.page import Action, Content, EscalationId, Page
from alerts.priority import Priority
from alerts.wording import SUMMARY_LENGTH, clean

SHOWN_LINES = 40


def ways(matrix: Matrix, outlets: Outlets, contact: str) -> Iterator[tuple[str, str]]:
    """(channel, recipient) of each way that reaches a contact and rings nobody else; the ones they prefer, where they say."""
    known, outlets = matrix.contacts.get(contact), ringing(outlets)
    if known is None:
        return
    for name in known.channels or outlets:
        outlet = outlets.get(name)
        address = getattr(known, outlet.address, "") if outlet and outlet.address else ""
        if address:
            yield name, address


def quiet_way(matrix: Matrix, outlets: Outlets, contact: str) -> tuple[str, str] | None:
    """How a contact is given something that need not ring: in person, else where the catch-all is read. None: in no way."""
    catch_all = ringing(outlets).get(matrix.catch_all or "")
    beside = (catch_all.name, "") if catch_all and not catch_all.address and not catch_all.climbs else None
    return next(ways(matrix, outlets, contact), beside)


def notice(
    matrix: Matrix,
    outlets: Outlets,
    contacts: Iterable[str],
    *,
    environment: str,
    topic: str,
    summary: str,
    lines: Sequence[tuple[str, Sequence[str]]],
    now: datetime,
    priority: Priority = Priority.P3,
) -> tuple[Page, ...]:
    """One page for each of the contacts, none twice to one place. `topic` names it for good and holds no colon: the same topic is
    never told twice. `lines` are (label, lines) in reading order."""
    found: dict[tuple[str, str], list[str]] = {}
    for contact in dict.fromkeys(contacts):
        way = quiet_way(matrix, outlets, contact)
        if way is not None:
            found.setdefault(way, []).append(contact)
    return notice_by(found, environment=environment, topic=topic, summary=summary, lines=lines, now=now, priority=priority)


def notice_by(
    ways: Mapping[tuple[str, str], Sequence[str]],
    *,
    environment: str,
    topic: str,
    summary: str,
    lines: Sequence[tuple[str, Sequence[str]]],
    now: datetime,
    priority: Priority = Priority.P3,
) -> tuple[Page, ...]:
    """The same by ways that are chosen already: (channel, recipient) to the contacts behind it."""
    dedup_key = f"driftpager:{environment}:{topic}:g1:notice"
    said = Content(
        summary=clean(summary, SUMMARY_LENGTH),
        severity="info",
        source="driftpager",
        group="driftpager",
        category="notice",
        facts=tuple((label, _lines(each)) for label, each in lines if each),
        since=now,
    )
    return tuple(
        Page(
            id=page_id(page_key(dedup_key, channel, recipient, Action.NOTE)),
            key=page_key(dedup_key, channel, recipient, Action.NOTE),
            escalation=EscalationId(""),
            generation=1,
            lane="notice",
            level=0,
            priority=int(priority),
            action=Action.NOTE,
            channel=channel,
            contact=", ".join(people),
            recipient=recipient,
            dedup_key=dedup_key,
            order_key=f"{topic}|{channel}|{recipient}",
            content=said,
            created_at=now,
        )
        for (channel, recipient), people in ways.items()
    )


def _lines(lines: Sequence[str]) -> str:
    more = len(lines) - SHOWN_LINES
    return "\n".join((*(clean(line) for line in lines[:SHOWN_LINES]), *((f"and {more} more",) if more > 0 else ())))
