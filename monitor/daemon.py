"""The daemon: one TaskGroup of loops around one engine, signals, and an end in order."""

from __future__ import annotations

import asyncio
import fcntl
import random  # noqa: TID251 - the one place where chance enters
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict
from datetime import UTC, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor import calendars, mentions, oversight, ratings
from monitor import config as configuration
from monitor.clock import Clock, SystemClock
from monitor.config.secrets import secrets_of
from monitor.config.store import file_of
from monitor.delivery import Delivery
from monitor.egress import Egress
from monitor.engine import Engine
from monitor.judge import Judge, Limits
from monitor.log import Scrubber, log
from monitor.loops import RETRY_SECONDS, Health, every, forever
from monitor.metrics import Metrics
from monitor.opening import lock_of, open_store
from monitor.planner import Planner
from monitor.quiet import Quiet
from monitor.refreshing import Refreshing
from monitor.replies import apply, poll
from monitor.silence import Silence
from monitor.store import StoreError
from monitor.tally import Tally
from monitor.timing import Timing
from monitor.web.server import serve

KEEP_HISTORY = timedelta(days=365)
POLL_SECONDS = 15
TALLY_SECONDS = 2


class Busy(Exception):
    """Another daemon works on this database, or the port is taken; the text says which and what to do."""


async def run(
    path: Path,
    environ: Mapping[str, str],
    *,
    clock: Clock | None = None,
    started: Callable[[Engine, str], None] = lambda engine, url: None,
    stop: asyncio.Event | None = None,
    new_store: bool = False,
    scrubber: Scrubber | None = None,
) -> None:
    """Run until `stop` is set or SIGTERM or SIGINT comes; SIGHUP reads the configuration again.

    `started` is called once with the engine and the web address when everything runs. `new_store` allows an empty database
    where one was kept before. `scrubber` keeps secrets out of the log; a reload teaches it the new ones before anything can
    log them. Raises `ConfigError`, `StoreError` and `Busy`, each with text fit for a terminal.
    """
    config = configuration.load(path, environ)
    stop = stop or asyncio.Event()
    async with AsyncExitStack() as stack:
        stack.enter_context(alone(config.store))
        clock = clock or SystemClock()
        store = await open_store(config, clock, new=new_store)
        stack.push_async_callback(store.close)
        judge = Judge(limits=Limits(keep_under=config.probing.child_over))
        stack.push_async_callback(judge.close)
        probing = config.probing
        egress = Egress(private=probing.private_networks, authority=probing.ca_file, per_host=probing.per_host)
        engine = Engine(
            config=config,
            store=store,
            clock=clock,
            rng=random.Random(),  # noqa: S311 - back-off needs spread, not secrecy
            egress=await stack.enter_async_context(egress),
            judge=judge,
            metrics=Metrics(),
        )
        measure(engine)
        if file_of(config.store) is not None:  # alone on this file: what a killed daemon held is taken up at once
            async with store.write() as tx:
                await tx.release_claims(engine.clock.now())
        health, planner, again = Health(), Planner(engine), asyncio.Event()
        await planner.register()
        web = await stack.enter_async_context(serve(engine, health))
        with signals(stop, again):
            async with loops(engine, health, planner):
                log.info("daemon.started", targets=len(config.targets), web=web)
                started(engine, web)
                while not await either(stop, again):
                    again.clear()
                    if reload(engine, path, environ, scrubber) and not await registered(planner, health):
                        await engine.clock.sleep(RETRY_SECONDS)
                        again.set()
        log.info("daemon.stopped")


async def registered(planner: Planner, health: Health) -> bool:
    """Bring the store's targets up to the configuration; False where the store cannot take them now."""
    try:
        await planner.register()
    except StoreError as error:
        health.trouble("configuration", str(error))
        return False
    health.fine("configuration")
    return True


