"""What another alarm system tells of an integration opens an escalation of it, and ends it.

There is one at a time for each integration: what comes meanwhile joins it, and it is over with the last of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from alerts import events as ev
from alerts.escalation import ACTIVE, Category, Cause, State
from alerts.priority import Factor, Priority, Stakes, assess
from alerts.signals import Occurrence, Signal, cause_of
from alerts.transitions import detect
from monitor import paging, silencing
from monitor.acting import act, new_id
from monitor.config import Config
from monitor.stakes import desk_of, reassessed
from monitor.store import Transaction


def unknown(config: Config, signal: Signal) -> str:
    """Which integration it names that is not configured, in words; empty where all are."""
    strange = next((each for each in signal.occurrences if each.integration not in config.integrations), None)
    if strange is None:
        return ""
    name = strange.integration[:80]
    said = f"names the integration {name!r}, which is not configured" if name else "names no integration"
    return f"{strange.message[:120]!r} {said}: set its label, or map its value under the channel's integrations"


def known(config: Config, signal: Signal) -> tuple[Occurrence, ...]:
    """The part that is about integrations of ours."""
    return tuple(each for each in signal.occurrences if each.integration in config.integrations)


async def heard(tx: Transaction, config: Config, channel: str, signal: Signal, now: datetime) -> bool:
    """What a signal leads to; False where it said nothing new."""
    begun: dict[str, list[Cause]] = {}
    ended: set[str] = set()
    for told in known(config, signal):
        if not await tx.signals.take(channel, signal.group, told, now):
            continue
        if told.over:
            ended.add(told.integration)
        else:
            begun.setdefault(told.integration, []).append(cause_of(told, channel))
    if signal.over and not signal.unlisted:  # what it left out of an earlier message is over with the rest
        ended.update(await tx.signals.end_group(channel, signal.group, signal.at, now))
    cut_off = f"{signal.unlisted} more alerts of the group are not listed" if signal.unlisted else ""
    for integration in sorted(begun.keys() | ended):
        await tx.escalations.lock(integration)
        if integration in begun:
            await _begin(tx, config, channel, integration, begun[integration], cut_off, now)
        if integration in ended:
            await _end(tx, config, channel, integration, cut_off, now)
    return bool(begun or ended)


async def _begin(
    tx: Transaction, config: Config, channel: str, integration: str, causes: Sequence[Cause], remark: str, now: datetime
) -> None:
    priority, factors, customers = await _assessed(tx, config, integration, causes)
    if priority is Priority.RECORD:
        return
    because = f"{channel} says so"
    past = await paging.reopenable(tx, Category.SIGNAL, causes, now)
    worked = [e for e in await tx.escalations.active(integration) if e.category is Category.SIGNAL and e.state in paging.WORKED]
    if worked and await silencing.held(tx, config, replace(worked[0], causes=tuple(causes), beyond=()), now) is None:
        joined = ev.CausesJoined(causes=tuple(causes), customers=customers, priority=priority, factors=factors)
        await act(tx, config, worked[0], joined, now, remark=remark)
        return
    if past is not None and not worked:
        again = ev.Reopened(causes=tuple(causes), customers=customers, priority=priority, factors=factors)
        await act(tx, config, past, again, now)
        waiting = await tx.escalations.get(past.id)
        assert waiting is not None  # it was stored a moment ago, in this transaction
    else:
        sighting = ev.Sighting(
            id=new_id(f"{channel}, {integration}", Category.SIGNAL, now),
            environment=config.environment,
            integration=integration,
            causes=tuple(causes),
            priority=priority,
            factors=factors,
            category=Category.SIGNAL,
            customers=customers,
        )
        waiting = await tx.escalations.save(detect(sighting, await desk_of(tx, config, integration, now)))
    if waiting.state is State.DETECTED:
        await paging.tell(tx, config, waiting, because, now, remark=remark)


async def _end(tx: Transaction, config: Config, channel: str, integration: str, cut_off: str, now: datetime) -> None:
    """What is not the matter any more is dropped; an escalation that is about nothing else is over."""
    firing = {cause.key: cause for cause in await tx.signals.firing(integration)}
    for escalation in await tx.escalations.active(integration):
        if escalation.category is not Category.SIGNAL or escalation.state not in ACTIVE:
            continue
        others = [cause for key, cause in firing.items() if escalation.beyond or any(key == c.key for c in escalation.causes)]
        if len(others) >= escalation.total:
            continue
        because = f"{channel} says that it is over{'; ' * bool(cut_off)}{cut_off}"
        if not others:
            told = escalation.state in paging.WORKED
            over = ev.ResolvedBy(by="driftpager", because=because) if told else ev.Gone(because=because)
            await act(tx, config, escalation, over, now)
            continue
        priority, factors = await reassessed(tx, config, escalation, others, now)
        dropped = ev.CausesDropped(causes=tuple(others), priority=priority, factors=factors, by="driftpager", because=because)
        await act(tx, config, escalation, dropped, now)


async def _assessed(
    tx: Transaction, config: Config, integration: str, causes: Iterable[Cause]
) -> tuple[Priority, tuple[Factor, ...], tuple[str, ...]]:
    """Priority, its factors, and the customers who depend on the integration."""
    touched = [customer for customer in config.customers if integration in customer.depends_on]
    stakes = Stakes(
        criticality=config.integrations[integration].criticality,
        customers=tuple(customer.name for customer in touched),
        high_value=tuple(customer.name for customer in touched if customer.high_value),
    )
    return *assess(causes, stakes), stakes.customers
