"""A sign of life to a watcher outside, sent only while the engine truly moves: a daemon that hangs must not look alive."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from alerts.errors import DeliveryError
from monitor.config.watching import HeartbeatKeys
from monitor.engine import Engine
from monitor.log import log
from monitor.loops import Health

CARRIERS = ("delivery", "outcomes", "planner", "timers")
"""The loops without which no page would leave."""

OVERDUE = timedelta(minutes=2)
"""A timer, or a page that may leave, which nobody has taken up for so long."""

STANDING_SECONDS = 180.0
_NONE_CONFIGURED_SECONDS = 5.0
_SECONDS = 10.0


class Heartbeat:
    """The loop that beats."""

    def __init__(self, engine: Engine, health: Health) -> None:
        self._engine = engine
        self._health = health
        self._withheld = ""

    async def beat(self) -> None:
        """One round: wait, and beat if everything moves. Raises StoreError where even that cannot be asked."""
        engine = self._engine
        settings = engine.config.watch.heartbeat
        await engine.clock.sleep(settings.every.total_seconds() if settings is not None else _NONE_CONFIGURED_SECONDS)
        if settings is None:
            return
        now = engine.clock.now()
        because = await self.stuck(now)
        if because != self._withheld:
            log.error("heartbeat.withheld", because=because) if because else log.info("heartbeat.resumed")
        self._withheld = because
        if not because:
            await self._send(settings, now)

    async def stuck(self, now: datetime) -> str:
        """Why no heart may beat, in a line; empty where everything moves."""
        engine = self._engine
        # A planner whose every place is taken waits for a probe to end, which its deadline bounds.
        patience = STANDING_SECONDS + 2 * engine.config.probing.deadline.total_seconds()
        if standing := self._health.standing(CARRIERS, engine.clock.monotonic() - patience):
            return f"standing still: {', '.join(standing)}"
        if troubled := self._health.reasons():
            return f"in trouble: {troubled[0]}"
        async with engine.store.read() as tx:
            overdue = await tx.timers.overdue(now - OVERDUE)
            page = await tx.outbox.next_due()
            stranded = await tx.outbox.stranded(now - OVERDUE)
        if overdue:
            return f"{overdue} timer{'s' * (overdue != 1)} overdue"
        if page is not None and page < now - OVERDUE:
            return "a page that may leave is not taken up"
        if stranded is not None:  # every channel fails: whoever watches us from outside is the last who can tell
            return f"no channel takes a page since {stranded:%H:%M:%S} UTC"
        return ""

    async def _send(self, settings: HeartbeatKeys, now: datetime) -> None:
        engine = self._engine
        async with engine.store.read() as tx:
            head = await tx.audit.head()
        said = {"environment": engine.config.environment, "at": now.isoformat(), "audit_head": str(head)}
        try:
            answer = await engine.egress.send(
                "POST",
                settings.url.get_secret_value(),
                headers={"content-type": "application/json"},
                content=json.dumps(said).encode(),
                seconds=_SECONDS,
                private=settings.private,
            )
        except DeliveryError as error:
            log.warning("heartbeat.not_taken", because=type(error).__name__, reason=error.reason)
            return
        if 200 <= answer.status < 300:
            engine.metrics.beat(now)
        else:
            log.warning("heartbeat.not_taken", status=answer.status)
