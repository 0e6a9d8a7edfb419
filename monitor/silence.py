"""Tells of targets that nobody could read for long: a change there would go unseen."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor import paging
from monitor.engine import Engine
from monitor.watch import BLIND, TargetName

TELL_AFTER = timedelta(hours=1)
LOOK_AGAIN_SECONDS = 5.0


class Silence:
    """The loop that looks at the clock, whether or not a target is probed: a vendor that asks for a day's patience is silent
    for that day. `_told` spares the store what was told before; a restart asks it once more."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._told: dict[TargetName, datetime] = {}

    async def watch(self) -> None:
        """One round."""
        engine = self._engine
        await engine.clock.sleep(LOOK_AGAIN_SECONDS)
        now = engine.clock.now()
        async with engine.store.read() as tx:
            blind = [status for status in await tx.targets.all() if status.state in BLIND]
        self._told = {status.name: self._told[status.name] for status in blind if status.name in self._told}
        for status in blind:
            target, since = engine.target(status.name), status.last_readable_at or status.since or now
            if target is None or self._told.get(status.name) == since or now - since < max(3 * target.every, TELL_AFTER):
                continue
            async with engine.store.write() as tx:
                await paging.blind(tx, engine.config, target, status.state, status.because, since=since, now=now)
            self._told[status.name] = since
