"""Opens the daemon's store, and never begins an empty one in silence where there was one before."""

from __future__ import annotations

from pathlib import Path

from alerts.page import Action
from monitor import emergency
from monitor.clock import Clock
from monitor.config import Config
from monitor.config.store import file_of
from monitor.egress import Egress
from monitor.log import log
from monitor.store import Store, StoreError

_MARK = "driftpager keeps its database beside this file\n"


async def open_store(config: Config, clock: Clock, *, new: bool) -> Store:
    """The store of the configuration. What keeps it from being opened is told by an emergency page, once, and raised as
    StoreError. `new` says that a database which was here before is not missed."""
    file = file_of(config.store)
    try:
        if file is not None and not new and _had_one(file) and (not file.exists() or file.stat().st_size == 0):
            raise StoreError(
                f"{file} is gone, and driftpager has kept its database there; restore it, "
                "or begin an empty one with `driftpager run --new-store`"
            )
        store = await Store.open(config.store)
    except StoreError as error:
        await _call(config, str(error), clock)
        raise
    if file is not None:
        lock_of(file).write_text(_MARK)
    if store.fresh:
        log.warning("store.created", store=store.name)
    return store


def lock_of(file: Path) -> Path:
    """The file beside the database that is held by its one daemon, and outlives both."""
    return Path(f"{file}.lock")


def _had_one(file: Path) -> bool:
    try:
        return lock_of(file).read_text() == _MARK
    except (OSError, ValueError):
        return False


async def _call(config: Config, because: str, clock: Clock) -> None:
    told = emergency.Told(config)
    if told:
        return
    probing = config.probing
    async with Egress(private=probing.private_networks, authority=probing.ca_file) as http:
        if await emergency.tell(config, Action.TRIGGER, because, http, clock):
            told.note(clock.now())
