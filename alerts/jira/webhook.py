"""Jira's webhooks: are they theirs, are they of today, and what did somebody do.

An administrator registers them with a secret; a JQL filter `labels = driftpager` keeps other issues out. What they are called
(`X-Atlassian-Webhook-Identifier`) is covered by no signature: the ids of what happened count against repeats.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from alerts.channels import Reply
from alerts.errors import Unreadable, Unverified
from alerts.jira.fields import MARK
from alerts.jira.happened import Listener

LONGEST = timedelta(days=1)
"""Jira repeats what was not taken for some hours; what is older is somebody's recording."""

_AHEAD = timedelta(minutes=5)


def signed(headers: Mapping[str, str], body: bytes, secrets: Iterable[str]) -> bool:
    """True if the signature of the raw body fits any of the secrets; compared in constant time, all always."""
    given = next((value for name, value in headers.items() if name.lower() == "x-hub-signature"), "")
    signature = given.strip().removeprefix("sha256=").encode("utf-8", "replace")
    fits = False
    for secret in secrets:
        wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
        fits |= hmac.compare_digest(wanted, signature)
    return fits


def fresh(body: bytes, now: datetime) -> Mapping[str, Any]:
    """A verified body, read. Raises `Unverified` for an old one, `Unreadable` where it says no time or is no object."""
    try:
        event = orjson.loads(body)
        at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise Unreadable(f"the Jira webhook is signed but not as described ({type(error).__name__})") from None
    if not -_AHEAD <= now - at <= LONGEST:
        raise Unverified(f"the Jira webhook is of {at:%Y-%m-%d %H:%M} UTC: too old, or a clock is wrong")
    found: Mapping[str, Any] = event
    return found


def replies_in(event: Mapping[str, Any], listener: Listener) -> list[Reply]:
    """The replies in a webhook, none for what means nothing to us. Raises `Unreadable`."""
    try:
        return list(_read(event, listener))
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise Unreadable(f"the Jira webhook is signed but not as described ({type(error).__name__})") from None


def _read(event: Mapping[str, Any], listener: Listener) -> Iterable[Reply]:
    what, issue = event.get("webhookEvent"), event.get("issue")
    if issue is None or what not in ("jira:issue_updated", "jira:issue_deleted", "comment_created"):
        return
    key, fields = str(issue["key"]), issue.get("fields") or {}
    labels = fields.get("labels")
    if isinstance(labels, list) and MARK not in labels:
        return  # another issue of the project
    at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    by = event.get("user") or {}
    if what == "jira:issue_deleted":
        yield from listener.deleted(key, str(issue["id"]), by, at)
        return
    if event.get("changelog"):
        status = fields.get("status") or {}
        yield from listener.change(key, event["changelog"], by, at, str((status.get("statusCategory") or {}).get("key") or ""))
    if event.get("comment"):
        yield from listener.comment(key, event["comment"])
