"""Kinds are found in the packages and among what is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor import plugins
from monitor.config import ConfigError, load
from monitor.plugins import BrokenPlugin, Family


def installed(folder: Path, group: str, target: str, module: str) -> None:
    (folder / "broken-1.0.dist-info").mkdir()
    (folder / "broken-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (folder / "broken-1.0.dist-info" / "entry_points.txt").write_text(f"[{group}]\nodd = {target}\n")
    (folder / "broken_plugin.py").write_text(module)


def test_built_in_and_installed_kinds_stand_side_by_side() -> None:
    found = plugins.kinds(Family.PROBE)
    assert {"http", "file", "parcel"} <= set(found)
    assert sorted(found) == list(found)


@pytest.mark.parametrize(
    ("target", "module", "said"),
    [
        ("broken_plugin_missing:X", "", "the entry point 'odd' of driftpager.probes cannot be loaded (ModuleNotFoundError)"),
        ("broken_plugin:X", "X = 5", "the entry point 'odd' of driftpager.probes is no pydantic model class"),
        (
            "broken_plugin:X",
            "from pydantic import BaseModel\nclass X(BaseModel):\n    url: str\n",
            "the entry point 'odd' of driftpager.probes has no field `kind: Literal[...]`",
        ),
    ],
)
def test_a_plugin_that_is_none_is_named(
    target: str, module: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, "driftpager.probes", target, module)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "broken_plugin", raising=False)
    plugins.kinds.cache_clear()
    with pytest.raises(BrokenPlugin) as refused:
        plugins.kinds(Family.PROBE)
    assert str(refused.value).startswith(said)
    with pytest.raises(ConfigError, match="the entry point 'odd'"):
        load(tmp_path / "driftpager.yml", {})
