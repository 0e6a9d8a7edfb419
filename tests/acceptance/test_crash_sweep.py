"""Killed at every commit and at every edge of every HTTP exchange of the main job, the daemon comes to the same end.

Here its death is in-process: nothing it does after it has any effect. `test_crashes.py` kills real processes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.swept_job import Ending, job

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

Record = Callable[[str, object], None]

EDGES = {
    "before a commit",
    "after a commit",
    "before a request to the vendor",
    "the vendor has the request",
    "the vendor has done it",
    "after the answer of the vendor",
    "before the trigger leaves",
    "PagerDuty has the request",
    "PagerDuty has done it",
    "after the trigger was taken",
    "before the resolve leaves",
    "after the resolve was taken",
    "before polling",
    "after polling",
}


async def test_a_kill_at_any_commit_or_http_edge_leads_to_the_same_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], record_property: Record
) -> None:
    await sweep(tmp_path, f"sqlite:///{tmp_path / 'store.db'}", capsys, record_property)


async def sweep(folder: Path, url: str, capsys: pytest.CaptureFixture[str], record_property: Record) -> None:
    """Kill at every fail-point in turn, tell at how many, and hold each ending to the undisturbed one."""
    async with job(folder, url) as swept:
        undisturbed, trap = await swept.run()
        assert set(trap.points) == EDGES
        assert told(undisturbed) == [("trigger", "resolved")]
        wrong: dict[str, Ending] = {}
        killed: list[str] = []
        for number in range(len(trap.points)):
            ending, one = await swept.run(number)
            if one.killed.is_set():
                killed.append(one.points[-1])
            if ending != undisturbed:
                wrong[f"{number}, {one.points[-1]}"] = ending
    with capsys.disabled():
        commits, kind = killed.count("before a commit"), url.partition(":")[0]
        sys.stdout.write(f"\n{kind}: killed at {len(killed)} of {len(trap.points)} points, around {commits} commits\n")
    record_property("killed_at", len(killed))
    assert wrong == {}
    assert set(killed) == EDGES
    # Loops that wake together take turns as they like, so a run may come by with a poll or an empty batch less.
    assert len(killed) >= len(trap.points) - 4


def told(ending: Ending) -> list[tuple[str, str]]:
    """Each thing PagerDuty opened, with what became of it."""
    incidents = ending.state["incidents"]
    triggers = [action for action, _ in ending.told if action == "trigger"]
    return [(action, status) for action, (status, _) in zip(triggers, incidents, strict=True)]
