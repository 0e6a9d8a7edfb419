"""Time that stands still while anything is under way, and passes at once when everything waits for it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 4, 12, tzinfo=UTC)
_TURNS = 12
"""So many turns of the event loop with nothing under way, and nobody is about to begin anything: hand-overs take two or three."""


class Virtual:
    """A clock in steps of `step` seconds, so that all who would wake within one wake together.

    What takes real time (the database, a socket) is told by `busy`; `run` moves time to the next sleeper when nothing is.
    """

    def __init__(self, step: float = 1.0, start: datetime = START) -> None:
        self._step = step
        self._start = start
        self._seconds = 0.0
        self._wall = timedelta()
        self._busy = 0
        self._free = asyncio.Event()
        self._numbers = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._seconds) + self._wall

    def monotonic(self) -> float:
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        due = -(-(self._seconds + max(seconds, 0.001)) // self._step) * self._step
        waiting = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (due, next(self._numbers), waiting))
        await waiting

    def jump(self, **by: float) -> None:
        """The wall clock is set by so much; no time has passed: `jump(hours=-1)`."""
        self._wall += timedelta(**by)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Time stands still while the block runs."""
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy:
                self._free.set()

    async def run(self, over: Callable[[], Awaitable[bool]], *, at_most: float) -> bool:
        """Let time pass until `over`, asked before each step; False where `at_most` seconds were not enough."""
        end = self._seconds + at_most
        while True:
            await self._settled()
            if await over():
                return True
            if self._seconds >= end:
                return False
            await self._settled()
            self._pass()

    def _pass(self) -> None:
        self._seconds += self._step
        while self._sleepers and self._sleepers[0][0] <= self._seconds:
            _, _, waiting = heapq.heappop(self._sleepers)
            if not waiting.done():
                waiting.set_result(None)

    async def _settled(self) -> None:
        """Return once nothing has been under way for a few turns."""
        quiet = 0
        while quiet < _TURNS:
            if self._busy:
                quiet = 0
                self._free.clear()
                await self._free.wait()
            else:
                quiet += 1
                await asyncio.sleep(0)
