"""The outbox's rules: when to try again, what is pointless now, what goes first, when the fallback pages."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.errors import Reason, Undeliverable, Undelivered
from alerts.outbox import MAY_HAVE_ARRIVED, GiveUp, Patience, Queued, TryAgain, after_failure, falls_back, next_of_each, withdrawn
from alerts.page import Action, Page, PageId, PageState
from tests.alerts.pages import page
from tests.alerts.stories import MONDAY

SECOND = timedelta(seconds=1)
T, A, R, N = Action.TRIGGER, Action.ACKNOWLEDGE, Action.RESOLVE, Action.NOTE
PENDING, LEASED, SENT, UNKNOWN = PageState.PENDING, PageState.LEASED, PageState.SENT, PageState.UNKNOWN
CONFIRMED, DEAD, SUPERSEDED = PageState.CONFIRMED, PageState.DEAD, PageState.SUPERSEDED


def rows(*said: tuple[Action, PageState], **changes: Any) -> list[Queued]:
    return [
        Queued(page=page(action, id=PageId(f"p{n}"), key=f"k{n}", created_at=MONDAY + n * SECOND, **changes), state=state)
        for n, (action, state) in enumerate(said)
    ]


def lost(**changes: Any) -> Undelivered:
    return Undelivered("no answer", **({"reason": Reason.TIMEOUT} | changes))


def waits(attempts: int, error: Undelivered, seed: int = 1) -> timedelta:
    found = after_failure(page(attempts=attempts), error, MONDAY, random.Random(seed))
    assert isinstance(found, TryAgain)
    return found.at - MONDAY


def test_waits_double_up_to_five_minutes_with_up_to_a_quarter_added() -> None:
    for attempts, base in [(1, 2), (2, 4), (3, 8), (8, 256), (9, 300), (500, 300)]:
        assert base * SECOND <= waits(attempts, lost()) <= base * 1.25 * SECOND


def test_waits_of_two_pages_are_not_the_same() -> None:
    assert len({waits(3, lost(), seed) for seed in range(5)}) == 5


def test_a_vendors_wish_goes_before_our_own_wait_within_reason() -> None:
    assert waits(1, lost(retry_after=60 * SECOND)) >= 60 * SECOND
    assert waits(9, lost(retry_after=1 * SECOND)) >= 300 * SECOND
    assert waits(1, lost(retry_after=timedelta(days=7))) <= timedelta(hours=1.25)


def test_what_may_have_arrived_stays_unknown() -> None:
    def state_after(of: Page, error: Undelivered) -> PageState:
        found = after_failure(of, error, MONDAY, random.Random(1))
        assert isinstance(found, TryAgain)
        return found.state

    assert state_after(page(), lost()) is PENDING
    assert state_after(page(), lost(unknown=True)) is UNKNOWN
    assert state_after(page(possible_repeat=True), lost()) is UNKNOWN


def test_what_is_refused_or_a_day_old_is_given_up_with_its_reason() -> None:
    refused = after_failure(page(), Undeliverable("a bad key", reason=Reason.AUTH), MONDAY, random.Random(1))
    assert refused == GiveUp(because="a bad key")
    old = after_failure(page(), lost(), MONDAY + timedelta(days=1), random.Random(1))
    assert isinstance(old, GiveUp)
    assert "no answer" in old.because
    assert isinstance(after_failure(page(), lost(), MONDAY, random.Random(1), Patience(give_up=timedelta())), GiveUp)


@pytest.mark.parametrize(
    ("queue", "gone"),
    [
        ([(T, PENDING)], []),
        ([(T, PENDING), (R, PENDING)], [0, 1]),
        ([(T, LEASED), (R, PENDING)], []),
        ([(T, SENT), (R, PENDING)], []),
        ([(T, UNKNOWN), (R, PENDING)], [0]),
        ([(T, DEAD), (R, PENDING)], [1]),
        ([(T, SUPERSEDED), (R, PENDING)], [1]),
        ([(T, SENT), (T, PENDING), (R, PENDING)], [1]),
        ([(T, PENDING), (A, PENDING)], [0, 1]),
        ([(T, UNKNOWN), (A, PENDING)], [0]),
        ([(T, SENT), (A, PENDING), (R, PENDING)], [1]),
        ([(T, PENDING), (T, PENDING)], [0]),
        ([(T, UNKNOWN), (T, PENDING)], []),
        ([(T, SENT), (N, PENDING), (R, PENDING)], [1]),
        ([(R, PENDING)], []),
        ([(T, SENT), (R, SENT), (T, PENDING)], []),
    ],
)
def test_what_a_newer_page_makes_pointless_is_withdrawn(queue: list[tuple[Action, PageState]], gone: list[int]) -> None:
    assert withdrawn(rows(*queue)) == tuple(f"p{n}" for n in gone)


def test_a_resolve_follows_even_a_dead_trigger_that_may_have_arrived() -> None:
    assert withdrawn(rows((T, DEAD), (R, PENDING), possible_repeat=True)) == ()


def test_other_keys_and_destinations_are_left_alone() -> None:
    trigger, resolve = rows((T, PENDING), (R, PENDING))
    elsewhere = replace(resolve, page=replace(resolve.page, dedup_key="another"))
    assert withdrawn([trigger, elsewhere]) == ()


@given(said=st.lists(st.tuples(st.sampled_from(Action), st.sampled_from(PageState)), max_size=6))
def test_nothing_that_may_have_rung_is_left_ringing(said: list[tuple[Action, PageState]]) -> None:
    queue = rows(*said)
    gone = set(withdrawn(queue))
    left = [row for row in queue if row.page.id not in gone]
    for index, row in enumerate(queue):
        if row.page.action is R and row.state is PENDING and row.page.id in gone:
            rung = [each for each in queue[:index] if each.page.action is T and each.state in MAY_HAVE_ARRIVED]
            newer = any(each.page.action is R and each.state is not SUPERSEDED for each in queue[index + 1 :])
            assert newer or not rung
    assert all(row.state in (PENDING, UNKNOWN) for row in queue if row.page.id in gone)
    for index, row in enumerate(left):
        settled = any(each.page.action is R and each.state is PENDING for each in left[index:])
        assert not (row.page.action is T and row.state is PENDING and settled)


def test_the_most_urgent_goes_first_and_each_order_key_in_turn() -> None:
    low, high = page(id=PageId("low"), priority=3, order_key="a"), page(id=PageId("high"), priority=1, order_key="b")
    behind = page(id=PageId("behind"), priority=1, order_key="a", created_at=MONDAY + SECOND)
    queue = [Queued(page=each, state=PENDING) for each in (low, high, behind)]
    assert [each.id for each in next_of_each(queue)] == ["high", "low"]
    queue[0] = replace(queue[0], state=LEASED)
    assert [each.id for each in next_of_each(queue)] == ["high"]
    queue[0] = replace(queue[0], state=DEAD)
    assert [each.id for each in next_of_each(queue)] == ["high", "behind"]


@pytest.mark.parametrize(
    ("of", "state", "seconds", "falls"),
    [
        (page(), PENDING, 119, False),
        (page(), PENDING, 120, True),
        (page(), LEASED, 120, True),
        (page(), UNKNOWN, 120, True),
        (page(), SENT, 120, False),
        (page(), DEAD, 1, True),
        (page(priority=3, deadline=None), PENDING, 9_999, False),
        (page(priority=3, deadline=None), DEAD, 1, True),
        (page(R), DEAD, 1, False),
    ],
)
def test_the_fallback_pages_when_a_trigger_is_dead_or_an_urgent_one_is_late(
    of: Page, state: PageState, seconds: int, falls: bool
) -> None:
    assert bool(falls_back(Queued(page=of, state=state), MONDAY + seconds * SECOND)) is falls
