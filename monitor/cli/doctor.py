"""`driftpager doctor`: is everything there that a page needs on its way? Asks the vendors too."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import click

from alerts.calendars.duty import Calendars, Fed
from monitor.calendars import look, told
from monitor.checking import Answer, ask
from monitor.cli.configured import config_option, configured
from monitor.cli.exits import Exit
from monitor.cli.output import as_json, output_option, table
from monitor.clock import Clock, SystemClock
from monitor.config import Config, Target
from monitor.config.store import file_of
from monitor.daemon import Busy, alone
from monitor.egress import Egress
from monitor.store import Store, StoreError
from probes.errors import ProbeError
from probes.probe import Served, Session, Tools
from schemas import formats
from schemas.errors import SchemaError

ENOUGH_DISK = 512 * 1024 * 1024
AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One question and its answer. `ok` False is something to put right."""

    what: str
    ok: bool
    told: str


@click.command(short_help="Is everything there that a page needs? Asks the vendors too.")
@config_option
@click.option("--offline", is_flag=True, help="Ask nobody outside.")
@output_option("text", "json")
def doctor(file: str, offline: bool, output: str) -> int:
    """Check the configuration, the store, the disk, the daemon, every target and on-call feed (fetched once) and every channel
    that can be asked without paging anybody. Changes nothing; `test-page` sends a page.

    \b
    Examples:
      driftpager doctor
      driftpager doctor --offline
      driftpager doctor --output json

    Exit 0: all is well; 2: something is not; 3: configuration.
    """
    config = configured(file)
    checked = asyncio.run(_all(config, SystemClock(), offline=offline))
    if output == "json":
        as_json([{"what": each.what, "ok": each.ok, "told": each.told} for each in checked])
    else:
        table(("what", "", "answer"), [(each.what, "ok" if each.ok else "TROUBLE", each.told) for each in checked])
    return Exit.CLEAN if all(each.ok for each in checked) else Exit.UNCHECKED


async def _all(config: Config, clock: Clock, *, offline: bool) -> list[Checked]:
    checked = [Checked(what="configuration", ok=True, told=f"{config.file}, {len(config.targets)} targets")]
    database = file_of(config.store)
    if database is not None and not database.exists():
        checked.append(Checked(what="store", ok=True, told=f"{database} is not there yet; `driftpager run` makes it"))
    else:
        checked.append(await _store(config))
    checked += _machine(config, database)
    if not offline:
        probing = config.probing
        async with Egress(private=probing.private_networks, authority=probing.ca_file, per_host=probing.per_host) as http:
            checked += await _targets(config, http, clock)
            checked += [each async for each in _channels(config, http, clock)]
            checked += await _feeds(config, http, clock)
    return checked


async def _feeds(config: Config, http: Egress, clock: Clock) -> list[Checked]:
    """Each on-call feed, read once as the daemon would; where it cannot be, the age of what the daemon has of it."""
    names, now = list(config.matrix.feeds), clock.now()
    if not names:
        return []
    known: Calendars = {}
    database = file_of(config.store)
    if database is None or database.exists():
        try:
            store = await Store.open(config.store)
            try:
                async with store.read() as tx:
                    known = await tx.feeds.of(names)
            finally:
                await store.close()
        except StoreError:
            known = {}  # told above
    found = {name: await look(config, name, known.get(name, Fed()), http, now) for name in names}
    return [Checked(what=f"feed {each.name}", ok=each.fine, told=each.text) for each in told(config.matrix, found, now)]


async def _store(config: Config) -> Checked:
    try:
        store = await Store.open(config.store)
        try:
            async with store.read() as tx:
                known = await tx.targets.all()
        finally:
            await store.close()
    except StoreError as error:
        return Checked(what="store", ok=False, told=str(error))
    return Checked(what="store", ok=True, told=f"{store.name}, knows {len(known)} targets")


def _machine(config: Config, database: Path | None) -> list[Checked]:
    if database is None:
        return []
    folder = next(parent for parent in database.parents if parent.exists())
    free = shutil.disk_usage(folder).free
    room = Checked(what="disk", ok=free >= ENOUGH_DISK, told=f"{free // 1024**2:,} MiB free at {folder}")
    if not database.exists():
        return [room]
    try:
        with alone(config.store):
            return [room, Checked(what="daemon", ok=False, told="none runs on this store; `driftpager run` starts it")]
    except Busy:
        return [room, Checked(what="daemon", ok=True, told="one runs on this store")]


async def _targets(config: Config, http: Egress, clock: Clock) -> list[Checked]:
    sessions: dict[str, Session] = {}
    seats = asyncio.Semaphore(AT_ONCE)

    async def one(target: Target) -> Checked:
        async with seats:
            return await _target(target, http, sessions.setdefault(target.integration, Session()), clock)

    return list(await asyncio.gather(*(one(target) for target in config.targets if not target.paused)))


async def _target(target: Target, http: Egress, session: Session, clock: Clock) -> Checked:
    try:
        fetched = await target.probe.fetch(Tools(http=http, session=session, now=clock.now()), {})
        assert isinstance(fetched, Served)  # nothing conditional was asked
        found = formats.load(target.format) if target.format is not None else formats.recognise(fetched.document)
        understood = await asyncio.to_thread(_understood(found, fetched))
    except (ProbeError, SchemaError) as error:
        return Checked(what=target.name, ok=False, told=str(error))
    return Checked(what=target.name, ok=True, told=understood)


def _understood(found: formats.Format, fetched: Served) -> Callable[[], str]:
    return lambda: found.describe(found.read(fetched.document))


async def _channels(config: Config, http: Egress, clock: Clock) -> AsyncIterator[Checked]:
    for name, channel in config.channels.items():
        verdict = await ask(name, channel, http, clock, config.environment)
        yield Checked(what=f"channel {name}", ok=verdict.answer is not Answer.TROUBLE, told=verdict.told)
