"""Killed at every commit and at every edge of every HTTP exchange of the main job, the daemon comes to the same end.

Here its death is a picture: of one undisturbed run, what is stored and what the far ends know at every such point. A new daemon
is given each. So every point is reached, always the same ones. `test_crashes.py` kills real processes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.swept_job import Camera, Ending, Still, job

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
    "before asking for the incident",
    "after hearing of the incident",
    "before polling",
    "after polling",
}


async def test_a_kill_at_any_commit_or_http_edge_leads_to_the_same_end(
    store_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], record_property: Record
) -> None:
    """Points at which a kill leaves the very same behind (between a commit and the request that follows) are one restart."""
    async with job(tmp_path, store_url) as swept:
        camera = Camera(store_url)
        try:
            undisturbed, passed = await swept.undisturbed(camera)
        finally:
            camera.close()
        assert {name for name, _ in passed} == EDGES
        assert told(undisturbed) == [("trigger", "resolved")]
        stills: list[tuple[Still, list[str]]] = []
        for number, (name, still) in enumerate(passed):
            names = next((names for known, names in stills if known.same(still)), None)
            if names is None:
                stills.append((still, names := []))
            names.append(f"{number}, {name}")
        endings = [(await swept.restarted(still), names) for still, names in stills]
    kind, commits = store_url.partition(":")[0], [name for name, _ in passed].count("before a commit")
    with capsys.disabled():
        sys.stdout.write(
            f"\n{kind}: killed at {len(passed)} points, around {commits} commits; {len(stills)} different things left behind\n"
        )
    record_property("killed_at", len(passed))
    assert [(names, odd) for ending, names in endings if (odd := differing(ending, undisturbed))] == []


def differing(ending: Ending, undisturbed: Ending) -> dict[str, tuple[object, object]]:
    """What is not as it is undisturbed: what it is, and what it should be."""
    ours, theirs = ({**each.state, "told": each.told} for each in (ending, undisturbed))
    return {name: (ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]}


def told(ending: Ending) -> list[tuple[str, str]]:
    """Each thing PagerDuty opened, with what became of it."""
    incidents = ending.state["incidents"]
    triggers = [action for action, _ in ending.told if action == "trigger"]
    return [(action, status) for action, (status, _) in zip(triggers, incidents, strict=True)]
