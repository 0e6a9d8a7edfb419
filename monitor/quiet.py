"""The loop over what people are not told at once: ends of silences, digests of folded pages, vendors that stopped flapping."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts import events as ev
from alerts.flapping import is_flapping
from monitor import paging, silencing
from monitor.engine import Engine
from monitor.log import log
from monitor.store import Conflict

LOOK_AGAIN_SECONDS = 1.0
GATHER = timedelta(seconds=60)
"""How long folded pages are gathered before their first digest."""
CALM_EVERY = timedelta(minutes=5)


class Quiet:
    """Everything it acts on is a row, so a process that died half-way is followed by one that does the rest."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._calm_at: datetime | None = None

    async def watch(self) -> None:
        """One round."""
        await self._engine.clock.sleep(LOOK_AGAIN_SECONDS)
        now = self._engine.clock.now()
        try:
            await self._ends(now)
            await self._digests(now)
            if self._calm_at is None or now >= self._calm_at:
                self._calm_at = now + CALM_EVERY
                await self._calm(now)
        except Conflict as error:  # somebody acted on the same escalation: the next round sees what is so then
            log.info("quiet.conflicted", because=str(error))

    async def _ends(self, now: datetime) -> None:
        engine = self._engine
        async with engine.store.read() as tx:
            over = await tx.silences.to_tell(now)
        for silence in over:
            async with engine.store.write() as tx:
                told = await silencing.tell_end(tx, engine.config, silence, now)
            if told:
                log.info("silence.ended", silence=silence.id, match=str(silence.match))

    async def _digests(self, now: datetime) -> None:
        engine = self._engine
        async with engine.store.read() as tx:
            waiting = await tx.folded.waiting()
            last = {contact: await tx.folded.last_told(contact) for contact in waiting}
        for contact, since in waiting.items():
            before = last[contact]
            if now < since + GATHER or (before is not None and now < before + engine.config.noise.digest_every):
                continue
            async with engine.store.write() as tx:
                await silencing.tell_folded(tx, engine.config, contact, now)
            log.info("pages.digested", contact=contact)

    async def _calm(self, now: datetime) -> None:
        """A target that has not flapped for the whole time over which flaps are counted has stopped."""
        engine, within = self._engine, self._engine.config.noise.flapping_within
        async with engine.store.read() as tx:
            active = [each for each in await tx.escalations.active() if is_flapping(each)]
            calm = [each for each in active if not any([await tx.flaps.count(name, now - within) for name in each.targets])]
        for escalation in calm:
            async with engine.store.write() as tx:
                over = ev.ResolvedBy(by="driftpager", because="it has not changed back and forth since")
                await paging.person(tx, engine.config, escalation.id, over, now=now)
