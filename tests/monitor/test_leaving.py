"""Targets that leave the configuration take along what only they kept open, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.escalation import Escalation, State
from alerts.priority import Priority
from monitor import leaving, paging
from monitor.watch import TargetState
from schemas.change import Impact
from tests.monitor.test_silencing import MINUTE, NOON, Desk, finding, made


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = await made(tmp_path)
    yield desk
    await desk.store.close()


async def without(desk: Desk, *names: str) -> None:
    """The configuration is read again, and these targets are not in it any more."""
    desk.config = replace(desk.config, targets=tuple(each for each in desk.config.targets if each.name not in names))
    await leaving.let_go(desk.store, desk.config, desk.now)


async def told(desk: Desk) -> Escalation:
    """The one that people were paged about: what joined it is over as well."""
    (escalation,) = [each for each in await desk.escalations() if each.opened_at is not None]
    return escalation


async def said(desk: Desk, kind: str) -> list[str]:
    escalation = await told(desk)
    async with desk.store.read() as tx:
        return [entry.text for entry in await tx.escalations.timeline(escalation.id) if entry.kind == kind]


async def test_what_two_targets_share_is_over_once_the_one_that_is_left_is_clean(desk: Desk) -> None:
    watched = desk.config
    await desk.drifts("crm/a", finding())
    await desk.drifts("crm/b", finding("Contact.Phone"))
    await without(desk, "crm/b")
    assert (await desk.the_one(State.OPEN)).targets == {"crm/a"}
    assert await said(desk, "causes.dropped") == ["1 of 2 causes: crm/b left the configuration"]
    desk.config = watched
    await desk.clean("crm/a")
    assert (await told(desk)).resolution == "the vendor serves the baseline again, seen twice"


async def test_what_stands_on_a_target_that_left_keeps_nothing_open(desk: Desk) -> None:
    """Though it was never dropped: another process reads the configuration later than this one."""
    await desk.drifts("crm/a", finding())
    await desk.drifts("crm/b", finding("Contact.Phone"))
    desk.config = replace(desk.config, targets=tuple(each for each in desk.config.targets if each.name != "crm/b"))
    await desk.clean("crm/a")
    assert (await told(desk)).state is State.RESOLVED


async def test_what_is_left_may_be_less_urgent_and_falls_after_a_while_like_everything_that_is_gone(desk: Desk) -> None:
    await desk.drifts("crm/a", finding(impact=Impact.RISKY))
    await desk.drifts("crm/b", finding("Contact.Phone"))
    await without(desk, "crm/b")
    assert (await desk.the_one(State.OPEN)).priority is Priority.P1
    await desk.passes(timedelta(minutes=31))
    assert (await desk.the_one(State.OPEN)).priority is Priority.P3


async def test_what_was_told_of_a_target_that_left_stays_open_until_a_person_ends_it_and_says_so_once(desk: Desk) -> None:
    await desk.drifts("crm/a", finding())
    await without(desk, "crm/a")
    await without(desk)
    opened = await desk.the_one(State.OPEN)
    assert await said(desk, "targets.unwatched") == [
        f"crm/a left the configuration: nobody looks whether it is over; end it with `driftpager resolve {opened.id}`"
    ]


async def test_what_nobody_was_told_of_yet_is_gone_with_its_target(desk: Desk) -> None:
    await desk.sighted("crm/a", finding())
    await without(desk, "crm/a")
    assert (await desk.the_one(State.RESOLVED)).resolution == "crm/a left the configuration"
    await desk.passes(timedelta(hours=1))
    assert await desk.pages() == []


async def test_blindness_that_two_targets_shared_ends_when_the_blind_one_leaves_and_not_before(desk: Desk) -> None:
    for name in ("crm/a", "crm/b"):
        target = desk.target(name)
        async with desk.store.write() as tx:
            status = await tx.targets.get(target.name)
            assert status is not None
            await tx.targets.finish([replace(status, state=TargetState.UNREACHABLE)])
            await paging.blind(tx, desk.config, target, TargetState.UNREACHABLE, "no route", since=NOON - MINUTE, now=desk.now)
    await without(desk, "pay/a")
    await desk.the_one(State.OPEN)
    async with desk.store.write() as tx:
        status = await tx.targets.get(desk.target("crm/a").name)
        assert status is not None
        await tx.targets.finish([replace(status, state=TargetState.OK)])
        await paging.sees_again(tx, desk.config, desk.target("crm/a"), now=desk.now)
    await desk.the_one(State.OPEN)
    await without(desk, "crm/b")
    assert (await desk.the_one(State.RESOLVED)).resolution == "crm/b left the configuration, and the rest can be read"
