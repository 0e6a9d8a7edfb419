"""Politeness: how many requests run at one host at a time, and how fast they start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from monitor.clock import Clock

_REMEMBERED = 1024
"""Hosts kept in mind. A hostile vendor can redirect to any number of names; the idle ones are forgotten."""


@dataclass(slots=True)
class _Host:
    seats: asyncio.Semaphore
    waiting: int = 0
    next_start: float = 0.0
    """The monotonic second at which the next request may start if it is to keep the rate."""


@dataclass(slots=True, kw_only=True)
class Hosts:
    """The seats of every host. `at_once` requests run together; over time they start at most `per_second` a second,
    with bursts of up to one second's worth."""

    clock: Clock
    at_once: int
    per_second: float
    _hosts: dict[str, _Host] = field(default_factory=dict)

    @asynccontextmanager
    async def seat(self, host: str) -> AsyncIterator[None]:
        """Wait for a seat at `host` (name and port) and for its turn, and hold the seat while the block runs."""
        known = self._hosts.get(host)
        if known is None:
            self._forget_idle()
            known = self._hosts[host] = _Host(asyncio.Semaphore(self.at_once))
        known.waiting += 1
        try:
            async with known.seats:
                await self._turn(known)
                yield
        finally:
            known.waiting -= 1

    async def _turn(self, host: _Host) -> None:
        now = self.clock.monotonic()
        host.next_start = max(host.next_start, now - 1.0) + 1.0 / self.per_second
        if host.next_start > now:
            await self.clock.sleep(host.next_start - now)

    def _forget_idle(self) -> None:
        if len(self._hosts) >= _REMEMBERED:
            for name in [name for name, host in self._hosts.items() if not host.waiting]:
                del self._hosts[name]
