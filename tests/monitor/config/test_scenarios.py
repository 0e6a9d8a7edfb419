"""Scenarios to practise: those that come with driftpager are right, and a mistake in one's own is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.escalation import Ends
from monitor.config.problem import ConfigError
from monitor.config.scenario import BUILT_IN, Scenario, load_scenario, scenarios

OURS = sorted(BUILT_IN.glob("*.yml"))


def load(text: str, folder: Path) -> Scenario:
    path = folder / "night.yml"
    path.write_text(text)
    return load_scenario(path, {}, {"crm": object()})


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_every_one_that_is_shipped_is_right_and_needs_no_integration_of_a_certain_name(path: Path) -> None:
    found = load_scenario(path, {}, {})
    assert found.integration is None
    assert found.title[0].islower()


def test_there_are_some_of_each_kind() -> None:
    assert {load_scenario(path, {}, {}).finding.partition(".")[0] for path in OURS} >= {"property", "auth", "blind"}


def test_the_least_that_can_be_said_is_what_happens(tmp_path: Path) -> None:
    found = load('title: "a field went"', tmp_path)
    assert (found.finding, found.use, found.ends, found.lasts.total_seconds()) == (
        "property.removed",
        "used",
        Ends.ACKNOWLEDGED,
        1800,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lasts: 30m", "1:1: 'title' is missing"),
        ("title: x\nlast: 30m", "2:1: unknown key 'last'; did you mean 'lasts'?"),
        ("title: x\nlasts: 1s", "2:8: 'lasts' must be greater than or equal to 10 seconds"),
        ("title: x\nlasts: soon", "2:8: 'soon' is no duration; write 60s, 15m, 2h or 3d"),
        (
            "title: x\nfinding: property.remove",
            "2:10: 'finding': 'property.remove' is no rule; did you mean 'property.removed'? (`driftpager list rules` shows all)",
        ),
        ("title: x\npriority: P9", "2:11: 'priority' cannot be 'P9'; valid: P1, P2, P3"),
        ("title: x\nintegration: crn", "2:14: 'integration' is 'crn', which is not configured; did you mean 'crm'?"),
        ("title: x\nends: never", "2:7: 'ends' cannot be 'never'"),
        ("title: [x", "not YAML"),
        ("- title", "1:1: the file must be a mapping of keys to values"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_column(text: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load(text, tmp_path)
    assert expected in str(raised.value)
    assert str(raised.value).startswith(str(tmp_path / "night.yml"))


def test_a_teams_own_take_the_place_of_ours_of_the_same_name(tmp_path: Path) -> None:
    own = tmp_path / "drills"
    own.mkdir()
    for name in ("field-removed", "zebra"):
        (own / f"{name}.yml").write_text("title: ours")
    found = dict(scenarios(tmp_path / "driftpager.yml"))
    assert (found["field-removed"], found["zebra"]) == (own / "field-removed.yml", own / "zebra.yml")
    assert found["vendor-silent"] == BUILT_IN / "vendor-silent.yml"
