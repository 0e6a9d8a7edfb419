"""Retention takes what ended long ago, and never what somebody may still need."""

from __future__ import annotations

from typing import Any

from alerts.escalation import State
from alerts.page import EscalationId
from monitor.store import Pruned, Store, StoreError
from monitor.watch import Standing
from schemas.document import ContentHash
from tests.monitor.store.build import (
    ACCOUNT,
    DAY,
    NOW,
    cause,
    document,
    entry,
    escalation,
    finding,
    page,
    reply,
    timer,
    transition,
)

LONG_AGO = NOW - 100 * DAY
KEEP = 90 * DAY


async def add_escalation(store: Store, name: str, **changes: Any) -> None:
    pages = changes.pop("pages", ())
    async with store.write() as tx:
        values: dict[str, Any] = {"detected_at": LONG_AGO} | changes
        one = escalation(name, **values)
        await tx.escalations.save(transition(one, pages=pages, entries=(entry("told"),), arm=(timer(escalation=name),)))


async def test_escalations_resolved_long_ago_go_with_all_that_belongs_to_them(store: Store) -> None:
    await add_escalation(store, "gone", state=State.RESOLVED, resolved_at=LONG_AGO)
    await add_escalation(store, "recent", state=State.RESOLVED, resolved_at=NOW - DAY)
    await add_escalation(store, "open", state=State.OPEN)
    waiting = page("p1", escalation=EscalationId("waiting"))
    await add_escalation(store, "waiting", state=State.RESOLVED, resolved_at=LONG_AGO, pages=(waiting,))
    pruned = await store.prune(NOW, KEEP)
    assert pruned.escalations == 1
    async with store.read() as tx:
        assert sorted(one.id for one in await tx.escalations.list()) == ["open", "recent", "waiting"]
        gone = EscalationId("gone")
        assert (await tx.escalations.timeline(gone), await tx.timers.of(gone)) == ([], [])
        assert [one.key for one, *_ in await tx.outbox.pages(EscalationId("waiting"))] == ["p1"]


async def test_what_was_recorded_stays_as_long_as_its_finding_does(store: Store) -> None:
    async with store.write() as tx:
        snapshot = await tx.snapshots.add(ACCOUNT, document(), LONG_AGO)
        await tx.findings.replace(ACCOUNT, "salesforce", snapshot, [finding("a")], LONG_AGO)
        [(_, stands, _, _)] = await tx.findings.all_open()
    await add_escalation(store, "stands", state=State.RECORDED, causes=(cause("c1", finding=stands),))
    await add_escalation(store, "gone", state=State.RECORDED, causes=(cause("c2", finding="closed"),))
    await store.prune(NOW, KEEP)
    async with store.read() as tx:
        assert [one.id for one in await tx.escalations.list()] == ["stands"]


async def test_contents_nobody_needs_go_and_baselines_findings_and_the_latest_stay(store: Store) -> None:
    hashes: dict[str, ContentHash] = {}
    async with store.write() as tx:
        for name in ("first", "unneeded", "undone", "drifted", "closed", "latest"):
            snapshot = await tx.snapshots.add(ACCOUNT, document(name), LONG_AGO)
            hashes[name] = snapshot.hash
            if name in ("first", "undone"):
                await tx.baselines.set(ACCOUNT, snapshot, Standing.ACCEPTED, "ana", name, LONG_AGO)
            if name == "undone":
                await tx.baselines.undo(ACCOUNT, "ana", "oops", LONG_AGO)
            if name in ("drifted", "closed"):
                found = [finding("a")] if name == "drifted" else [finding("a"), finding("b")]
                await tx.findings.replace(ACCOUNT, "salesforce", snapshot, found, LONG_AGO)
        await tx.findings.replace(ACCOUNT, "salesforce", snapshot, [finding("a")], LONG_AGO)
        for event, at in (("old", LONG_AGO), ("new", NOW)):
            await tx.inbox.put("pagerduty", reply(event), at)
            await tx.inbox.done(reply(event))
        await tx.inbox.put("pagerduty", reply("not applied"), LONG_AGO)
        await tx.audit.append("ana", "did", "this", {}, LONG_AGO)
    assert await store.prune(NOW, KEEP) == Pruned(
        escalations=0, findings=1, snapshots=2, contents=2, signals=0, events=1, ratings=0
    )
    assert await store.prune(NOW, KEEP) == Pruned(
        escalations=0, findings=0, snapshots=0, contents=0, signals=0, events=0, ratings=0
    )
    left = set()
    for name, content in hashes.items():
        try:
            async with store.read() as tx:
                await tx.snapshots.document(content)
        except StoreError:
            continue
        left.add(name)
    assert left == {"first", "undone", "drifted", "latest"}
    async with store.write() as tx:
        assert len(await tx.audit.tail(9)) == 1
        assert await tx.inbox.put("pagerduty", reply("old"), NOW)
        assert not await tx.inbox.put("pagerduty", reply("not applied"), NOW)


async def test_more_than_one_piece_is_pruned(store: Store) -> None:
    async with store.write() as tx:
        for number in range(501):
            await tx.inbox.put("pagerduty", reply(str(number)), LONG_AGO)
            await tx.inbox.done(reply(str(number)))
    assert (await store.prune(NOW, KEEP)).events == 501
