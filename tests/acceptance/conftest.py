"""The acceptance tests' one fixture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.world import World, world
from tests.postgres import migrated_database as migrated_database
from tests.postgres import migrated_file as migrated_file
from tests.postgres import postgresql_cluster as postgresql_cluster
from tests.postgres import store_url as store_url


@pytest.fixture
async def earth(tmp_path: Path) -> AsyncIterator[World]:
    """A vendor, a PagerDuty, and a folder for a daemon."""
    async with world(tmp_path) as made:
        yield made


@pytest.fixture
async def forked(tmp_path: Path) -> AsyncIterator[World]:
    """The same, with processes that begin with everything imported."""
    async with world(tmp_path, forked=True) as made:
        yield made


@pytest.fixture
async def quick(tmp_path: Path) -> AsyncIterator[World]:
    """The same, for daemons in this process: time runs four times as fast, so that what takes seconds does not."""
    async with world(tmp_path, speed=4) as made:
        yield made
