"""Counting what stands in the store, for the gauges."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from monitor.metrics import Census
from monitor.store import Store


async def census(store: Store, now: datetime) -> Census:
    """One consistent count, of active escalations and configured targets. Raises StoreError."""
    async with store.read() as tx:
        targets = Counter((status.integration, status.state) for status in await tx.targets.all())
        oldest = await tx.outbox.oldest()
        return Census(
            targets=targets,
            drifts=await tx.findings.counts(),
            escalations=await tx.escalations.counts(),
            outbox=await tx.outbox.counts(),
            oldest={channel: now - queued for channel, queued in oldest.items()},
            timers_overdue=await tx.timers.overdue(now),
        )