async def either(stop: asyncio.Event, again: asyncio.Event) -> bool:
    """Wait for one of the two; True if it is time to stop."""
    waits = [asyncio.create_task(event.wait()) for event in (stop, again)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    return stop.is_set()


@asynccontextmanager
async def loops(engine: Engine, health: Health, planner: Planner) -> AsyncIterator[None]:
    """Everything that moves by itself. A defect in one ends them all, and with them the daemon: a supervisor restarts it."""
    delivery, timing, tally = Delivery(engine), Timing(engine), Tally(engine)
    await tally.count()
    steps: dict[str, Callable[[], Awaitable[None]]] = {
        "planner": planner.plan,
        "outcomes": planner.store_outcomes,
        "delivery": delivery.deliver,
        "timers": timing.step,
        "silence": Silence(engine).watch,
        "quiet": Quiet(engine).watch,
        "calendars": calendars.Watching(engine).step,
        "inbox": partial(apply, engine),
        "refreshing": Refreshing(engine).step,
        "mentions": every(mentions.LOOK_SECONDS, mentions.Mentions(engine).watch, engine.clock),
        "ratings": every(ratings.EVERY_SECONDS, partial(ratings.ask, engine), engine.clock),
        "replies": every(POLL_SECONDS, partial(poll, engine), engine.clock),
        "tally": every(TALLY_SECONDS, tally.count, engine.clock),
        **oversight.steps(engine, health),
    }
    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.add_job(prune, "interval", args=[engine, health], hours=6, max_instances=1, coalesce=True)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(forever(name, step, health=health, clock=engine.clock), name=name) for name, step in steps.items()
        ]
        scheduler.start()
        try:
            yield
        finally:
            scheduler.shutdown(wait=False)
            for task in tasks:
                task.cancel()
            await planner.close()
            await delivery.close()


async def prune(engine: Engine, health: Health) -> None:
    """Forget what ended long ago."""
    try:
        pruned = await engine.store.prune(engine.clock.now(), KEEP_HISTORY)
    except StoreError as error:
        health.trouble("retention", str(error))
    else:
        health.fine("retention")
        log.info("history.pruned", **asdict(pruned))


def reload(engine: Engine, path: Path, environ: Mapping[str, str], scrubber: Scrubber | None) -> bool:
    """Read the configuration again: a whole new value, or the old one kept and the reasons logged."""
    try:
        config = configuration.load(path, environ)
        if config.store != engine.config.store or config.web.listen != engine.config.web.listen:
            log.warning("config.needs_restart", because="store and web.listen are read at the start only")
    except configuration.ConfigError as error:
        engine.metrics.loaded(False)
        for problem in error.problems:
            log.error("config.refused", problem=str(problem))
        return False
    if scrubber is not None:
        scrubber.learn(secrets_of(config))
    engine.config = config
    measure(engine)
    log.info("config.reloaded", targets=len(config.targets))
    return True


def measure(engine: Engine) -> None:
    """Start the series of every configured name at zero."""
    config = engine.config
    engine.metrics.configure(
        integrations=config.integrations,
        channels=config.channels,
        lanes={name: len(lane.levels) for name, lane in config.matrix.lanes.items()},
        version=version("driftpager"),
    )


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Hold the SQLite file for this daemon alone: two would page twice. The kernel lets go when we die, however we die.

    PostgreSQL needs no such thing: leases share the work there.
    """
    file = file_of(url)
    if file is None:
        yield
        return
    try:
        lock = open(lock_of(file), "a")  # noqa: SIM115 - held, not read: closed below
    except OSError as error:
        raise Busy(f"{file}.lock cannot be written ({error.strerror}); the database needs a folder we may write to") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"another driftpager daemon runs on {file}; stop it, or give this one a store of its own") from None
        yield


@contextmanager
def signals(stop: asyncio.Event, again: asyncio.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set `stop`, SIGHUP sets `again`, while the block runs; then whoever had them before has them again.
    Outside the main thread: nothing."""
    loop = asyncio.get_running_loop()
    wanted = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: again}
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in wanted}
    for number, event in wanted.items():
        loop.add_signal_handler(number, event.set)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
