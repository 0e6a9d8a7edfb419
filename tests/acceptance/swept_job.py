"""The main job with a fail-point everywhere: sight, confirm, page, acknowledge, accept, resolve, and the end it comes to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from textwrap import dedent
from typing import Any, TypeVar, cast

from alerts.channels.pagerduty import PagerDuty as Channel
from alerts.escalation import State
from alerts.keys import parse_dedup_key
from alerts.page import Action, PageState
from monitor import config as configuration
from monitor import paging
from monitor.config import Config
from monitor.config.store import file_of
from monitor.daemon import POLL_SECONDS
from monitor.delivery import Delivery
from monitor.demo.pagerduty import Incident, PagerDuty, Received
from monitor.demo.serve import Tls, serve
from monitor.demo.vendor import Vendor
from monitor.egress import Egress
from monitor.engine import Engine
from monitor.judge import Judge
from monitor.loops import Health, every, forever
from monitor.metrics import Metrics
from monitor.planner import Planner
from monitor.replies import apply, poll
from monitor.store import Store
from monitor.store.tables import metadata
from monitor.timing import Timing
from monitor.watch import TargetName, TargetState
from tests.acceptance.fail_points import AwaitedJudge, Points, TrappedHttp, TrappedPagerDuty, TrappedServer, TrappedStore
from tests.acceptance.test_main_job import ACME, BEFORE, WITHOUT_INDUSTRY
from tests.acceptance.virtual import START, Virtual
from tests.acceptance.world import ROUTING_KEY, TOKEN

T = TypeVar("T")
STEP = 30.0
"""Seconds in which nobody wakes: the shorter, the more rounds of every loop for the same job."""
TARGET = TargetName("acme/api")
ENOUGH = 3600.0
MATRIX = """
contacts: {ana: {email: ana@example.com}}
lanes: {on-call: {levels: [{contact: ana}]}}
rules: [{lanes: [on-call]}]
last_resort: ana
priorities: {P1: {acknowledge: 1h, next_level: 2h}, P2: {acknowledge: 1h, next_level: 2h}}
"""
"""Room for a restart: with time running out it would rightly say so, and so not come to quite the same end."""
_LEFT = frozenset({PageState.SENT, PageState.CONFIRMED, PageState.UNKNOWN})
"""One that was acknowledged before its lost answer was made up for is never sent again, and stays unknown; what PagerDuty was
told is compared, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What is left when all is quiet, without moments and ids, which a crash may move."""

    state: dict[str, Any]
    told: tuple[tuple[str, str], ...]
    """What PagerDuty was told, each (action, dedup key) once, in the order in which it first came."""


@dataclass(slots=True)
class Wrist:
    """The clock of the far ends, which outlive the runs."""

    clock: Virtual = field(default_factory=Virtual)

    def now(self) -> datetime:
        return self.clock.now()

    def monotonic(self) -> float:
        return self.clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """What outlives the daemon, at one moment: every row that is stored, and what PagerDuty has and was told."""

    at: datetime
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    incidents: Sequence[Incident]
    received: Sequence[Received]

    def same(self, other: Still) -> bool:
        """Whether a restart finds nothing different."""
        return (self.at, self.rows, self.incidents, _events(self.received)) == (
            other.at,
            other.rows,
            other.incidents,
            _events(other.received),
        )


class Camera:
    """Sees what is committed through a connection of its own, from a thread, while this one stands still."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        self._thread = ThreadPoolExecutor(1)
        self._store = self._do(Store.open(url))

    def rows(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        return self._do(self._rows())

    def close(self) -> None:
        self._do(self._store.close())
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    async def _rows(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        found: dict[str, Sequence[Mapping[str, Any]]] = {}
        async with self._store.read() as tx:
            for table in metadata.sorted_tables:
                rows = await tx.connection.execute(table.select())
                found[table.name] = sorted((dict(row._mapping) for row in rows), key=repr)
        return found

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._thread.submit(self._runner.run, work).result()


class Job:
    """The far ends, one configuration, and what is slow to make: all that a dead daemon leaves standing.

    The database stays open, too: to a transaction it makes no difference whether its process died or was cut off.
    """

    def __init__(self, vendor: Vendor, pagerduty: PagerDuty, wrist: Wrist, judge: Judge, config: Config, store: Store) -> None:
        self.vendor = vendor
        self.pagerduty = pagerduty
        self.wrist = wrist
        self.judge = judge
        self.config = config
        self.store = store
        self.servers: list[TrappedServer] = []
        self.health = Health()

    async def learn(self) -> None:
        """The target becomes known and ok, and due at `START`: that is where the job begins."""
        clock = Virtual(1.0, START.replace(hour=11))
        self.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")

        async def learned(engine: Engine) -> bool:
            async with engine.store.read() as tx:
                status = await tx.targets.get(TARGET)
            return status is not None and status.state is TargetState.OK

        assert await self._live(Points(clock), learned)
        async with self.store.write() as tx:
            await tx.targets.hasten(TARGET, START)

    async def undisturbed(self, camera: Camera) -> tuple[Ending, list[tuple[str, Still]]]:
        """The whole job, how it ends, and each fail-point that it came by, with what a kill there would leave behind."""
        self.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
        clock, passed = Virtual(STEP), list[tuple[str, Still]]()

        def passing(name: str) -> None:
            still = Still(
                at=clock.now(),
                rows=camera.rows(),
                incidents=deepcopy(self.pagerduty.incidents),
                received=tuple(self.pagerduty.received),
            )
            passed.append((name, still))

        return await self._end(Points(clock, passing)), passed

    async def restarted(self, still: Still, meanwhile: Callable[[Virtual], None] | None = None) -> Ending:
        """How it ends where a new daemon finds what was left behind. `meanwhile` is called before time moves on."""
        async with self.store.write() as tx:
            for table in reversed(metadata.sorted_tables):
                await tx.connection.execute(table.delete())
            for table in metadata.sorted_tables:
                if rows := still.rows[table.name]:
                    await tx.connection.execute(table.insert(), [dict(row) for row in rows])
        self.pagerduty.incidents[:] = deepcopy(list(still.incidents))
        self.pagerduty.received[:] = still.received
        return await self._end(Points(Virtual(STEP, still.at)), meanwhile)

    async def _end(self, points: Points, meanwhile: Callable[[Virtual], None] | None = None) -> Ending:
        people = People(self, points)

        async def over(engine: Engine) -> bool:
            if meanwhile is not None:
                meanwhile(points.clock)
            return not self.health.reasons() and await people.act(engine)

        assert await self._live(points, over), f"the job did not end in {ENOUGH:.0f} s"
        return await self._ending()

    async def _live(self, points: Points, over: Callable[[Engine], Awaitable[bool]]) -> bool:
        """One life of the daemon, until `over`; True if it came to that."""
        self.wrist.clock = clock = points.clock
        for server in self.servers:
            server.points = points
        async with Egress(private=True, per_second=1e6) as egress:
            channels = {name: TrappedPagerDuty.around(cast(Channel, each), points) for name, each in self.config.channels.items()}
            engine = Engine(
                config=replace(self.config, channels=channels),
                store=cast(Store, TrappedStore(self.store, points)),
                clock=clock,
                rng=Random(1),
                egress=cast(Egress, TrappedHttp(egress, points)),
                judge=cast(Judge, AwaitedJudge(self.judge, clock)),
                metrics=Metrics(),
            )
            return await self._loop(engine, clock, over)

    async def _loop(self, engine: Engine, clock: Virtual, over: Callable[[Engine], Awaitable[bool]]) -> bool:
        """The loops that carry the job; the daemon's others only look."""
        if file_of(self.config.store) is not None:
            async with engine.store.write() as tx:
                await tx.release_claims(clock.now())
        planner, delivery, self.health = Planner(engine), Delivery(engine), Health()
        await planner.register()
        steps = {
            "planner": planner.plan,
            "outcomes": planner.store_outcomes,
            "delivery": delivery.deliver,
            "timers": Timing(engine).step,
            "inbox": partial(apply, engine),
            "replies": every(POLL_SECONDS, partial(poll, engine), clock),
        }
        moving = [asyncio.create_task(forever(name, step, health=self.health, clock=clock)) for name, step in steps.items()]
        passing = asyncio.create_task(clock.run(partial(over, engine), at_most=ENOUGH))
        try:
            await asyncio.wait([passing, *moving], return_when=asyncio.FIRST_COMPLETED)
            for ended in moving:
                if ended.done():
                    ended.result()
            return await passing
        finally:
            for task in (*moving, passing):
                task.cancel()
            await asyncio.gather(*moving, passing, return_exceptions=True)
            await planner.close()
            await delivery.close()

    async def _ending(self) -> Ending:
        async with self.store.read() as tx:
            [escalation] = await tx.escalations.list()
            baseline = await tx.baselines.current(TARGET)
            status = await tx.targets.get(TARGET)
            assert baseline is not None
            assert status is not None
            state = {
                "escalation": (escalation.state, escalation.priority, escalation.generation, escalation.owner),
                "causes": sorted((cause.rule, cause.address) for cause in escalation.causes),
                "timeline": sorted(e.kind for e in await tx.escalations.timeline(escalation.id) if e.kind != "page.sent"),
                "pages": [
                    (page.action, page.lane, page.level, "left" if state in _LEFT else state)
                    for page, state, _ in await tx.outbox.pages(escalation.id)
                ],
                "timers": sorted(timer.kind for timer in await tx.timers.of(escalation.id)),
                "baseline": (baseline.hash, baseline.standing, baseline.by),
                "target": (status.state, status.because),
                "findings": len(await tx.findings.open(TARGET)),
                "snapshots": [each.hash for each in await tx.snapshots.history(TARGET, 99)],
                "audit": [(entry.actor, entry.action) for entry in await tx.audit.tail(99)],
                "incidents": [(each.status, each.changed_by) for each in self.pagerduty.incidents],
            }
        told = dict.fromkeys(_said(body, escalation.id) for body in _events(self.pagerduty.received))
        return Ending(state=state, told=tuple(told))


def _events(received: Iterable[Received]) -> list[bytes]:
    return [each.body for each in received if each.path == "/v2/enqueue"]


def _said(body: bytes, escalation: str) -> tuple[str, str]:
    event = json.loads(body)
    key = parse_dedup_key(event["dedup_key"])
    assert key is not None
    assert key.escalation == escalation
    return event["event_action"], f"g{key.generation} {key.lane} {key.level} {key.repeat}"


class People:
    """Ana acknowledges at PagerDuty once we know that it rings (202 is no page yet), and accepts the baseline once the daemon
    knows of that. Neither goes by the time: that a restart is late changes nothing she does."""

    def __init__(self, job: Job, points: Points) -> None:
        self._job = job
        self._points = points
        self._seen = -1

    async def act(self, engine: Engine) -> bool:
        """Do what is to be done now; True when all is over."""
        if self._seen == self._points.commits:
            return False
        self._seen = self._points.commits
        async with engine.store.read() as tx:
            known = await tx.escalations.list()
            pages = [(page.action, state) for each in known for page, state, _ in await tx.outbox.pages(each.id)]
            baseline = await tx.baselines.current(TARGET)
            status = await tx.targets.get(TARGET)
            waiting = await tx.outbox.oldest()
        if not known or baseline is None or status is None:
            return False
        [escalation] = known
        open_ones = self._job.pagerduty.open()
        if escalation.state is State.OPEN and (Action.TRIGGER, PageState.CONFIRMED) in pages:
            for incident in open_ones:
                if incident.status == "triggered":
                    self._job.pagerduty.alter(incident, "acknowledged", "Ana")
        elif escalation.state is State.ACKNOWLEDGED and baseline.by != "ana":
            target = engine.target(TARGET)
            assert target is not None
            async with engine.store.write() as tx:
                await paging.accept(tx, engine.config, target, by="ana", because="adapted", now=engine.clock.now())
            return False
        return escalation.state is State.RESOLVED and not waiting and status.state is TargetState.OK and not open_ones


@asynccontextmanager
async def job(folder: Path, url: str, *, busy: timedelta = timedelta(seconds=10)) -> AsyncIterator[Job]:
    """The far ends and the configuration, in an empty folder, on an empty store, learned. `busy`: how long to wait for a lock."""
    async with AsyncExitStack() as stack:
        tls, vendor, wrist = Tls.make(folder), Vendor(), Wrist()
        pagerduty = PagerDuty(routing_keys={ROUTING_KEY: "Integrations"}, tokens=frozenset({TOKEN}), clock=wrist)
        servers = [TrappedServer(vendor, "the vendor"), TrappedServer(pagerduty.app, "PagerDuty")]
        urls = [await stack.enter_async_context(serve(server, tls=tls if n else None)) for n, server in enumerate(servers)]
        path = folder / "driftpager.yml"
        text = f"""
        probing: {{private_networks: true, deadline: 10s}}
        store: "{url}"
        defaults: {{every: 1h, confirm_after: 5s}}
        channels:
          pagerduty:
            kind: pagerduty
            routing_key: "env:PD_ROUTING_KEY"
            token: "env:PD_TOKEN"
            base_url: {urls[1]}
            api_url: {urls[1]}
            ca_file: {tls.authority}
        matrix: {{file: escalation.yml}}
        integrations:
        """
        (folder / "escalation.yml").write_text(dedent(MATRIX))
        indented = "".join(f"  {line}\n" for line in ACME.format(url=urls[0]).strip().splitlines())
        path.write_text(dedent(text) + indented)
        config = configuration.load(path, {"PD_ROUTING_KEY": ROUTING_KEY, "PD_TOKEN": TOKEN})
        judge = Judge()
        stack.push_async_callback(judge.close)
        store = await Store.open(url, busy=busy)
        stack.push_async_callback(store.close)
        made = Job(vendor, pagerduty, wrist, judge, config, store)
        made.servers = servers
        await made.learn()
        yield made
