"""Slack's Web API as far as we use it: one try a call; a refusal is an answer of 200 with `ok: false`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from alerts.errors import Reason, Undeliverable, Undelivered
from alerts.json_api import Answer, JsonApi, field
from alerts.slack.blocks import Message

WHO = "Slack"
EVENT = "driftpager"
"""The type of the metadata that carries our key."""
LOOKED_THROUGH = 3
A_LOOK = 50
"""Pages of a channel's history, and messages on each, that are looked through for a message of ours: they hold whole messages,
and an answer may have a megabyte."""

_AGAIN = MappingProxyType(
    {
        "ratelimited": (Reason.RATE_LIMITED, False),
        "rate_limited": (Reason.RATE_LIMITED, False),
        "internal_error": (Reason.SERVER, True),
        "fatal_error": (Reason.SERVER, True),
        "service_unavailable": (Reason.SERVER, False),
        "request_timeout": (Reason.TIMEOUT, False),
        "team_added_to_org": (Reason.SERVER, False),
    }
)
"""Errors that pass, each with whether it may have been done all the same. Every other one is final."""

_KEY = frozenset(
    {
        "access_denied",
        "account_inactive",
        "ekm_access_denied",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
_ADVICE = MappingProxyType(
    {
        "account_inactive": "the app or its workspace is gone: install it again and give its new token",
        "channel_not_found": "check the channel's id, and invite the app to it if it is private",
        "invalid_auth": "check its token",
        "is_archived": "the channel is archived: name another one",
        "not_in_channel": "invite the app to the channel (/invite)",
        "token_expired": "check its token",
        "token_revoked": "the app was uninstalled or its token revoked: install it again and give its new token",
        "user_not_found": "check the contact's member id",
    }
)
_PLACE = re.compile(r"([CGD][A-Z0-9]{1,30}):(\d{1,12}\.\d{1,8})")
_NAME = re.compile(r"[a-z_]{1,60}")
_SCOPES = re.compile(r"[a-z:._,-]{1,200}")


class Refusal(Undeliverable):
    """`ok: false` for good. `error` is Slack's name of it, empty where it gave none."""

    def __init__(self, text: str, *, reason: Reason, error: str) -> None:
        super().__init__(text, reason=reason)
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A message: the channel's id and its time stamp there, which is its name. Written `C123:1700000000.000100`."""

    channel: str
    ts: str

    @classmethod
    def of(cls, reference: str) -> Place | None:
        """Back from a reference; None where it is none."""
        found = _PLACE.fullmatch(reference)
        return cls(channel=found[1], ts=found[2]) if found else None

    def __str__(self) -> str:
        return f"{self.channel}:{self.ts}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Every method raises `Undelivered` or `Undeliverable`, the latter as `Refusal` where Slack itself refused."""

    api: JsonApi

    async def post(self, channel: str, message: Message, *, key: str, thread: str = "", broadcast: bool = False) -> Place:
        """A message of ours with `key` in its metadata, in a thread where `thread` is the first message's time stamp.

        `channel` may be a member's id: they get it as a direct message.
        """
        body = {**_plain(message, key), "channel": channel, "unfurl_links": False, "unfurl_media": False}
        if thread:
            body |= {"thread_ts": thread, "reply_broadcast": broadcast}
        answer = await self._call("POST", "chat.postMessage", body)
        place = Place.of(f"{field(answer, WHO, 'channel')}:{field(answer, WHO, 'ts')}")
        if place is None:
            raise Undelivered("Slack's answer names no message: check base_url", reason=Reason.SERVER, unknown=True)
        return place

    async def update(self, place: Place, message: Message, *, key: str) -> None:
        """The message as it is to be from now on."""
        await self._call("POST", "chat.update", {**_plain(message, key), "channel": place.channel, "ts": place.ts})

    async def find(self, channel: str, key: str, since: datetime) -> Place | None:
        """The newest message of a channel with our key, posted after a moment; None where none is found."""
        query = {"channel": channel, "oldest": f"{since.timestamp():.6f}"}
        ts = await self._look("conversations.history", query, key)
        return Place(channel=channel, ts=ts) if ts else None

    async def recent(self, channel: str, since: datetime) -> list[Mapping[str, Any]]:
        """The latest messages of ours in a channel after a moment, newest first."""
        query = {"channel": channel, "oldest": f"{since.timestamp():.6f}", "limit": str(A_LOOK), "include_all_metadata": "true"}
        answer = await self._call("GET", "conversations.history", query=query)
        return [each for each in field(answer, WHO, "messages") if key_of(each)]

    async def answered(self, place: Place, key: str) -> bool:
        """Whether the thread of a message has an answer with our key."""
        return bool(await self._look("conversations.replies", {"channel": place.channel, "ts": place.ts}, key))

    async def thread(self, place: Place, since: datetime) -> list[Any]:
        """The messages of a thread after a moment, oldest first, and the one they answer; the first of very many."""
        query = {"channel": place.channel, "ts": place.ts, "oldest": f"{since.timestamp():.6f}", "limit": str(2 * A_LOOK)}
        answer = await self._call("GET", "conversations.replies", query=query)
        found = field(answer, WHO, "messages")
        return found if isinstance(found, list) else []

    async def permalink(self, place: Place) -> str:
        """Where a person opens it."""
        answer = await self._call("GET", "chat.getPermalink", query={"channel": place.channel, "message_ts": place.ts})
        return str(field(answer, WHO, "permalink"))

    async def who(self) -> tuple[str, frozenset[str]]:
        """(who we are there, what the token allows)."""
        answer = await self._call("POST", "auth.test")
        scopes = answer.headers.get("x-oauth-scopes", "")
        said = f"{field(answer, WHO, 'user')} in {field(answer, WHO, 'team')}"
        return said, frozenset(filter(None, (scope.strip() for scope in scopes.split(","))))

    async def readable(self, channel: str) -> None:
        """Raises where the channel cannot be read."""
        await self._call("GET", "conversations.history", query={"channel": channel, "limit": "1"})

    async def _look(self, method: str, query: Mapping[str, str], key: str) -> str:
        """The time stamp of the first message with our key, empty for none among as many as are looked through."""
        cursor = ""
        for _ in range(LOOKED_THROUGH):
            asked = {**query, "limit": str(A_LOOK), "include_all_metadata": "true", **({"cursor": cursor} if cursor else {})}
            answer = await self._call("GET", method, query=asked)
            for each in field(answer, WHO, "messages"):
                if key_of(each) == key:
                    return str(each.get("ts", ""))
            following = answer.body.get("response_metadata")
            cursor = str(following.get("next_cursor") or "") if isinstance(following, dict) else ""
            if not cursor:
                break
        return ""

    async def _call(
        self, method: str, name: str, body: Mapping[str, Any] | None = None, *, query: Mapping[str, str] | None = None
    ) -> Answer:
        answer = await self.api.call(method, f"/{name}", body, query=query or {})
        if not isinstance(answer.body, dict) or not isinstance(answer.body.get("ok"), bool):
            raise Undelivered(
                "Slack's answer is not as described: check base_url", reason=Reason.SERVER, unknown=method == "POST"
            )
        if not answer.body["ok"]:
            raise _refused(answer, unknown=method == "POST")
        return answer


