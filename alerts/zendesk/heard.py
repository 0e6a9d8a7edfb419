"""What people do in tickets: told by Zendesk's event webhooks, or read from the tickets' audits.

The same happening has the same event id both ways: a comment by its own id, a change by the ticket, what it changed to and when.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from alerts.channels import Reply
from alerts.errors import Unreadable
from alerts.zendesk.calls import moment
from alerts.zendesk.tickets import MARK, marked

TOLERANCE = timedelta(minutes=5)
_SIGNATURE = "x-zendesk-webhook-signature"
_STAMP = "x-zendesk-webhook-signature-timestamp"
_OVER = frozenset({"solved", "closed"})
_EVENT = "zen:event-type:ticket."
_LONGEST = 4000

User = Mapping[str, Any]


def signed(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: datetime) -> bool:
    """True if the signature over timestamp and raw body fits any of the secrets, and the timestamp is of now."""
    lower = {name.lower(): value for name, value in headers.items()}
    stamp, given = lower.get(_STAMP, ""), lower.get(_SIGNATURE, "").strip()
    fits = False
    for secret in secrets:
        wanted = base64.b64encode(hmac.new(secret.encode(), stamp.encode("utf-8", "replace") + body, hashlib.sha256).digest())
        fits |= hmac.compare_digest(wanted, given.encode("utf-8", "replace"))
    try:
        return fits and abs(now - moment(stamp.strip())) <= TOLERANCE
    except ValueError:
        return False


def replies_in(body: bytes, ourselves: int) -> list[Reply]:
    """The replies in a verified body; none for an event that means nothing to us, or about a ticket without our tag."""
    try:
        said = orjson.loads(body)
        kind = said.get("type") or ""
        if not kind.startswith(_EVENT):
            return []
        detail, event = said["detail"], said["event"]
        tags = detail.get("tags")
        ours = str(detail.get("external_id") or "").startswith(f"{MARK}-") or not isinstance(tags, list) or MARK in tags
        if not ours:
            return []
        record, at = str(int(detail["id"])), moment(detail.get("updated_at") or said["time"])
        actor = int(detail.get("actor_id") or 0)
        match kind.removeprefix(_EVENT):
            case "status_changed":
                status, before = str(event["current"]).lower(), str(event.get("previous") or "").lower()
                found = _status(record, status, before, at)
            case "agent_assignment_changed":
                found = _assigned(record, int(event.get("current") or 0), actor, at)
            case "comment_added":
                comment = event["comment"]
                author = comment.get("author") or {}
                actor = int(author.get("id") or actor)
                found = _comment(record, comment["id"], comment.get("body"), at, by=str(author.get("name") or ""))
            case _:
                found = None
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise Unreadable(f"the Zendesk webhook is signed but not as described ({type(error).__name__})") from error
    return [_by(found, actor, None)] if found is not None and actor != ourselves else []


def replies_of(
    ticket: str, audits: Iterable[Mapping[str, Any]], since: datetime | None, ourselves: int
) -> list[tuple[int, Reply]]:
    """(who, what) a ticket's audits tell since a moment, without what we did ourselves."""
    found: list[tuple[int, Reply]] = []
    for audit in audits:
        at, author = moment(audit["created_at"]), int(audit.get("author_id") or 0)
        if marked(audit) or author == ourselves or (since is not None and at < since.replace(microsecond=0)):
            continue
        for event in audit.get("events") or ():
            reply = _read(ticket, event, author, at)
            if reply is not None:
                found.append((author, reply))
    return found


def named(heard: Iterable[tuple[int, Reply]], users: Mapping[int, User]) -> list[Reply]:
    """The replies with who did it, oldest first."""
    return sorted((_by(reply, author, users.get(author)) for author, reply in heard), key=lambda each: (each.at, each.event_id))


def _read(ticket: str, event: Mapping[str, Any], author: int, at: datetime) -> Reply | None:
    match event.get("type"):
        case "Comment":
            return _comment(ticket, event["id"], event.get("body"), at)
        case "Change" if event.get("field_name") == "status":
            return _status(ticket, str(event.get("value")), str(event.get("previous_value")), at)
        case "Change" if event.get("field_name") == "assignee_id":
            value = str(event.get("value") or "")
            return _assigned(ticket, int(value) if value.isdecimal() else 0, author, at)
    return None


def _status(ticket: str, status: str, before: str, at: datetime) -> Reply | None:
    if (status in _OVER) == (before in _OVER):
        return None
    kind = "resolved" if status in _OVER else "reopened"
    return _reply(f"ticket:{ticket}:{status}:{_second(at)}", kind, ticket, at)


def _assigned(ticket: str, to: int, actor: int, at: datetime) -> Reply | None:
    """Who takes a ticket for themselves takes the escalation; who gives it to another has only spoken for them."""
    if not to or to != actor:
        return None
    return _reply(f"ticket:{ticket}:assigned:{to}:{_second(at)}", "acknowledged", ticket, at)


def _comment(ticket: str, id: Any, text: Any, at: datetime, by: str = "") -> Reply:
    said = text if isinstance(text, str) else ""
    return _reply(f"comment:{int(id)}", "annotated", ticket, at, text=said[:_LONGEST], by=by)


def _reply(event: str, kind: str, ticket: str, at: datetime, *, text: str = "", by: str = "") -> Reply:
    return Reply(source="zendesk", event_id=event, kind=kind, dedup_key="", record=ticket, by=by, at=at, text=text)


def _by(reply: Reply, author: int, user: User | None) -> Reply:
    """Zendesk's own automations act as the user -1: no person stands behind those."""
    if author <= 0:
        return reply
    told = user or {}
    name = str(told.get("name") or reply.by or f"Zendesk user {author}")
    email = told.get("email")
    return replace(reply, by=name, user=str(author), email=email if isinstance(email, str) else "")


def _second(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
