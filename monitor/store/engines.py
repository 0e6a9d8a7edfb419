"""From a URL to connections that behave: every pragma and every session setting stands here."""

from __future__ import annotations

import importlib.util
import os
import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, ExceptionContext, NullPool, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from monitor.store import sqlite
from monitor.store.errors import StoreError, explained

_OLDEST_SQLITE = (3, 35, 0)  # RETURNING
_READERS = 4
_SERVER_CONNECTIONS = 10
_SESSION = {
    "application_name": "driftpager",
    "synchronous_commit": "on",  # a page is sent only once what it tells of is safely stored
    "lock_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",  # a stopped process must not hold its rows for ever
}
_QUERY = {"host", "port", "sslmode", "ssl"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the data lives: the URL the driver takes, and its name for people, without a password."""

    url: URL
    name: str
    busy: timedelta

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for a server."""
        return Path(self.url.database or "") if self.url.get_backend_name() == "sqlite" else None


def place(url: str, busy: timedelta) -> Place:
    """Reads `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/DATABASE`; anything else is a StoreError."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError("the store's URL is malformed; write sqlite:///FILE or postgresql://USER@HOST/DATABASE") from None
    shown = parsed.render_as_string(hide_password=True)
    match parsed.get_backend_name():
        case "sqlite":
            if parsed.query or parsed.host:
                raise StoreError(
                    f"{shown}: an SQLite URL is sqlite:///FILE and no more; three slashes, four for an absolute path"
                )
            if not parsed.database or parsed.database == ":memory:" or parsed.database.startswith("file:"):
                raise StoreError(f"{shown}: the store needs a file that outlives the process; write sqlite:///FILE")
            return Place(url=parsed.set(drivername="sqlite+aiosqlite"), name=parsed.database, busy=busy)
        case "postgresql" | "postgres":
            if importlib.util.find_spec("asyncpg") is None:
                raise StoreError(f"{shown}: PostgreSQL needs a driver; install it with `pip install 'driftpager[postgresql]'`")
            unknown = sorted(set(parsed.query) - _QUERY)
            if unknown:
                raise StoreError(f"{shown}: unknown setting {unknown[0]}; known are {', '.join(sorted(_QUERY))}")
            return Place(url=_with_asyncpg(parsed), name=shown, busy=busy)
        case other:
            raise StoreError(f"{shown}: {other} is not supported; write sqlite:///FILE or postgresql://USER@HOST/DATABASE")


def _with_asyncpg(url: URL) -> URL:
    """libpq's `sslmode` is `ssl` to asyncpg, with the same words."""
    query = {("ssl" if name == "sslmode" else name): value for name, value in url.query.items()}
    return url.set(drivername="postgresql+asyncpg", query=query)


def prepare_file(path: Path, name: str) -> None:
    """Creates a missing SQLite file, readable by its owner only; says clearly why it cannot."""
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old; 3.35 or newer is needed")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreError(f"{name}: {error.strerror or error}; name a file in a folder that exists and may be written") from error


def writer(where: Place) -> AsyncEngine:
    """For SQLite one connection, so that writers of this process queue in order instead of polling the lock."""
    return _sqlite(where, where.file, "BEGIN IMMEDIATE", pool_size=1) if where.file else _server(where)


def reader(where: Place, writing: AsyncEngine) -> AsyncEngine:
    """Read-only transactions that see one state of the data from their first query to their last."""
    if where.file:
        return _sqlite(where, where.file, "BEGIN", "query_only=ON", pool_size=_READERS)
    return writing.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def migrator(where: Place) -> AsyncEngine:
    """For one connection. Foreign keys are off: SQLite changes a table by building it anew, and dropping one would cascade."""
    if where.file:
        return _sqlite(where, where.file, "BEGIN IMMEDIATE", "foreign_keys=OFF", poolclass=NullPool)
    return _server(where, poolclass=NullPool)


def _sqlite(where: Place, file: Path, begin: str, *pragmas: str, **pool: Any) -> AsyncEngine:
    sized: dict[str, Any] = {} if "poolclass" in pool else {"max_overflow": 0, "pool_timeout": where.busy.total_seconds()}
    engine = create_async_engine(
        where.url,
        async_creator=partial(sqlite.connect, file.absolute(), seconds=where.busy.total_seconds()),
        hide_parameters=True,
        **sized,
        **pool,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def settle(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        mode = cursor.fetchone()[0]
        if mode != "wal":
            raise StoreError(f"{where.name}: its file system cannot keep a write-ahead log (got {mode}); use a local disk")
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", "journal_size_limit=67108864", *pragmas):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _server(where: Place, **pool: Any) -> AsyncEngine:
    sized: dict[str, Any] = (
        {} if "poolclass" in pool else {"pool_size": _SERVER_CONNECTIONS, "max_overflow": 0, "pool_pre_ping": True}
    )
    engine = create_async_engine(
        where.url,
        connect_args={"timeout": where.busy.total_seconds(), "command_timeout": 60, "server_settings": _SESSION},
        hide_parameters=True,
        **sized,
        **pool,
    )

    @event.listens_for(engine.sync_engine, "handle_error", retval=True)
    def lost(context: ExceptionContext) -> BaseException | None:
        # The driver lets the network's own errors through: a closed socket, a time-out. The connection is of no more use.
        if isinstance(context.original_exception, OSError):
            return explained(context.original_exception, where.name)
        return None

    return engine
