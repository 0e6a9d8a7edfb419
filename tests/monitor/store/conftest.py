"""An open store of each kind."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from monitor.store import Store
from tests.postgres import blank_url as blank_url
from tests.postgres import migrated_database as migrated_database
from tests.postgres import migrated_file as migrated_file
from tests.postgres import postgresql_cluster as postgresql_cluster
from tests.postgres import store_url as store_url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(store_url)
    yield opened
    await opened.close()
