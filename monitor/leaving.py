"""What becomes of escalations whose targets left the configuration: nobody will ever see those clean again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from alerts import events as ev
from alerts.escalation import Category, Entry, Escalation, Transition
from monitor.acting import act
from monitor.config import Config
from monitor.paging import UNTOLD, counted_no_more
from monitor.stakes import reassessed
from monitor.store import Conflict, Store, Transaction
from monitor.watch import BLIND, TargetName

UNWATCHED = "targets.unwatched"
_TRIES = 5


async def let_go(store: Store, config: Config, now: datetime) -> None:
    """Call it whenever the configuration may have changed. Writes only where something left. Raises StoreError."""
    async with store.read() as tx:
        if not [each async for each, _ in _leaving(tx, config)]:
            return
    for last in (*(False,) * (_TRIES - 1), True):
        try:
            async with store.write() as tx:
                return await left(tx, config, now)
        except Conflict:  # another process acted on one of them first: decide anew
            if last:
                raise


async def left(tx: Transaction, config: Config, now: datetime) -> None:
    """What is shared with targets that are still watched is about those
    alone from now on. What is about none of them is gone where nobody was told of it; else it stays open, and says so: taking a
    target out is not the same as coping with what it served, so a person ends it.
    """
    async for escalation, gone in _leaving(tx, config):
        if gone == escalation.targets and escalation.state in UNTOLD:
            await act(tx, config, escalation, ev.Gone(because=_because(gone)), now)
        elif gone == escalation.targets:
            await _say_once(tx, escalation, now)
        elif escalation.category is Category.BLIND:
            await _seen_by_the_rest(tx, config, escalation, gone, now)
        else:
            await _drop(tx, config, escalation, gone, now)


_ELSEWHERE = frozenset({Category.UNROUTABLE, Category.SIGNAL})
"""About no target of ours."""


async def _leaving(tx: Transaction, config: Config) -> AsyncIterator[tuple[Escalation, frozenset[str]]]:
    """Escalations with those of their targets that are not watched any more."""
    watched = {target.name for target in config.targets}
    for escalation in await tx.escalations.active():
        gone = escalation.targets - watched
        if gone and not escalation.practice and escalation.category not in _ELSEWHERE:
            yield escalation, gone


async def _drop(tx: Transaction, config: Config, escalation: Escalation, gone: frozenset[str], now: datetime) -> None:
    kept = tuple(cause for cause in escalation.causes if cause.target not in gone)
    beyond = tuple((name, count) for name, count in escalation.beyond if name not in gone)
    kept, beyond = await counted_no_more(tx, config, kept, beyond)
    if not kept:
        await _say_once(tx, escalation, now)
        return
    priority, factors = await reassessed(tx, config, escalation, kept, now)
    dropped = ev.CausesDropped(
        causes=kept, beyond=beyond, priority=priority, factors=factors, by="driftpager", because=_because(gone)
    )
    await act(tx, config, escalation, dropped, now)


async def _seen_by_the_rest(tx: Transaction, config: Config, escalation: Escalation, gone: frozenset[str], now: datetime) -> None:
    """Over where every target that is still watched can be read; else it ends with the last of those."""
    statuses = [await tx.targets.get(TargetName(name)) for name in sorted(escalation.targets - gone)]
    if not any(status is not None and status.state in BLIND for status in statuses):
        over = ev.ResolvedBy(by="driftpager", because=f"{_because(gone)}, and the rest can be read")
        await act(tx, config, escalation, over, now)


async def _say_once(tx: Transaction, escalation: Escalation, now: datetime) -> None:
    if any(entry.kind == UNWATCHED for entry in await tx.escalations.timeline(escalation.id)):
        return
    text = f"{_because(escalation.targets)}: nobody looks whether it is over; end it with `driftpager resolve {escalation.id}`"
    await tx.escalations.save(
        Transition(escalation=escalation, entries=(Entry(at=now, kind=UNWATCHED, text=text),), refused="only noted")
    )


def _because(gone: frozenset[str]) -> str:
    names = sorted(gone)
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{', '.join(names[:5])}{more} left the configuration"
