"""The crash sweep on PostgreSQL, where nobody knows that a daemon died but by its leases running out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.test_crash_sweep import Record, sweep
from tests.postgres import Cluster

pytestmark = [pytest.mark.acceptance, pytest.mark.postgresql, pytest.mark.timeout(300)]


async def test_a_kill_at_any_commit_or_http_edge_leads_to_the_same_end(
    tmp_path: Path, postgresql_cluster: Cluster, capsys: pytest.CaptureFixture[str], record_property: Record
) -> None:
    url = postgresql_cluster.new_database()
    await sweep(tmp_path, url, capsys, record_property)
    postgresql_cluster.drop(url)
