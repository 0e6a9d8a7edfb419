"""Many at once: nobody gets another's work, and one event has one effect."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from alerts.page import Action, PageState
from monitor.store import Conflict, Store, Transaction, Unavailable
from monitor.watch import Standing, TargetName
from tests.monitor.store.build import ACCOUNT, ID, MINUTE, NOW, document, escalation, page, reply, timer, transition
from tests.postgres import Cluster

LEASE = timedelta(minutes=5)


@pytest.fixture
async def stores(store: Store, store_url: str) -> AsyncIterator[list[Store]]:
    """The same database opened three times, as three processes do."""
    more = [await Store.open(store_url), await Store.open(store_url)]
    yield [store, *more]
    for one in more:
        await one.close()


async def claim_targets(tx: Transaction) -> list[str]:
    return [one.name for one in await tx.targets.claim_due(NOW, 7, LEASE)]


async def claim_timers(tx: Transaction) -> list[str]:
    return [one.id for one in await tx.timers.claim_due(NOW, 7, LEASE)]


async def claim_pages(tx: Transaction) -> list[str]:
    return [one.id for one in await tx.outbox.claim(NOW, 7, LEASE)]


@pytest.mark.parametrize("claim", [claim_targets, claim_timers, claim_pages])
async def test_each_row_goes_to_one_claimer_and_none_is_left(
    stores: list[Store], claim: Callable[[Transaction], Awaitable[list[str]]]
) -> None:
    async with stores[0].write() as tx:
        await tx.targets.register([(TargetName(f"a/{n}"), "a", NOW) for n in range(100)])
        timers = tuple(timer(sequence=n) for n in range(100))
        pages = tuple(page(f"p{n}", order_key=f"o{n}") for n in range(100))
        await tx.escalations.save(transition(escalation(), arm=timers, pages=pages))

    async def work(store: Store) -> list[str]:
        taken: list[str] = []
        while True:
            async with store.write() as tx:
                some = await claim(tx)
            if not some:
                return taken
            taken += some

    shares = await asyncio.gather(*(work(store) for store in stores * 3))
    everything = [name for share in shares for name in share]
    assert (len(everything), len(set(everything))) == (100, 100)


async def test_a_hundred_equal_events_at_once_have_one_effect(stores: list[Store]) -> None:
    async def receive(store: Store) -> bool:
        async with store.write() as tx:
            first = await tx.inbox.put("pagerduty", reply("event-1"), NOW)
            if first:
                await tx.audit.append("ana", "acknowledged", ID, {}, NOW)
            return first

    answers = await asyncio.gather(*(receive(stores[n % 3]) for n in range(100)))
    assert sum(answers) == 1
    async with stores[0].read() as tx:
        assert len(await tx.audit.tail(999)) == 1


async def test_of_many_decisions_upon_one_version_one_is_stored(stores: list[Store]) -> None:
    async with stores[0].write() as tx:
        known = await tx.escalations.save(transition(escalation()))

    async def decide(number: int) -> bool:
        try:
            async with stores[number % 3].write() as tx:
                await tx.escalations.save(transition(known, pages=(page(f"p{number}"),)))
        except Conflict:
            return False
        return True

    assert sum(await asyncio.gather(*(decide(n) for n in range(12)))) == 1
    async with stores[0].read() as tx:
        assert len(await tx.outbox.pages(ID)) == 1


async def test_a_resolve_queued_while_its_trigger_is_taken_follows_it_or_cancels_it(stores: list[Store]) -> None:
    keys = [f"k{n}" for n in range(20)]
    async with stores[0].write() as tx:
        triggers = tuple(page(f"trigger {key}", dedup_key=key, order_key=key) for key in keys)
        await tx.escalations.save(transition(escalation(), pages=triggers))

    async def resolve(key: str) -> None:
        async with stores[1].write() as tx:
            await tx.outbox.queue([page(f"resolve {key}", dedup_key=key, order_key=key, action=Action.RESOLVE)])

    async def take() -> None:
        async with stores[2].write() as tx:
            await tx.outbox.claim(NOW, 1, LEASE)

    await asyncio.gather(*(work for key in keys for work in (take(), resolve(key))))
    async with stores[0].read() as tx:
        states = {one.key: state for one, state, _ in await tx.outbox.pages(ID)}
    outcomes = {(states[f"trigger {key}"], states[f"resolve {key}"]) for key in keys}
    assert outcomes <= {(PageState.SUPERSEDED, PageState.SUPERSEDED), (PageState.LEASED, PageState.PENDING)}


async def test_an_undo_by_two_people_at_once_never_goes_back_further_than_each_was_told(stores: list[Store]) -> None:
    async with stores[0].write() as tx:
        made = []
        for text in "ABCD":
            snapshot = await tx.snapshots.add(ACCOUNT, document(text), NOW)
            made.append(await tx.baselines.set(ACCOUNT, snapshot, Standing.ACCEPTED, "ana", text, NOW))

    async def undo(store: Store) -> str | None:
        try:
            async with store.write() as tx:
                back = await tx.baselines.undo(ACCOUNT, "ben", "oops", NOW)
        except Conflict:
            return None
        return back.because if back else None

    told = await asyncio.gather(undo(stores[1]), undo(stores[2]))
    async with stores[0].read() as tx:
        now = await tx.baselines.current(ACCOUNT)
    assert now is not None
    assert sorted(one for one in told if one) in (["C"], ["B", "C"])
    assert now.because == min(one for one in told if one)


async def test_the_same_content_seen_by_many_targets_at_once_is_kept_once(stores: list[Store]) -> None:
    async def see(number: int) -> str:
        async with stores[number % 3].write() as tx:
            return (await tx.snapshots.add(TargetName(f"a/{number}"), document("same" * 1000), NOW)).hash

    assert len(set(await asyncio.gather(*(see(n) for n in range(9))))) == 1
    assert (await stores[0].prune(NOW, MINUTE)).contents == 0


@contextmanager
def before_statement(number: int, act: Callable[[], object]) -> Iterator[None]:
    """Acts once, as the Nth statement from now on is about to be sent."""
    left = itertools.count(number, -1)

    def count(*_: object) -> None:
        if next(left) == 1:
            act()

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", count)


async def test_work_cancelled_in_any_of_its_statements_leaves_nothing_and_holds_nothing_up(store: Store) -> None:
    async def work() -> None:
        async with store.write() as tx:
            await tx.audit.append("ana", "half", "this", {}, NOW)
            await tx.audit.append("ana", "half", "this", {}, NOW)
            await tx.audit.append("ana", "half", "this", {}, NOW)

    for number in (1, 2, 3, 2, 1) * 3:
        task = asyncio.create_task(work())
        with before_statement(number, task.cancel), pytest.raises(asyncio.CancelledError):
            await task
    async with store.write() as tx:
        await tx.audit.append("ana", "whole", "this", {}, NOW)
    async with store.read() as tx:
        assert [one.action for one in await tx.audit.tail(9)] == ["whole"]


async def test_a_file_whose_readers_were_cancelled_is_free_once_its_store_is_closed(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path / 'store.db'}")

    async def read() -> None:
        async with store.read() as tx:
            await tx.connection.execute(
                text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99) SELECT i FROM n")
            )

    gone: list[BaseException] = []  # whose tracebacks hold whatever was under way
    for turns in range(12):
        task = asyncio.create_task(read())
        with before_statement(2, partial(after, turns, task.cancel)):
            gone += [each for each in await asyncio.gather(task, return_exceptions=True) if each is not None]
    await store.close()
    assert {type(each) for each in gone} == {asyncio.CancelledError}
    with closing(sqlite3.connect(tmp_path / "store.db", timeout=0)) as alone:
        assert alone.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)


def after(turns: int, act: Callable[[], object]) -> None:
    """Acts when the loop has gone round so often."""
    asyncio.get_running_loop().call_soon(after, turns - 1, act) if turns else act()


async def test_what_the_callers_own_work_raises_passes_unchanged(store: Store) -> None:
    async def work() -> None:
        async with store.write() as tx:
            await tx.audit.append("ana", "lost", "this", {}, NOW)
            raise TimeoutError

    with pytest.raises(TimeoutError):
        await work()
    async with store.read() as tx:
        assert await tx.audit.tail(9) == []


@pytest.mark.postgresql
async def test_claiming_on_a_server_takes_other_rows_rather_than_wait(
    postgresql_cluster: Cluster, migrated_database: str
) -> None:
    store = await Store.open(postgresql_cluster.new_database(like=migrated_database))
    async with store.write() as tx:
        await tx.targets.register([(TargetName(f"a/{n}"), "a", NOW) for n in range(10)])
    async with asyncio.timeout(10), store.write() as one, store.write() as other:
        shares = [{status.name for status in await tx.targets.claim_due(NOW, 5, LEASE)} for tx in (one, other)]
    await store.close()
    assert [len(share) for share in shares] == [5, 5]
    assert not shares[0] & shares[1]


@pytest.mark.postgresql
async def test_a_restarted_server_is_found_again(postgresql_cluster: Cluster, migrated_database: str) -> None:
    store = await Store.open(postgresql_cluster.new_database(like=migrated_database))

    async def interrupted() -> None:
        async with store.write() as tx:
            await tx.audit.append("ana", "lost", "this", {}, NOW)
            await asyncio.to_thread(postgresql_cluster.restart)
            await tx.audit.append("ana", "lost", "this", {}, NOW)

    with pytest.raises(Unavailable):
        await interrupted()
    async with store.write() as tx:
        await tx.audit.append("ana", "kept", "this", {}, NOW)
    async with store.read() as tx:
        assert [one.action for one in await tx.audit.tail(9)] == ["kept"]
    await store.close()
