"""Fail-points: every commit, and the four edges of every HTTP exchange, at any one of which the daemon may be killed.

The daemon is given its store, its HTTP client and its channels wrapped. A wrapper tells of each fail-point it comes by, and
while it does so nothing in this process moves: what is stored and what the far ends know then is what a daemon killed there
would leave behind.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from pydantic import PrivateAttr

from alerts.channels import Post, Receipt, Reply, Tools, Watched
from alerts.channels.pagerduty import PagerDuty
from alerts.page import Page
from monitor.demo.vendor import Receive, Scope, Send, read_request
from monitor.egress import Egress
from monitor.judge import Judge, Judgement
from monitor.store import Store, Transaction
from probes.probe import Answer
from schemas.compare import Comparison
from schemas.document import Document
from schemas.lens import Lens
from tests.acceptance.virtual import Virtual


class Points:
    """Tells `passing`, where there is one, the name of every fail-point. `commits` counts what was stored."""

    def __init__(self, clock: Virtual, passing: Callable[[str], None] | None = None) -> None:
        self.clock = clock
        self.commits = 0
        self._passing = passing

    def here(self, name: str) -> None:
        """The daemon is at a fail-point."""
        if self._passing is not None:
            self._passing(name)


class TrappedStore:
    """A store whose every commit is two fail-points: before, with all of the work done and none of it stored, and after."""

    def __init__(self, store: Store, points: Points) -> None:
        self._store = store
        self._points = points
        self.name, self.fresh = store.name, store.fresh

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        with self._points.clock.busy():
            async with self._store.write() as tx:
                yield tx
                self._points.here("before a commit")
            self._points.commits += 1
            self._points.here("after a commit")

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        with self._points.clock.busy():
            async with self._store.read() as tx:
                yield tx


class TrappedHttp:
    """The daemon's end of its exchanges with vendors: before the request leaves, and after the answer came."""

    def __init__(self, egress: Egress, points: Points) -> None:
        self._egress = egress
        self._points = points

    async def request(self, method: str, url: str, **more: Any) -> Answer:
        with self._points.clock.busy():
            self._points.here("before a request to the vendor")
            answer = await self._egress.request(method, url, **more)
            self._points.here("after the answer of the vendor")
            return answer

    async def send(self, method: str, url: str, **more: Any) -> Post:
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
    _points: Points = PrivateAttr()

    @classmethod
    def around(cls, channel: PagerDuty, points: Points) -> TrappedPagerDuty:
        trapped = cls(**{name: getattr(channel, name) for name in PagerDuty.model_fields})
        trapped._points = points
        return trapped

    async def deliver(self, page: Page, tools: Tools) -> Receipt:
        with self._points.clock.busy():
            self._points.here(f"before the {page.action} leaves")
            receipt = await super().deliver(page, tools)
            self._points.here(f"after the {page.action} was taken")
            return receipt

    async def arrived(self, dedup_key: str, tools: Tools) -> str | None:
        with self._points.clock.busy():
            self._points.here("before asking for the incident")
            found = await super().arrived(dedup_key, tools)
            self._points.here("after hearing of the incident")
            return found

    async def poll(self, watched: Iterable[Watched], tools: Tools) -> list[Reply]:
        with self._points.clock.busy():
            self._points.here("before polling")
            replies = await super().poll(watched, tools)
            self._points.here("after polling")
            return replies


class TrappedServer:
    """The far end: a request that arrived and was not acted upon, and an answer that never left though the work was done."""

    def __init__(self, app: Any, name: str) -> None:
        self._app = app
        self._name = name
        self.points: Points | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        points = self.points
        if points is None or scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = await read_request(scope, receive)
        points.here(f"{self._name} has the request")
        given = iter([{"type": "http.request", "body": asked.body, "more_body": False}])
        answer: list[Any] = []

        async def body() -> Any:
            return next(given, {"type": "http.disconnect"})

        async def keep(message: Any) -> None:
            answer.append(message)

        await self._app(scope, body, keep)
        points.here(f"{self._name} has done it")
        for message in answer:
            await send(message)
