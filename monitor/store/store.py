"""The store: opened once a process, then one short transaction at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from monitor.store import engines
from monitor.store.errors import explained
from monitor.store.migrate import migrate
from monitor.store.prune import Pruned, prune
from monitor.store.transaction import Transaction

_BUSY = timedelta(seconds=10)


class Store:
    """An open database. `name` is for people, without a password. `fresh` is True where this opening created the tables.

    Bound to the event loop it was opened on. Every failure is a StoreError; see `monitor.store.errors` for the ones to act on.
    """

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine, *, name: str, fresh: bool) -> None:
        self._writer = writer
        self._reader = reader
        self.name = name
        self.fresh = fresh

    @classmethod
    async def open(cls, url: str, *, busy: timedelta = _BUSY) -> Store:
        """Opens and migrates `sqlite:///FILE` or `postgresql://...`. `busy` is how long to wait for locks and connections."""
        where = engines.place(url, busy)
        if where.file:
            engines.prepare_file(where.file, where.name)
        try:
            fresh = await migrate(where)
        except (SQLAlchemyError, OSError) as error:
            raise explained(error, where.name) from error
        writer = engines.writer(where)
        return cls(writer, engines.reader(where, writer), name=where.name, fresh=fresh)

    async def close(self) -> None:
        """Gives the connections back. Transactions still open are rolled back."""
        await self._reader.dispose()
        await self._writer.dispose()

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        """One transaction: committed at the end, rolled back when anything is raised. Keep the network out of it."""
        return self._transaction(self._writer.begin())

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """One state of the data, however long the reading takes. Writing in it fails."""
        return self._transaction(self._reader.connect())

    async def prune(self, now: datetime, keep: timedelta) -> Pruned:
        """Deletes what ended longer than `keep` ago. Never baselines, audit entries or open work."""
        async with self.write() as tx:
            await tx.flaps.forget(now - keep)
            await tx.folded.forget(now - keep)
        return await prune(self.write, now - keep)

    @asynccontextmanager
    async def _transaction(self, entering: AbstractAsyncContextManager[AsyncConnection]) -> AsyncIterator[Transaction]:
        """What the database raises becomes a StoreError; what the caller's own work raises passes as it is."""
        try:
            async with AsyncExitStack() as stack:
                try:
                    connection = await stack.enter_async_context(entering)
                except OSError as error:
                    raise explained(error, self.name) from error
                yield Transaction(connection)
        except SQLAlchemyError as error:
            raise explained(error, self.name) from error
