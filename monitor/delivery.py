"""Carries pages from the outbox to the channels: one attempt each, everything else (again, dead, fallback) is rows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from alerts import events as ev
from alerts.channels import Channel, Receipt, Tools
from alerts.errors import DeliveryError, Reason, Undeliverable, Undelivered
from alerts.outbox import GiveUp, after_failure
from alerts.page import Action, Page, PageId
from monitor import paging
from monitor.engine import Engine
from monitor.log import log
from monitor.metrics import PageResult
from monitor.store import Conflict, StoreError

AT_ONCE = 16
LEASE = timedelta(seconds=60)
ATTEMPT_SECONDS = 30.0
FIRST_TRY = timedelta(minutes=2)
"""At most so long after the start a page that missed its deadline before waits for its first try, and no longer than that."""
GRACE_SECONDS = 5.0
"""So long a page that is late without an attempt that failed is still tried: the clock moved, not the channel."""
LOOK_AGAIN_SECONDS = 0.5
"""A page queued by another process (a command line) leaves within this."""


class Delivery:
    """The loop between the outbox and the channels. A page leaves only after the transaction that queued it is stored."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._running: set[asyncio.Task[None]] = set()
        self._under_way: set[PageId] = set()
        self._began: datetime | None = None
        self._tried: set[PageId] = set()
        self._late: dict[PageId, float] = {}

    async def deliver(self) -> None:
        """One round: take what may leave and try each in its own guard; or wait until something may."""
        engine = self._engine
        await self._take_over()
        now = engine.clock.now()
        room = AT_ONCE - len(self._running)
        async with engine.store.read() as tx:
            due = await tx.outbox.next_due()
        if room <= 0 or due is None or due > now:
            wait = min((due - now).total_seconds(), LOOK_AGAIN_SECONDS) if due is not None and due > now else LOOK_AGAIN_SECONDS
            await engine.clock.sleep(wait)
            return
        async with engine.store.write() as tx:
            pages = await tx.outbox.claim(now, room, LEASE)
        for page in pages:
            if page.id in self._under_way:  # its lease ran out under it: the clock was set, or the machine slept
                continue
            self._under_way.add(page.id)
            task = asyncio.create_task(self._attempt(page), name=f"page {page.id}")
            self._running.add(task)
            task.add_done_callback(partial(self._done, page.id))
        if not pages:
            await engine.clock.sleep(LOOK_AGAIN_SECONDS)

    def _done(self, page: PageId, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._under_way.discard(page)
        if self._began is not None and len(self._tried) < AT_ONCE * AT_ONCE:  # of what waited at the start there is no more
            self._tried.add(page)

    async def close(self) -> None:
        """End the attempts under way; a page whose fate is unknown is tried again, marked as a possible repeat."""
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _take_over(self) -> None:
        """Pages that missed their deadline: the fallback pages now, the channel goes on trying.

        What missed it while nobody was here, or because the clock moved, says nothing about the channel: it is tried first.
        """
        now, elapsed = self._engine.clock.now(), self._engine.clock.monotonic()
        self._began = self._began or now
        async with self._engine.store.read() as tx:
            late = await tx.outbox.past_deadline(now, AT_ONCE)
        self._late = {page.id: self._late.get(page.id, elapsed) for page in late}
        for page in late:
            kept = page.deadline is not None and page.deadline <= self._began  # made since, in the place of one that waited
            waited = page.created_at < self._began or kept
            if waited and page.id not in self._tried and now - self._began < FIRST_TRY:
                continue
            failed_before = page.attempts > (page.id in self._under_way)
            if failed_before or elapsed - self._late[page.id] >= GRACE_SECONDS:
                await self._failed(page, f"{page.channel} had not taken it in time", Reason.TIMEOUT)

    async def _attempt(self, page: Page) -> None:
        engine = self._engine
        channel = engine.config.channels.get(page.channel)
        failure: DeliveryError | None = None
        receipt = Receipt()
        try:
            receipt = await self._send(channel, await self._with_reference(page))
        except DeliveryError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - the guard around one page: it is retried, and this is told
            log.exception("page.attempt_failed", page=page.id, channel=page.channel, error=type(error).__name__)
            failure = Undelivered(f"driftpager itself failed ({type(error).__name__})", reason=Reason.OTHER, unknown=True)
        tell = partial(self._delivered, page, receipt) if failure is None else partial(self._undelivered, page, failure)
        try:
            await _in_turn(tell)
        except StoreError as error:  # the lease runs out, and the page is tried again as a possible repeat
            log.error("page.outcome_not_stored", page=page.id, because=str(error))

    async def _with_reference(self, page: Page) -> Page:
        """The page, with what its channel calls the record by now: an earlier page may have told us since this one was queued."""
        if page.record is None:
            return page
        async with self._engine.store.read() as tx:
            escalation = await tx.escalations.get(page.escalation)
        known = escalation.record(page.channel, page.record.subject) if escalation else None
        return replace(page, record=replace(page.record, reference=known.reference)) if known and known.reference else page

    async def _send(self, channel: Channel | None, page: Page) -> Receipt:
        if channel is None:
            raise Undeliverable(f"there is no channel {page.channel} in the configuration", reason=Reason.CLIENT)
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                return await channel.deliver(page, Tools(http=self._engine.egress, now=self._engine.clock.now()))
        except TimeoutError:
            text = f"{page.channel} did not answer in {ATTEMPT_SECONDS:.0f} s"
            raise Undelivered(text, reason=Reason.TIMEOUT, unknown=True) from None

    async def _delivered(self, page: Page, receipt: Receipt) -> None:
        engine = self._engine
        now = engine.clock.now()
        sent = ev.PageSent(page=page, reference=receipt.reference, url=receipt.url)
        async with engine.store.write() as tx:
            await tx.outbox.sent(page.id, receipt.reference, now)
            await paging.page_told(tx, engine.config, page, sent, now=now)
        engine.metrics.paged(page.channel, PageResult.SENT, waited=now - page.created_at)
        if page.action is Action.TRIGGER:
            engine.metrics.stepped(page.lane, page.level)
        log.info("page.sent", page=page.id, channel=page.channel, action=page.action, escalation=page.escalation)

    async def _undelivered(self, page: Page, error: DeliveryError) -> None:
        engine = self._engine
        now = engine.clock.now()
        verdict = after_failure(page, error, now, engine.rng)
        if isinstance(verdict, GiveUp):
            async with engine.store.write() as tx:
                await tx.outbox.dead(page.id, now, error.reason, verdict.because)
                await paging.page_told(tx, engine.config, page, ev.PageFailed(page=page, because=verdict.because), now=now)
            engine.metrics.paged(page.channel, PageResult.DEAD, reason=error.reason)
            if page.action is Action.TRIGGER:
                engine.metrics.fell_back(error.reason)
            log.error("page.given_up", page=page.id, channel=page.channel, because=verdict.because)
            return
        unknown = isinstance(error, Undelivered) and error.unknown
        async with engine.store.write() as tx:
            await tx.outbox.retry(page.id, verdict.at, error.reason, verdict.because, unknown)
        result = PageResult.UNKNOWN if unknown else PageResult.RETRIED
        engine.metrics.paged(page.channel, result, reason=error.reason)
        log.warning("page.not_sent", page=page.id, channel=page.channel, attempt=page.attempts, because=verdict.because)

    async def _failed(self, page: Page, because: str, reason: Reason) -> None:
        engine = self._engine
        now = engine.clock.now()
        async with engine.store.write() as tx:
            if not await tx.outbox.is_late(page.id, now):
                return
            told = await paging.page_told(tx, engine.config, page, ev.PageFailed(page=page, because=because), now=now)
            await tx.outbox.late_told(page.id)
        if told:
            engine.metrics.fell_back(reason)
            log.error("page.fell_back", page=page.id, channel=page.channel, because=because)


async def _in_turn(tell: Callable[[], Awaitable[None]]) -> None:
    """Pages of one escalation end together, and people act on it meanwhile: whoever comes second tells it anew. Else the page
    would count as lost, and be sent once more when its lease runs out."""
    for _ in range(2 * AT_ONCE):
        try:
            await tell()
        except Conflict:
            continue
        return
    await tell()
