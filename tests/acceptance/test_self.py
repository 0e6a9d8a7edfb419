"""driftpager watches itself: somebody outside notices when it fails, and its own clock and database cannot fool it."""

from __future__ import annotations

import json
import resource
import shutil
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.demo.serve import serve
from monitor.demo.vendor import Asked, Reply, Vendor
from monitor.engine import Engine
from monitor.store import Head
from tests.acceptance.test_lifecycle import UNLIMITED, get, limit
from tests.acceptance.test_main_job import ACME, BEFORE, WITHOUT_INDUSTRY
from tests.acceptance.world import Hasty, World

pytestmark = pytest.mark.acceptance

EMERGENCY = "driftpager:production:emergency:g1:store"


class Outside:
    """The watcher outside: it alarms when no heartbeat came for `patience` seconds of its own clock."""

    def __init__(self) -> None:
        self.app = Vendor()
        self.app.answer = self._take
        self.beats: list[dict[str, str]] = []
        self._clock = Hasty()
        self._last = 0.0

    def _take(self, asked: Asked) -> Reply:
        self.beats.append(json.loads(asked.body))
        self._last = self._clock.monotonic()
        return Reply(status=200)

    def alarmed(self, patience: float = 2.0) -> bool:
        return self._clock.monotonic() - self._last > patience


@asynccontextmanager
async def watched(world: World, more: str = "") -> AsyncIterator[Outside]:
    """A world whose daemon is to send a heartbeat each half second to a watcher outside."""
    outside = Outside()
    async with serve(outside.app) as url:
        world.environ["HEARTBEAT"] = f"{url}/ping/s3cr3t-key"
        world.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
        world.configure(
            ACME.format(url=world.url), more=f'watch: {{heartbeat: {{url: "env:HEARTBEAT", every: 1s, private: true}}{more}}}\n'
        )
        yield outside


# The heartbeat


async def test_a_stopped_daemon_sends_no_heartbeat_and_the_watcher_outside_alarms_until_it_goes_on(forked: World) -> None:
    async with watched(forked) as outside, forked.daemon() as daemon:
        await forked.until(lambda: len(outside.beats) >= 2 and not outside.alarmed(), "the heart beats")
        daemon.process.send_signal(signal.SIGSTOP)
        await forked.until(outside.alarmed, "the watcher outside alarms")
        heard = len(outside.beats)
        await forked.until(lambda: outside.alarmed(4.0), "it goes on alarming")
        assert len(outside.beats) == heard
        daemon.process.send_signal(signal.SIGCONT)
        await forked.until(lambda: not outside.alarmed(), "the heart beats again")
        assert "s3cr3t-key" not in forked.log


async def test_the_heartbeat_carries_the_head_of_the_audit_and_is_measured(quick: World) -> None:
    async with watched(quick) as outside, quick.inside() as engine:
        async with engine.store.write() as tx:
            await tx.audit.append("ana", "did", "this", {}, engine.clock.now())
        await quick.until(lambda: any(beat["audit_head"].startswith("1:") for beat in outside.beats), "the entry is anchored")
        place, _, digest = outside.beats[-1]["audit_head"].partition(":")
        async with engine.store.read() as tx:
            assert (await tx.audit.verify(Head(place=int(place), digest=digest))).broken == ()
        assert outside.beats[-1]["environment"] == "production"

        async def measured() -> bool:
            _, text = await get(f"{quick.web}/metrics")
            return "driftpager_heartbeat_last_success_timestamp_seconds 1." in text

        await quick.until(measured, "the heartbeat is measured")


async def test_no_heart_beats_while_a_timer_is_overdue(quick: World) -> None:
    async with watched(quick) as outside, quick.inside() as engine:
        await quick.until_all("ok")
        quick.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
        escalation = await quick.until_escalation("open")
        async with engine.store.write() as tx:  # somebody took what is due now, and hangs
            now = engine.clock.now()
            (timer, *_) = await tx.timers.of(escalation.id)
            await tx.timers.postpone(timer.id, now - timedelta(minutes=3))
            assert timer.id in {each.id for each in await tx.timers.claim_due(now, 99, timedelta(hours=1))}
        await quick.until(lambda: outside.alarmed(1.0), "no heart beats")
        async with engine.store.write() as tx:
            await tx.timers.done(timer.id)
        await quick.until(lambda: not outside.alarmed(1.0), "the heart beats again")


