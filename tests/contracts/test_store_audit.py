"""The audit's chain, on SQLite and on PostgreSQL alike: whoever touches what is sealed is found out."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from monitor.store import Conflict, Head, Store
from tests.monitor.store.build import ACCOUNT, MINUTE, NOW


async def written(store: Store, count: int, *, sealed: bool = True) -> Head:
    """So many entries more, each in a transaction of its own; gives the head of the chain."""
    for n in range(count):
        async with store.write() as tx:
            await tx.audit.append("ana", "baseline.accepted", ACCOUNT, {"n": n, "nul": "\x00"}, NOW + n * MINUTE)
    async with store.write() as tx:
        if sealed:
            await tx.audit.seal()
        return await tx.audit.head()


async def verified(store: Store, anchor: Head | None = None) -> tuple[str, ...]:
    async with store.read() as tx:
        return (await tx.audit.verify(anchor)).broken


async def tamper(store: Store, statement: str) -> None:
    async with store.write() as tx:
        await tx.connection.execute(text(statement))


async def test_a_chain_nobody_touched_is_whole_and_leads_through_every_head_that_was_told(store: Store) -> None:
    assert await verified(store) == ()
    heads = [await written(store, count) for count in (0, 2, 1, 3)]
    assert [head.place for head in heads] == [0, 2, 3, 6]
    for head in heads:
        assert await verified(store, head) == ()


async def test_sealing_is_done_in_pieces_and_entries_not_yet_sealed_are_counted(store: Store) -> None:
    await written(store, 5, sealed=False)
    counts = []
    for _ in range(4):
        async with store.write() as tx:
            counts.append((await tx.audit.seal(2), await tx.audit.unsealed()))
    assert counts == [(2, 3), (2, 1), (1, 0), (0, 0)]
    async with store.read() as tx:
        verdict = await tx.audit.verify()
    assert (verdict.head.place, verdict.unsealed, verdict.broken) == (5, 0, ())


async def test_the_same_entries_give_the_same_head_in_any_number_of_pieces(store: Store) -> None:
    whole = await written(store, 4)
    await tamper(store, "DELETE FROM audit_links")
    for _ in range(4):
        async with store.write() as tx:
            await tx.audit.seal(1)
    async with store.read() as tx:
        assert await tx.audit.head() == whole


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE audit SET actor = 'eve' WHERE id = 3", "entry 3 at place 3 is not what was sealed there"),
        ("UPDATE audit SET detail = '{}' WHERE id = 3", "entry 3 at place 3 is not what was sealed there"),
        ("UPDATE audit SET at = (SELECT at FROM audit WHERE id = 1) WHERE id = 3", "entry 3 at place 3 is not what was sealed"),
        ("DELETE FROM audit WHERE id = 3", "entry 3, sealed at place 3, is gone"),
        ("DELETE FROM audit_links WHERE place = 3", "place 3 is missing"),
        ("UPDATE audit_links SET entry = 99 WHERE place = 3", "entry 99, sealed at place 3, is gone"),
    ],
)
async def test_what_is_changed_removed_or_moved_is_told_with_its_place(store: Store, statement: str, told: str) -> None:
    await written(store, 5)
    await tamper(store, statement)
    [broken] = await verified(store)
    assert broken.startswith(told)


async def test_two_entries_that_changed_places_break_at_both(store: Store) -> None:
    await written(store, 5)
    await tamper(store, "UPDATE audit_links SET entry = 98 WHERE place = 2")
    await tamper(store, "UPDATE audit_links SET entry = 2 WHERE place = 3")
    await tamper(store, "UPDATE audit_links SET entry = 3 WHERE place = 2")
    assert len(await verified(store)) == 2


async def test_an_end_cut_off_and_a_chain_built_anew_are_found_by_the_head_that_was_told_outside(store: Store) -> None:
    told = await written(store, 5)
    await tamper(store, "DELETE FROM audit_links WHERE place > 3")
    await tamper(store, "DELETE FROM audit WHERE id > 3")
    assert await verified(store) == ()
    [cut] = await verified(store, told)
    assert "ends at place 3, and once reached 5" in cut

    await tamper(store, "UPDATE audit SET actor = 'eve' WHERE id = 2")
    await tamper(store, "DELETE FROM audit_links")
    rebuilt = await written(store, 2)
    assert rebuilt.place == told.place
    assert await verified(store) == ()
    [anew] = await verified(store, told)
    assert "place 5 is not what it was" in anew


async def test_two_that_seal_at_once_chain_every_entry_once(store_url: str) -> None:
    stores = [await Store.open(store_url) for _ in range(2)]
    await written(stores[0], 20, sealed=False)

    async def seal(store: Store) -> None:
        for _ in range(10):
            try:
                async with store.write() as tx:
                    await tx.audit.seal(3)
            except Conflict:
                continue

    await asyncio.gather(*map(seal, stores))
    async with stores[0].read() as tx:
        verdict = await tx.audit.verify()
    for store in stores:
        await store.close()
    assert (verdict.head.place, verdict.unsealed, verdict.broken) == (20, 0, ())
