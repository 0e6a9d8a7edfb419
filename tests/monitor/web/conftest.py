"""A daemon whose store tells the whole story, and one that knows nothing yet."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx
import pytest

from monitor.store import Store
from monitor.web.app import create_app
from tests.monitor.web.story import Daemon, told
from tests.postgres import migrated_file as migrated_file


@pytest.fixture(scope="session")
def told_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the whole night in it, to copy."""
    path = Path(shutil.copy(migrated_file, tmp_path_factory.mktemp("told")))

    async def tell() -> None:
        store = await Store.open(f"sqlite:///{path}")
        await told(store)
        await store.close()

    # In a thread of its own: the one of the tests belongs to their event loop.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, tell()).result()
    return path


@asynccontextmanager
async def copied(file: Path, folder: Path) -> AsyncIterator[Store]:
    opened = await Store.open(f"sqlite:///{shutil.copy(file, folder / 'store.db')}")
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
async def fresh(tmp_path: Path, migrated_file: Path) -> AsyncIterator[Daemon]:
    """A daemon that knows of nothing yet."""
    async with copied(migrated_file, tmp_path) as store:
        yield Daemon(store)


@pytest.fixture
async def daemon(tmp_path: Path, told_file: Path) -> AsyncIterator[Daemon]:
    """A daemon in the middle of the night."""
    async with copied(told_file, tmp_path) as store:
        yield Daemon(store)


def lose(folder: Path) -> None:
    """Take a table away from the store in the test's folder."""
    with closing(sqlite3.connect(folder / "store.db")) as database:
        database.execute("DROP TABLE targets")


def browser(daemon: Daemon, *, base: str = "http://127.0.0.1:8321", url: str | None = None) -> httpx.AsyncClient:
    """A client that talks to the pages of `daemon` without a network between."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(daemon, url=url)), base_url=base)


@pytest.fixture
async def web(daemon: Daemon) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(daemon) as client:
        yield client
