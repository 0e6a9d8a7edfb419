"""The whole product against real local vendors: the daemon as a process of its own, the stand-ins in ours."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent, indent
from time import monotonic

from alerts.escalation import Entry, Escalation
from monitor.clock import Clock
from monitor.daemon import run
from monitor.demo.pagerduty import PagerDuty
from monitor.demo.serve import Tls, serve
from monitor.demo.vendor import Vendor
from monitor.engine import Engine
from monitor.store import Store
from monitor.watch import TargetName, TargetStatus
from schemas.change import Finding
from tests.acceptance.forked import Forked

ROUTING_KEY = "0123456789abcdef0123456789abcdef"
TOKEN = "u+stand-in-token-1"
WEBHOOK_SECRET = "stand-in-webhook-secret"
PATIENCE_SECONDS = 60.0

DRIFTPAGER = (sys.executable, "-W", "ignore", "-c", "from monitor.cli import main; main()")


class Hasty:
    """A clock that runs `speed` times as fast as the machine's, and in which hours can pass at once; who sleeps in it wakes.

    Only what asks the clock is faster: a deadline of one exchange with a vendor is still in seconds of the machine.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._began = datetime.now(UTC)
        self._since = monotonic()
        self._passed = timedelta()
        self._forwarded = asyncio.Event()

    def now(self) -> datetime:
        return self._began + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (monotonic() - self._since) * self._speed + self._passed.total_seconds()

    async def sleep(self, seconds: float) -> None:
        until = self.monotonic() + seconds
        while (left := until - self.monotonic()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._forwarded.wait(), left / self._speed)
        await asyncio.sleep(0)

    def forward(self, **by: float) -> None:
        """So much time passes now: `forward(hours=2)`."""
        self._passed += timedelta(**by)
        self._forwarded.set()
        self._forwarded = asyncio.Event()


