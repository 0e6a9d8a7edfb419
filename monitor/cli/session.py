"""The store, for commands that act beside the daemon: what they write, it sees within a second."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from monitor import log
from monitor.cli.configured import configured
from monitor.cli.exits import CouldNotCheck, Misused
from monitor.clock import Clock, SystemClock
from monitor.config import Config, Target
from monitor.config.secrets import secrets_of
from monitor.config.store import file_of
from monitor.nearest import nearest
from monitor.store import Conflict, Store, StoreError, Transaction

T = TypeVar("T")

_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A configuration and its open store."""

    config: Config
    store: Store
    clock: Clock

    async def read(self, ask: Callable[[Transaction], Awaitable[T]]) -> T:
        """One consistent look."""
        async with self.store.read() as tx:
            return await ask(tx)

    async def write(self, act: Callable[[Transaction, datetime], Awaitable[T]]) -> T:
        """One transaction, decided anew when the daemon changed the same thing first."""
        for last in (*(False,) * (_TRIES - 1), True):
            try:
                async with self.store.write() as tx:
                    return await act(tx, self.clock.now())
            except Conflict:
                if last:
                    raise
        raise AssertionError("the last try returns or raises")


def with_store(file: str, work: Callable[[Session], Awaitable[T]], *, fresh: bool = False) -> T:
    """Load the configuration, open its store and do `work`. Raises `BadConfiguration`, `CouldNotCheck` and what `work` raises.

    Without `fresh` a SQLite store must be there already: a typing error must not start an empty one in silence.
    """
    config = configured(file)
    database = file_of(config.store)
    if not fresh and database is not None and not database.exists():
        raise CouldNotCheck(f"there is no database at {database} yet; `driftpager run` makes one")

    log.configure(stream=sys.stderr, clock=SystemClock(), scrubber=log.Scrubber(secrets_of(config)), level="error")

    async def opened() -> T:
        store = await Store.open(config.store)
        try:
            return await work(Session(config=config, store=store, clock=SystemClock()))
        finally:
            await store.close()

    try:
        return asyncio.run(opened())
    except StoreError as error:
        raise CouldNotCheck(str(error)) from None


def targets_named(config: Config, name: str) -> Sequence[Target]:
    """The target called `name`, or all below it where it names an integration or a block. Raises `Misused`."""
    wanted = name.strip("/")
    found = [target for target in config.targets if target.name == wanted or target.name.startswith(f"{wanted}/")]
    if not found:
        known = {target.name for target in config.targets}
        raise Misused(f"there is no target {name!r}; {nearest(name, known)}")
    return found


def target_named(config: Config, name: str) -> Target:
    """The one target called `name`, or the only one below it. Raises `Misused` where it is none or several."""
    found = targets_named(config, name)
    if len(found) > 1:
        shown = ", ".join(target.name for target in found[:6]) + (", ..." if len(found) > 6 else "")
        raise Misused(f"{name!r} stands for {len(found)} targets; name one: {shown}")
    return found[0]
