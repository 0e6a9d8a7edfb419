"""What people did in Freshdesk: in a webhook of an automation rule, and read from tickets that we watch.

A rule's webhook carries no signature and no id: a secret in a header vouches for it. It tells changes of a status and, where
the rule puts it in, who did it, which no call of the API tells. Notes and replies are read from the ticket.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from alerts.channels import Reply, Watched
from alerts.errors import Unreadable
from alerts.freshdesk.calls import Person, Said, Ticket
from alerts.freshdesk.ticket import NAMES, Statuses
from alerts.wording import cut

HEADER = "x-driftpager-secret"
SOURCE = "freshdesk"
TEXT_LENGTH = 4_000
ROUND = timedelta(minutes=1)
"""Equal webhooks within one of these are one: the vendor sends again what we did not answer in time."""

_FROM = re.compile(r"status:\s*\{\s*from:([^,{}]{1,100}),\s*to:")


def vouched(headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
    """True if the header holds any of the secrets; compared in constant time, with all of them always."""
    given = next((value for name, value in headers.items() if name.lower() == HEADER), "").encode("utf-8", "replace")
    fits = False
    for secret in secrets:
        fits |= hmac.compare_digest(given, secret.encode())
    return fits


def replies_in(body: bytes, statuses: Statuses, names: Mapping[str, int], agent: str, now: datetime) -> list[Reply]:
    """The change of status in a webhook's body, or none: for one that means nothing to us, or that our own agent made.

    The body is what Freshdesk calls simple content, with any of `ticket_id`, `ticket_status`, `triggered_event`,
    `event_performer_name` and `event_performer_email`. Raises `Unreadable`.
    """
    try:
        said = orjson.loads(body)["freshdesk_webhook"]
        ticket, status = str(int(said["ticket_id"])), _number(said.get("ticket_status"), names)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        text = "the Freshdesk webhook has no freshdesk_webhook with a ticket_id: choose JSON and simple content in the rule"
        raise Unreadable(f"{text} ({type(error).__name__})") from error
    by, email = _word(said.get("event_performer_name")), _word(said.get("event_performer_email"))
    if status is None or (email and email.casefold() == agent.casefold()):
        return []
    before = _FROM.search(_word(said.get("triggered_event")).replace('"', ""))
    kind = statuses.said(status, _state(before[1].strip() if before else "", statuses, names, status))
    if not kind:
        return []
    when = int(now.timestamp() // ROUND.total_seconds())
    event = f"hook:{ticket}:{hashlib.sha256(body).hexdigest()[:24]}:{when}"
    return [Reply(source=SOURCE, event_id=event, kind=kind, dedup_key="", by=by, email=email, record=ticket, at=now)]


def status_reply(ticket: Ticket, watched: Watched, statuses: Statuses, hooked_since: datetime | None) -> Iterable[Reply]:
    """Where a ticket's status contradicts us, that somebody changed it; no call tells who.

    `hooked_since`: changes from then on are left to a webhook, which knows more. None where there is none.
    """
    kind = statuses.said(ticket.status, watched.state)
    at = ticket.reopened_at if kind == "reopened" else ticket.changed_at or ticket.updated_at
    if not kind or at is None or (hooked_since is not None and at > hooked_since):
        return
    event = f"{ticket.id}:status:{ticket.status}:{at.isoformat()}"
    yield Reply(source=SOURCE, event_id=event, kind=kind, dedup_key="", by="", record=str(ticket.id), at=at)


def note_reply(ticket: Ticket, said: Said, who: Person) -> Reply:
    """What somebody wrote in a ticket."""
    return Reply(
        source=SOURCE,
        event_id=f"{ticket.id}:said:{said.id}",
        kind="annotated",
        dedup_key="",
        by=who.name,
        user=str(said.user),
        email=who.email,
        record=str(ticket.id),
        text=cut(said.text, TEXT_LENGTH),
        at=said.at,
    )


def _number(status: Any, names: Mapping[str, int]) -> int | None:
    """A status given by number or by its name in any case; None for one we know nothing of."""
    word = _word(status).casefold()
    known = {name.casefold(): number for name, number in {**NAMES, **names}.items()}
    return int(word) if word.isascii() and word.isdigit() and len(word) < 5 else known.get(word)


def _state(before: str, statuses: Statuses, names: Mapping[str, int], now: int) -> str:
    """Which of our states the status a ticket had stands for. Not told: the one that makes the change mean most."""
    number = _number(before, names)
    if number is None:
        return "resolved" if now == statuses.open and statuses.open == statuses.acknowledged else "open"
    if statuses.is_over(number):
        return "resolved"
    return "acknowledged" if number == statuses.acknowledged and number != statuses.open else "open"


def _word(value: Any) -> str:
    """A placeholder that the vendor did not fill in is empty."""
    text = str(value if value is not None else "").strip()
    return "" if text.startswith("{{") else text[:1000]