async def test_no_heart_beats_while_every_channel_fails_and_the_alarm_that_nobody_is_reached_waits_with_the_page(
    quick: World,
) -> None:
    async with watched(quick) as outside, quick.inside():
        await quick.until_all("ok")
        quick.pagerduty.throttle(3600)
        quick.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
        await quick.until_escalation("open")
        quick.clock.forward(seconds=121)
        await quick.until_escalation("open", 2)
        assert sorted(each.category for each in await quick.escalations()) == ["drift", "unroutable"]
        await quick.until(lambda: outside.alarmed(1.0), "no heart beats")
        quick.clock.forward(hours=1)
        await quick.until(lambda: not outside.alarmed(1.0), "the heart beats again")
        await quick.until_paged()
        quick.clock.forward(seconds=91)
        await quick.until_escalation("resolved")
        industry = "Account.industry"
        await quick.until(lambda: all(industry in each.title for each in quick.pagerduty.open()), "the alarm is over there, too")
        assert quick.pagerduty.open() != []


# The canary


async def test_the_canary_goes_all_the_way_to_its_channel_marked_as_practice_and_leaves_nothing_behind(quick: World) -> None:
    async with watched(quick, ", canary: {channel: pagerduty}"), quick.inside() as engine:
        quick.clock.forward(seconds=60)
        await quick.until(lambda: [each.status for each in quick.pagerduty.incidents] == ["resolved"], "the canary sang")
        (incident,) = quick.pagerduty.incidents
        assert incident.title.startswith("PRACTICE (canary): ")
        assert (incident.key, incident.severity) == ("driftpager:production:canary:g1:practice", "info")
        assert await quick.escalations() == []
        assert set(await quick.statuses()) == {"acme/api"}
        async with engine.store.read() as tx:
            assert await tx.escalations.list() == []

        async def measured() -> bool:
            _, text = await get(f"{quick.web}/metrics")
            return "driftpager_canary_last_success_timestamp_seconds 1." in text

        await quick.until(measured, "its song is measured")
        quick.clock.forward(hours=1)
        await quick.until(lambda: len(quick.pagerduty.incidents) == 2, "it sang again an hour later")


async def test_without_a_channel_the_canary_is_dry(quick: World) -> None:
    async with watched(quick), quick.inside():

        async def measured() -> bool:
            _, text = await get(f"{quick.web}/metrics")
            return "driftpager_canary_last_success_timestamp_seconds 1." in text

        quick.clock.forward(seconds=60)
        await quick.until(measured, "its song is measured")
        assert quick.pagerduty.incidents == []


async def test_a_canary_whose_channel_refuses_it_does_not_count(quick: World) -> None:
    quick.pagerduty.routing_keys.clear()
    async with watched(quick, ", canary: {channel: pagerduty}"), quick.inside() as engine:
        quick.clock.forward(seconds=60)
        await quick.until(lambda: len(quick.pagerduty.received) > 0, "the canary was refused")
        quick.clock.forward(minutes=5)
        await quick.until_all("ok")
        assert "driftpager_canary_last_success_timestamp_seconds 0.0" in engine.metrics.exposition().decode()


# The database is gone


async def test_with_nothing_stored_for_long_one_emergency_page_goes_past_the_store_and_its_end_is_told(forked: World) -> None:
    async with watched(forked, ", emergency: {after: 1s}"), forked.daemon() as daemon:
        await forked.until_all("ok")
        limit(daemon, (0, resource.RLIM_INFINITY))
        await forked.until_paged()
        (incident,) = forked.pagerduty.incidents
        assert (incident.key, incident.severity) == (EMERGENCY, "critical")
        assert "the disk" in str(incident.details)
        limit(daemon, UNLIMITED)
        await forked.until(lambda: not forked.pagerduty.open(), "its end is told")
    assert [each.triggers for each in forked.pagerduty.incidents] == [1]


async def test_a_database_removed_under_a_running_daemon_is_told(forked: World) -> None:
    async with watched(forked, ", emergency: {after: 1s}"), forked.daemon():
        await forked.until_all("ok")
        (forked.folder / "driftpager.db").rename(forked.folder / "elsewhere.db")
        await forked.until_paged()
        assert "removed or replaced" in str(forked.pagerduty.incidents[0].details)


async def test_a_damaged_or_missing_database_is_told_once_and_never_replaced_by_an_empty_one(forked: World) -> None:
    database = forked.folder / "driftpager.db"
    async with watched(forked):
        async with forked.daemon():
            await forked.until_all("ok")
        whole = shutil.copy(database, forked.folder / "whole.db")
        for name in ("driftpager.db-wal", "driftpager.db-shm"):
            (forked.folder / name).unlink(missing_ok=True)
        for broken in (b"no database at all" * 1000, b"", None):
            database.unlink() if broken is None else database.write_bytes(broken)
            code, said = await forked.cli("run")
            assert (code, "Traceback" in said) == (2, False)
            assert ("--new-store" in said) is (not broken), said
        assert [(each.key, each.triggers) for each in forked.pagerduty.incidents] == [(EMERGENCY, 1)]
        assert not database.exists()

        shutil.copy(whole, database)
        async with forked.daemon():
            await forked.until(lambda: not forked.pagerduty.open(), "its end is told")
            assert set(await forked.statuses()) == {"acme/api"}
        assert rows(database, "audit_links") >= 0


