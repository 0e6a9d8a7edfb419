"""What people did in Intercom: in a webhook, and read from tickets that we watch; the same thing has the same id both ways."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import orjson

from alerts.channels import Reply
from alerts.errors import Unreadable, Unverified
from alerts.html import text_of
from alerts.intercom.calls import Part, Place, Thread, moment, thread
from alerts.intercom.ticket import kind_of
from alerts.wording import cut

SOURCE = "intercom"
TEXT_LENGTH = 4_000
OLDEST = timedelta(hours=1)
"""A webhook made longer ago is not believed; the vendor gives up on sending one long before."""

TOPICS = frozenset(
    {
        "ticket.admin.replied",
        "ticket.closed",
        "ticket.contact.replied",
        "ticket.note.created",
        "ticket.resolved",
        "ticket.state.updated",
    }
)
_SAID = frozenset({"comment", "note", "note_and_reopen", "quick_reply"})
_STATES: Mapping[str, str] = {"close": "resolved", "open": "reopened"}
"""What was done to a conversation by a part of this kind."""


def signed(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
    """True if X-Hub-Signature is HMAC-SHA1 of the raw body with one of the app's client secrets; compared in constant time."""
    given = next((value for name, value in headers.items() if name.lower() == "x-hub-signature"), "")
    fits = False
    for secret in secrets:
        wanted = "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
        fits |= hmac.compare_digest(given.strip().encode("utf-8", "replace"), wanted.encode())
    return fits


def replies_in(body: bytes, admin: str, now: datetime) -> list[Reply]:
    """The replies in a verified body, or none for what means nothing to us. Raises `Unreadable`, `Unverified` for an old one."""
    try:
        said = orjson.loads(body)
        topic, item = said["topic"], said["data"]["item"]
        made = said.get("created_at")
        if made is not None and now - moment(made) > OLDEST:
            raise Unverified("the Intercom webhook is signed but made over an hour ago")
        if topic not in TOPICS:
            return []
        about = thread(item.get("ticket") or item)
        if (part := item.get("ticket_part")) is not None:
            about = thread({**(item.get("ticket") or item), "ticket_parts": {"ticket_parts": [part]}})
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError, OverflowError, OSError) as error:
        raise Unreadable(f"the Intercom webhook is signed but not as described ({type(error).__name__})") from error
    return replies_of(about, admin, None)


def replies_of(about: Thread, admin: str, since: datetime | None) -> list[Reply]:
    """What people did in a ticket or conversation from a moment on, oldest first; not what `admin` did, which is us."""
    first = since.replace(microsecond=0) if since is not None else None
    parts = [part for part in about.parts if part.author != admin and (first is None or part.at >= first)]
    found = [_reply(about.place, part, kind) for part in parts if (kind := _kind(part))]
    return sorted(found, key=lambda reply: (reply.at, reply.event_id))


def _kind(part: Part) -> str:
    if part.after:
        return kind_of(part.before, part.after)
    if part.kind in _SAID and part.text:
        return "annotated"
    return _STATES.get(part.kind, "")


def _reply(place: Place, part: Part, kind: str) -> Reply:
    return Reply(
        source=SOURCE,
        event_id=f"{place}:part:{part.id}",
        kind=kind,
        dedup_key="",
        by=part.name,
        user=part.author,
        email=part.email,
        record=str(place),
        text=cut(text_of(part.text), TEXT_LENGTH) if part.text else "",
        at=part.at,
    )
