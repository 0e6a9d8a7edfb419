"""What a probe is: a frozen piece of configuration that knows how to fetch one target's document."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence, Set
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import httpx

from probes.errors import ProbeError
from schemas.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A document came. `validators` (etag, last-modified) go back with the next conditional fetch."""

    document: Document
    validators: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The vendor says nothing moved since the validators we sent. It repeats the last verdict; it never means clean."""


Fetched = Served | NotModified


class Http(Protocol):
    """The one door to the network, given in by the shell: address policy, caps, TLS and host budgets live behind it."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        deadline: timedelta = timedelta(seconds=30),
        max_bytes: int = 64 * 1024 * 1024,
        private: bool = False,
        within: Set[str] | None = None,
    ) -> Answer:
        """One exchange, redirects followed within the policy (credentials never cross an origin), body read raw, capped
        and decompressed. Returns for every status. Raises only `probes.errors`: Unreachable, Unfit (caps, truncated,
        broken encoding), Forbidden (policy). `private` True allows private and loopback addresses for this request.
        `within` are the hosts (with the port where it is not the usual one) that redirects may lead to; None: any."""

    def route(
        self, host: str, port: int, *, deadline: timedelta = timedelta(seconds=30), private: bool = False
    ) -> AbstractAsyncContextManager[Route]:
        """For a library that makes its own connection, as gRPC's does: a seat at the host while the block runs, and where
        the connection may lead. Raises on entering: Unreachable (the name does not resolve), Forbidden (policy)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The way to a host whose addresses have been checked: connect to one of them, look nothing up, use no proxy."""

    addresses: tuple[str, ...]
    """IPv4 and IPv6 without brackets, in the order to try; never empty."""
    authorities: bytes | None
    """The certificate authorities to trust, PEM; None for the library's own."""
    left: timedelta
    """What the look-up has left of the deadline."""
    agent: str
    """What we call ourselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole HTTP answer: status, headers (names in any case) and the decoded body; `url` is where redirects ended.

    `retry_after` is the answer's Retry-After, whichever form it had, None without one. The body of an answer that is no
    success may be cut.
    """

    status: int
    headers: httpx.Headers
    body: bytes
    url: str
    retry_after: timedelta | None = None


@dataclass(slots=True, kw_only=True)
class Session:
    """What one integration's targets share while the daemon lives: tokens and budgets, by key. Never stored."""

    tokens: dict[str, str] = field(default_factory=dict, repr=False)
    instance_urls: dict[str, str] = field(default_factory=dict)
    usage: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Key to (used, max) as the vendor last said (Salesforce `Sforce-Limit-Info`)."""
    holds: dict[str, datetime] = field(default_factory=dict)
    """Key to the moment (aware UTC) until which a spent budget is left alone."""
    refusals: dict[str, tuple[datetime, ProbeError]] = field(default_factory=dict)
    """Key to the last failed sign-in and when it was: the other targets do not try the same credentials right again."""
    learned: dict[str, str] = field(default_factory=dict)
    """What a vendor taught us and saves a request next time, by key."""
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    def lock(self, key: str) -> asyncio.Lock:
        """The lock of one shared thing: targets that need the same token at once make one sign-in, not one each."""
        return self._locks.setdefault(key, asyncio.Lock())


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a probe may use. Time enters here: `now` is aware UTC."""

    http: Http
    session: Session
    now: datetime


class Probe(Protocol):
    """The parsed configuration of one kind of target. `kind` selects it in `driftpager.yml`."""

    @property
    def kind(self) -> str: ...

    def expand(self) -> Sequence[tuple[str, Probe]]:
        """The single targets behind this block, as (suffix, probe): `crm` with three objects gives `Account`, ... Most
        probes give one, with an empty suffix."""

    def format(self) -> str | None:
        """The format its documents are written in, None to recognise it."""

    async def fetch(self, tools: Tools, known: Mapping[str, str]) -> Fetched:
        """Fetch once; no retries here. `known` are the validators of the last served document, empty for an
        unconditional fetch. Raises only `probes.errors`."""