def rows(database: Path, table: str) -> int:
    with sqlite3.connect(database) as connection:
        count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    connection.close()
    return count


# The clock


CLIMBING = """
contacts: {ana: {email: ana@example.com}, ben: {email: ben@example.com}, cto: {email: cto@example.com}}
lanes:
  sync: {clock: driftpager, levels: [{contact: ana}, {contact: ben}, {contact: cto}, {contact: ana}, {contact: ben}]}
rules: [{lanes: [sync]}]
last_resort: cto
"""


class Set(Hasty):
    """A wall clock that somebody sets; no time passes by it."""

    def __init__(self, speed: float) -> None:
        super().__init__(speed)
        self.off = timedelta()

    def now(self):  # type: ignore[no-untyped-def]  # because it is the parent's, moved
        return super().now() + self.off


@asynccontextmanager
async def climbing(world: World, clock: Set) -> AsyncIterator[Engine]:
    """A daemon with a P1 open, at the first of five levels, on a clock that can be set."""
    (world.folder / "escalation.yml").write_text(CLIMBING)
    world.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
    world.configure(ACME.format(url=world.url), more="matrix: {file: escalation.yml}\n", every="5s")
    async with world.inside(clock) as engine:
        await world.until_all("ok")
        world.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
        await world.until_paged()
        yield engine


async def steps(world: World) -> int:
    """How many times a lane was paged, a level reached or the same again."""
    (escalation,) = await world.escalations()
    return sum(lane.steps for lane in escalation.lanes)


async def until_jumped(world: World, engine: Engine, times: int = 1) -> None:
    async def told() -> bool:
        async with engine.store.read() as tx:
            return sum(entry.action == "clock.jumped" for entry in await tx.audit.tail(99)) >= times

    await world.until(told, "the jump is noticed")


@pytest.mark.parametrize("hours", [1, 24])
async def test_a_clock_that_jumps_ahead_moves_each_lane_by_one_step_at_most(quick: World, hours: int) -> None:
    clock = Set(4)
    async with climbing(quick, clock) as engine:
        before = await steps(quick)
        clock.off = timedelta(hours=hours)
        await until_jumped(quick, engine)
        await quick.until_probed("/schema.graphql", 2)
        (escalation,) = await quick.escalations()
        told = [f"{entry.at:%d %H:%M:%S} {entry.kind}: {entry.text}" for entry in await quick.timeline(escalation)]
        assert await steps(quick) - before <= 1, told
        keys = [each.key for each in quick.pagerduty.incidents]
        assert len(keys) == len(set(keys)) <= 2


@pytest.mark.parametrize("hours", [1, 24])
async def test_a_clock_that_is_set_back_delays_no_probe_and_no_next_level(quick: World, hours: int) -> None:
    clock = Set(4)
    async with climbing(quick, clock) as engine:
        clock.off = -timedelta(hours=hours)
        await until_jumped(quick, engine)
        await quick.until_probed("/schema.graphql", 2)
        (escalation,) = await quick.escalations()
        async with engine.store.read() as tx:
            due = {timer.kind: timer.due_at - clock.now() for timer in await tx.timers.of(escalation.id)}
        assert due["acknowledge"] <= timedelta(minutes=5)
        clock.forward(minutes=11)
        await quick.until(lambda: any(each.key.endswith(":l2") for each in quick.pagerduty.incidents), "the next level is paged")


async def test_after_three_hours_down_a_lane_takes_one_overdue_step_and_no_more(quick: World) -> None:
    clock = Set(4)
    async with climbing(quick, clock):
        before = await steps(quick)
    clock.forward(hours=3)
    async with quick.inside(clock):

        async def stepped() -> bool:
            return await steps(quick) > before

        await quick.until(stepped, "the overdue step is made")
        await quick.until_probed("/schema.graphql", 2)
        assert await steps(quick) - before == 1


async def test_a_sight_that_nobody_could_confirm_for_hours_is_confirmed_before_it_pages(quick: World) -> None:
    clock = Set(4)
    quick.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
    quick.configure(ACME.format(url=quick.url).replace("usage:", "confirm_after: 1h, usage:"))
    async with quick.inside(clock):
        await quick.until_probed("/schema.graphql", 1)
        clock.forward(hours=1)
        await quick.until_all("ok")
        quick.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
        await quick.until_escalation("detected")
    quick.vendor.publish("/schema.graphql", BEFORE)
    clock.forward(hours=3)
    async with quick.inside(clock):
        await quick.until_all("ok")
        clock.forward(minutes=2)
        await quick.until_probed("/schema.graphql", 1)
        assert quick.pagerduty.incidents == []
