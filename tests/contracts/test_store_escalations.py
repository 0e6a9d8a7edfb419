"""Escalations and timers: a transition is stored whole or not at all, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.escalation import ClockOwner, Escalation, LaneState, Mode, State, TimerKind
from alerts.priority import Factor, Priority
from monitor.store import Conflict, Store
from tests.monitor.store.build import (
    DAY,
    ID,
    MINUTE,
    NOW,
    cause,
    entry,
    escalation,
    page,
    timer,
    transition,
)

LEASE = timedelta(minutes=5)


async def save(store: Store, escalation: Escalation, **more: object) -> Escalation:
    async with store.write() as tx:
        return await tx.escalations.save(transition(escalation, **more))


async def test_a_transition_is_stored_with_its_timers_pages_and_timeline(store: Store) -> None:
    whole = escalation(
        state=State.OPEN,
        factors=(Factor(name="impact", because="breaking, in use, core", priority=Priority.P1),),
        customers=("acme",),
        lanes=(LaneState(name="sync", mode=Mode.PRIMARY, clock=ClockOwner.PAGERDUTY, level=1, paged=("ana",)),),
        changed_between=(None, NOW),
        triggered=(("pagerduty", "", "key"),),
    )
    armed, queued, told = timer(due_at=NOW + MINUTE), page("p1"), entry("escalation.opened")
    stored = await save(store, whole, arm=(armed,), pages=(queued,), entries=(told,))
    assert stored == replace(whole, version=1)
    async with store.read() as tx:
        assert await tx.escalations.get(ID) == stored
        assert await tx.timers.of(ID) == [armed]
        assert [one for one, *_ in await tx.outbox.pages(ID)] == [queued]
        assert await tx.escalations.timeline(ID) == [told]


async def test_a_decision_upon_an_outdated_escalation_stores_nothing(store: Store) -> None:
    first = await save(store, escalation())
    await save(store, replace(first, state=State.OPEN))
    with pytest.raises(Conflict, match="e1"):
        await save(store, replace(first, state=State.RESOLVED), pages=(page("p1"),), entries=(entry("lost"),), arm=(timer(),))
    with pytest.raises(Conflict):
        await save(store, escalation())
    async with store.read() as tx:
        kept = await tx.escalations.get(ID)
        assert kept is not None
        assert (kept.state, kept.version) == (State.OPEN, 2)
        assert (await tx.escalations.timeline(ID), await tx.outbox.pages(ID), await tx.timers.of(ID)) == ([], [], [])


async def test_a_refused_event_changes_nothing_but_the_timeline(store: Store) -> None:
    first = await save(store, escalation())
    refused = {"refused": "already resolved", "entries": (entry("ack.refused"),), "pages": (page("p1"),), "arm": (timer(),)}
    await save(store, replace(first, state=State.RESOLVED), **refused)
    async with store.read() as tx:
        assert await tx.escalations.get(ID) == first
        assert [one.kind for one in await tx.escalations.timeline(ID)] == ["ack.refused"]
        assert (await tx.outbox.pages(ID), await tx.timers.of(ID)) == ([], [])


async def test_escalations_are_found_by_state_cause_and_key(store: Store) -> None:
    await save(store, escalation("low", priority=Priority.P3, causes=(cause("c1"), cause("c2"))))
    await save(store, escalation("top", detected_at=NOW + MINUTE, triggered=(("pagerduty", "", "key"),)))
    await save(store, escalation("other", integration="stripe", causes=(cause("c3"),), detected_at=NOW + 2 * MINUTE))
    await save(store, escalation("old", state=State.RESOLVED, resolved_at=NOW - DAY, detected_at=NOW - DAY))
    async with store.read() as tx:
        ids = [
            [one.id for one in found]
            for found in (
                await tx.escalations.active(),
                await tx.escalations.active("salesforce"),
                await tx.escalations.by_cause(["c1", "c9"], NOW),
                await tx.escalations.by_cause(["c1", "c2"], NOW - DAY),
                await tx.escalations.list(limit=2),
                await tx.escalations.list({State.RESOLVED}),
            )
        ]
        assert ids == [["top", "other", "low"], ["top", "low"], ["top", "low"], ["top", "low", "old"], ["other", "top"], ["old"]]
        keyed = await tx.escalations.by_dedup_key("key")
        assert keyed is not None
        assert keyed.id == "top"
        assert await tx.escalations.by_dedup_key("c1") is None


async def test_an_escalation_is_no_longer_found_by_a_cause_it_lost_but_still_by_every_key_it_had(store: Store) -> None:
    first = await save(store, escalation(causes=(cause("c1"), cause("c2"))), pages=(page("p1", dedup_key="k1"),))
    await save(store, replace(first, causes=(cause("c2"),)))
    async with store.read() as tx:
        assert await tx.escalations.by_cause(["c1"], NOW) == []
        assert [one.id for one in await tx.escalations.by_cause(["c2"], NOW)] == [ID]
        assert await tx.escalations.by_dedup_key("k1") is not None


async def test_thousands_of_causes_are_one_escalation(store: Store) -> None:
    many = tuple(cause(f"c{n}") for n in range(3_000))
    first = await save(store, escalation(causes=many))
    async with store.read() as tx:
        assert [one.id for one in await tx.escalations.by_cause([one.key for one in many], NOW)] == [ID]
    await save(store, replace(first, causes=many[:1]))


async def test_a_due_timer_is_given_once_until_its_lease_ends_and_then_again(store: Store) -> None:
    early, late = timer(due_at=NOW), timer(TimerKind.NEXT_LEVEL, due_at=NOW + MINUTE)
    await save(store, escalation(), arm=(late, early))
    async with store.write() as tx:
        assert await tx.timers.next_due() == NOW
        assert await tx.timers.claim_due(NOW, 9, LEASE) == [early]
        assert await tx.timers.claim_due(NOW + MINUTE, 9, LEASE) == [late]
        assert await tx.timers.overdue(NOW + MINUTE) == 1
        assert await tx.timers.claim_due(NOW + LEASE, 9, LEASE) == [early]
        await tx.timers.done(early.id)
        await tx.timers.postpone(late.id, NOW + DAY)
        assert await tx.timers.of(ID) == [replace(late, due_at=NOW + DAY)]
        assert await tx.timers.next_due() == NOW + DAY


async def test_a_transition_cancels_before_it_arms(store: Store) -> None:
    kept, gone = timer(TimerKind.ACKNOWLEDGE, subject="sync"), timer(TimerKind.ACKNOWLEDGE, subject="customers")
    first = await save(store, escalation(), arm=(kept, gone, timer(TimerKind.CONFIRM)))
    rearmed = timer(TimerKind.CONFIRM, due_at=NOW + DAY)
    cancel = ((TimerKind.ACKNOWLEDGE, "customers"), (TimerKind.CONFIRM, None))
    await save(store, first, arm=(rearmed,), cancel=cancel)
    async with store.read() as tx:
        assert await tx.timers.of(ID) == [kept, rearmed]


async def test_a_timer_armed_anew_while_it_fires_is_not_lost_with_the_old_one(store: Store) -> None:
    first = await save(store, escalation(), arm=(timer(),))
    async with store.write() as tx:
        [fired] = await tx.timers.claim_due(NOW, 1, LEASE)
    async with store.write() as tx:
        await tx.escalations.save(transition(first, arm=(timer(due_at=NOW + MINUTE),)))
        await tx.timers.done(fired.id)
    async with store.write() as tx:
        assert await tx.timers.claim_due(NOW, 1, LEASE) == []
        assert await tx.timers.claim_due(NOW + MINUTE, 1, LEASE) == [timer(due_at=NOW + MINUTE)]


async def test_near_a_target_are_its_own_sights_and_all_that_people_were_told_of(store: Store) -> None:
    here, there = "salesforce/crm/Account", "salesforce/crm/Contact"
    for name, target, state in (
        ("mine", here, State.DETECTED),
        ("held", here, State.SUPPRESSED),
        ("other", there, State.DETECTED),
        ("told", there, State.OPEN),
        ("over", here, State.RESOLVED),
    ):
        ended = NOW if state is State.RESOLVED else None
        await save(store, escalation(name, state=state, causes=(cause("c", target=target),), resolved_at=ended))
    async with store.read() as tx:
        assert {each.id for each in await tx.escalations.near("salesforce", here)} == {"mine", "held", "told"}
        assert {each.id for each in await tx.escalations.near("salesforce", "")} == {"told"}
        assert await tx.escalations.near("stripe", here) == []
        assert await tx.escalations.counts() == {
            (State.DETECTED, Priority.P1): 2,
            (State.SUPPRESSED, Priority.P1): 1,
            (State.OPEN, Priority.P1): 1,
        }


async def test_a_target_that_is_only_counted_is_near_as_well(store: Store) -> None:
    await save(store, escalation(beyond=(("salesforce/crm/Lead", 7),)))
    async with store.read() as tx:
        (found,) = await tx.escalations.near("salesforce", "salesforce/crm/Lead")
        assert found.total == 8


async def test_practice_is_found_by_its_id_and_among_all_and_never_where_it_would_touch_what_is_real(store: Store) -> None:
    about = {"state": State.OPEN, "causes": (cause("c1"),)}
    await save(store, escalation("real", **about), pages=(page("p1", escalation="real", contact="ana"),))
    practice = page("p2", escalation="drill", contact="ana", practice=True)
    stored = await save(store, escalation("drill", practice=True, **about), pages=(practice,))
    await save(store, escalation("over", practice=True, **about | {"state": State.RESOLVED}, resolved_at=NOW))
    async with store.write() as tx:
        await tx.outbox.sent(practice.id, "", NOW + MINUTE)
    async with store.read() as tx:
        assert await tx.escalations.get(stored.id) == stored
        assert {each.id for each in await tx.escalations.active()} == {"real", "drill"}
        assert [each.id for each in await tx.escalations.drills()] == ["drill"]
        assert [each.id for each in await tx.escalations.active("salesforce")] == ["real"]
        assert [each.id for each in await tx.escalations.near("salesforce", "")] == ["real"]
        assert [each.id for each in await tx.escalations.by_cause(["c1"], NOW - MINUTE)] == ["real"]
        assert await tx.escalations.counts() == {(State.OPEN, Priority.P1): 1}
        assert await tx.outbox.rung("ana", NOW - MINUTE) == 1
        assert await tx.outbox.taken(stored.id) == {practice.id: NOW + MINUTE}
