"""A disk without room costs the transaction under way, and nothing that was stored."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.monitor.store import full_disk

ROOT = Path(__file__).parents[3]


def test_a_full_disk_is_said_to_be_full_and_nothing_stored_is_lost(tmp_path: Path) -> None:
    program = [sys.executable, "-m", full_disk.__name__, str(tmp_path)]
    told = subprocess.run(
        program, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60
    )
    assert told.stderr == ""
    before, full, kept, after, intact = told.stdout.splitlines()
    assert (before, kept, after, intact) == ("stored", "kept 1 1", "stored", "intact True 2")
    assert full.startswith("Unavailable")
    assert "store.db" in full
    assert "free s" in full
