"""What every store keeps to, on SQLite and on PostgreSQL alike: what was put in comes out, changed by nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from alerts.escalation import Escalation
from alerts.page import EscalationId
from monitor.store import NaiveTime, Store, StoreError
from monitor.watch import Baseline, SnapshotId, Standing, TargetName
from schemas.change import Impact, Source, Use
from schemas.document import ContentHash, Part
from schemas.fingerprint import FindingId, finding_id
from tests.monitor.store.build import (
    ACCOUNT,
    DAY,
    ID,
    MINUTE,
    NOW,
    document,
    escalation,
    finding,
    page,
    reply,
    timer,
    transition,
)

LEASE = timedelta(minutes=5)


async def register(store: Store, *names: str, first_due: datetime = NOW) -> None:
    async with store.write() as tx:
        await tx.targets.register([(TargetName(name), name.partition("/")[0], first_due) for name in names])


async def save(store: Store, escalation: Escalation, **more: object) -> Escalation:
    async with store.write() as tx:
        return await tx.escalations.save(transition(escalation, **more))


async def test_equal_content_again_moves_last_seen_and_adds_no_snapshot(store: Store) -> None:
    async with store.write() as tx:
        first = await tx.snapshots.add(ACCOUNT, document("{}"), NOW)
    async with store.write() as tx:
        second = await tx.snapshots.add(ACCOUNT, document("{}"), NOW + MINUTE)
        assert second == replace(first, last_seen=NOW + MINUTE)
        assert await tx.snapshots.history(ACCOUNT, 9) == [second]


async def test_content_that_comes_back_is_a_new_snapshot_of_the_same_bytes(store: Store) -> None:
    async with store.write() as tx:
        added = [await tx.snapshots.add(ACCOUNT, document(text), NOW + n * MINUTE) for n, text in enumerate(("A", "B", "A"))]
        assert len({one.id for one in added}) == 3
        assert added[0].hash == added[2].hash
        assert await tx.snapshots.history(ACCOUNT, 2) == [added[2], added[1]]
        assert await tx.snapshots.latest(ACCOUNT) == added[2]
        assert await tx.snapshots.get(added[1].id) == added[1]


async def test_a_document_comes_back_byte_for_byte_with_where_it_came_from(store: Store) -> None:
    content = bytes(range(256)) * 4000
    served = replace(
        document(), content=content, source="https://example.com/a", media_type="application/json", headers={"etag": "a"}
    )
    async with store.write() as tx:
        snapshot = await tx.snapshots.add(ACCOUNT, served, NOW)
    async with store.read() as tx:
        assert await tx.snapshots.document(snapshot.hash) == served


async def test_a_bundle_comes_back_with_every_part_and_is_one_snapshot_until_one_of_them_moves(store: Store) -> None:
    parts = (Part(name="a.xsd", content=bytes(range(256)) * 40), Part(name="b.xsd", content=None, because="answered 404"))
    served = replace(document(), content=b"[1]\n[2]", parts=parts)
    moved = replace(served, parts=(parts[0], replace(parts[1], content=b"")))
    async with store.write() as tx:
        first = await tx.snapshots.add(ACCOUNT, served, NOW)
        assert await tx.snapshots.add(ACCOUNT, served, NOW + MINUTE) == replace(first, last_seen=NOW + MINUTE)
        second = await tx.snapshots.add(ACCOUNT, moved, NOW + MINUTE)
    async with store.read() as tx:
        assert await tx.snapshots.document(first.hash, ACCOUNT) == served
        assert (await tx.snapshots.document(second.hash, ACCOUNT)).parts == moved.parts
        assert len(await tx.snapshots.history(ACCOUNT, 9)) == 2


async def test_two_targets_that_serve_the_same_bytes_keep_their_own_headers(store: Store) -> None:
    mine, theirs = document("{}", media_type="text/yaml"), document("{}", media_type="application/json")
    async with store.write() as tx:
        snapshot = await tx.snapshots.add(ACCOUNT, mine, NOW)
        await tx.snapshots.add(TargetName("stripe/api"), theirs, NOW)
        assert await tx.snapshots.document(snapshot.hash, ACCOUNT) == mine
        assert await tx.snapshots.document(snapshot.hash, TargetName("stripe/api")) == theirs


async def test_what_is_not_kept_is_said_to_be_missing(store: Store) -> None:
    async with store.read() as tx:
        assert await tx.snapshots.latest(ACCOUNT) is None
        assert await tx.targets.get(ACCOUNT) is None
        assert await tx.escalations.get(ID) is None
        assert await tx.findings.get(FindingId("none")) is None
        assert await tx.baselines.current(ACCOUNT) is None
        with pytest.raises(StoreError, match="no snapshot 7"):
            await tx.snapshots.get(SnapshotId(7))
        with pytest.raises(StoreError, match="is not kept"):
            await tx.snapshots.document(ContentHash("f" * 64))


async def set_baselines(store: Store, *texts: str) -> list[Baseline]:
    made = []
    async with store.write() as tx:
        for n, text in enumerate(texts):
            snapshot = await tx.snapshots.add(ACCOUNT, document(text), NOW + n * MINUTE)
            made.append(await tx.baselines.set(ACCOUNT, snapshot, Standing.ACCEPTED, "ana", f"took {text}", NOW + n * MINUTE))
    return made


async def test_the_newest_accepted_snapshot_is_the_baseline(store: Store) -> None:
    first, second = await set_baselines(store, "A", "B")
    async with store.read() as tx:
        assert await tx.baselines.current(ACCOUNT) == second
        assert await tx.baselines.history(ACCOUNT) == [second, first]
    assert (second.by, second.because, second.at) == ("ana", "took B", NOW + MINUTE)


async def test_undoing_goes_back_one_at_a_time_and_never_to_nothing(store: Store) -> None:
    first, second, _third = await set_baselines(store, "A", "B", "C")
    async with store.write() as tx:
        assert await tx.baselines.undo(ACCOUNT, "ben", "too early", NOW + DAY) == second
        assert await tx.baselines.undo(ACCOUNT, "ben", "and again", NOW + DAY) == first
        assert await tx.baselines.undo(ACCOUNT, "ben", "once more", NOW + DAY) is None
        assert await tx.baselines.current(ACCOUNT) == first
        history = await tx.baselines.history(ACCOUNT)
    assert [one.standing for one in history] == [Standing.UNDONE] * 2 + [Standing.ACCEPTED] * 3


async def test_what_was_undone_can_be_accepted_again(store: Store) -> None:
    await set_baselines(store, "A", "B")
    async with store.write() as tx:
        await tx.baselines.undo(ACCOUNT, "ben", "too early", NOW)
        snapshot = await tx.snapshots.latest(ACCOUNT)
        assert snapshot is not None
        again = await tx.baselines.set(ACCOUNT, snapshot, Standing.ACCEPTED, "ana", "now", NOW)
        assert await tx.baselines.current(ACCOUNT) == again


async def test_rejecting_a_snapshot_leaves_the_baseline_in_force(store: Store) -> None:
    [first] = await set_baselines(store, "A")
    async with store.write() as tx:
        snapshot = await tx.snapshots.add(ACCOUNT, document("B"), NOW)
        rejected = await tx.baselines.reject(ACCOUNT, snapshot, "ana", "vendor will revert", NOW)
        assert await tx.baselines.current(ACCOUNT) == first
        assert (await tx.baselines.history(ACCOUNT))[0] == rejected


async def test_a_target_drifts_until_all_of_it_is_closed(store: Store) -> None:
    async with store.write() as tx:
        snapshot = await tx.snapshots.add(ACCOUNT, document("A"), NOW)
        assert not await tx.findings.drifts(ACCOUNT)
        await tx.findings.replace(ACCOUNT, "salesforce", snapshot, [finding("a")], NOW)
        assert await tx.findings.drifts(ACCOUNT)
        await tx.findings.replace(ACCOUNT, "salesforce", None, (), NOW + MINUTE)
        assert not await tx.findings.drifts(ACCOUNT)


async def test_drift_that_stays_keeps_its_first_sight_and_what_went_is_closed(store: Store) -> None:
    one, two, three = finding("a"), finding("b", impact=Impact.RISKY), finding("c")
    async with store.write() as tx:
        snapshot = await tx.snapshots.add(ACCOUNT, document("A"), NOW)
        await tx.findings.replace(ACCOUNT, "salesforce", snapshot, [one, two], NOW)
    async with store.write() as tx:
        await tx.findings.replace(ACCOUNT, "salesforce", snapshot, [three, two], NOW + MINUTE)
    async with store.read() as tx:
        assert await tx.findings.open(ACCOUNT) == [two, three]
        assert await tx.findings.drifts(ACCOUNT)
        assert await tx.findings.all_open() == [
            (ACCOUNT, finding_id(ACCOUNT, two), two, NOW),
            (ACCOUNT, finding_id(ACCOUNT, three), three, NOW + MINUTE),
        ]
        closed = await tx.findings.get(finding_id(ACCOUNT, one))
        assert closed is not None
        assert (closed.finding, closed.first_seen, closed.closed_at) == (one, NOW, NOW + MINUTE)
        assert await tx.findings.counts() == {("salesforce", Impact.RISKY): 1, ("salesforce", Impact.BREAKING): 1}


async def test_drift_that_comes_back_is_first_seen_then(store: Store) -> None:
    async with store.write() as tx:
        snapshot = await tx.snapshots.add(ACCOUNT, document("A"), NOW)
        for minute, found in enumerate(([finding("a")], [], [finding("a")])):
            await tx.findings.replace(ACCOUNT, "salesforce", snapshot, found, NOW + minute * MINUTE)
        assert [seen for *_, seen in await tx.findings.all_open()] == [NOW + 2 * MINUTE]


async def test_a_finding_worded_or_judged_anew_stays_the_same_finding(store: Store) -> None:
    async with store.write() as tx:
        snapshot = await tx.snapshots.add(ACCOUNT, document("A"), NOW)
        await tx.findings.replace(ACCOUNT, "salesforce", snapshot, [finding("a")], NOW)
        reworded = finding("a", message="better words", impact=Impact.RISKY)
        await tx.findings.replace(ACCOUNT, "salesforce", snapshot, [reworded, reworded], NOW + MINUTE)
        assert await tx.findings.all_open() == [(ACCOUNT, finding_id(ACCOUNT, reworded), reworded, NOW)]
        assert await tx.findings.counts() == {("salesforce", Impact.RISKY): 1}


async def test_the_drift_of_a_target_taken_out_of_the_configuration_counts_no_more(store: Store) -> None:
    await register(store, ACCOUNT)
    async with store.write() as tx:
        snapshot = await tx.snapshots.add(ACCOUNT, document("A"), NOW)
        await tx.findings.replace(ACCOUNT, "salesforce", snapshot, [finding("a")], NOW)
    await register(store, "other/1")
    async with store.read() as tx:
        assert (await tx.findings.all_open(), await tx.findings.counts()) == ([], {})


async def test_a_hostile_finding_comes_back_as_it_was(store: Store) -> None:
    hostile = finding(
        "Account.\x00\ud800",
        message="line\nbreak \N{PILE OF POO}",
        request=Impact.RISKY,
        members=("a.b",),
        before={"": [1, 1.0, True, None, "2026-03-01T09:00:00Z", {"x": "\udfff"}], "n": 10**30},
        after=False,
        source=Source(pointer="/a~1b", line=3),
        operations=("GET /a",),
        use=Use.COARSE,
        witness=[0.5, "1"],
    )
    async with store.write() as tx:
        snapshot = await tx.snapshots.add(ACCOUNT, document("A", media_type="a\x00b", source="c\ud800"), NOW)
        await tx.findings.replace(ACCOUNT, "salesforce", snapshot, [hostile], NOW)
    async with store.read() as tx:
        [kept] = await tx.findings.open(ACCOUNT)
        assert repr(kept) == repr(hostile)
        assert (await tx.snapshots.get(snapshot.id)).media_type == "a\N{REPLACEMENT CHARACTER}b"


async def test_an_event_is_new_the_first_time_only_and_by_its_source(store: Store) -> None:
    long = "x" * 100_000
    events = (("pd", "1"), ("pd", "1"), ("mail", "1"), ("pd", long), ("pd", long))
    async with store.write() as tx:
        answers = [await tx.inbox.put("pager", reply(event, source), NOW) for source, event in events]
        assert answers == [True, False, True, True, False]
        assert await tx.inbox.put("pager", reply("nul\x00", "pd"), NOW)


async def test_what_was_heard_waits_in_the_order_it_came_until_it_is_done(store: Store) -> None:
    later = reply("b", at=NOW + MINUTE, text="a\x00\ud800 word", until=NOW + DAY)
    async with store.write() as tx:
        await tx.inbox.put("jira", later, NOW)
        await tx.inbox.put("pager", reply("z"), NOW)
        await tx.inbox.put("pager", reply("a", at=NOW - MINUTE), NOW + MINUTE)
    told = []
    for _ in range(3):
        async with store.write() as tx:
            waiting = await tx.inbox.next()
            assert waiting is not None
            told.append((waiting[0], waiting[1].event_id))
            await tx.inbox.done(waiting[1])
    assert told == [("pager", "z"), ("jira", "b"), ("pager", "a")]
    async with store.read() as tx:
        assert await tx.inbox.idle()
    async with store.write() as tx:
        assert not await tx.inbox.put("jira", later, NOW)
        assert await tx.inbox.next() is None


async def test_what_was_heard_too_early_is_forgotten_and_new_again_when_it_comes_back(store: Store) -> None:
    async with store.write() as tx:
        for event in ("early", "other"):
            await tx.inbox.put("jira", reply(event), NOW)
        await tx.inbox.forget(reply("early"))
        assert [await tx.inbox.put("jira", reply(event), NOW + MINUTE) for event in ("early", "other")] == [True, False]


async def test_the_audit_tells_who_did_what_in_order(store: Store) -> None:
    async with store.write() as tx:
        for n in range(3):
            await tx.audit.append("ana", "baseline.accepted", ACCOUNT, {"n": n, "nul": "\x00"}, NOW)
        told = await tx.audit.tail(2)
    assert [(one.actor, one.action, one.subject, one.detail, one.at) for one in told] == [
        ("ana", "baseline.accepted", ACCOUNT, {"n": n, "nul": "\x00"}, NOW) for n in (1, 2)
    ]


async def test_a_lease_has_one_holder_until_it_ends_and_tells_each_change_by_its_epoch(store: Store) -> None:
    async with store.write() as tx:
        assert await tx.leases.take("daemon", "one", NOW, MINUTE)
        assert not await tx.leases.take("daemon", "two", NOW, MINUTE)
        assert await tx.leases.take("daemon", "one", NOW + MINUTE / 2, MINUTE)
        assert not await tx.leases.take("daemon", "two", NOW + MINUTE, MINUTE)
        first = await tx.leases.held("daemon", NOW)
        assert await tx.leases.take("daemon", "two", NOW + 2 * MINUTE, MINUTE)
        second = await tx.leases.held("daemon", NOW + 2 * MINUTE)
        await tx.leases.release("daemon", "one")
        assert not await tx.leases.take("daemon", "one", NOW + 2 * MINUTE, MINUTE)
        await tx.leases.release("daemon", "two")
        assert await tx.leases.held("daemon", NOW + 2 * MINUTE) is None
        assert await tx.leases.take("daemon", "one", NOW + 2 * MINUTE, MINUTE)
    assert first is not None
    assert second is not None
    assert (first.holder, first.epoch, second.holder, second.epoch) == ("one", 1, "two", 2)


async def test_claims_of_a_killed_process_are_free_at_once_for_the_one_that_takes_over(store: Store) -> None:
    await register(store, "a/1")
    await save(store, escalation(), arm=(timer(),), pages=(page("p1"),))
    async with store.write() as tx:
        before = [await tx.targets.claim_due(NOW, 9, LEASE), await tx.timers.claim_due(NOW, 9, LEASE)]
        [attempted] = await tx.outbox.claim(NOW, 9, LEASE)
        await tx.release_claims(NOW)
        assert [await tx.targets.claim_due(NOW, 9, LEASE), await tx.timers.claim_due(NOW, 9, LEASE)] == before
        assert await tx.outbox.claim(NOW, 9, LEASE) == [replace(attempted, attempts=2, possible_repeat=True)]


async def test_moments_come_back_in_utc_to_the_microsecond_and_naive_ones_are_refused(store: Store) -> None:
    there = datetime(2026, 3, 1, 9, 0, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    await register(store, "a/1", first_due=there)
    async with store.read() as tx:
        due = await tx.targets.next_due()
    assert due is not None
    assert (due, due.tzinfo) == (there, UTC)
    with pytest.raises(NaiveTime, match="zone"):
        await register(store, "a/2", first_due=datetime(2026, 3, 1))  # noqa: DTZ001  because a naive one is what is tested


async def test_a_transaction_that_raises_leaves_nothing_behind(store: Store) -> None:
    async def fail_half_way() -> None:
        async with store.write() as tx:
            await tx.audit.append("ana", "did", "this", {}, NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_half_way()
    async with store.read() as tx:
        assert await tx.audit.tail(9) == []


async def test_reading_sees_one_state_and_cannot_write(store: Store) -> None:
    async with store.read() as reading:
        assert await reading.audit.tail(9) == []
        async with store.write() as tx:
            await tx.audit.append("ana", "did", "this", {}, NOW)
        assert await reading.audit.tail(9) == []
        assert await reading.escalations.get(EscalationId("none")) is None
    with pytest.raises(StoreError):
        async with store.read() as reading:
            await reading.audit.append("ana", "did", "this", {}, NOW)


async def test_what_was_stored_is_there_after_opening_again(store: Store, store_url: str) -> None:
    stored = await save(store, escalation())
    again = await Store.open(store_url)
    try:
        async with again.read() as tx:
            assert await tx.escalations.get(ID) == stored
    finally:
        await again.close()
