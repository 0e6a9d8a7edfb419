"""Targets: each due in its slot, claimed once, and stored whole, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.store import Store
from monitor.watch import TargetName, TargetState, TargetStatus
from tests.monitor.store.build import (
    ACCOUNT,
    DAY,
    MINUTE,
    NOW,
)

LEASE = timedelta(minutes=5)


async def register(store: Store, *names: str, first_due: datetime = NOW) -> None:
    async with store.write() as tx:
        await tx.targets.register([(TargetName(name), name.partition("/")[0], first_due) for name in names])


async def test_a_new_target_is_learning_and_due_first_at_its_first_slot(store: Store) -> None:
    await register(store, ACCOUNT, first_due=NOW)
    async with store.read() as tx:
        assert await tx.targets.get(ACCOUNT) == TargetStatus(name=ACCOUNT, integration="salesforce", next_due=NOW)
        assert await tx.targets.next_due() == NOW


async def test_a_claimed_target_is_not_given_again_until_its_lease_ends(store: Store) -> None:
    await register(store, "a/1", "a/2")
    async with store.write() as tx:
        assert [one.name for one in await tx.targets.claim_due(NOW, 1, LEASE)] == ["a/1"]
        assert [one.name for one in await tx.targets.claim_due(NOW, 9, LEASE)] == ["a/2"]
        assert await tx.targets.claim_due(NOW + LEASE - MINUTE, 9, LEASE) == []
        assert await tx.targets.next_due() == NOW + LEASE
        assert [one.name for one in await tx.targets.claim_due(NOW + LEASE, 9, LEASE)] == ["a/1", "a/2"]


async def test_a_finished_target_is_stored_whole_and_due_at_its_next_slot(store: Store) -> None:
    await register(store, ACCOUNT)
    async with store.write() as tx:
        [claimed] = await tx.targets.claim_due(NOW, 1, LEASE)
    finished = replace(
        claimed,
        state=TargetState.DRIFTED,
        because="two fields are gone",
        since=NOW,
        next_due=NOW + MINUTE,
        validators={"etag": '"a"'},
        judged="1:" + "0" * 64,
        failures=2,
        last_probe_at=NOW,
    )
    async with store.write() as tx:
        await tx.targets.finish([finished])
    async with store.write() as tx:
        assert await tx.targets.all() == [finished]
        assert await tx.targets.claim_due(NOW + MINUTE - timedelta(microseconds=1), 1, LEASE) == []
        assert await tx.targets.claim_due(NOW + MINUTE, 1, LEASE) == [finished]


async def test_a_target_no_longer_configured_rests_and_keeps_its_state(store: Store) -> None:
    await register(store, "a/1", "a/2")
    async with store.write() as tx:
        [first, _] = await tx.targets.claim_due(NOW, 9, LEASE)
        await tx.targets.finish([replace(first, state=TargetState.OK, next_due=NOW)])
    await register(store, "a/2")
    async with store.write() as tx:
        assert [one.name for one in await tx.targets.all()] == ["a/2"]
        assert await tx.targets.claim_due(NOW, 9, LEASE) == []
    await register(store, "a/1", "a/2", first_due=NOW + DAY)
    async with store.write() as tx:
        [again] = await tx.targets.claim_due(NOW, 9, LEASE)
        assert (again.name, again.state) == ("a/1", TargetState.OK)


@pytest.mark.parametrize(
    ("state", "failures", "expected"),
    [(TargetState.OK, 0, NOW + MINUTE), (TargetState.HELD, 0, NOW + DAY), (TargetState.UNREACHABLE, 1, NOW + DAY)],
)
async def test_a_shorter_cadence_takes_effect_at_once_unless_the_target_is_held_off(
    store: Store, state: TargetState, failures: int, expected: datetime
) -> None:
    await register(store, "a/1")
    async with store.write() as tx:
        [one] = await tx.targets.claim_due(NOW, 1, LEASE)
        await tx.targets.finish([replace(one, state=state, failures=failures, next_due=NOW + DAY)])
    await register(store, "a/1", first_due=NOW + MINUTE)
    async with store.read() as tx:
        assert await tx.targets.next_due() == expected


async def test_a_target_hastened_while_it_is_probed_is_probed_once_more_afterwards(store: Store) -> None:
    await register(store, "a/1")
    async with store.write() as tx:
        [one] = await tx.targets.claim_due(NOW, 1, LEASE)
        await tx.targets.hasten(one.name, NOW)
        assert await tx.targets.claim_due(NOW, 1, LEASE) == []
        await tx.targets.finish([replace(one, next_due=NOW + DAY)])
        assert [again.name for again in await tx.targets.claim_due(NOW, 1, LEASE)] == ["a/1"]
        await tx.targets.finish([replace(one, next_due=NOW + DAY)])
        assert await tx.targets.next_due() == NOW + DAY


async def test_a_target_under_way_when_the_clock_is_set_back_is_looked_at_again_by_the_new_time(store: Store) -> None:
    await register(store, "a/1")
    back = NOW - DAY
    async with store.write() as tx:
        [one] = await tx.targets.claim_due(NOW, 1, LEASE)
        await tx.targets.bring_forward(DAY, back)
        await tx.targets.finish([replace(one, next_due=NOW + MINUTE)])
        assert [again.name for again in await tx.targets.claim_due(back, 1, LEASE)] == ["a/1"]


async def test_a_resting_target_is_due_when_hastened_and_never_later_than_it_was(store: Store) -> None:
    await register(store, "a/1", "a/2", first_due=NOW + DAY)
    async with store.write() as tx:
        await tx.targets.hasten(TargetName("a/1"), NOW)
        await tx.targets.hasten(TargetName("a/2"), NOW + 2 * DAY)
        assert [one.name for one in await tx.targets.claim_due(NOW, 9, LEASE)] == ["a/1"]
        assert [one.name for one in await tx.targets.claim_due(NOW + DAY, 9, LEASE)] == ["a/1", "a/2"]
