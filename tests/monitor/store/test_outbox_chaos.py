"""A vendor that loses, delays and refuses, and senders that die: in the end nothing is left open that was resolved."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta

from alerts.errors import Reason
from alerts.page import Action, Page, PageState
from monitor.store import Store, Transaction
from tests.monitor.store.build import ID, MINUTE, NOW, escalation, page, transition

LEASE = timedelta(minutes=2)
FOLDS = [f"fold {number}" for number in range(60)]


@dataclass(slots=True)
class Vendor:
    """Keeps an incident open from the first trigger that arrives to the next resolve."""

    open: set[str] = field(default_factory=set)
    attempted: list[tuple[str, Action]] = field(default_factory=list)

    def take(self, one: Page, *, arrives: bool) -> None:
        self.attempted.append((one.dedup_key, one.action))
        if arrives and one.action is Action.TRIGGER:
            self.open.add(one.dedup_key)
        elif arrives:
            self.open.discard(one.dedup_key)


async def attempt(tx: Transaction, vendor: Vendor, one: Page, chance: random.Random) -> None:
    """One of the things that happen to a page on its way."""
    fates = ["arrives", "answer lost", "no answer", "died before", "died after", "busy"]
    fate = chance.choice([*fates, "refused"] if one.action is Action.TRIGGER else fates)
    vendor.take(one, arrives=fate in ("arrives", "answer lost", "died after"))
    if fate == "arrives":
        await tx.outbox.sent(one.id, "ref", NOW)
    elif fate in ("answer lost", "no answer"):
        await tx.outbox.retry(one.id, NOW, Reason.TIMEOUT, fate, unknown=True)
    elif fate == "busy":
        await tx.outbox.retry(one.id, NOW, Reason.SERVER, fate, unknown=False)
    elif fate == "refused":
        await tx.outbox.dead(one.id, NOW, Reason.CLIENT, fate)


async def test_no_trigger_is_tried_after_its_resolve_and_no_incident_stays_open(store: Store) -> None:
    chance, vendor, now = random.Random(7), Vendor(), NOW
    async with store.write() as tx:
        triggers = tuple(page(f"t {fold}", dedup_key=fold, order_key=fold) for fold in FOLDS)
        await tx.escalations.save(transition(escalation(), pages=triggers))
    unresolved = FOLDS.copy()
    for _ in range(15):
        now += MINUTE
        async with store.write() as tx:
            claimed = await tx.outbox.claim(now, 40, LEASE)
        async with store.write() as tx:
            # Resolves are queued while attempts are under way.
            for fold in [one for one in unresolved if chance.random() < 0.2]:
                unresolved.remove(fold)
                await tx.outbox.queue([page(f"r {fold}", dedup_key=fold, order_key=fold, action=Action.RESOLVE, created_at=now)])
        async with store.write() as tx:
            for one in claimed:
                await attempt(tx, vendor, one, chance)
    async with store.write() as tx:
        await tx.outbox.queue([page(f"r {fold}", dedup_key=fold, order_key=fold, action=Action.RESOLVE) for fold in unresolved])
        while (due := await tx.outbox.next_due()) is not None:
            now = max(now, due)
            for one in await tx.outbox.claim(now, 40, LEASE):
                vendor.take(one, arrives=True)
                await tx.outbox.sent(one.id, "ref", now)
        states = {one.key: state for one, state, _ in await tx.outbox.pages(ID)}
    assert vendor.open == set()
    for fold in FOLDS:
        actions = [action for key, action in vendor.attempted if key == fold]
        assert actions == sorted(actions, key=[Action.TRIGGER, Action.RESOLVE].index)
    assert not {PageState.PENDING, PageState.LEASED} & set(states.values())
    assert PageState.SUPERSEDED in states.values()
    assert PageState.UNKNOWN in states.values()
