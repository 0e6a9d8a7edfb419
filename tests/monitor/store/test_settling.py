"""What becomes of pages when a resolve stands behind them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.page import Action, PageState
from monitor.store.settling import Fate, Line, settle


def lines(*told: tuple[Action, PageState] | tuple[Action, PageState, str]) -> list[Line]:
    waiting = {PageState.PENDING, PageState.LEASED, PageState.UNKNOWN}
    return [
        Line(seq=n, action=one[0], state=one[1], doubtful="doubtful" in one[2:], waiting=one[1] in waiting)
        for n, one in enumerate(told)
    ]


TRIGGER, RESOLVE, ACKNOWLEDGE, NOTE = Action.TRIGGER, Action.RESOLVE, Action.ACKNOWLEDGE, Action.NOTE
PENDING, LEASED, UNKNOWN, SENT, CONFIRMED, DEAD = (
    PageState.PENDING,
    PageState.LEASED,
    PageState.UNKNOWN,
    PageState.SENT,
    PageState.CONFIRMED,
    PageState.DEAD,
)


def test_a_trigger_that_never_left_and_its_resolve_cancel_out() -> None:
    assert settle(lines((TRIGGER, PENDING), (RESOLVE, PENDING))) == {0: Fate.DROP, 1: Fate.DROP}


@pytest.mark.parametrize("state", [LEASED, UNKNOWN])
def test_a_trigger_that_may_arrive_is_not_tried_again_and_the_resolve_follows(state: PageState) -> None:
    assert settle(lines((TRIGGER, state), (RESOLVE, PENDING))) == {0: Fate.LAST}


@pytest.mark.parametrize("state", [SENT, CONFIRMED])
def test_a_trigger_that_arrived_is_resolved(state: PageState) -> None:
    assert settle(lines((TRIGGER, state), (RESOLVE, PENDING))) == {}


def test_there_is_nothing_to_resolve_after_a_trigger_given_up_unless_some_attempt_may_have_arrived() -> None:
    assert settle(lines((TRIGGER, DEAD), (RESOLVE, PENDING))) == {1: Fate.DROP}
    assert settle(lines((TRIGGER, DEAD, "doubtful"), (RESOLVE, PENDING))) == {}


def test_a_resolve_without_a_trigger_we_know_of_is_sent_to_be_sure() -> None:
    assert settle(lines((RESOLVE, PENDING))) == {}


def test_an_acknowledgement_is_overtaken_by_the_resolve_and_a_note_is_not() -> None:
    told = lines((TRIGGER, SENT), (ACKNOWLEDGE, PENDING), (NOTE, PENDING), (RESOLVE, PENDING))
    assert settle(told) == {1: Fate.DROP}


@pytest.mark.parametrize(("state", "fate"), [(PENDING, Fate.DROP), (LEASED, Fate.LAST), (UNKNOWN, Fate.LAST)])
def test_a_trigger_that_somebody_took_before_it_got_through_is_not_tried_again(state: PageState, fate: Fate) -> None:
    assert settle(lines((TRIGGER, state), (ACKNOWLEDGE, SENT)))[0] is fate


@pytest.mark.parametrize("state", [PENDING, DEAD])
def test_there_is_nothing_to_acknowledge_where_no_trigger_can_have_arrived(state: PageState) -> None:
    assert settle(lines((TRIGGER, state), (ACKNOWLEDGE, PENDING)))[1] is Fate.DROP


def test_a_trigger_after_the_acknowledgement_is_news_and_left_alone() -> None:
    assert settle(lines((TRIGGER, SENT), (ACKNOWLEDGE, SENT), (TRIGGER, PENDING))) == {}


def test_a_trigger_after_the_resolve_is_of_a_new_time_and_left_alone() -> None:
    assert settle(lines((TRIGGER, SENT), (RESOLVE, PENDING), (TRIGGER, PENDING))) == {}


def test_a_second_time_that_never_left_is_not_resolved_because_the_first_did() -> None:
    told = lines((TRIGGER, SENT), (RESOLVE, SENT), (TRIGGER, PENDING), (RESOLVE, PENDING))
    assert settle(told) == {2: Fate.DROP, 3: Fate.DROP}


def test_a_resolve_under_way_is_never_dropped() -> None:
    assert settle(lines((TRIGGER, PENDING), (RESOLVE, LEASED))) == {0: Fate.DROP}


@settings(deadline=None)  # no wall time is asserted
@given(st.lists(st.tuples(st.sampled_from(Action), st.sampled_from(PageState)), max_size=7))
def test_whatever_may_have_arrived_keeps_a_resolve_that_follows_it(told: list[tuple[Action, PageState]]) -> None:
    rows = lines(*told)
    fates = settle(rows)
    dropped = {seq for seq, fate in fates.items() if fate is Fate.DROP}
    for row in rows:
        if row.seq in dropped:
            assert row.state is PENDING
        arrived = row.action is TRIGGER and row.state in {LEASED, UNKNOWN, SENT, CONFIRMED}
        behind = [later for later in rows if later.seq > row.seq and later.action is RESOLVE]
        if arrived and behind:
            assert [later for later in behind if later.seq not in dropped], "nothing is left to resolve it"
