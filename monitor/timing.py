"""Acts on timers when they are due. A timer is a row: one that fired in a process that died fires again elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts import events as ev
from alerts.channels import ReadsBack
from alerts.escalation import Timer, TimerKind
from alerts.page import Action, Page, PageState
from monitor import paging
from monitor.engine import Engine
from monitor.log import log
from monitor.replies import read_back
from monitor.store import Conflict

AT_ONCE = 50
LEASE = timedelta(seconds=60)
LOOK_AGAIN_SECONDS = 0.5
READ_BACK_WITHIN = timedelta(minutes=3)
"""A page of which the vendor cannot be asked for so long counts as lost. An acknowledgement may be due after five minutes."""


class Timing:
    """The loop over the timer table."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def step(self) -> None:
        """One round: act on what is due, each timer in a transaction of its own; or wait until something is."""
        engine = self._engine
        now = engine.clock.now()
        engine.metrics.ticked(now)
        async with engine.store.read() as tx:
            due = await tx.timers.next_due()
        if due is None or due > now:
            wait = min((due - now).total_seconds(), LOOK_AGAIN_SECONDS) if due is not None else LOOK_AGAIN_SECONDS
            await engine.clock.sleep(wait)
            return
        async with engine.store.write() as tx:
            timers = await tx.timers.claim_due(now, AT_ONCE, LEASE)
        for timer in timers:
            await self._act(timer)

    async def _act(self, timer: Timer) -> None:
        engine = self._engine
        now = engine.clock.now()
        engine.metrics.fired(now - timer.due_at)
        if timer.kind is TimerKind.CONFIRM_PAGE:
            await self._read_back(timer, now)
            return
        try:
            async with engine.store.write() as tx:
                transition = await paging.timer_due(tx, engine.config, timer, now=now)
                await tx.timers.done(timer.id)
        except Conflict:  # somebody acted on the escalation meanwhile: decide anew
            log.info("timer.conflicted", timer=timer.id)
            async with engine.store.write() as tx:
                await tx.timers.postpone(timer.id, now)
            return
        if transition is not None and not transition.refused:
            log.info("timer.fired", escalation=timer.escalation, kind=timer.kind, lane=timer.subject)

    async def _read_back(self, timer: Timer, now: datetime) -> None:
        """202 is not a page: ask the vendor for the incident. None after the time given means the fallback pages."""
        engine = self._engine
        async with engine.store.read() as tx:
            told = await tx.outbox.pages(timer.escalation)
        sent = [page for page, state, _ in told if state is PageState.SENT and _awaited(page, timer)]
        pages = [page for page in sent if isinstance(engine.config.channels.get(page.channel), ReadsBack)]
        for page in pages:
            found = await read_back(engine, page)
            if found is None:
                async with engine.store.write() as tx:
                    await tx.timers.postpone(timer.id, now + timedelta(seconds=15))
                    if now - page.created_at > READ_BACK_WITHIN:
                        failed = ev.PageFailed(page=page, because=f"{page.channel} cannot be asked what became of it")
                        await paging.page_told(tx, engine.config, page, failed, now=now)
                return
            async with engine.store.write() as tx:
                if found:
                    await tx.outbox.confirmed(page.id)
                    await paging.page_told(tx, engine.config, page, ev.PageConfirmed(page=page), now=now)
                else:
                    lost = ev.PageFailed(page=page, because=f"{page.channel} took it, and there is no incident")
                    await paging.page_told(tx, engine.config, page, lost, now=now)
        async with engine.store.write() as tx:
            await tx.timers.done(timer.id)


def _awaited(page: Page, timer: Timer) -> bool:
    return page.action is Action.TRIGGER and page.generation == timer.generation and page.lane == timer.subject
