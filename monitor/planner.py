"""Probes every target in its slot: claims what is due, runs it in a guard of its own, stores the outcomes in batches."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

from monitor import leaving
from monitor.cycle import Cycle
from monitor.engine import Engine
from monitor.log import log
from monitor.slots import next_slot
from monitor.store import StoreError
from monitor.watch import TargetName, TargetState, TargetStatus

BATCH = timedelta(milliseconds=200)
STORE_RETRY = timedelta(seconds=5)
LOOK_AGAIN = timedelta(seconds=1)
"""A baseline accepted or a probe asked for by another process is seen within this."""


class Planner:
    """The loop that turns due slots into cycles. A slot runs once: claiming is a leased compare-and-set in the store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._running: set[asyncio.Task[None]] = set()
        self._under_way: set[TargetName] = set()
        self._finished: list[TargetStatus] = []
        self._room = asyncio.Event()

    async def plan(self) -> None:
        """One round: claim what is due and start it, or sleep until something is. Nothing is awaited but the store."""
        engine = self._engine
        now = engine.clock.now()
        room = engine.config.probing.concurrency - len(self._running)
        if room <= 0:
            self._room.clear()
            await self._room.wait()
            return
        async with engine.store.read() as tx:
            due = await tx.targets.next_due()
        if due is None or due > now:
            wait = min(due - now, LOOK_AGAIN) if due is not None else LOOK_AGAIN
            await engine.clock.sleep(wait.total_seconds())
            return
        lease = 2 * engine.config.probing.deadline + timedelta(minutes=3)
        async with engine.store.write() as tx:
            claimed = await tx.targets.claim_due(now, room, lease)
        for status in claimed:
            if status.name in self._under_way:  # its lease ran out under it: the clock was set, or the machine slept
                continue
            self._under_way.add(status.name)
            task = asyncio.create_task(self._probe(status), name=f"probe {status.name}")
            self._running.add(task)
            task.add_done_callback(partial(self._done, status.name))
        if not claimed:  # another process was faster
            await engine.clock.sleep(BATCH.total_seconds())

    async def close(self) -> None:
        """Stop the probes under way; their leases run out and their slots run again. What had finished is stored."""
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        try:
            await self._flush()
        except StoreError as error:  # these slots run again at the next start
            log.warning("probes.not_stored", because=str(error))

    async def register(self) -> None:
        """Make the store's targets those of the configuration; new ones are due at once, spread over their interval's first
        minute so that a thousand new targets do not start together. Escalations let go of those that left."""
        now = self._engine.clock.now()
        first = timedelta(seconds=60)
        targets = [
            (t.name, t.integration, min(now + t.every, next_slot(t.name, min(t.every, first), now)))
            for t in self._engine.config.targets
            if not t.paused
        ]
        async with self._engine.store.write() as tx:
            await tx.targets.register(targets)
        await leaving.let_go(self._engine.store, self._engine.config, now)

    def _done(self, name: TargetName, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._under_way.discard(name)
        self._room.set()

    async def _probe(self, status: TargetStatus) -> None:
        """One target in its own guard: whatever goes wrong here is counted and told, and hurts no other target."""
        engine = self._engine
        started = engine.clock.now()
        target = engine.target(status.name)
        if target is None:
            return
        if status.next_due is not None:
            engine.metrics.lateness(started - status.next_due)
        try:
            outcome = await Cycle(engine=engine, target=target, status=status, now=started).run()
        except StoreError as error:  # nothing was kept, so nothing was seen: the slot runs again soon
            log.error("probe.not_stored", target=status.name, because=str(error))
            outcome = replace(status, next_due=engine.clock.now() + STORE_RETRY)
        except Exception as error:  # noqa: BLE001 - the guard around one target
            log.exception("probe.failed", target=status.name, error=type(error).__name__)
            cycle = Cycle(engine=engine, target=target, status=status, now=engine.clock.now())
            outcome = await cycle.blind(TargetState.UNREADABLE, "driftpager itself failed; see its log")
        engine.metrics.probed(target.integration, outcome.state, engine.clock.now() - started)
        if outcome.last_readable_at is not None:
            engine.metrics.read(target.integration, outcome.last_readable_at)
        self._finished.append(outcome)

    async def store_outcomes(self) -> None:
        """One round: write what finished since the last batch, in one transaction."""
        await self._engine.clock.sleep(BATCH.total_seconds())
        await self._flush()

    async def _flush(self) -> None:
        if not self._finished:
            return
        batch, self._finished = self._finished, []
        try:
            async with self._engine.store.write() as tx:
                await tx.targets.finish(batch)
        except BaseException:
            self._finished[:0] = batch
            raise
