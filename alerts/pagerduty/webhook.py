"""PagerDuty's v3 webhooks: is it theirs, and what did somebody do."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from alerts.channels import Reply
from alerts.errors import Unreadable

KINDS = {
    "incident.acknowledged": "acknowledged",
    "incident.unacknowledged": "unacknowledged",
    "incident.resolved": "resolved",
    "incident.reopened": "reopened",
    "incident.annotated": "annotated",
}
_MOST_SIGNATURES = 20


def signed(headers: Mapping[str, str], body: bytes, secrets: Iterable[str]) -> bool:
    """True if any signature of the raw body fits any of the secrets; compared in constant time, all pairs always."""
    given = next((value for name, value in headers.items() if name.lower() == "x-pagerduty-signature"), "")
    signatures = [part.strip().removeprefix("v1=") for part in given.split(",") if part.strip().startswith("v1=")]
    fits = False
    for secret in secrets:
        wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
        for signature in signatures[:_MOST_SIGNATURES]:
            fits |= hmac.compare_digest(wanted, signature.encode("utf-8", "replace"))
    return fits


def replies_in(body: bytes) -> list[Reply]:
    """The reply in a verified body, or none for an event that means nothing to us. Raises `Unreadable`.

    The event's own id is used against repeats, not the header X-Webhook-Id: no signature covers headers.
    """
    try:
        event = orjson.loads(body)["event"]
        kind = KINDS.get(event["event_type"])
        if kind is None:
            return []
        about, agent = event.get("data") or {}, event.get("agent") or {}
        if kind == "resolved" and merged(about):
            return []
        key = about.get("incident_key") or (about.get("incident") or {}).get("incident_key") or ""
        at, event_id = moment(event["occurred_at"]), event["id"]
        by, user = person(agent)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise Unreadable(f"the PagerDuty webhook is signed but not as described ({type(error).__name__})") from error
    if not (isinstance(key, str) and isinstance(event_id, str) and event_id):
        raise Unreadable("the PagerDuty webhook is signed but its ids are not text")
    if not key:
        return []
    return [Reply(source="pagerduty", event_id=event_id, kind=kind, dedup_key=key, by=by, at=at, user=user)]


def merged(incident: Mapping[str, Any]) -> bool:
    """Whether it was only resolved because its alerts are those of another incident now: nobody closed anything."""
    return (incident.get("resolve_reason") or {}).get("type") == "merge_resolve_reason"


def person(reference: Mapping[str, Any]) -> tuple[str, str]:
    """(name, id) of the user in a reference; both empty for a service, an integration, or nobody."""
    if not str(reference.get("type", "")).startswith("user"):
        return "", ""
    user = str(reference.get("id") or "")[:200]
    return str(reference.get("summary") or user)[:200], user


def moment(text: str) -> datetime:
    """An aware UTC time from ISO 8601. Raises ValueError, TypeError."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
