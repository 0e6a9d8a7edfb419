"""Practice over a real store: it begins at once or never, and nothing real joins it, ends with it, or hides behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts import events as ev
from alerts.draft import Refused
from alerts.escalation import Category, Ends, Escalation, State, TimerKind
from alerts.page import Action
from alerts.priority import Priority
from monitor import drilling, paging
from monitor.census import census
from monitor.cli.drilled import NO_DAEMON, TAKEN_UP_WITHIN, practise
from monitor.cli.exits import CouldNotCheck
from monitor.cli.session import Session
from monitor.config.scenario import Scenario
from monitor.metrics import Census
from tests.monitor.test_silencing import HOUR, MINUTE, NOON, Desk, finding, made

NIGHT = Scenario(title="a field went, we pretend", integration="crm", lasts=timedelta(hours=3), ends=Ends.TIME)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = await made(tmp_path)
    yield desk
    await desk.store.close()


def scenario(**changes: object) -> Scenario:
    return NIGHT.model_copy(update=changes)


async def asked_for(desk: Desk, scenario: Scenario = NIGHT) -> Escalation:
    async with desk.store.write() as tx:
        return await drilling.begin(tx, desk.config, scenario, "night", by="ana", now=desk.now)


async def fires(desk: Desk, after: timedelta = timedelta()) -> None:
    """Every timer that is due by then fires, as the daemon would have it."""
    desk.now += after
    async with desk.store.write() as tx:
        for timer in await tx.timers.claim_due(desk.now, 50, HOUR):
            await paging.timer_due(tx, desk.config, timer, now=desk.now)
            await tx.timers.done(timer.id)


async def drilled(desk: Desk, scenario: Scenario = NIGHT) -> Escalation:
    drill = await asked_for(desk, scenario)
    await fires(desk)
    return await again(desk, drill)


async def again(desk: Desk, escalation: Escalation) -> Escalation:
    async with desk.store.read() as tx:
        found = await tx.escalations.get(escalation.id)
    assert found is not None
    return found


async def real(desk: Desk) -> Escalation:
    (found,) = [each for each in await desk.escalations() if not each.practice and each.opened_at is not None]
    return found


async def test_the_daemon_begins_it_at_once_and_pages_as_the_matrix_says(desk: Desk) -> None:
    drill = await drilled(desk)
    assert (drill.state, drill.priority, drill.practice) == (State.OPEN, Priority.P1, True)
    async with desk.store.read() as tx:
        assert [each.id for each in await tx.escalations.practised()] == [drill.id]
    (page,) = await desk.pages()
    assert (page.contact, page.practice) == ("ana", True)
    assert page.content.summary == "[PRACTICE] P1 crm: a field went, we pretend"
    assert page.why is not None
    assert page.why.priority[0] == "P1: practice: ana asked for the drill night, nothing is broken"
    assert page.why.now == "ana asked for the drill night"


async def test_a_daemon_that_comes_later_begins_no_practice_of_an_hour_ago(desk: Desk) -> None:
    drill = await asked_for(desk)
    await fires(desk, HOUR)
    assert (await again(desk, drill)).resolution == "no daemon was there to begin it in time"
    assert await desk.pages() == []
    async with desk.store.read() as tx:
        assert await tx.escalations.practised() == []


async def test_a_daemon_that_was_away_past_its_end_pages_nobody_any_more(desk: Desk) -> None:
    drill = await drilled(desk)
    await fires(desk, timedelta(hours=4))
    assert (await again(desk, drill)).resolution == "the practice is over: its time is up"
    assert len(await desk.pages()) == 1


async def test_what_is_real_on_the_same_target_is_opened_and_ends_for_itself(desk: Desk) -> None:
    drill = await drilled(desk)
    await desk.drifts("crm/a", finding())
    opened = await real(desk)
    assert (opened.state, opened.total, (await again(desk, drill)).total) == (State.OPEN, 1, 1)
    await desk.clean("crm/a")
    assert ((await real(desk)).state, (await again(desk, drill)).state) == (State.RESOLVED, State.OPEN)


async def test_practice_that_is_over_is_no_repeat_and_nothing_to_reopen(desk: Desk) -> None:
    drill = await drilled(desk)
    async with desk.store.write() as tx:
        await drilling.end(tx, desk.config, by="ben", now=desk.now)
    ended = await again(desk, drill)
    assert (ended.resolved_by, ended.resolution, ended.review_due_at) == ("ben", "ben ended the practice", None)
    async with desk.store.read() as tx:
        assert await tx.escalations.by_cause([cause.key for cause in drill.causes], NOON - 90 * 24 * HOUR) == []


async def test_accepting_a_baseline_and_seeing_clean_leave_it_alone(desk: Desk) -> None:
    drill = await drilled(desk)
    async with desk.store.write() as tx:
        await paging.lessened(tx, desk.config, desk.target("crm/a"), (), by="ana", because="we cope", now=desk.now)
        await paging.let_in(tx, desk.config, desk.target("crm/a"), now=desk.now)
    await desk.clean("crm/a")
    assert (await again(desk, drill)).state is State.OPEN


async def test_no_silence_holds_it_and_no_gauge_or_limit_counts_it(desk: Desk) -> None:
    await desk.silence("crm/**")
    drill = await drilled(desk)
    assert drill.state is State.OPEN
    async with desk.store.read() as tx:
        assert await tx.outbox.rung("ana", desk.now - HOUR) == 0
        assert await tx.promises.of(drill.id) == []
    counted: Census = await census(desk.store, desk.now)
    assert sum(counted.escalations.values()) == 0


async def test_one_at_a_time(desk: Desk) -> None:
    drill = await drilled(desk)
    with pytest.raises(Refused, match=f"drill {drill.id} .night. is going on"):
        await asked_for(desk)
    async with desk.store.write() as tx:
        await drilling.end(tx, desk.config, by="ana", now=desk.now)
    desk.now += MINUTE
    await asked_for(desk)


async def test_what_would_page_nobody_is_refused_before_it_is_stored(desk: Desk) -> None:
    quiet = scenario(finding="auth.relaxed")
    with pytest.raises(Refused, match="nobody is paged below P3"):
        await asked_for(desk, quiet)
    assert await desk.escalations() == []


async def test_that_practice_reaches_nobody_is_told_as_practice_and_over_with_it(desk: Desk) -> None:
    nobody = desk.config.matrix.model_copy(update={"lanes": {}, "rules": (), "last_resort": None, "catch_all": None})
    desk.config = replace(desk.config, matrix=nobody)
    drill = await drilled(desk)
    (alarm,) = [each for each in await desk.escalations() if each.category is Category.UNROUTABLE]
    assert (alarm.practice, alarm.drill) == (True, None)
    assert all(page.content.summary.startswith("[PRACTICE]") for page in await desk.pages(Action.TRIGGER))
    async with desk.store.write() as tx:
        await drilling.end(tx, desk.config, by="ana", now=desk.now)
    assert {(await again(desk, each)).state for each in (drill, alarm)} == {State.RESOLVED}


async def test_a_store_that_nobody_works_on_gets_it_back_and_keeps_nothing_to_page(desk: Desk) -> None:
    class Passing:
        """Time passes for whoever sleeps, and nobody else is there."""

        def now(self) -> object:
            return desk.now

        def monotonic(self) -> float:
            return 0.0

        async def sleep(self, seconds: float) -> None:
            desk.now += timedelta(seconds=seconds)

    session = Session(config=desk.config, store=desk.store, clock=Passing())  # type: ignore[arg-type] # because a lone clock is enough
    begun: list[str] = []
    with pytest.raises(CouldNotCheck, match=NO_DAEMON):
        await practise(session, NIGHT, "night", "ana", wait=True, begun=begun.append, told=lambda line: None)
    assert desk.now - NOON >= TAKEN_UP_WITHIN
    (drill,) = await desk.escalations()
    assert (str(drill.id), drill.state, drill.resolution) == (begun[0], State.RESOLVED, "no daemon was there to begin it")
    async with desk.store.read() as tx:
        assert (await tx.timers.of(drill.id), await tx.outbox.next_due()) == ([], None)


async def test_hand_over_and_snooze_are_practised_too(desk: Desk) -> None:
    drill = await drilled(desk)
    await desk.does(ev.HandOverOffered(by="ana", to="ben", because="lunch"), drill)
    await desk.does(ev.Snoozed(by="ana", because="lunch", until=desk.now + MINUTE), drill)
    async with desk.store.read() as tx:
        assert TimerKind.SNOOZE in {timer.kind for timer in await tx.timers.of(drill.id)}
    assert {page.content.summary.partition(" ")[0] for page in await desk.pages()} == {"[PRACTICE]"}
