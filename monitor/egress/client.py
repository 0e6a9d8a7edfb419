"""The client itself: hop by hop, each hop to a checked address, each answer within its caps, the whole within a deadline."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from alerts.channels import Post
from alerts.errors import Reason, Undeliverable, Undelivered
from alerts.trust import trust
from monitor.clock import Clock, SystemClock
from monitor.egress.addresses import guarded_socket
from monitor.egress.bodies import ACCEPTED, Body
from monitor.egress.failures import WIRE_ERRORS, Failure, Stage, explain
from monitor.egress.hops import Hop, next_hop, refuse_by_name, where
from monitor.egress.hosts import Hosts
from monitor.egress.names import Resolver
from monitor.egress.retry_after import retry_after
from monitor.egress.routes import Scout
from probes.errors import Forbidden, Unfit, Unreachable
from probes.probe import Answer, Route

_REDIRECTS = 5
_CONNECT_SECONDS = 10.0
_KEEP_ALIVE_SECONDS = 4.0
"""Shorter than the shortest common server setting (5 s), so that we do not send into a connection about to close."""

_ERROR_BODY = 64 * 1024
"""Of an answer that is no success, the beginning is enough; it must not hide the status by being too large or broken."""

_POST_BODY = 1024 * 1024


class _Failed(Exception):
    """An exchange failed; each door says so in its own package's words."""

    def __init__(self, host: str, failure: Failure) -> None:
        super().__init__(failure.cause)
        self.host = host
        self.failure = failure


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """One answer on one hop."""

    status: int
    headers: httpx.Headers
    body: bytes


@dataclass(slots=True, kw_only=True)
class _Progress:
    """How far a running exchange has come. Once handed to the transport it counts as asked, whatever was really sent."""

    stage: Stage = Stage.ASKED


class Egress:
    """The one HTTP client of the process; use it as an async context manager. It is both `probes.probe.Http` and
    `alerts.channels.Http`.

    `private` allows loopback and private networks for every request, otherwise a request says so itself. `authority` is
    a PEM file of further certificate authorities (OSError if it cannot be used). `proxy` is an http(s) URL from the
    configuration; the environment's proxies are never used. Behind a proxy, names resolve there: only spelled-out
    addresses are checked here. `per_host` requests run at one host together, `per_second` start there each second.
    """

    def __init__(
        self,
        *,
        private: bool = False,
        authority: Path | None = None,
        proxy: str | None = None,
        per_host: int = 8,
        per_second: float = 50.0,
        clock: Clock | None = None,
    ) -> None:
        self._private = private
        self._proxy = proxy
        self._authority = authority
        self._clock = clock or SystemClock()
        self._hosts = Hosts(clock=self._clock, at_once=per_host, per_second=per_second)
        try:
            self._tls = trust(authority)
        except OSError as error:
            text = f"{authority} cannot be used as a file of certificate authorities; it must be readable and in PEM form"
            raise OSError(error.errno, text) from None
        self._user_agent = f"driftpager/{version('driftpager')}"
        # Two pools: a kept-alive connection to a private host must never serve a request that may not go there.
        self._pools: dict[bool, AiohttpTransport] = {}
        self._names = Resolver()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; the client is of no use afterwards."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            await pool.aclose()
        await self._names.close()

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
        """`probes.probe.Http`: redirects followed, at most five. The deadline covers all hops; waiting for a seat at a
        busy host does not count. The body of an answer of 300 and over is cut at 64 KB."""
        private = private or self._private
        hop = Hop.first(method, url, headers or {}, content)
        left = deadline.total_seconds()
        for _ in range(_REDIRECTS + 1):
            host = where(hop.url)
            refuse_by_name(hop.url, private=private)
            async with self._hosts.seat(host):
                begun = self._clock.monotonic()
                try:
                    heard = await self._within(hop, seconds=left, max_bytes=max_bytes, private=private)
                except _Failed as failed:
                    raise _for_probes(failed, deadline) from None  # library texts hold whole URLs
                left -= self._clock.monotonic() - begun
            following = next_hop(hop, heard.status, heard.headers.get("location"))
            if following is None:
                return Answer(
                    status=heard.status,
                    headers=heard.headers,
                    body=heard.body,
                    url=str(hop.url),
                    retry_after=retry_after(heard.headers.get("retry-after"), now=self._clock.now()),
                )
            if within is not None and where(following.url) not in within and following.url.host not in within:
                raise Forbidden(f"{host} redirects to {where(following.url)}, which is not among the hosts that are allowed")
            hop = following
        raise Forbidden(f"{where(hop.url)}: more than {_REDIRECTS} redirects; give the address they end at")

    @asynccontextmanager
    async def route(
        self, host: str, port: int, *, deadline: timedelta = timedelta(seconds=30), private: bool = False
    ) -> AsyncIterator[Route]:
        """`probes.probe.Http`: waiting for a seat at a busy host does not count."""
        shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        if self._proxy is not None:
            raise Forbidden(f"{shown}: everything goes through a proxy here, and only http and https do")
        async with self._hosts.seat(shown):
            scout = Scout(names=self._names, clock=self._clock, authority=self._authority, agent=self._user_agent)
            yield await scout.route(host, port, shown=shown, deadline=deadline, private=private or self._private)

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"", seconds: float, private: bool = False
    ) -> Post:
        """`alerts.channels.Http`: one request, no redirects; raises `Undelivered`, or `Undeliverable` when our own policy
        forbids the address."""
        private = private or self._private
        try:
            hop = Hop.first(method, url, headers, content or None)
            refuse_by_name(hop.url, private=private)
            async with self._hosts.seat(where(hop.url)):
                heard = await self._within(hop, seconds=seconds, max_bytes=_POST_BODY, private=private)
        except Forbidden as forbidden:
            raise Undeliverable(str(forbidden), reason=Reason.CLIENT) from forbidden
        except Unfit as unfit:
            raise Undelivered(str(unfit), reason=Reason.OTHER, unknown=True) from unfit
        except _Failed as failed:
            raise _for_channels(failed) from None
        return Post(
            status=heard.status,
            headers={name.lower(): value for name, value in heard.headers.items()},
            body=heard.body,
            retry_after=retry_after(heard.headers.get("retry-after"), now=self._clock.now()),
        )

    async def _within(self, hop: Hop, *, seconds: float, max_bytes: int, private: bool) -> _Heard:
        """One hop within `seconds`, by the loop's clock: time-outs of sockets alone let a dripping server hold us."""
        progress = _Progress()
        try:
            async with asyncio.timeout(max(seconds, 0.0)):
                return await self._exchange(hop, progress, seconds=seconds, max_bytes=max_bytes, private=private)
        except WIRE_ERRORS as error:
            raise _Failed(where(hop.url), explain(error, progress.stage)) from error

    async def _exchange(self, hop: Hop, progress: _Progress, *, seconds: float, max_bytes: int, private: bool) -> _Heard:
        request = httpx.Request(hop.method, hop.url, headers=self._headers(hop), content=hop.content)
        # Half of what is left: a host that swallows our packets then fails as what it is, with nothing sent.
        request.extensions = {"timeout": {"connect": min(_CONNECT_SECONDS, seconds / 2)}}
        response = await self._pool(private).handle_async_request(request)
        progress.stage = Stage.ANSWERING
        try:
            body = await _read(where(hop.url), response, max_bytes)
        finally:
            await response.aclose()
        return _Heard(status=response.status_code, headers=response.headers, body=body)

    def _headers(self, hop: Hop) -> dict[str, str]:
        fixed = {"user-agent": self._user_agent, "accept": "*/*", "accept-encoding": ACCEPTED}
        return fixed | {name.lower(): value for name, value in hop.headers.items() if name.lower() != "accept-encoding"}

    def _pool(self, private: bool) -> AiohttpTransport:
        # The transport alone, without httpx's client around it: that would keep cookies from one target to the next and
        # read redirects its own way.
        if private not in self._pools:
            self._pools[private] = AiohttpTransport(
                verify=self._tls,
                trust_env=False,
                proxy=httpx.Proxy(self._proxy) if self._proxy else None,
                client=partial(self._sessions, private or self._proxy is not None),
            )
        return self._pools[private]

    def _sessions(self, private: bool) -> aiohttp.ClientSession:
        def checked(info: tuple[int, int, int, str, tuple[str | int, ...]]) -> socket.socket:
            return guarded_socket(info[0], info[1], info[2], str(info[4][0]), private=private)

        connector = aiohttp.TCPConnector(
            ssl=self._tls,
            limit=0,
            keepalive_timeout=_KEEP_ALIVE_SECONDS,
            resolver=self._names,
            ttl_dns_cache=10,
            socket_factory=checked,
        )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)


