"""Opening a store: it migrates once, and says in one line why it cannot."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from monitor.store import Store, StoreError, Unavailable
from monitor.store import migrate as migrating
from monitor.store.engines import migrator, place, writer
from monitor.store.tables import metadata
from tests.monitor.store.build import NOW
from tests.postgres import Cluster

SOON = timedelta(milliseconds=50)


async def test_the_first_opening_makes_the_tables_and_the_second_finds_them(blank_url: str) -> None:
    for fresh in (True, False):
        store = await Store.open(blank_url)
        assert store.fresh is fresh
        async with store.write() as tx:
            await tx.audit.append("ana", "did", "this", {}, NOW)
        await store.close()


async def test_of_many_that_open_at_once_one_migrates_and_all_work(blank_url: str) -> None:
    stores = await asyncio.gather(*(Store.open(blank_url) for _ in range(5)))
    assert sorted(store.fresh for store in stores) == [False] * 4 + [True]
    for store in stores:
        async with store.write() as tx:
            await tx.audit.append("ana", "did", "this", {}, NOW)
    async with stores[0].read() as tx:
        assert len(await tx.audit.tail(9)) == 5
    for store in stores:
        await store.close()


async def run(url: str, work: Callable[[Connection], object]) -> object:
    engine = migrator(place(url, timedelta(seconds=5)))
    async with engine.begin() as connection:
        done = await connection.run_sync(work)
    await engine.dispose()
    return done


def described(name: str | None, kind: str, parents: object) -> bool:
    """Whether the metadata knows of it: the index of words is of each database's own kind, and held by what it finds."""
    return not (kind == "table" and name is not None and name.startswith("reviews_words"))


async def test_the_migrated_schema_is_the_one_the_code_describes(blank_url: str) -> None:
    await (await Store.open(blank_url)).close()

    def differences(connection: Connection) -> object:
        options = {"compare_type": True, "compare_server_default": True, "include_name": described}
        context = MigrationContext.configure(connection, opts=options)
        return compare_metadata(context, metadata)

    assert await run(blank_url, differences) == []


def test_the_version_the_code_asks_for_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrating.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [migrating.LATEST]


async def test_a_schema_of_a_newer_driftpager_is_left_alone(blank_url: str) -> None:
    await (await Store.open(blank_url)).close()
    await run(blank_url, lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(StoreError, match=r"newer driftpager \(schema 9999, this one knows 0002\); upgrade"):
        await Store.open(blank_url)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


async def test_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path}/store.db")
    async with store.write() as tx:
        await tx.audit.append("ana", "did", "this", {}, NOW)
    found = modes(tmp_path)
    await store.close()
    assert found == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}


async def test_a_file_is_kept_with_the_settings_that_survive_a_crash(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/100%.db"
    await (await Store.open(url)).close()
    engine = writer(place(url, SOON))
    async with engine.begin() as connection:
        told = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    await engine.dispose()
    assert told == ["wal", 2, 1]


def not_a_database(path: Path) -> None:
    path.write_text("certainly not a database\n" * 100)


def somebody_elses(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE customers (id)")
    connection.close()


def damaged(path: Path) -> None:
    somebody_elses(path)
    raw = bytearray(path.read_bytes())
    raw[100:4000] = b"\xff" * 3900
    path.write_bytes(raw)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (not_a_database, "no SQLite database; name another file"),
        (somebody_elses, "belongs to another program .it has a table customers.; name another file"),
        (damaged, "damaged; restore a backup"),
        (Path.mkdir, "Is a directory; name a file in a folder that exists"),
    ],
)
async def test_an_unusable_file_is_named_with_what_to_do(tmp_path: Path, spoil: Callable[[Path], None], message: str) -> None:
    spoil(tmp_path / "store.db")
    with pytest.raises(StoreError, match=rf"store\.db: .*{message}") as caught:
        await Store.open(f"sqlite:///{tmp_path}/store.db")
    assert len(str(caught.value).splitlines()) == 1


async def test_a_missing_folder_is_not_made_in_silence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no/store\.db: No such file or directory; name a file in a folder that exists"):
        await Store.open(f"sqlite:///{tmp_path}/no/store.db")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("driftpager.db", "URL is malformed; write sqlite:///FILE or postgresql"),
        ("sqlite://store.db", "three slashes"),
        ("sqlite://", "outlives the process"),
        ("sqlite:///:memory:", "outlives the process"),
        ("sqlite:///a.db?mode=ro", "sqlite:///FILE and no more"),
        ("mysql://u:secret@h/d", "mysql is not supported"),
        ("postgresql://u:secret@h/d?sslmod=require", "unknown setting sslmod; known are host"),
        ("postgresql://u:secret@127.0.0.1:1/d", "cannot be reached.*check that the server runs"),
    ],
)
async def test_a_url_of_no_use_is_explained_without_its_password(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        await Store.open(url)
    assert "secret" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("change", "message"), [(("/test", "/nowhere"), "no such database; create it"), (("driftpager@", "eve:x@"), "sign-in|eve")]
)
async def test_a_server_that_refuses_is_explained(postgresql_cluster: Cluster, change: tuple[str, str], message: str) -> None:
    url = postgresql_cluster.new_database()
    with pytest.raises(StoreError, match=message):
        await Store.open(url.replace(*change))


async def test_without_its_driver_postgresql_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(StoreError, match=r"pip install 'driftpager\[postgresql\]'"):
        await Store.open("postgresql://u@h/d")


async def test_a_file_locked_for_too_long_is_said_to_be_locked_and_works_again_afterwards(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    store = await Store.open(url, busy=SOON)
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable, match="locked by another process"):
        await Store.open(url, busy=SOON)

    async def write() -> None:
        async with store.write() as tx:
            await tx.audit.append("ana", "did", "this", {}, NOW)

    with pytest.raises(Unavailable, match="locked by another process"):
        await write()
    other.execute("ROLLBACK")
    other.close()
    await write()
    async with store.read() as tx:
        assert len(await tx.audit.tail(9)) == 1
    await store.close()
