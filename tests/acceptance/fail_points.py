"""Fail-points: every commit, and the four edges of every HTTP exchange, at any one of which the daemon may be killed.

The daemon is given its store, its HTTP client and its channels wrapped. At a fail-point the wrapper asks whether this is
where it ends: then whoever asked never goes on, and nothing the dead daemon still tries has any effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, ClassVar

from pydantic import PrivateAttr

from alerts.channels import Post, Receipt, Reply, Tools, Watched
from alerts.channels.pagerduty import PagerDuty
from alerts.page import Page
from monitor.demo.vendor import Receive, Scope, Send, read_request
from monitor.egress import Egress
from monitor.judge import Judge, Judgement
from monitor.store import Store, Transaction, Unavailable
from probes.probe import Answer
from schemas.compare import Comparison
from schemas.document import Document
from schemas.lens import Lens
from tests.acceptance.virtual import Virtual


class Trap:
    """Counts fail-points by name and ends the daemon at number `at` (None: never). `killed` is set then."""

    def __init__(self, clock: Virtual, at: int | None = None) -> None:
        self.clock = clock
        self.points: list[str] = []
        self.commits = 0
        self.killed = asyncio.Event()
        self._at = at

    def here(self, name: str) -> bool:
        """Whether the daemon ends at this very point."""
        if self.killed.is_set():
            return False
        self.points.append(name)
        if len(self.points) - 1 != self._at:
            return False
        self.killed.set()
        return True

    async def point(self, name: str) -> None:
        """Go on, or never."""
        self.here(name)
        if self.killed.is_set():
            await asyncio.get_running_loop().create_future()


class TrappedStore:
    """A store whose every commit is two fail-points: before, with all of the work done and none of it stored, and after."""

    def __init__(self, store: Store, trap: Trap) -> None:
        self._store = store
        self._trap = trap
        self.name, self.fresh = store.name, store.fresh

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        return self._write()

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        return self._read()

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[Transaction]:
        self._alive()
        with self._trap.clock.busy():
            async with self._store.write() as tx:
                yield tx
                await self._trap.point("before a commit")
            self._trap.commits += 1
        await self._trap.point("after a commit")

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[Transaction]:
        self._alive()
        with self._trap.clock.busy():
            async with self._store.read() as tx:
                yield tx

    def _alive(self) -> None:
        if self._trap.killed.is_set():
            raise Unavailable("the daemon is dead")


class TrappedHttp:
    """The daemon's end of its exchanges with vendors: before the request leaves, and after the answer came."""

    def __init__(self, egress: Egress, trap: Trap) -> None:
        self._egress = egress
        self._trap = trap

    async def request(self, method: str, url: str, **more: Any) -> Answer:
        with self._trap.clock.busy():
            await self._trap.point("before a request to the vendor")
            answer = await self._egress.request(method, url, **more)
            await self._trap.point("after the answer of the vendor")
            return answer

    async def post(self, url: str, **more: Any) -> Post:
        raise AssertionError("nothing in this job posts but PagerDuty's own client")


class AwaitedJudge:
    """No fail-points: a judge touches nothing. But it takes real time, in a process of its own."""

    def __init__(self, judge: Judge, clock: Virtual) -> None:
        self._judge = judge
        self._clock = clock

    async def compare(self, old: Document, new: Document, *, format: str | None, lens: Lens) -> Comparison:
        with self._clock.busy():
            return await self._judge.compare(old, new, format=format, lens=lens)

    async def describe(self, document: Document, *, format: str | None) -> Judgement:
        with self._clock.busy():
            return await self._judge.describe(document, format=format)


class TrappedPagerDuty(PagerDuty):
    """The same for PagerDuty, whose client is its own."""

    climbs: ClassVar[bool] = True
    _trap: Trap = PrivateAttr()

    @classmethod
    def around(cls, channel: PagerDuty, trap: Trap) -> TrappedPagerDuty:
        trapped = cls(**{name: getattr(channel, name) for name in PagerDuty.model_fields})
        trapped._trap = trap
        return trapped

    async def deliver(self, page: Page, tools: Tools) -> Receipt:
        with self._trap.clock.busy():
            await self._trap.point(f"before the {page.action} leaves")
            receipt = await super().deliver(page, tools)
            await self._trap.point(f"after the {page.action} was taken")
            return receipt

    async def arrived(self, dedup_key: str, tools: Tools) -> str | None:
        with self._trap.clock.busy():
            await self._trap.point("before asking for the incident")
            found = await super().arrived(dedup_key, tools)
            await self._trap.point("after hearing of the incident")
            return found

    async def poll(self, watched: Iterable[Watched], tools: Tools) -> list[Reply]:
        with self._trap.clock.busy():
            await self._trap.point("before polling")
            replies = await super().poll(watched, tools)
            await self._trap.point("after polling")
            return replies


class TrappedServer:
    """The far end: a request that arrived and was not acted upon, and an answer that never left though the work was done."""

    def __init__(self, app: Any, name: str) -> None:
        self._app = app
        self._name = name
        self.trap: Trap | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        trap = self.trap
        if trap is None or scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = await read_request(scope, receive)
        if trap.here(f"{self._name} has the request"):
            await _hang_up(send)
            return
        given = iter([{"type": "http.request", "body": asked.body, "more_body": False}])
        answer: list[Any] = []

        async def body() -> Any:
            return next(given, {"type": "http.disconnect"})

        async def keep(message: Any) -> None:
            answer.append(message)

        await self._app(scope, body, keep)
        if trap.here(f"{self._name} has done it"):
            await _hang_up(send)
            return
        for message in answer:
            await send(message)


async def _hang_up(send: Send) -> None:
    """Nobody hears this: it only frees the thread of a client that is dead already."""
    await send({"type": "http.response.start", "status": 503, "headers": [(b"content-length", b"0"), (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": b""})
