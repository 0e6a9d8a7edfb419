"""The database is locked by somebody else for longer than anybody waits for it: not ready, and nothing is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.swept_job import Camera, job
from tests.acceptance.virtual import Virtual

pytestmark = pytest.mark.acceptance


@contextmanager
def locker(path: Path) -> Iterator[sqlite3.Connection]:
    """Another program with the same file open."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


@pytest.mark.parametrize("after", [0, 30, 90], ids=["at the sight", "at the confirmation", "after the page"])
async def test_with_its_database_locked_for_a_minute_it_is_in_trouble_and_comes_to_the_same_end(
    tmp_path: Path, after: int
) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    async with job(tmp_path, url, busy=timedelta(milliseconds=50)) as swept:
        camera = Camera(url)
        undisturbed, ((_, begin), *_) = await swept.undisturbed(camera)
        camera.close()
        troubles: set[str] = set()
        held: list[datetime] = []
        with locker(tmp_path / "store.db") as other:

            def meanwhile(clock: Virtual) -> None:
                if clock.monotonic() >= after and not held:
                    other.execute("BEGIN IMMEDIATE")
                    held.append(clock.now())
                troubles.update(swept.health.reasons())
                if other.in_transaction and clock.now() - held[0] >= timedelta(seconds=60):
                    other.execute("ROLLBACK")

            ending = await swept.restarted(begin, meanwhile)
    assert any("locked" in trouble for trouble in troubles)
    assert ending == undisturbed
