"""Paths in a configuration are relative to it, wherever the daemon was started."""

from __future__ import annotations

from pathlib import Path

from monitor.config import load


def test_a_watched_file_is_found_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "driftpager.yml").write_text(
        "integrations:\n  acme:\n    criticality: low\n    targets:\n      api: {kind: file, path: vendor/api.json}\n"
        'channels: {hook: {kind: webhook, url: "env:URL", secret: "env:SECRET"}}\n'
    )
    environ = {"URL": "https://example.com/", "SECRET": "whsec_" + "c2VjcmV0" * 5}

    (target,) = load(tmp_path / "driftpager.yml", environ).targets

    assert target.probe.path == tmp_path / "vendor" / "api.json"  # type: ignore[attr-defined]  # it is a file probe
