"""`driftpager drill` without a daemon: what there is to practise, who would be paged, and what it says of a mistake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.monitor.cli.commands import run
from tests.monitor.cli.test_acting import prepare


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    prepare(tmp_path, monkeypatch)
    return tmp_path


def answer(*args: str) -> Any:
    ended = run(*args, "-o", "json")
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def rung(played: Any) -> list[tuple[int, str]]:
    """(level, contact) of every page that rings somebody."""
    pages = [page for step in played["steps"] for page in step["pages"] if page["action"] == "trigger"]
    return [(page["level"], page["contact"]) for page in pages]


def test_the_list_has_ours_and_the_teams_own_and_tells_what_is_wrong_with_one() -> None:
    Path("drills").mkdir()
    Path("drills/night.yml").write_text('title: "the night shift"\n')
    listed = {each["name"]: each["from"] for each in answer("drill", "--list")}
    assert (listed["night"], listed["field-removed"]) == ("drills/night.yml", "driftpager")
    Path("drills/worse.yml").write_text("titel: x\n")
    ended = run("drill", "--list")
    assert (ended.code, ended.err) == (3, "drills/worse.yml:1:1: unknown key 'titel'; did you mean 'title'?\n")
    assert "night" in ended.out
    assert run("check").err == "drills/worse.yml:1:1: unknown key 'titel'; did you mean 'title'?\n1 problem\n"


def test_a_dry_run_says_who_would_be_paged_now_and_when_the_next_levels_come_and_keeps_nothing() -> None:
    played = answer("drill", "field-removed", "--dry-run", "--as", "ana")
    paged = rung(played)
    assert (played["priority"], paged[0], paged[-1]) == ("P1", (1, "ana"), (3, "ben"))
    told = run("drill", "field-removed", "--dry-run", "--as", "ana").out
    assert told.startswith("P1 on crates, if nobody answers. Nothing is sent.\n")
    assert "page: ben through hook: level 2 of sync: ben is named" in told
    assert "It would end by itself at " in told
    assert not Path("driftpager.db").exists()


def test_a_short_drill_is_played_only_until_it_would_be_over() -> None:
    Path("short.yml").write_text("title: x\nlasts: 7m\n")
    assert rung(answer("drill", "short.yml", "--dry-run", "--as", "ana")) == [(1, "ana"), (1, "ana")]


@pytest.mark.parametrize(
    ("args", "code", "expected"),
    [
        ([], 3, "name one scenario, or one of --list, --past, --report ID and --end"),
        (["field-removed", "--list"], 3, "name one scenario, or one of"),
        (["field-remove", "--as", "ana"], 3, "there is no scenario 'field-remove'; did you mean 'field-removed'?"),
        (["nowhere/x.yml", "--as", "ana"], 3, "nowhere/x.yml: there is no such file"),
        (["field-removed", "--as", "anna"], 3, "there is no contact 'anna'; did you mean 'ana'?"),
        (["field-removed", "--as", "ana"], 2, "there is no database at"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(args: list[str], code: int, expected: str) -> None:
    ended = run("drill", *args)
    assert ended.code == code
    assert expected in ended.err
    assert (ended.err.count("\n"), ended.out) == (1, "")


def test_beside_a_store_that_nobody_works_on_it_says_so_and_sends_nothing() -> None:
    assert run("probe", "crates/api").code == 0
    ended = run("drill", "field-removed", "--as", "ana")
    assert (ended.code, ended.err) == (
        2,
        "driftpager: no daemon works on this store, so nothing was sent; start one with `driftpager run`\n",
    )
    assert run("escalations", "--all").out == "nothing is open\n"
    assert run("drill", "--end", "--as", "ana").out == "no drill is going on\n"
    assert run("drill", "--past").out.startswith("none so far; ")
    assert answer("drill", "--past") == []
    assert run("drill", "--report", "k7d2mnqa").code == 3
