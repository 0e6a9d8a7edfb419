"""Counts what happened to escalations, for the metrics: read from the timeline, so that what a command line or another
process did counts too."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

from alerts.escalation import Entry, Escalation, Sla
from alerts.promise import SETTLED, Standing
from alerts.sla import PERCENTS
from monitor.engine import Engine
from monitor.log import log
from monitor.store import StoreError, Transaction

COUNTED = frozenset(
    {
        "escalation.opened",
        "page.sent",
        "escalation.acknowledged",
        "escalation.resolved",
        "escalation.unroutable",
        "escalation.suppressed",
        "page.folded",
        *(f"sla.{clock}.{percent}" for clock, percent in product(Sla, PERCENTS)),
        *(f"promise.{standing}" for standing in SETTLED),
    }
)
"""Entries that a metric counts, as `_one` has them."""

REPEAT_WINDOW = timedelta(days=90)

_LOOK_BACK = 200
"""Entries may become visible a little out of order where several processes write: look again at the last few."""


class Tally:
    """The daemon's place in the timeline. What happened before it started is not counted, as Prometheus expects."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._last: int | None = None
        self._counted: set[int] = set()

    async def count(self) -> None:
        """Count what is new. The store's troubles are told elsewhere; what is missed now is counted next time."""
        try:
            await self._count()
        except StoreError as error:
            log.warning("tally.failed", because=str(error))

    async def _count(self) -> None:
        async with self._engine.store.read() as tx:
            if self._last is None:
                self._last = await tx.escalations.last_told()
                self._counted = {number for number, _, _ in await tx.escalations.told_after(self._last - _LOOK_BACK)}
                return
            fresh = [e for e in await tx.escalations.told_after(self._last - _LOOK_BACK) if e[0] not in self._counted]
            for number, name, entry in fresh:
                # An escalation may be big: only those that are counted are read.
                escalation = await tx.escalations.get(name) if entry.kind in COUNTED else None
                if escalation is not None and not escalation.practice:
                    earlier = await tx.escalations.timeline(name) if entry.kind == "page.sent" else []
                    if entry.kind == "escalation.opened" and await _again(tx, escalation):
                        self._engine.metrics.repeated(escalation.category)
                    self._one(escalation, entry, first=sum(e.kind == "page.sent" and e.at < entry.at for e in earlier) == 0)
                self._last = max(self._last, number)
                self._counted.add(number)
        self._counted = {number for number in self._counted if number > self._last - _LOOK_BACK}

    def _one(self, escalation: Escalation, entry: Entry, *, first: bool) -> None:
        metrics = self._engine.metrics
        match entry.kind:
            case "escalation.opened":
                metrics.opened(escalation)
            case "page.sent" if first:
                metrics.reached(escalation, entry.at)
            case "escalation.acknowledged":
                metrics.acknowledged(escalation)
            case "escalation.resolved" if escalation.opened_at is not None:
                metrics.resolved(escalation, commitment=_commitment(escalation))
            case "escalation.unroutable":
                metrics.unroutable()
            case "escalation.suppressed" if escalation.suppression is not None:
                metrics.suppressed(escalation.suppression.kind)
            case "page.folded":
                metrics.folded()
            case _:
                family, _, rest = entry.kind.partition(".")
                if family == "promise":
                    metrics.updated(Standing(rest))
                elif family == "sla":
                    clock, _, percent = rest.partition(".")
                    metrics.passed(Sla(clock), int(percent))


def _commitment(escalation: Escalation) -> timedelta | None:
    """What was promised when it was opened."""
    promised = escalation.commitment(Sla.RESOLVE)
    return promised.due_at - escalation.opened_at if promised and escalation.opened_at else None


async def _again(tx: Transaction, escalation: Escalation) -> bool:
    """Whether one of its causes was escalated before, lately."""
    opened_at = escalation.opened_at
    if escalation.openings > 1 or opened_at is None:
        return escalation.openings > 1
    before = await tx.escalations.by_cause([cause.key for cause in escalation.causes], opened_at - REPEAT_WINDOW)
    return any(each.id != escalation.id and each.opened_at is not None and each.opened_at < opened_at for each in before)
