"""What people press in Slack: is it theirs, and what did somebody do."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs

import orjson

from alerts.channels import Reply
from alerts.errors import Unreadable, Unverified
from alerts.keys import parse_dedup_key
from alerts.slack.blocks import KINDS, SNOOZES

TOLERANCE = timedelta(minutes=5)
_SAID = MappingProxyType(
    {
        "accepted": "accepted in Slack",
        "mitigated": "a workaround is in place, as said in Slack",
        "resolved": "resolved in Slack",
        "snoozed": "snoozed in Slack",
    }
)
"""The reason that a button gives, for nobody types one."""
_LONGEST_NAME = 200


def verify(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: datetime) -> None:
    """Raises `Unverified` unless one of the secrets signed the raw body, and did so within five minutes of `now`."""
    given = {name.lower(): value for name, value in headers.items()}
    stamp, signature = given.get("x-slack-request-timestamp", ""), given.get("x-slack-signature", "")
    fits = False
    for secret in secrets:
        wanted = hmac.new(secret.encode(), b"v0:" + stamp.encode("utf-8", "replace") + b":" + body, hashlib.sha256).hexdigest()
        fits |= hmac.compare_digest(f"v0={wanted}".encode(), signature.encode("utf-8", "replace"))
    if not fits:
        raise Unverified("the Slack request's signature fits none of signing_secrets")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise Unverified("the Slack request was signed without a time")
    if abs(now - datetime.fromtimestamp(int(stamp), UTC)) > TOLERANCE:
        raise Unverified("the Slack request was signed more than five minutes ago, or our clock is wrong")


def replies_in(body: bytes) -> list[Reply]:
    """The replies in a verified body, none for what is not about a button of ours. Raises `Unreadable`."""
    try:
        (text,) = parse_qs(body.decode(), max_num_fields=20).get("payload", [""])
        payload = orjson.loads(text) if text else {}
        if payload.get("type") != "block_actions":
            return []
        return [reply for each in payload["actions"] if (reply := _reply(each, payload)) is not None]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise Unreadable(f"the Slack request is signed but not as described ({type(error).__name__})") from error


def _reply(action: Mapping[str, Any], payload: Mapping[str, Any]) -> Reply | None:
    """None for a link, which opens by itself, and for what carries no key of ours."""
    kind = KINDS.get(action["action_id"])
    if kind is None:
        return None
    value = (action.get("selected_option") or {}).get("value") if kind == "snoozed" else action.get("value")
    length, _, rest = str(value or "").partition("|") if kind == "snoozed" else ("", "", str(value or ""))
    key, _, seen = rest.partition("|")
    if parse_dedup_key(key) is None or (kind == "snoozed" and length not in SNOOZES) or (kind == "accepted" and not seen):
        return None
    user, where = payload["user"], payload["container"]
    place, person, stamp = f"{where['channel_id']}:{where['message_ts']}", str(user["id"]), str(action["action_ts"])
    at = datetime.fromtimestamp(float(stamp), UTC)
    return Reply(
        source="slack",
        event_id=f"{place}:{stamp}:{person}:{action['action_id']}",
        kind=kind,
        dedup_key=key,
        by=str(user.get("username") or user.get("name") or person)[:_LONGEST_NAME],
        user=person[:_LONGEST_NAME],
        at=at,
        record=place,
        until=at + SNOOZES[length] if kind == "snoozed" else None,
        seen=seen,
        text=_SAID.get(kind, ""),
    )
