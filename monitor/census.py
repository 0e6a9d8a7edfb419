"""Counting what stands in the store, for the gauges."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from monitor.metrics import Census
from monitor.store import Store

LATELY = timedelta(days=90)
"""How far back the satisfaction of customers is averaged."""


async def census(store: Store, now: datetime) -> Census:
    """One consistent count, of active escalations and configured targets. Raises StoreError."""
    async with store.read() as tx:
        targets = Counter((status.integration, status.state) for status in await tx.targets.all())
        oldest = await tx.outbox.oldest()
        owed = await tx.promises.oldest_due()
        return Census(
            targets=targets,
            drifts=await tx.findings.counts(),
            escalations=await tx.escalations.counts(),
            outbox=await tx.outbox.counts(),
            oldest={channel: now - queued for channel, queued in oldest.items()},
            timers_overdue=await tx.timers.overdue(now),
            update_overdue=max(now - owed, timedelta()) if owed is not None else timedelta(),
            satisfaction=await tx.csat.mean(now - LATELY),
        )
