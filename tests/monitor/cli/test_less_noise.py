"""Commands that make less noise, on a real database: silence, maintenance, snooze, lower, hand over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.monitor.cli.commands import run
from tests.monitor.cli.test_acting import NAME, answer, learned, serve
from tests.monitor.cli.test_acting import drift as drift
from tests.monitor.cli.test_acting import drifted as drifted
from tests.monitor.cli.test_acting import folder as folder

BECAUSE = ("--because", "we know", "--as", "ana")


def test_a_silence_shows_what_it_matches_now_and_a_dry_run_keeps_nothing(drifted: str) -> None:
    dry = run("silence", "add", "crates/api", "--for", "2h", *BECAUSE, "--dry-run")
    assert dry.code == 0
    first, what, going_on, last = dry.out.splitlines()
    assert first == "crates/api matches now: 1 findings, 1 escalations"
    assert "crates/api" in what
    assert going_on.strip() == f"{drifted} is open already and goes on: driftpager snooze {drifted} --for 30m"
    assert last.startswith("not saved (--dry-run)")
    assert run("silence", "list").out == "nothing is silenced\n"


def test_a_silenced_change_is_suppressed_until_the_silence_is_ended(folder: Path) -> None:
    learned()
    made = answer("silence", "add", "crates", "--for", "2h", *BECAUSE)
    name = made["silence"]["id"]
    assert made["saved"]
    serve(NAME)
    for _ in range(2):
        run("probe", "crates/api")
    (brief,) = answer("escalations")
    assert brief["escalation"]["state"] == "suppressed"
    assert f"silence {name}, we know" in run("escalations", brief["escalation"]["id"]).out
    listed = run("silence", "list").out.splitlines()[1]
    assert [name, "silence", "crates"] == listed.split()[:3]
    assert run("silence", "end", name, "--as", "ben").out == f"{name} is over: crates\n"
    assert run("silence", "list").out == "nothing is silenced\n"
    assert "ended by ben" in run("silence", "list", "--all").out
    assert run("silence", "end", name, "--as", "ben").code == 3


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("silence", "add", "crate", "--for", "2h", *BECAUSE), "nothing is watched at 'crate'; did you mean 'crates'"),
        (("silence", "add", "*", "--for", "2h", *BECAUSE), "a silence of everything would hide everything"),
        (("silence", "add", "crates", *BECAUSE), "say how long it lasts"),
        (("silence", "add", "crates", "--for", "2h", "--until", "2030-01-01 10:00", *BECAUSE), "say how long it lasts"),
        (("silence", "add", "crates", "--for", "soon", *BECAUSE), "--for: 'soon' is no duration"),
        (("silence", "add", "crates", "--for", "32d", *BECAUSE), "longer than 31 days"),
        (("silence", "add", "crates", "--until", "2020-01-01 10:00", *BECAUSE), "--until: a window ends after it begins"),
        (("silence", "add", "crates", "--until", "tomorrow", *BECAUSE), "--until: 'tomorrow' is no local time"),
        (("silence", "add", "crates", "--until", "2030-01-01 10:00", "--zone", "Mars", *BECAUSE), "'Mars' is no time zone"),
        (("silence", "add", "crates", "--for", "2h", "--because", " ", "--as", "ana"), "--because needs a reason"),
        (("silence", "add", "crates", "--for", "2h", "--because", "x", "--as", "anna"), "there is no contact 'anna'"),
        (("silence", "end", "nothing", "--as", "ana"), "there is nothing to end called 'nothing'"),
        (("maintenance", "add", "crates", "--weekly", "Sat", *BECAUSE), "--weekly: 'Sat' are no business hours"),
    ],
)
def test_what_cannot_be_silenced_is_told_in_one_line(drifted: str, args: tuple[str, ...], says: str) -> None:
    ended = run(*args)
    assert (ended.code, ended.out) == (3, "")
    assert says in ended.err
    assert ended.err.count("\n") == 1


def test_a_window_of_the_configuration_is_listed_and_not_ended_here(folder: Path) -> None:
    file = Path("driftpager.yml")
    file.write_text(file.read_text() + 'maintenance: {nights: {where: [crates], weekly: "Sun 02:00-04:00", because: backups}}\n')
    learned()
    assert "nights" in run("maintenance", "list").out
    ended = run("maintenance", "end", "nights", "--as", "ana")
    assert (ended.code, "it stands in the configuration" in ended.err) == (3, True)
    weekly = run("maintenance", "add", "crates/api", "--weekly", "Sat 22:00-02:00", "--zone", "Europe/Berlin", *BECAUSE)
    assert weekly.out.splitlines()[-1].endswith("is in force: Sat 22:00-02:00 (Europe/Berlin)")


def test_a_snooze_is_shown_with_its_end_and_a_fall_with_its_reason(drifted: str) -> None:
    assert run("snooze", drifted, "--for", "30m", "--as", "ana").out.startswith(f"{drifted} is open, snoozed until ")
    assert "snoozed by ana until" in run("escalations", drifted).out
    assert run("lower", drifted, "P3", "--because", "only the report", "--as", "ana").code == 0
    assert "ana: only the report -> P3" in run("explain", drifted).out
    refused = run("lower", drifted, "P2", "--because", "no", "--as", "ana")
    assert (refused.code, "P2 is not below P3" in refused.err) == (2, True)
    assert run("snooze", drifted, "--for", "0s", "--as", "ana").code == 3


def test_a_hand_over_waits_for_whoever_it_is_offered_to(drifted: str) -> None:
    run("ack", drifted, "--as", "ana")
    offered = run("hand-over", drifted, "ben", "--as", "ana", "--because", "my shift ends")
    assert offered.out == f"{drifted} is acknowledged, owner ana, offered to ben\n"
    refused = run("take-over", drifted, "--as", "ana")
    assert (refused.code, "it is offered to ben, not to ana" in refused.err) == (2, True)
    assert run("take-over", drifted, "--as", "ben").out == f"{drifted} is acknowledged, owner ben\n"
