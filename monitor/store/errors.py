"""How the store fails. A caller tries again later (`Unavailable`), starts its transaction anew (`Conflict`), or gives up."""

from __future__ import annotations

import sqlite3

from sqlalchemy import exc


class StoreError(Exception):
    """The base. Its text is one line: what, where, what to do; never a password or a stored value."""


class Unavailable(StoreError):
    """Nothing was written, and the same work may succeed later: disk full, locked, server gone."""


class Conflict(StoreError):
    """Somebody else changed the same thing first. Nothing was written; load again and decide anew."""


class NaiveTime(ValueError, exc.DontWrapMixin):
    """A moment without a zone reached the store: a mistake in our own code."""


_SQLITE = {
    "SQLITE_FULL": (Unavailable, "the disk is full; free some space"),
    "SQLITE_BUSY": (Unavailable, "the database is locked by another process; stop it or wait"),
    "SQLITE_LOCKED": (Unavailable, "the database is locked by another process; stop it or wait"),
    "SQLITE_READONLY": (Unavailable, "the file cannot be written; check its permissions and its file system"),
    "SQLITE_IOERR": (Unavailable, "reading or writing failed; check the disk and its free space"),
    "SQLITE_CANTOPEN": (StoreError, "the file cannot be opened; check that its folder exists and may be written"),
    "SQLITE_NOTADB": (StoreError, "the file is no SQLite database; name another file, or restore a backup"),
    "SQLITE_CORRUPT": (StoreError, "the database is damaged; restore a backup"),
}

_POSTGRESQL = {
    "40": (Conflict, "another process changed the same rows"),
    "53": (Unavailable, "the server is out of resources; check its disk, memory and connection limit"),
    "55": (Unavailable, "waited too long for a lock another process holds"),
    "57": (Unavailable, "the server is shutting down or cancelled the work"),
    "08": (Unavailable, "the connection to the server was lost"),
    "28": (StoreError, "the server refused the sign-in; check user and password"),
    "3D": (StoreError, "the server has no such database; create it"),
    "42501": (StoreError, "the user may not do this; grant it rights on the schema"),
}


def explained(error: BaseException, where: str) -> StoreError:
    """The error a caller sees for one of SQLAlchemy's, a driver's or the network's. `where` names the database for people."""
    if isinstance(error, exc.TimeoutError):
        return Unavailable(f"{where}: no connection came free in time; another transaction holds it")
    cause = getattr(error, "orig", None) or error
    name = getattr(cause, "sqlite_errorname", None)
    if isinstance(cause, sqlite3.Error) and name:
        for prefix, (kind, advice) in _SQLITE.items():
            if name.startswith(prefix):
                return kind(f"{where}: {advice} ({name})")
    state = getattr(cause, "sqlstate", None)
    if state:
        for prefix, (kind, advice) in _POSTGRESQL.items():
            if state.startswith(prefix):
                return kind(f"{where}: {advice} (SQLSTATE {state})")
    if isinstance(error, exc.IntegrityError):
        return Conflict(f"{where}: a stored row forbids this ({_first_line(cause)})")
    if isinstance(cause, OSError | exc.InterfaceError) or getattr(error, "connection_invalidated", False):
        return Unavailable(
            f"{where}: cannot be reached ({_first_line(cause)}); check that the server runs and the address is right"
        )
    return StoreError(f"{where}: {_first_line(cause)}")


def _first_line(error: BaseException) -> str:
    """PostgreSQL's further lines quote stored values, so only the first is told."""
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