def _plain(message: Message, key: str) -> dict[str, Any]:
    """What every message has: nothing in it becomes a link or a mention by itself, and our key goes with it."""
    return {**message, "parse": "none", "metadata": {"event_type": EVENT, "event_payload": {"key": key}}}


def key_of(message: Any) -> str:
    """Our key in a message as Slack gives it back, empty where it is not ours."""
    try:
        metadata = message["metadata"]
        return str(metadata["event_payload"]["key"]) if metadata["event_type"] == EVENT else ""
    except (KeyError, TypeError):
        return ""


def _refused(answer: Answer, *, unknown: bool) -> Undelivered | Refusal:
    """Of what Slack says only names go into the text: of its error, and of the scopes it asks for."""
    name = str(answer.body.get("error") or "")
    name = name if _NAME.fullmatch(name) else ""
    if name in _AGAIN:
        reason, may_have_been = _AGAIN[name]
        text = f"Slack could not do it now ({name})"
        return Undelivered(text, reason=reason, retry_after=answer.retry_after, unknown=may_have_been and unknown)
    advice = _ADVICE.get(name, "")
    needed = str(answer.body.get("needed") or "")
    if name == "missing_scope" and _SCOPES.fullmatch(needed):
        advice = f"give the app the scope {needed} and install it again"
    text = f"Slack refused it ({name or 'without a reason'}){': ' * bool(advice)}{advice}"
    return Refusal(text, reason=Reason.AUTH if name in _KEY else Reason.CLIENT, error=name)