@dataclass(slots=True, kw_only=True)
class World:
    """A folder, a vendor, a PagerDuty, and the daemons started in it. `url` is the vendor's, `store` opens read-only use.

    `clock` is PagerDuty's, and that of a daemon run `inside` this process, which `engine` is while it runs. `forked` daemons
    are processes as well, but begun without the start of the command. `looking` is the store while a daemon's
    process lives, and the number of the file it was opened from.
    """

    folder: Path
    vendor: Vendor
    url: str
    pagerduty: PagerDuty
    pagerduty_url: str
    tls: Tls
    clock: Hasty = field(default_factory=Hasty)
    environ: dict[str, str] = field(default_factory=dict)
    running: Daemon | None = None
    engine: Engine | None = None
    web: str = ""
    forked: bool = False
    looking: tuple[int, Store] | None = None

    @property
    def config(self) -> Path:
        return self.folder / "driftpager.yml"

    def configure(self, integrations: str, *, every: str = "1s", more: str = "", pagerduty: str = "") -> None:
        """Write `driftpager.yml`: `integrations` is that section's text, `more` further top-level text."""
        head = f"""
        probing: {{private_networks: true}}
        web: {{listen: "127.0.0.1:0"}}
        defaults: {{every: {every}, confirm_after: 1s}}
        channels:
          pagerduty:
            kind: pagerduty
            routing_key: "env:PD_ROUTING_KEY"
            token: "env:PD_TOKEN"
            webhook_secrets: ["env:PD_WEBHOOK_SECRET"]
            base_url: {self.pagerduty_url}
            api_url: {self.pagerduty_url}
            ca_file: {self.tls.authority}
            {pagerduty}
        """
        text = dedent(head) + dedent(more) + "integrations:\n" + indent(dedent(integrations).strip("\n"), "  ") + "\n"
        self.config.write_text(text)

    @asynccontextmanager
    async def daemon(self) -> AsyncIterator[Daemon]:
        """Run the daemon while the block runs; killed at the end if it still lives."""
        daemon = await self.start()
        try:
            yield daemon
        finally:
            await daemon.end()
            await self.look_away()

    @asynccontextmanager
    async def inside(self, clock: Clock | None = None) -> AsyncIterator[Engine]:
        """Run the daemon in this very process while the block runs: as real, but it cannot be killed."""
        stop, started = asyncio.Event(), asyncio.Event()
        held: list[Engine] = []

        def begun(engine: Engine, url: str) -> None:
            held.append(engine)
            self.engine, self.web = engine, url
            started.set()

        running = asyncio.create_task(run(self.config, self.environ, clock=clock or self.clock, started=begun, stop=stop))
        waiting = asyncio.create_task(started.wait())
        try:
            await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            yield held[0]
        finally:
            waiting.cancel()
            stop.set()
            self.engine = None
            await running

    async def start(self) -> Daemon:
        """Start the daemon; it may not be ready yet."""
        if self.forked:
            command = ("run", "--config", str(self.config))
            self.running = Daemon(process=Forked(self.folder, self.environ, command, self.folder / "daemon.log"))
            return self.running
        with (self.folder / "daemon.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *DRIFTPAGER,
                "run",
                "--config",
                str(self.config),
                cwd=self.folder,
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running = Daemon(process=process)
        return self.running

    async def cli(self, *arguments: str) -> tuple[int, str]:
        """Run one command to its end, in a forked process; gives its exit code and all it wrote."""
        output = self.folder / "command.log"
        output.unlink(missing_ok=True)
        code = await Forked(self.folder, self.environ, arguments, output).wait()
        return code, output.read_text()

    @property
    def log(self) -> str:
        path = self.folder / "daemon.log"
        return path.read_text(errors="replace") if path.exists() else ""

    async def until(self, happened: Callable[[], Awaitable[bool] | bool], what: str) -> None:
        """Wait for a condition of the world; fails with the daemon's log when it does not come."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    held = happened()
                    if held if isinstance(held, bool) else await held:
                        return
                    if self.running is not None and self.running.process.returncode is not None:
                        raise AssertionError(f"the daemon ended before {what}; its log:\n{self.log}")
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"waited {PATIENCE_SECONDS:.0f} s in vain until {what}; the daemon's log:\n{self.log}") from None

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        """The daemon's store, to look at. Opened once for a daemon: it is looked at twenty times a second."""
        if self.engine is not None:
            yield self.engine.store
            return
        file = self.folder / "driftpager.db"
        if self.looking is None or not file.exists() or file.stat().st_ino != self.looking[0]:
            await self.look_away()
            store = await Store.open(f"sqlite:///{file}")
            self.looking = file.stat().st_ino, store
        try:
            yield self.looking[1]
        finally:
            if self.running is None or self.running.process.returncode is not None:
                await self.look_away()

    async def look_away(self) -> None:
        """Close the store."""
        if self.looking is not None:
            (_, store), self.looking = self.looking, None
            await store.close()

    async def statuses(self) -> dict[TargetName, TargetStatus]:
        """Where each target stands; empty before there is a database."""
        if self.engine is None and not (self.folder / "driftpager.db").exists():
            return {}
        async with self.store() as store, store.read() as tx:
            return {status.name: status for status in await tx.targets.all()}

    async def until_started(self) -> None:
        """Wait until the daemon's process serves; `web` is its address then."""

        def started() -> bool:
            found = re.findall(r'"web":"(http://[\d.:]+)","event":"daemon.started"', self.log)
            self.web = found[-1] if found else ""
            return bool(found)

        await self.until(started, "the daemon has started")

    async def until_all(self, state: str) -> None:
        """Wait until every target is in `state`."""

        async def reached() -> bool:
            statuses = await self.statuses()
            return bool(statuses) and all(status.state == state for status in statuses.values())

        await self.until(reached, f"every target is {state}")

    async def until_is(self, target: str, state: str) -> TargetStatus:
        """Wait until one target is in `state`; gives where it stands then."""

        async def reached() -> bool:
            known = (await self.statuses()).get(TargetName(target))
            return known is not None and known.state == state

        await self.until(reached, f"{target} is {state}")
        return (await self.statuses())[TargetName(target)]

    async def until_probed(self, path: str, times: int = 1) -> None:
        """Wait until the vendor was asked for `path` so many times from now on."""
        seen = len(self.vendor.requests(path))
        await self.until(lambda: len(self.vendor.requests(path)) >= seen + times, f"{path} was asked for {times} times more")

    async def escalations(self) -> list[Escalation]:
        """All there ever were, the newest first."""
        async with self.store() as store, store.read() as tx:
            return await tx.escalations.list()

    async def until_escalation(self, state: str, count: int = 1) -> Escalation:
        """Wait until there are so many escalations in `state`; gives the newest."""

        async def reached() -> bool:
            return sum(each.state == state for each in await self.escalations()) >= count

        await self.until(reached, f"{count} escalation(s) are {state}")
        return next(each for each in await self.escalations() if each.state == state)

    async def until_heard(self) -> None:
        """Wait until everything that came from outside so far has had its effect."""

        async def applied() -> bool:
            async with self.store() as store, store.read() as tx:
                return await tx.inbox.idle()

        await self.until(applied, "what was heard is applied")

    async def timeline(self, escalation: Escalation) -> list[Entry]:
        """What is told of it, the oldest first."""
        async with self.store() as store, store.read() as tx:
            return await tx.escalations.timeline(escalation.id)

    async def drift(self, target: str) -> list[Finding]:
        """The open findings of a target."""
        async with self.store() as store, store.read() as tx:
            return list(await tx.findings.open(TargetName(target)))

    async def snapshots(self, target: str) -> int:
        """How many snapshots of a target are kept."""
        async with self.store() as store, store.read() as tx:
            return len(await tx.snapshots.history(TargetName(target), 100))

    async def until_paged(self, incidents: int = 1) -> None:
        """Wait until PagerDuty has so many incidents, ever."""
        await self.until(lambda: len(self.pagerduty.incidents) >= incidents, f"PagerDuty has {incidents} incident(s)")


@dataclass(slots=True, kw_only=True)
class Daemon:
    """The process."""

    process: Process | Forked

    async def kill(self) -> None:
        """SIGKILL to it and what it started, as when the machine takes it."""
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()

    async def end(self) -> int:
        """SIGTERM, then wait; gives the exit code."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                async with asyncio.timeout(20):
                    await self.process.wait()
            except TimeoutError:
                await self.kill()
        assert self.process.returncode is not None
        return self.process.returncode


@asynccontextmanager
async def world(folder: Path, *, speed: float = 1.0, forked: bool = False) -> AsyncIterator[World]:
    """A fresh world in a folder, in which time runs at `speed` for what goes by its clock."""
    async with AsyncExitStack() as stack:
        tls = Tls.make(folder)
        vendor = Vendor()
        clock = Hasty(speed)
        pagerduty = PagerDuty(routing_keys={ROUTING_KEY: "Integrations"}, tokens=frozenset({TOKEN}), clock=clock)
        yield World(
            folder=folder,
            vendor=vendor,
            url=await stack.enter_async_context(serve(vendor)),
            pagerduty=pagerduty,
            pagerduty_url=await stack.enter_async_context(serve(pagerduty.app, tls=tls)),
            tls=tls,
            clock=clock,
            forked=forked,
            environ={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(Path(__file__).parents[2]),  # the daemon is of this tree, whatever is installed
                "PD_ROUTING_KEY": ROUTING_KEY,
                "PD_TOKEN": TOKEN,
                "PD_WEBHOOK_SECRET": WEBHOOK_SECRET,
            },
        )
