"""A channel is put into a configuration file, and nothing else of the file changes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from monitor.config.adding import CannotAdd, replace_file, with_channel

SETTINGS = {"kind": "webhook", "url": "env:OPS_URL", "labels": ["a", "on"], "note": "it's: fine #1"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet\n",
        "store: x\n",
        "store: x  # no line break at the end",
        "channels:\n",
        "channels: {}\nmatrix: {file: m.yml}\n",
        "channels:  # all of them\n\nmatrix: {}\n",
        "channels:\n  # of the team\n  mail:\n    kind: email  # ours\n    to:\n      - a\n\n# who is paged\nmatrix: {}\n",
        "channels:\n    mail: {kind: email,\n           host: x}\nmatrix: {}\n",
        "channels:\n  mail:\n    note: |\n      two\n      lines\n    end: >-\n      more\n\nmatrix: {}\n",
        'channels:\n  mail:\n    note: "two\n      lines"\nmatrix: {}\n',
    ],
)
def test_it_stands_last_among_the_channels_and_every_other_line_stays(text: str) -> None:
    written = with_channel(text, "ops", SETTINGS)
    before, after = yaml.safe_load(text) or {}, yaml.safe_load(written)
    known = before.get("channels") or {}
    assert after == {**before, "channels": {**known, "ops": SETTINGS}}
    assert list(after["channels"])[-1] == "ops"
    kept = [line for line in text.splitlines() if line.strip() not in ("channels: {}", "")]
    left = iter(written.splitlines())
    assert all(any(line == other for other in left) for line in kept)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("channels: {mail: {kind: email}}\n", "`channels` stands on one line"),
        ("channels:\n  ops: {kind: email}\n", "there is a channel 'ops' already"),
        ("{store: x}\n", "the file is not a mapping with one key a line"),
        ("- store\n", "the file is not a mapping with one key a line"),
    ],
)
def test_what_cannot_be_done_safely_is_left_to_a_person(text: str, told: str) -> None:
    with pytest.raises(CannotAdd, match=told):
        with_channel(text, "ops", SETTINGS)


def test_the_file_keeps_its_rights_and_no_half_of_it_is_left_behind(tmp_path: Path) -> None:
    file = tmp_path / "driftpager.yml"
    file.write_text("a: 1\n")
    file.chmod(0o640)
    replace_file(file, "a: 2\n")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("a: 2\n", 0o640)
    assert list(tmp_path.iterdir()) == [file]
