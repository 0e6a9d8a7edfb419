"""Connections to an SQLite file that ask their thread once a statement.

A connection lives in a thread of its own. The driver goes there four times for what is one statement to us: to get a cursor, to
execute, to fetch, to close. Each way there and back costs more than most statements. It also lets a caller who is cancelled
half-way leave a statement open, and with it the lock on the file, until the collector comes. Here each is whole or not begun.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

import aiosqlite

T = TypeVar("T")


class Cursor:
    """What SQLAlchemy asks of a driver's cursor. It has all its rows as soon as it has executed, and is closed by then."""

    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        """Raises what the driver raises."""
        return await self._ask(sqlite3.Cursor.execute, sql, parameters)

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> Self:
        """The same, once for each of the parameters."""
        return await self._ask(sqlite3.Cursor.executemany, sql, parameters)

    async def fetchall(self) -> Sequence[Any]:
        """Every row."""
        return self._rows

    async def close(self) -> None:
        """There is nothing to do."""

    async def _ask(self, how: Callable[[sqlite3.Cursor, str, Sequence[Any]], object], sql: str, given: Sequence[Any]) -> Self:
        def asked(connection: sqlite3.Connection) -> tuple[list[Any], Any, int, int | None]:
            cursor = connection.cursor()
            try:
                how(cursor, sql, given)
                rows = cursor.fetchall() if cursor.description else []
                return rows, cursor.description, cursor.rowcount, cursor.lastrowid
            finally:
                cursor.close()

        self._rows, self.description, self.rowcount, self.lastrowid = await self._connection.ask(asked)
        return self


class Connection(aiosqlite.Connection):
    """The driver's, with other cursors."""

    def cursor(self) -> Cursor:  # type: ignore[override]  # because it is there at once: nobody has to wait for it
        return Cursor(self)

    async def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """The answer of the connection, asked in its thread; worked out to its end also where nobody waits for it any more."""
        answer: T = await self._execute(question, self._conn)  # type: ignore[no-untyped-call]  # because the driver has no types
        return answer


async def connect(file: Path, *, seconds: float) -> Connection:
    """`seconds` is how long to wait for locks. No isolation level: the driver's own BEGINs come late and without IMMEDIATE."""
    opened = partial(sqlite3.connect, file, timeout=seconds, isolation_level=None, check_same_thread=False)
    connection = Connection(opened, iter_chunk_size=64)
    connection._thread.daemon = True  # a process that is told to end does not wait for a lock
    await connection
    return connection
