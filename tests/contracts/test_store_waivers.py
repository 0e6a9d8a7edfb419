"""Waivers: what was accepted beside a baseline, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from datetime import datetime

from monitor.store import Store
from monitor.watch import Baseline, Standing, TargetName, Waiver, Waives
from schemas.change import Impact
from tests.monitor.store.build import ACCOUNT, DAY, MINUTE, NOW, document


async def accepted(store: Store, text: str = "{}", target: TargetName = ACCOUNT) -> Baseline:
    async with store.write() as tx:
        snapshot = await tx.snapshots.add(target, document(text), NOW)
        return await tx.baselines.set(target, snapshot, Standing.ACCEPTED, "ana", "read", NOW)


async def waive(store: Store, baseline: Baseline, subject: str, until: datetime | None = None) -> Waiver:
    async with store.write() as tx:
        return await tx.waivers.add(baseline, Waives.PREFIX, subject, Impact.RISKY, "ana", "a pilot", NOW, until)


async def standing(store: Store, baseline: Baseline, now: datetime = NOW) -> list[Waiver]:
    async with store.read() as tx:
        return await tx.waivers.standing(baseline, now)


async def test_a_waiver_comes_back_whole_the_oldest_first(store: Store) -> None:
    baseline = await accepted(store)
    first, second = await waive(store, baseline, "Account.\x00\ud800", NOW + DAY), await waive(store, baseline, "b")
    assert await standing(store, baseline) == [first, second]
    assert (first.kind, first.worst, first.by, first.because, first.at) == (Waives.PREFIX, Impact.RISKY, "ana", "a pilot", NOW)
    assert (first.until, second.until, first.undone_at) == (NOW + DAY, None, None)
    assert first.subject == "Account.\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"


async def test_a_waiver_ends_at_its_end(store: Store) -> None:
    baseline = await accepted(store)
    waiver = await waive(store, baseline, "a", NOW + MINUTE)
    assert await standing(store, baseline, NOW) == [waiver]
    assert await standing(store, baseline, NOW + MINUTE) == []


async def test_a_waiver_rests_while_another_baseline_is_in_force_and_counts_again_with_its_own(store: Store) -> None:
    before = await accepted(store, "A")
    waiver = await waive(store, before, "a")
    after = await accepted(store, "B")
    assert await standing(store, after) == []
    async with store.write() as tx:
        again = await tx.baselines.undo(ACCOUNT, "ana", "too early", NOW)
        assert again is not None
        assert await tx.waivers.standing(again, NOW) == [waiver]


async def test_a_waiver_of_one_target_says_nothing_of_another(store: Store) -> None:
    mine, theirs = await accepted(store), await accepted(store, target=TargetName("stripe/api"))
    await waive(store, mine, "a")
    assert await standing(store, theirs) == []


async def test_a_waiver_is_undone_once_and_stays_in_the_history(store: Store) -> None:
    baseline = await accepted(store)
    first, second = await waive(store, baseline, "a"), await waive(store, baseline, "b")
    async with store.write() as tx:
        undone = await tx.waivers.undo(first.id, "ben", "by mistake", NOW + MINUTE)
        assert await tx.waivers.undo(first.id, "ana", "me too", NOW + DAY) is None
    assert undone is not None
    assert (undone.undone_at, undone.undone_by, undone.undone_because) == (NOW + MINUTE, "ben", "by mistake")
    assert await standing(store, baseline) == [second]
    async with store.read() as tx:
        assert await tx.waivers.history(ACCOUNT) == [second, undone]
