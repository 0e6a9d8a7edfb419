"""A PostgreSQL cluster of our own for the tests, and the URLs of fresh databases on both kinds of store.

To use it, a folder's conftest.py re-exports what its tests name:

    from tests.postgres import migrated_database as migrated_database
    from tests.postgres import migrated_file as migrated_file
    from tests.postgres import postgresql_cluster as postgresql_cluster
    from tests.postgres import store as store
    from tests.postgres import store_url as store_url

`store_url` (or `store`, opened) runs a test twice, on a new SQLite file and on a new PostgreSQL database. The cluster
starts with the first test that wants it, listens on loopback only, and is gone afterwards. Without server binaries its
tests skip, unless CI=true.
"""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from monitor.store import Store

_USER = "driftpager"


class Cluster:
    """A running server. It is thrown away after the tests, so nothing is synchronised to disk."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._data = folder / "data"
        self._log = folder / "log"
        # initdb and postgres refuse to run as root.
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(folder, account.pw_uid, account.pw_gid)
            self._as = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self._numbers = itertools.count(1)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    def start(self) -> None:
        self._run("initdb", "-D", self._data, "-U", _USER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "shared_buffers": "32MB",
            "max_connections": "200",
        }
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._run("pg_ctl", "start", "-w", "-t", "60", "-D", self._data, "-l", self._log, "-o", options)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", self._data)

    def restart(self) -> None:
        """Cuts every connection, as a fail-over does."""
        self._run("pg_ctl", "restart", "-w", "-m", "fast", "-D", self._data, "-l", self._log)

    def new_database(self, like: str = "template0") -> str:
        """The URL of a new database, a copy of the one called `like`."""
        name = f"test{next(self._numbers)}"
        self._say(f"CREATE DATABASE {name} TEMPLATE {like} STRATEGY FILE_COPY")
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{name}"

    def drop(self, url: str) -> None:
        """Takes a database away, whoever is still connected to it."""
        self._say(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def _say(self, statement: str) -> None:
        """To the server itself: the programs that do so take five times as long."""

        async def said() -> None:
            import asyncpg

            connection = await asyncpg.connect(f"postgresql://{_USER}@127.0.0.1:{self.port}/postgres")
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        _apart(said())

    def _run(self, program: str, *arguments: object) -> None:
        command: Sequence[str] = [str(self._binaries / program), *map(str, arguments)]
        # The output goes to a file: the server inherits it, and would keep a pipe open for ever.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", timeout=90, **self._as
            )
            output.seek(0)
            told = output.read().decode(errors="replace")
        if done.returncode != 0:
            log = self._log.read_text(errors="replace") if self._log.exists() else ""
            raise RuntimeError(f"{program} failed: {told} {log}")


def _binaries() -> Path | None:
    """The folder of the newest installed server."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    packaged = [found.parent for found in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(packaged, key=lambda folder: float(folder.parent.name), default=None)


def _roomy_memory() -> Path | None:
    """A folder in memory, where a new database takes a fifth of the time; None where there is none or it is small."""
    shared = Path("/dev/shm")
    return shared if shared.is_dir() and shutil.disk_usage(shared).free > 512 * 1024 * 1024 else None


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[Cluster]:
    """One server for all tests of this process."""
    binaries = _binaries()
    missing = "no PostgreSQL server binaries are installed" if binaries is None else ""
    if importlib.util.find_spec("asyncpg") is None:
        missing = "the extra driftpager[postgresql] is not installed"
    if missing or binaries is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{missing}; in CI the tests on PostgreSQL must run")
        pytest.skip(missing)
    folder = Path(tempfile.mkdtemp(prefix="driftpager-postgresql-", dir=_roomy_memory()))
    cluster = Cluster(binaries, folder)
    try:
        cluster.start()
        yield cluster
        cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite store with its tables and nothing in them, to copy."""
    path = tmp_path_factory.mktemp("migrated") / "store.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(postgresql_cluster: Cluster) -> str:
    """The name of a PostgreSQL store with its tables and nothing in them, to copy."""
    url = postgresql_cluster.new_database()
    _migrate(url)
    return url.rpartition("/")[2]


def _migrate(url: str) -> None:
    async def open_and_close() -> None:
        await (await Store.open(url)).close()

    _apart(open_and_close())


def _apart(work: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own: the one of the tests belongs to their event loop."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


_EACH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(params=_EACH)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a store with nothing in it, of each kind in turn. Its tables are there already, which saves time."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "store.db")
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    cluster: Cluster = request.getfixturevalue("postgresql_cluster")
    url = cluster.new_database(like=request.getfixturevalue("migrated_database"))
    yield url
    cluster.drop(url)


@pytest.fixture(params=_EACH)
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a store never opened before, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    cluster: Cluster = request.getfixturevalue("postgresql_cluster")
    url = cluster.new_database()
    yield url
    cluster.drop(url)


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """An open store with nothing in it, of each kind in turn."""
    opened = await Store.open(store_url)
    yield opened
    await opened.close()
