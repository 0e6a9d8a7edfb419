"""Pages leave in order, the urgent ones first, until it is known what became of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.errors import Reason
from alerts.page import Action, EscalationId, Page, PageState, Record
from monitor.store import Conflict, Store
from tests.monitor.store.build import DAY, ID, MINUTE, NOW, escalation, page, transition

LEASE = timedelta(minutes=2)
LATER = NOW + MINUTE


@pytest.fixture(autouse=True)
async def _escalation(store: Store) -> None:
    async with store.write() as tx:
        await tx.escalations.save(transition(escalation()))


async def queue(store: Store, *pages: Page) -> None:
    async with store.write() as tx:
        await tx.outbox.queue(pages)


async def states(store: Store) -> dict[str, PageState]:
    async with store.read() as tx:
        return {one.key: state for one, state, _ in await tx.outbox.pages(ID)}


async def claim(store: Store, at: datetime = NOW) -> list[Page]:
    async with store.write() as tx:
        return await tx.outbox.claim(at, 9, LEASE)


async def test_a_key_is_queued_once_for_ever(store: Store) -> None:
    await queue(store, page("one"))
    [first] = await claim(store)
    async with store.write() as tx:
        await tx.outbox.sent(first.id, "ref", NOW)
    await queue(store, page("one", id="another id"), page("one"))
    assert await states(store) == {"one": PageState.SENT}
    assert await claim(store, NOW + DAY) == []


async def test_a_page_needs_a_stored_escalation(store: Store) -> None:
    with pytest.raises(Conflict):
        await queue(store, page("one", escalation=EscalationId("unknown")))


async def test_pages_of_one_order_key_leave_one_after_the_other(store: Store) -> None:
    await queue(
        store, page("one", order_key="a"), page("two", order_key="a", priority=0), page("three", order_key="b", priority=4)
    )
    assert [one.key for one in await claim(store)] == ["one", "three"]
    assert await claim(store) == []
    async with store.write() as tx:
        await tx.outbox.sent(page("one").id, "ref", NOW)
    assert [one.key for one in await claim(store)] == ["two"]


async def test_the_urgent_page_leaves_before_older_ones(store: Store) -> None:
    await queue(store, *(page(f"p{n}", order_key=f"o{n}", priority=priority) for n, priority in enumerate((4, 3, 1, 1, 2))))
    async with store.write() as tx:
        taken = [one.key for one in await tx.outbox.claim(NOW, 3, LEASE)]
    assert taken == ["p2", "p3", "p4"]


async def test_what_is_to_be_tried_later_waits_and_holds_back_what_is_behind_it(store: Store) -> None:
    await queue(store, page("one"), page("two"))
    [first] = await claim(store)
    assert (first.attempts, first.possible_repeat) == (1, False)
    async with store.write() as tx:
        await tx.outbox.retry(first.id, LATER, Reason.RATE_LIMITED, "asked to wait", unknown=False)
        assert await tx.outbox.next_due() == LATER
        assert await tx.outbox.claim(LATER - timedelta(seconds=1), 9, LEASE) == []
    assert await states(store) == {"one": PageState.PENDING, "two": PageState.PENDING}
    assert await claim(store, LATER) == [replace(first, attempts=2)]
    async with store.read() as tx:
        assert [error for *_, error in await tx.outbox.pages(ID)] == ["asked to wait", ""]
        assert await tx.outbox.next_due() == LATER + LEASE


@pytest.mark.parametrize("second", [True, False])
async def test_what_may_have_arrived_is_marked_a_possible_repeat_for_good(store: Store, second: bool) -> None:
    await queue(store, page("one"))
    [first] = await claim(store)
    async with store.write() as tx:
        await tx.outbox.retry(first.id, NOW, Reason.TIMEOUT, "no answer", unknown=True)
    assert await states(store) == {"one": PageState.UNKNOWN}
    assert await claim(store) == [replace(first, attempts=2, possible_repeat=True)]
    async with store.write() as tx:
        await tx.outbox.retry(first.id, NOW, Reason.SERVER, "busy", unknown=second)
    assert await claim(store) == [replace(first, attempts=3, possible_repeat=True)]


async def test_a_lease_that_ran_out_makes_a_possible_repeat(store: Store) -> None:
    await queue(store, page("one"))
    [first] = await claim(store)
    assert await claim(store, NOW + LEASE) == [replace(first, attempts=2, possible_repeat=True)]


async def test_a_late_success_counts_whatever_was_thought_meanwhile(store: Store) -> None:
    await queue(store, page("one"))
    [first] = await claim(store)
    await claim(store, NOW + LEASE)
    async with store.write() as tx:
        await tx.outbox.sent(first.id, "ref", NOW)
        await tx.outbox.retry(first.id, LATER, Reason.TIMEOUT, "no answer", unknown=True)
        await tx.outbox.dead(first.id, LATER, Reason.CLIENT, "refused")
    assert await states(store) == {"one": PageState.SENT}
    assert await claim(store, NOW + DAY) == []


async def test_a_dead_page_lets_the_next_go(store: Store) -> None:
    await queue(store, page("one"), page("two"))
    [first] = await claim(store)
    async with store.write() as tx:
        await tx.outbox.dead(first.id, NOW, Reason.AUTH, "bad key")
    assert await states(store) == {"one": PageState.DEAD, "two": PageState.PENDING}
    assert [one.key for one in await claim(store)] == ["two"]


async def test_a_sent_page_is_confirmed_by_reading_back(store: Store) -> None:
    await queue(store, page("one"), page("two", order_key="other"))
    [first, _] = await claim(store)
    async with store.write() as tx:
        await tx.outbox.sent(first.id, "incident 7", NOW)
        await tx.outbox.confirmed(first.id)
        await tx.outbox.sent(first.id, "incident 7", NOW)
        known = await tx.outbox.get(first.id)
        assert known is not None
        assert known[1] is PageState.CONFIRMED


async def test_superseded_pages_never_leave_and_a_leased_one_is_not_tried_again(store: Store) -> None:
    await queue(store, *(page(f"p{n}", order_key=f"o{n}") for n in range(4)))
    async with store.write() as tx:
        leased, doubtful = await tx.outbox.claim(NOW, 2, LEASE)
        await tx.outbox.retry(doubtful.id, NOW, Reason.TIMEOUT, "no answer", unknown=True)
        await tx.outbox.supersede([leased.id, doubtful.id, page("p2").id], "a newer one says more", NOW)
    assert await states(store) == {
        "p0": PageState.LEASED,
        "p1": PageState.UNKNOWN,
        "p2": PageState.SUPERSEDED,
        "p3": PageState.PENDING,
    }
    async with store.write() as tx:
        await tx.outbox.retry(leased.id, NOW, Reason.SERVER, "busy", unknown=False)
    assert (await states(store))["p0"] is PageState.SUPERSEDED
    assert [one.key for one in await claim(store, NOW + DAY)] == ["p3"]
    async with store.read() as tx:
        assert (await tx.outbox.pages(ID))[2][2] == "a newer one says more"


async def test_a_withdrawn_page_whose_lease_ran_out_is_left_at_not_knowing(store: Store) -> None:
    await queue(store, page("one"))
    [first] = await claim(store)
    async with store.write() as tx:
        await tx.outbox.supersede([first.id], "stale", NOW)
    assert await claim(store, NOW + LEASE) == []
    assert await states(store) == {"one": PageState.UNKNOWN}


def resolve(key: str = "resolve", **changes: object) -> Page:
    return page(key, action=Action.RESOLVE, **changes)


async def test_a_resolve_behind_a_trigger_that_never_left_drops_both(store: Store) -> None:
    await queue(store, page("trigger"), resolve())
    assert await states(store) == {"trigger": PageState.SUPERSEDED, "resolve": PageState.SUPERSEDED}
    assert await claim(store) == []


async def test_a_resolve_of_another_key_or_recipient_touches_nothing(store: Store) -> None:
    await queue(store, page("trigger"), resolve(dedup_key="other"), resolve("other", recipient="ana@example.com"))
    assert set((await states(store)).values()) == {PageState.PENDING}


@pytest.mark.parametrize(("unknown", "expected"), [(False, PageState.SUPERSEDED), (True, PageState.UNKNOWN)])
async def test_a_resolve_behind_a_trigger_under_way_waits_for_its_outcome(
    store: Store, unknown: bool, expected: PageState
) -> None:
    await queue(store, page("trigger"))
    [trigger] = await claim(store)
    await queue(store, resolve())
    assert await claim(store) == []
    async with store.write() as tx:
        await tx.outbox.retry(trigger.id, NOW, Reason.TIMEOUT, "as told", unknown=unknown)
    left = [one.key for one in await claim(store)]
    assert ((await states(store))["trigger"], left) == (expected, ["resolve"] if unknown else [])


async def test_a_resolve_follows_a_trigger_whose_sender_died(store: Store) -> None:
    await queue(store, page("trigger"))
    await claim(store)
    await queue(store, resolve())
    assert [one.key for one in await claim(store, NOW + LEASE)] == ["resolve"]
    assert (await states(store))["trigger"] is PageState.UNKNOWN


async def test_a_resolve_follows_a_trigger_that_was_sent_or_left_in_doubt(store: Store) -> None:
    await queue(store, page("sent"), page("doubt", dedup_key="d", order_key="o"))
    sent, doubt = await claim(store)
    async with store.write() as tx:
        await tx.outbox.sent(sent.id, "", NOW)
        await tx.outbox.retry(doubt.id, NOW, Reason.TIMEOUT, "no answer", unknown=True)
    await queue(store, resolve("r1"), resolve("r2", dedup_key="d", order_key="o"))
    assert [one.key for one in await claim(store)] == ["r1", "r2"]


async def test_a_trigger_refused_with_its_resolve_behind_leaves_nothing_to_resolve(store: Store) -> None:
    await queue(store, page("trigger"))
    [trigger] = await claim(store)
    await queue(store, resolve())
    async with store.write() as tx:
        await tx.outbox.dead(trigger.id, NOW, Reason.CLIENT, "refused")
    assert await states(store) == {"trigger": PageState.DEAD, "resolve": PageState.SUPERSEDED}


@pytest.mark.parametrize(("priority", "stranded"), [(1, True), (2, True), (3, False)])
async def test_an_urgent_page_that_waits_while_no_channel_takes_anything_is_stranded(
    store: Store, priority: int, stranded: bool
) -> None:
    await queue(store, page("first"), page("waits", order_key="w", priority=priority))
    async with store.write() as tx:
        (first,) = [each for each in await tx.outbox.claim(NOW, 9, LEASE) if each.key == "first"]
        await tx.outbox.dead(first.id, NOW, Reason.CLIENT, "refused")
        assert await tx.outbox.stranded(NOW) is None
        assert await tx.outbox.stranded(LATER) == (NOW if stranded else None)
    await queue(store, page("another", channel="mail", order_key="m", created_at=LATER))
    async with store.write() as tx:
        [another] = await tx.outbox.claim(LATER, 9, LEASE)
        await tx.outbox.sent(another.id, "", LATER)
        assert await tx.outbox.stranded(LATER + MINUTE) is None


async def test_the_outbox_tells_how_much_waits_and_since_when(store: Store) -> None:
    late = {"deadline": LATER, "created_at": NOW - DAY}
    await queue(store, page("one"), page("two", channel="mail", order_key="m", priority=2, **late), page("three"))
    async with store.write() as tx:
        [first] = await tx.outbox.claim(NOW, 1, LEASE)
        await tx.outbox.sent(first.id, "", NOW)
    async with store.read() as tx:
        assert await tx.outbox.counts() == {
            ("pagerduty", PageState.SENT): 1,
            ("pagerduty", PageState.PENDING): 1,
            ("mail", PageState.PENDING): 1,
        }
        assert await tx.outbox.oldest() == {"pagerduty": NOW, "mail": NOW - DAY}
        assert await tx.outbox.past_deadline(NOW, 9) == []
        assert [one.key for one in await tx.outbox.past_deadline(LATER, 9)] == ["two"]


async def test_a_page_that_replaces_one_is_late_when_that_would_have_been(store: Store) -> None:
    await queue(store, page("one", deadline=LATER))
    await queue(store, page("two", dedup_key="driftpager:production:e1:g1:next", deadline=LATER + DAY))
    async with store.read() as tx:
        assert [(one.key, one.deadline) for one in await tx.outbox.past_deadline(LATER, 9)] == [("two", LATER)]


def record(key: str, *news: str, state: str = "open", **changes: Any) -> Page:
    return page(key, action=Action.RECORD, order_key="e1|jira||record", record=Record(state=state, news=news), **changes)


async def test_of_records_that_waited_the_newest_leaves_with_the_news_of_all(store: Store) -> None:
    await queue(store, record("one", "opened"))
    await queue(store, record("two", "ana took it", state="acknowledged"))
    await queue(store, record("three", "over", state="resolved"))
    await queue(store, record("three", "over", state="resolved"))  # queued again, after a crash
    assert await states(store) == {"one": PageState.SUPERSEDED, "two": PageState.SUPERSEDED, "three": PageState.PENDING}
    [left] = await claim(store)
    assert left.record == Record(state="resolved", news=("opened", "ana took it", "over"))


async def test_a_record_that_may_have_arrived_is_not_folded_into_the_next(store: Store) -> None:
    await queue(store, record("one", "opened"))
    [first] = await claim(store)
    await queue(store, record("two", "ana took it"))
    async with store.write() as tx:
        await tx.outbox.retry(first.id, NOW, Reason.TIMEOUT, "no answer", unknown=True)
    await queue(store, record("three", "over"))
    assert await states(store) == {"one": PageState.UNKNOWN, "two": PageState.SUPERSEDED, "three": PageState.PENDING}
    [again] = await claim(store)
    assert (again.key, again.possible_repeat) == ("one", True)
    async with store.write() as tx:
        await tx.outbox.sent(again.id, "OPS-12", NOW)
    [last] = await claim(store)
    assert last.record == Record(state="open", news=("ana took it", "over"))
