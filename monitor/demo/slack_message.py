"""What the Slack stand-in keeps: messages, channels, calls as they came; what it sends when somebody presses; how it can fail."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from monitor.demo.calling import answered
from monitor.demo.slack_rules import elements

BOT = "U0BOT"
SCOPES = frozenset({"chat:write", "channels:history", "groups:history", "im:history"})

Post = Callable[[str, Mapping[str, str], bytes], Awaitable[tuple[int, bytes]]]
"""Sends one request of Slack's: url, headers, body; gives (status, body), status 0 for none within three seconds."""


async def post(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    return await answered(url, headers, body, seconds=3)


class Trouble(StrEnum):
    """How it fails beside its own errors: `hang` does it and never answers, `lost` does nothing and never answers."""

    HANG = "hang"
    LOST = "lost"
    TOO_MANY = "429"
    SERVER_ERROR = "500"
    UNREADABLE = "unreadable"


@dataclass(slots=True, kw_only=True)
class Message:
    """One message. `thread` is the time stamp of the one it answers, empty for none; `versions` are its blocks before."""

    ts: str
    channel: str
    text: str
    by: str = BOT
    blocks: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    thread: str = ""
    broadcast: bool = False
    versions: list[list[dict[str, Any]]] = field(default_factory=list)

    @property
    def buttons(self) -> dict[str, dict[str, Any]]:
        """What can be pressed, by action id."""
        return {each["action_id"]: each for each in elements(self.blocks)}


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel the app is in, or not (`member`)."""

    id: str
    private: bool = False
    member: bool = True
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as it came: the method's name, its arguments, and what it was answered."""

    method: str
    arguments: Mapping[str, Any]
    headers: Mapping[str, str]
    answer: Mapping[str, Any]


def interaction(message: Message, button: Mapping[str, Any], by: str, name: str, stamp: str, option: int = 0) -> dict[str, Any]:
    """The payload for one press, as Slack describes `block_actions`."""
    action = {
        "action_id": button["action_id"],
        "block_id": "b1",
        "type": button["type"],
        "action_ts": stamp,
        **({"text": button["text"]} if "text" in button else {}),
        **({"value": button["value"]} if "value" in button else {}),
        **({"selected_option": button["options"][option]} if "options" in button else {}),
    }
    return {
        "type": "block_actions",
        "team": {"id": "T1", "domain": "acme"},
        "user": {"id": by, "username": name, "name": name, "team_id": "T1"},
        "api_app_id": "A1",
        "token": "no longer looked at",
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": False,
        },
        "trigger_id": f"12466734323.1395872398.{stamp}",
        "channel": {"id": message.channel, "name": "ops"},
        "message": shown(message, whole=True),
        "response_url": "https://hooks.slack.com/actions/T1/1/x",
        "state": {"values": {}},
        "actions": [action],
    }


def signed(body: bytes, secret: str, stamp: str) -> dict[str, str]:
    """The headers of a request of Slack's."""
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    }


def shown(message: Message, *, whole: bool) -> dict[str, Any]:
    metadata = message.metadata if whole else {key: each for key, each in message.metadata.items() if key == "event_type"}
    return {
        "type": "message",
        "user": message.by,
        "ts": message.ts,
        "text": message.text,
        "blocks": message.blocks,
        **({"metadata": metadata} if metadata else {}),
        **({"thread_ts": message.thread} if message.thread else {}),
    }
