"""What people write in our threads, for whoever has no way in from outside or wants it in the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import unescape
from types import MappingProxyType
from typing import Any

from alerts.channels import Reply, Watched
from alerts.errors import Reason, Undelivered
from alerts.slack.calls import EVENT, Place
from alerts.wording import clean

A_ROUND = 10
"""Threads that are read in one round: Slack allows some 50 such calls a minute, and there are four rounds in one."""
BACK = timedelta(days=1)
_LONGEST = 2_000
_SAID = frozenset({"", "thread_broadcast", "file_share"})
"""Subtypes of messages that somebody wrote; any other tells of something else."""

DONE = MappingProxyType(
    {
        "ack": "acknowledged",
        "acknowledge": "acknowledged",
        "acknowledged": "acknowledged",
        "resolve": "resolved",
        "resolved": "resolved",
        "take over": "acknowledged",
    }
)
"""Answers of nothing but these words do something; anything else is told in the timeline."""


def in_turn(watched: Sequence[Watched], now: datetime) -> Sequence[Watched]:
    """Those whose turn it is: all where there are few, else as many as may be asked for, others each time."""
    if len(watched) <= A_ROUND:
        return watched
    rounds = int(now.timestamp() // 15)
    begin = rounds * A_ROUND % len(watched)
    return [*watched[begin:], *watched[:begin]][:A_ROUND]


def replies_of(place: Place, messages: Iterable[Any]) -> list[Reply]:
    """What people wrote in a thread, oldest first. Raises `Undelivered` where the answer is not as described."""
    try:
        return [reply for each in messages if (reply := _reply(place, each)) is not None]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Undelivered(f"Slack's messages are not as described ({type(error).__name__})", reason=Reason.SERVER) from None


def _reply(place: Place, message: Mapping[str, Any]) -> Reply | None:
    """None for the message itself, and for what an app or Slack wrote."""
    stamp, user = str(message["ts"]), str(message.get("user") or "")
    ours = (message.get("metadata") or {}).get("event_type") == EVENT
    if stamp == place.ts or not user or message.get("bot_id") or ours or (message.get("subtype") or "") not in _SAID:
        return None
    text = clean(unescape(str(message.get("text") or "")), _LONGEST)
    kind = DONE.get(text.casefold().strip(" .!"), "annotated")
    return Reply(
        source="slack",
        event_id=f"{place}:{stamp}",
        kind=kind,
        dedup_key="",
        by=user[:200],
        user=user[:200],
        at=datetime.fromtimestamp(float(stamp), UTC),
        record=str(place),
        text=text if kind == "annotated" else f"{text}, in the thread",
    )
