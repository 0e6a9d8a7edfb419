"""Where state is kept: the URL, with a path that no longer depends on the working directory."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from monitor.config.problem import Mark, Problem
from monitor.config.tree import Scalar

_SQLITE = ("sqlite", "sqlite+aiosqlite")
_POSTGRESQL = ("postgresql", "postgresql+asyncpg", "postgres")


def absolute(url: str, folder: Path, written: Scalar, problems: list[Problem]) -> str:
    """`url` with a relative SQLite path made absolute from `folder`; adds a problem where it is no URL we know.

    `written` is where it stands in the file. A password in clear is a problem; the URL itself is never repeated.
    """
    scheme, colon, rest = url.partition("://")
    if colon and scheme in _SQLITE and rest.startswith("/") and len(rest) > 1:
        path = rest[1:]
        return url if path == ":memory:" else f"{scheme}:///{(folder / path).absolute()}"
    if not colon or scheme not in _POSTGRESQL:
        _tell(problems, written.mark, "'store' is no address of a store", "write sqlite:///PATH or postgresql://HOST/DATABASE")
        return url
    try:
        parts = urlsplit(url)
        password, host, _port = parts.password, parts.hostname, parts.port
    except ValueError:
        _tell(
            problems,
            written.mark,
            "'store' is no valid URL",
            "write postgresql://HOST/DATABASE; encode special characters as %40",
        )
        return url
    if password and written.reference is None:
        _tell(
            problems, written.mark, "'store' holds a password, and secrets are given by reference", "write env:NAME or file:/path"
        )
    if not parts.path.strip("/") or not (host or parts.query):
        _tell(problems, written.mark, "'store' names no host or no database", "write postgresql://HOST/DATABASE")
    return url


def file_of(url: str) -> Path | None:
    """The database file behind an absolute SQLite URL; None where there is no file."""
    scheme, _, path = url.partition(":///")
    return Path(path) if scheme in _SQLITE and path != ":memory:" else None


def _tell(problems: list[Problem], mark: Mark, text: str, hint: str) -> None:
    problems.append(Problem(mark=mark, text=text, hint=hint))
