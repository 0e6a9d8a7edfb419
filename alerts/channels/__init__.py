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
    """What the channel said when it took the page: its own reference (dedup key, ticket id), empty where it gives none.

    For a page with a `record`, `reference` is what leads back to it, and `url` where a person opens it (http(s), may be empty).
    """

    reference: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Something a person did at the channel, brought home by webhook or polling.

    `source` is the channel's kind; `event_id` is the source's own id, unique per source: the same reply twice has one effect.
    `kind` is acknowledged, unacknowledged, resolved, reopened or annotated; where people work in the channel (chat) also
    `mitigated`, `snoozed` (until `until`) or `accepted` (the baseline). `dedup_key` leads to the escalation, generation and
    lane; a source that does not carry it gives the `record` the channel knows it by (`Receipt.reference`) instead.
    `by` is who, as the source names them, empty where no person stands behind it; `user` is the source's own id of them, and
    `email` their address there where it tells one. `text` is what they wrote: a comment, a reason. `seen` is the digest of the
    changes they accepted (`alerts.keys.seen_id`), empty where the source does not tell what it showed them.
    """

    source: str
    event_id: str
    kind: str
    dedup_key: str
    by: str
    at: datetime
    user: str = ""
    email: str = ""
    record: str = ""
    text: str = ""
    until: datetime | None = None
    seen: str = ""


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

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"", seconds: float, private: bool = False
    ) -> Post:
        """One request, no redirects, to a public address or, where `private`, to any. Raises `alerts.errors.Undelivered` for
        network trouble (unknown=True once bytes left), `Undeliverable` where our own policy forbids the address."""


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


@runtime_checkable
class Lapses(Protocol):
    """A channel that forgets what it is not told again: each key's last page is delivered once more every `refresh`, until
    its resolve. What is refreshed must not ring anybody by itself."""

    refresh: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Something of ours to ask about: a triggered key or, with `reference`, a record. `acknowledged_at` is the acknowledgement
    we know of, None for none; `state` is the escalation's and `since` when we asked last, or the record was made."""

    dedup_key: str
    acknowledged_at: datetime | None = None
    reference: str = ""
    state: str = ""
    since: datetime | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a harmless call with the configured credentials showed. `account` is who we are there, `expires_at` when the
    credentials lapse (None: not told), `warnings` what a person should change, a line each."""

    account: str
    expires_at: datetime | None = None
    warnings: tuple[str, ...] = ()


@runtime_checkable
class Checks(Protocol):
    """A channel whose credentials can be tried without anybody noticing. `rights` is the least they must allow, in words."""

    rights: str

    async def check(self, tools: Tools) -> Checked:
        """One or two reading calls. Raises `Undelivered` or `Undeliverable`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """How content a customer was, in stars from 1 to 5. `record` is the ticket it stands at (`Receipt.reference`), `event_id`
    the vendor's own id of the rating: the same one twice counts once. `comment` is what they wrote."""

    event_id: str
    record: str
    stars: int
    at: datetime
    by: str = ""
    comment: str = ""


@runtime_checkable
class Rates(Protocol):
    """A channel whose vendor asks customers how content they were."""

    async def ratings(self, since: datetime, tools: Tools) -> list[Rating]:
        """Those given after a moment, oldest first. Raises `Undelivered` or `Undeliverable`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A customer's own ticket that speaks of a vendor. `customer` is how the source names who asks: an organisation, else an
    e-mail address."""

    reference: str
    url: str
    subject: str
    customer: str
    email: str
    at: datetime


@runtime_checkable
class FindsMentions(Protocol):
    """A channel where customers write to us, which can be searched."""

    async def mentions(self, words: tuple[str, ...], since: datetime, tools: Tools) -> list[Mention]:
        """Open tickets of customers, not ours, created after a moment that hold one of the words, newest first, 100 at most.

        Raises `Undelivered` or `Undeliverable`.
        """

    async def link(self, mention: str, reference: str, text: str, tools: Tools) -> None:
        """Note in a customer's ticket (`Mention.reference`), for us alone, that `reference` is about it: ours there, empty where
        there is none. Where the vendor can be asked, the same text is noted once however often it is tried. Raises as above."""


@runtime_checkable
class HearsWebhooks(Protocol):
    """A channel whose vendor calls us."""

    def replies(self, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Reply]:
        """The replies in one webhook that came `now` (UTC). `body` is raw. Raises `alerts.errors.Unverified` before anything of
        it is believed, `alerts.errors.Unreadable` where it is signed but not to be understood. Empty for events that mean
        nothing to us."""


def outlets(channels: Mapping[str, Channel]) -> dict[str, Outlet]:
    """What the matrix needs to know of the configured channels, in their order.

    A channel class says it in attributes of `Outlet`, each optional: `address`, `climbs`, `reads_back`, `takes_notes`,
    `keeps_incidents`, `keeps_records`, `rings`, `proves`, `public` and `hears_changes`.
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
            keeps_records=getattr(channel, "keeps_records", False),
            rings=getattr(channel, "rings", True),
            proves=getattr(channel, "proves", True),
            public=getattr(channel, "public", False),
            hears_changes=getattr(channel, "hears_changes", False),
        )
        for name, channel in channels.items()
    }
