"""`driftpager audit`: what was done, and whether the record of it was touched."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.store import Store
from tests.monitor.cli.commands import run

CONFIGURATION = """
channels: {hook: {kind: webhook, url: "env:HOOK", secret: "env:HOOK_SECRET"}}
integrations: {}
"""


@pytest.fixture(autouse=True)
def acted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a configuration and a store in which three things were done and sealed, and one thing since."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOOK", "https://127.0.0.1:9/s3cr3t")
    monkeypatch.setenv("HOOK_SECRET", "whsec_" + "A" * 32)
    Path("driftpager.yml").write_text(CONFIGURATION)

    async def act() -> None:
        store = await Store.open(f"sqlite:///{tmp_path / 'driftpager.db'}")
        for n in range(4):
            async with store.write() as tx:
                if n == 3:
                    await tx.audit.seal()
                at = datetime(2026, 1, 1, 12, n, tzinfo=UTC)
                await tx.audit.append("ana", "baseline.accepted", f"crates/{n}", {"because": "adapted\x1b[31m"}, at)
        await store.close()

    asyncio.run(act())


def tamper(statement: str) -> None:
    with sqlite3.connect("driftpager.db") as connection:
        connection.execute(statement)
    connection.close()


def test_a_record_nobody_touched_is_whole_and_its_head_can_be_given_again() -> None:
    ended = run("audit", "verify")
    assert (ended.code, ended.out.splitlines()[0]) == (0, "whole: 3 entries sealed; 1 newer not sealed yet")
    head = ended.out.splitlines()[1].removeprefix("head: ")
    assert run("audit", "verify", "--head", head).code == 0
    told = json.loads(run("audit", "verify", "--head", head, "-o", "json").out)
    assert told == {"whole": True, "head": head, "unsealed": 1, "broken": []}


def test_an_entry_somebody_changed_is_told_and_ends_with_one() -> None:
    tamper("UPDATE audit SET actor = 'eve' WHERE id = 2")
    ended = run("audit", "verify")
    assert (ended.code, ended.out.splitlines()[0]) == (1, "BROKEN  entry 2 at place 2 is not what was sealed there")
    assert json.loads(run("audit", "verify", "-o", "json").out)["whole"] is False


def test_an_end_cut_off_is_seen_with_the_head_that_was_told_outside() -> None:
    head = run("audit", "verify").out.splitlines()[1].removeprefix("head: ")
    tamper("DELETE FROM audit_links WHERE place = 3")
    tamper("DELETE FROM audit WHERE id >= 3")
    assert run("audit", "verify").code == 0
    assert run("audit", "verify", "--head", head).code == 1


def test_what_is_no_head_is_refused() -> None:
    ended = run("audit", "verify", "--head", "3:abc")
    assert ended.code == 3
    assert "PLACE:DIGEST" in ended.err


def test_the_newest_entries_are_shown_with_nothing_that_a_terminal_would_obey() -> None:
    ended = run("audit", "show", "-n", "2")
    assert [line.split()[-3:-1] for line in ended.out.splitlines()[1:]] == [["crates/2", "because:"], ["crates/3", "because:"]]
    assert "\x1b" not in ended.out
    entries = json.loads(run("audit", "show", "-o", "json").out)
    assert [(entry["id"], entry["actor"], entry["subject"]) for entry in entries] == [
        (n + 1, "ana", f"crates/{n}") for n in range(4)
    ]
