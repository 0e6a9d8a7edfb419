"""Promises to customers in the store: what follows from an escalation's moves, from the clock, from the channel, from people.

Every function works in the transaction it is given. Each change is stored with its escalation's next version, so that two who
act at once never both promise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts import events as ev
from alerts import promises as owed
from alerts.desk import Desk
from alerts.draft import Refused
from alerts.escalation import Escalation, Transition
from alerts.page import Page
from alerts.promise import Plan, Promise, PromiseId, promise_of
from alerts.records import kept
from alerts.transitions import worked_on
from monitor.config import Config
from monitor.stakes import desk_of
from monitor.store import Transaction

Act = Callable[[Promise, Escalation, Sequence[Promise], Desk], Plan]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A promise as a person sees it: with its escalation, and what the customer reads, or would read if it left now."""

    promise: Promise
    escalation: Escalation
    subject: str
    text: str


async def followed(tx: Transaction, before: Escalation, transition: Transition, desk: Desk) -> Transition:
    """The transition, with what it means for customers. Call it once for each that was not refused, and store the result."""
    after = transition.escalation
    if after.practice or not (after.customers or before.customers):
        return transition
    plan = owed.follow(before, after, await tx.promises.of(after.id), desk)
    await tx.promises.save(plan.promises)
    return replace(
        transition,
        arm=(*transition.arm, *plan.arm),
        cancel=(*transition.cancel, *plan.cancel),
        pages=(*transition.pages, *plan.pages),
        entries=(*transition.entries, *plan.entries),
    )


async def moment_passed(tx: Transaction, config: Config, escalation: Escalation, now: datetime) -> tuple[ev.UpdatesDue, ...]:
    """The promises' timer is due. Gives what the escalation is to be told, which is stored already when it gives it."""
    desk = await desk_of(tx, config, escalation.integration, now)
    plan = owed.moment_passed(escalation, await tx.promises.of(escalation.id), desk)
    await _store(tx, Transition(escalation=escalation), plan)
    return plan.events


async def page_told(
    tx: Transaction, config: Config, page: Page, event: ev.PageSent | ev.PageConfirmed | ev.PageFailed, *, now: datetime
) -> bool:
    """What became of a page to a customer. False where it changed nothing."""
    name = promise_of(page)
    promise = await tx.promises.get(name) if name is not None else None
    escalation = await tx.escalations.get(page.escalation)
    if promise is None or escalation is None or isinstance(event, ev.PageConfirmed):
        return False
    desk, every = await desk_of(tx, config, escalation.integration, now), await tx.promises.of(escalation.id)
    if isinstance(event, ev.PageSent):
        escalation = kept(escalation, page, event.reference, event.url, now)
        plan = owed.delivered(promise, escalation, every, desk, page.channel)
    else:
        plan = owed.undelivered(promise, escalation, every, desk, event.because)
    await _store(tx, Transition(escalation=escalation), plan)
    return bool(plan.promises)


async def approve(tx: Transaction, config: Config, id: PromiseId, *, by: str, now: datetime) -> Promise:
    """A person approves the draft: it leaves at once. Raises `Refused`."""
    return await _act(tx, config, id, by, "promise.approved", now, lambda p, e, every, desk: owed.approve(p, e, every, desk, by))


async def edit(tx: Transaction, config: Config, id: PromiseId, text: str, *, by: str, now: datetime) -> Promise:
    """A person writes it. Raises `Refused`."""
    return await _act(
        tx, config, id, by, "promise.edited", now, lambda p, e, every, desk: Plan(promises=(owed.edit(p, text, by),))
    )


async def told_by_hand(tx: Transaction, config: Config, id: PromiseId, how: str, *, by: str, now: datetime) -> Promise:
    """A person told the customer another way. Raises `Refused`."""
    return await _act(
        tx, config, id, by, "promise.told_by_hand", now, lambda p, e, every, desk: owed.told_by_hand(p, e, every, desk, by, how)
    )


async def drop(tx: Transaction, config: Config, id: PromiseId, because: str, *, by: str, now: datetime) -> Promise:
    """The customer need not hear of it any more. Raises `Refused`."""
    return await _act(
        tx, config, id, by, "promise.dropped", now, lambda p, e, every, desk: owed.drop(p, e, every, desk, by, because)
    )


async def seen(tx: Transaction, config: Config, promise: Promise, now: datetime) -> Owed | None:
    """None once its escalation is gone."""
    escalation = await tx.escalations.get(promise.escalation)
    if escalation is None:
        return None
    subject, text = owed.text_of(promise, escalation, await desk_of(tx, config, escalation.integration, now))
    return Owed(promise=promise, escalation=escalation, subject=subject, text=text)


async def _act(tx: Transaction, config: Config, id: PromiseId, by: str, action: str, now: datetime, act: Act) -> Promise:
    promise = await tx.promises.get(id)
    escalation = await tx.escalations.get(promise.escalation) if promise is not None else None
    if promise is None or escalation is None:
        raise Refused(f"there is no update {id!r}")
    desk = await desk_of(tx, config, escalation.integration, now)
    plan = act(promise, escalation, await tx.promises.of(escalation.id), desk)
    await _store(tx, worked_on(escalation, by, desk), plan)
    detail = {"escalation": escalation.id, "customer": promise.customer}
    await tx.audit.append(by, action, str(id), detail, now)
    return next(each for each in plan.promises if each.id == id)


async def _store(tx: Transaction, moved: Transition, plan: Plan) -> None:
    await tx.promises.save(plan.promises)
    both = replace(
        moved,
        arm=(*moved.arm, *plan.arm),
        cancel=(*moved.cancel, *plan.cancel),
        pages=(*moved.pages, *plan.pages),
        entries=(*moved.entries, *plan.entries),
    )
    await tx.escalations.save(both)
