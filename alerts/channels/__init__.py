"""The channels: one file each. A channel tries once; the outbox retries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from alerts.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the channel said when it took the page: its own reference (dedup key, message id), empty where it gives none."""

    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Something a person did at the channel, brought home by webhook or polling.

    `event_id` is the source's own id, unique per source: the same reply twice has one effect. `kind` is acknowledged,
    unacknowledged, resolved, reopened or annotated. `dedup_key` leads to the escalation, generation and lane.
    `by` is who, as the source names them, empty where no person stands behind it.
    """

    source: str
    event_id: str
    kind: str
    dedup_key: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """The answer to one outgoing HTTP request of a channel. Header names are in lower case; `retry_after` is the answer's
    Retry-After, whichever form it had, None without one."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    retry_after: timedelta | None = None


class Http(Protocol):
    """The channels' door to the network, given in by the shell."""

    async def post(self, url: str, *, headers: Mapping[str, str], content: bytes, seconds: float) -> Post:
        """One POST, no redirects. Raises `alerts.errors.Undelivered` for network trouble (unknown=True once bytes left)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a channel may use; `now` is aware UTC."""

    http: Http
    now: datetime


class Channel(Protocol):
    """The parsed configuration of one channel; `kind` selects it in `driftpager.yml`."""

    kind: str

    async def deliver(self, page: Page, tools: Tools) -> Receipt:
        """Try once. Raises `Undelivered` or `Undeliverable`; success is read from the answer, never assumed."""