async def _read(host: str, response: httpx.Response, max_bytes: int) -> bytes:
    """The unpacked body. Only a success has to be whole and within its caps: of anything else the beginning is kept."""
    wanted = response.is_success
    declared = response.headers.get("content-length", "")
    if wanted and declared.isascii() and declared.isdigit() and int(declared[:18]) > max_bytes:
        raise Unfit(f"{host} announces a body of {int(declared[:18]):,} bytes; at most {max_bytes:,} are allowed")
    try:
        body = Body(host, response.headers.get("content-encoding", ""), max_bytes if wanted else _ERROR_BODY)
    except Unfit:
        if wanted:
            raise
        return b""
    try:
        async for data in response.aiter_raw():
            body.feed(data)
        return body.whole()
    except Unfit:
        if wanted:
            raise
    except WIRE_ERRORS as error:
        if wanted or isinstance(error, TimeoutError):
            raise
    return body.so_far()[:_ERROR_BODY]


def _for_probes(failed: _Failed, deadline: timedelta) -> Exception:
    failure = failed.failure
    if failure.barred:
        return Forbidden(f"{failed.host}: {failure.cause}")
    if failure.timed_out and failure.stage is not Stage.CONNECTING:
        return Unreachable(f"{failed.host}: no whole answer within {deadline.total_seconds():g} s")
    if failure.stage is Stage.ANSWERING:
        return Unfit(f"{failed.host}: {failure.cause}")
    return Unreachable(f"{failed.host}: {failure.cause}")


def _for_channels(failed: _Failed) -> Exception:
    failure = failed.failure
    text = f"{failed.host}: {failure.cause}"
    if failure.barred:
        return Undeliverable(text, reason=Reason.CLIENT)
    reason = Reason.TIMEOUT if failure.timed_out else Reason.OTHER
    return Undelivered(text, reason=reason, unknown=failure.stage is not Stage.CONNECTING)
