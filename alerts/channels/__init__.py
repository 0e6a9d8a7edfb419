"""The channels: one file each. A channel tries once; the outbox retries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from alerts.calendars.duty import Duty
from alerts.matrix import Contact
from alerts.outlets import Outlet
from alerts.page import Page
from alerts.priority import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the channel said when it took the page: its own reference (dedup key, message id), empty where it gives none."""

    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Something a person did at the channel, brought home by webhook or polling.

    `event_id` is the source's own id, unique per source: the same reply twice has one effect. `kind` is acknowledged,
    unacknowledged, resolved, reopened or annotated. `dedup_key` leads to the escalation, generation and lane.
    `by` is who, as the source names them, empty where no person stands behind it; `user` is the source's own id of them.
    """

    source: str
    event_id: str
    kind: str
    dedup_key: str
    by: str
    at: datetime
    user: str = ""


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

    async def post(self, url: str, *, headers: Mapping[str, str], content: bytes, seconds: float, private: bool = False) -> Post:
        """One POST, no redirects, to a public address or, where `private`, to any. Raises `alerts.errors.Undelivered` for
        network trouble (unknown=True once bytes left)."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A triggered key to ask about. `acknowledged_at` is the acknowledgement we know of, None for none."""

    dedup_key: str
    acknowledged_at: datetime | None = None


@runtime_checkable
class Polls(Protocol):
    """A channel that can be asked what people did there, for a daemon with no way in from outside."""

    async def poll(self, watched: Iterable[Watched], tools: Tools) -> list[Reply]:
        """What happened to the watched keys, oldest first; the same thing always has the same event id.

        Empty where the configuration gives no way to ask. Raises `Undelivered` or `Undeliverable`.
        """


@runtime_checkable
class ReadsBack(Protocol):
    """A channel that can be asked whether a page has arrived as what pages people."""

    async def arrived(self, dedup_key: str, tools: Tools) -> str | None:
        """The vendor's reference of what the key became (an incident id), None where there is nothing.

        Raises `Undelivered` or `Undeliverable`; only call it where the outlet `reads_back`.
        """


@runtime_checkable
class KeepsIncidents(Protocol):
    """A channel whose vendor gives what a key became a priority of its own, which no page can say."""

    async def grade(self, dedup_key: str, priority: Priority, tools: Tools) -> bool:
        """Bring the incident of a key to our priority. False where there is none yet; true where there is nothing to do.

        Raises `Undelivered` or `Undeliverable`; only call it where the outlet `keeps_incidents`.
        """


@runtime_checkable
class KeepsSchedules(Protocol):
    """A channel whose vendor knows who is on call."""

    async def on_call(
        self, schedule: str, contacts: Mapping[str, Contact], since: datetime, until: datetime, tools: Tools
    ) -> tuple[tuple[Duty, ...], int]:
        """Who is on call by a schedule between two moments (UTC), sorted, and how many people there are no contact of ours.

        Raises `Undelivered` or `Undeliverable`.
        """


@runtime_checkable
class HearsWebhooks(Protocol):
    """A channel whose vendor calls us."""

    def replies(self, headers: Mapping[str, str], body: bytes) -> list[Reply]:
        """The replies in one webhook. `body` is raw. Raises `alerts.errors.Unverified` before anything of it is believed,
        `alerts.errors.Unreadable` where it is signed but not to be understood. Empty for events that mean nothing to us."""


def outlets(channels: Mapping[str, Channel]) -> dict[str, Outlet]:
    """What the matrix needs to know of the configured channels, in their order.

    A channel class says it in five attributes of `Outlet`, each optional: `address`, `climbs`, `reads_back`, `takes_notes` and
    `keeps_incidents`.
    """
    return {
        name: Outlet(
            name=name,
            kind=channel.kind,
            address=getattr(channel, "address", ""),
            climbs=getattr(channel, "climbs", False),
            reads_back=getattr(channel, "reads_back", False),
            takes_notes=getattr(channel, "takes_notes", True),
            keeps_incidents=getattr(channel, "keeps_incidents", False),
        )
        for name, channel in channels.items()
    }
