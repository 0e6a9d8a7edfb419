"""Notices when the wall clock was set or the machine slept: it went otherwise than the time that passed.

Forward, what became due acts once: a lane takes at most one overdue step, and work under way is not begun a second time
though its lease ran out. Back, what we had set for later would come too late by as much: it is brought forward again. What
is due by the calendar (a promise to a customer, the end of a snooze) stays where it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.config.store import file_of
from monitor.engine import Engine
from monitor.log import log

LOOK_SECONDS = 1.0
JUMP = timedelta(seconds=20)
"""Less is what time servers correct, and changes nothing that matters here."""


class ClockWatch:
    """The loop that compares the two clocks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._wall, self._steady = engine.clock.now(), engine.clock.monotonic()

    async def watch(self) -> None:
        """One round. Raises StoreError, and then acts on the same jump in the next."""
        await self._engine.clock.sleep(LOOK_SECONDS)
        wall, steady = self._engine.clock.now(), self._engine.clock.monotonic()
        jump = (wall - self._wall) - timedelta(seconds=steady - self._steady)
        if abs(jump) >= JUMP:
            await self._jumped(jump, wall)
        self._wall, self._steady = wall, steady

    async def _jumped(self, jump: timedelta, now: datetime) -> None:
        engine, seconds = self._engine, round(jump.total_seconds())
        async with engine.store.write() as tx:
            if jump < timedelta() and file_of(engine.config.store) is not None:
                await tx.bring_forward(-jump, now)
            elif jump < timedelta():  # the moments in a shared store are other machines', too: only look at once
                for status in await tx.targets.all():
                    await tx.targets.hasten(status.name, now)
            await tx.audit.append("driftpager", "clock.jumped", "the wall clock", {"seconds": seconds}, now)
        engine.metrics.jumped(jump)
        log.error("clock.jumped", seconds=seconds)
