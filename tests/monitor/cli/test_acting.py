"""Commands that act on the store beside the daemon: from a drift to its end, on a real database."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from alerts.matrix import Contact, Matrix
from monitor.cli.exits import Misused
from monitor.cli.identity import contact
from monitor.config import Config, load
from tests.monitor.cli.commands import Ended, describe, field, run

CONFIGURATION = """\
web: {listen: "127.0.0.1:0"}
defaults: {every: 1s, confirm_after: 0s}
integrations:
  crates:
    criticality: core
    owner: logistics
    targets:
      api: {kind: file, path: api.json, format: salesforce, usage: {fields: [Crate.Note__c]}}
      spare: {kind: file, path: spare.json, format: salesforce}
channels:
  hook: {kind: webhook, url: "env:HOOK", secret: "env:HOOK_SECRET"}
matrix:
  contacts: {ana: {email: ana@example.com}, ben: {email: ben@example.com}}
  lanes: {sync: {levels: [{contact: ana}, {contact: ben}]}}
  rules: [{when: {impact: breaking}, lanes: [sync]}]
  last_resort: ben
"""

NAME, NOTE = field("Name", nillable=False), field("Note__c")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    prepare(tmp_path, monkeypatch)
    return tmp_path


def prepare(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.chdir(folder)
    patch.setenv("HOOK", "https://127.0.0.1:9/s3cr3t")
    patch.setenv("HOOK_SECRET", "whsec_" + "A" * 32)
    patch.delenv("DRIFTPAGER_CONFIG", raising=False)
    Path("driftpager.yml").write_text(CONFIGURATION)
    serve(NAME, NOTE)


def serve(*fields: Any) -> None:
    Path("api.json").write_text(describe(*fields))


def answer(*args: str) -> Any:
    ended = run(*args, "-o", "json")
    assert ended.err == ""
    return json.loads(ended.out)


def learned() -> None:
    for _ in range(2):
        assert run("probe", "crates/api").code == 0


@pytest.fixture(scope="session")
def drift(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder in which a breaking change was sighted and confirmed, and the id of its escalation."""
    made = tmp_path_factory.mktemp("drift")
    with pytest.MonkeyPatch.context() as patch:
        prepare(made, patch)
        learned()
        serve(NAME)
        assert [run("probe", "crates/api").code for _ in range(2)] == [1, 1]
        (brief,) = answer("escalations")
    assert brief["escalation"]["state"] == "open"
    return made, str(brief["escalation"]["id"])


@pytest.fixture
def drifted(drift: tuple[Path, str], folder: Path) -> str:
    """That folder's content in the one of this test; gives the id of the escalation."""
    made, known = drift
    shutil.copytree(made, folder, dirs_exist_ok=True)
    return known


def test_a_target_is_learned_by_two_looks_and_then_as_its_baseline() -> None:
    first, second = run("probe", "crates/api"), run("probe", "crates/api")
    assert (first.code, second.code) == (0, 0)
    assert first.out.startswith("crates/api is learning")
    assert second.out == "crates/api is ok: as the baseline\n"


def test_a_probe_that_finds_something_breaking_exits_1_and_names_it() -> None:
    learned()
    serve(NAME)
    ended = run("probe", "crates/api")
    assert (ended.code, ended.err) == (1, "")
    assert "breaking" in ended.out
    assert "Crate.Note__c" in ended.out


def test_a_probe_that_cannot_read_exits_2() -> None:
    Path("api.json").write_text("<html>sign in</html>")
    ended = run("probe", "crates/api")
    assert ended.code == 2
    assert ended.out.startswith("crates/api is unreadable: ")


def test_an_escalation_is_listed_told_and_explained(drifted: str) -> None:
    listed = run("escalations")
    assert (listed.code, listed.err) == (0, "")
    assert listed.out.splitlines()[1].split()[:5] == [drifted, "P1", "open", "crates", "ana"]
    told = run("explain", drifted)
    assert told.out == run("escalations", drifted).out
    for said in (
        "Why P1:",
        "breaking, in use, core",
        "sync (primary, driftpager has the clock): level 1, paged ana",
        "Timeline:",
    ):
        assert said in told.out
    assert "s3cr3t" not in told.out


def test_whoever_acknowledges_owns_it_and_resolving_ends_it(drifted: str) -> None:
    assert run("ack", drifted, "--as", "ben").out == f"{drifted} is acknowledged, owner ben\n"
    closed = run("resolve", drifted, "--as", "ben", "--because", "we switched")
    assert closed.out == f"{drifted} is resolved, owner ben\n"
    assert run("escalations").out == "nothing is open\n"
    again = run("ack", drifted, "--as", "ana")
    assert (again.code, again.out, again.err.count("\n")) == (2, "", 1)
    assert f"{drifted}: an escalation that is resolved cannot be acknowledged" in again.err


def test_what_is_refused_still_stands_in_the_timeline(drifted: str) -> None:
    before = len(answer("escalations", drifted)["timeline"])
    run("resolve", drifted, "--as", "ben", "--because", "done")
    run("resolve", drifted, "--as", "ana", "--because", "done again")
    timeline = answer("escalations", drifted)["timeline"]
    assert len(timeline) > before + 1


def test_accepting_what_is_served_resolves_and_undoing_brings_the_old_baseline_back(drifted: str) -> None:
    accepted = run("baseline", "accept", "crates/api", "--because", "adapted", "--as", "ana")
    assert (accepted.code, accepted.err) == (0, "")
    assert run("escalations").out == "nothing is open\n"
    assert run("probe", "crates/api").code == 0
    undone = run("baseline", "undo", "crates/api", "--because", "too early", "--as", "ana")
    assert undone.code == 0
    assert "in force again" in undone.out
    assert run("probe", "crates/api").code == 1
    history = answer("baseline", "history", "crates/api")
    assert [each["standing"] for each in history] == ["undone", "accepted", "accepted", "provisional"]
    assert history[1]["because"] == "adapted"


def test_rejecting_keeps_the_drift(drifted: str) -> None:
    assert run("baseline", "reject", "crates/api", "--because", "they will fix it", "--as", "ana").code == 0
    assert drifted in run("escalations").out
    assert run("probe", "crates/api").code == 1


def test_the_baseline_is_shown_and_printed_as_it_was_served(drifted: str) -> None:
    shown = run("baseline", "show", "crates/api")
    assert shown.out.splitlines()[0].startswith("crates/api: ")
    assert "served now: " in shown.out
    assert run("baseline", "show", "crates/api", "-o", "json").code == 0


def test_a_block_stands_for_its_targets_when_deciding_and_only_read_ones_can_be_decided_on(drifted: str) -> None:
    decided = run("baseline", "accept", "crates", "--because", "all fine", "--as", "ana")
    assert decided.code == 0
    assert decided.out.splitlines()[0].endswith("accepted")
    assert decided.out.splitlines()[1].startswith("crates/spare: nothing to decide on")


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("probe", "crates/apy"), 3, "there is no target 'crates/apy'; did you mean 'crates/api'?"),
        (("probe", "crates"), 3, "'crates' stands for 2 targets; name one: crates/api, crates/spare"),
        (("ack", "zzzzzzzz", "--as", "ana"), 3, "there is no escalation 'zzzzzzzz'; "),
        (("ack", "zzzzzzzz", "--as", "anna"), 3, "there is no contact 'anna'; did you mean 'ana'?"),
        (("explain", "zzzzzzzz"), 3, "there is no escalation 'zzzzzzzz'; "),
        (("explain", "property.remved"), 3, "there is no rule 'property.remved'; did you mean 'property.removed'?"),
        (("resolve", "zzzzzzzz", "--as", "ana"), 3, "Missing option '--because'"),
        (("baseline", "show", "crates/spare"), 2, "crates/spare has no baseline yet"),
        (("test-page", "hok", "--as", "ana"), 3, "there is no channel 'hok'; did you mean 'hook'?"),
    ],
)
def test_a_wrong_name_is_one_clear_line(args: tuple[str, ...], code: int, said: str, drifted: str) -> None:
    ended = run(*args)
    assert (ended.code, ended.out, ended.err.count("\n")) == (code, "", 1)
    assert ended.err.startswith(f"driftpager: {said}")


def test_the_first_baseline_cannot_be_undone() -> None:
    run("probe", "crates/api")
    ended = run("baseline", "undo", "crates/api", "--because", "x", "--as", "ana")
    assert ended.code == 2
    assert "nothing to decide on" in ended.out


@pytest.mark.parametrize("command", [("escalations",), ("ack", "x", "--as", "ana"), ("baseline", "show", "crates/api")])
def test_without_a_database_nothing_is_made_up(command: tuple[str, ...], tmp_path: Path) -> None:
    ended = run(*command)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"driftpager: there is no database at {tmp_path}/driftpager.db yet; `driftpager run` makes one\n"
    assert not (tmp_path / "driftpager.db").exists()


def test_a_damaged_database_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "driftpager.db").write_bytes(b"no database" * 1000)
    ended = run("escalations")
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)


def configuration() -> Config:
    return load(Path("driftpager.yml"), {"HOOK": "https://x", "HOOK_SECRET": "whsec_" + "A" * 32})


def test_a_login_leads_to_the_contact_of_that_name_or_address() -> None:
    config = configuration()
    assert contact(config, "ben", "ana") == "ben"
    assert contact(config, None, "ana") == "ana"
    matrix = Matrix.model_copy(config.matrix, update={"contacts": {"the-boss": Contact(email="carol@example.com")}})
    assert contact(with_matrix(config, matrix), None, "carol") == "the-boss"
    with pytest.raises(Misused, match="say who you are with --as CONTACT: the login 'dave' is no contact"):
        contact(config, None, "dave")


def with_matrix(config: Config, matrix: Matrix) -> Config:
    from dataclasses import replace

    return replace(config, matrix=matrix)


def test_a_page_that_cannot_be_delivered_is_told_and_exits_2() -> None:
    ended: Ended = run("test-page", "--as", "ana")
    assert ended.code == 2
    assert "FAILED" in ended.out
    assert "s3cr3t" not in ended.out + ended.err


def test_doctor_tells_what_is_well_and_what_is_not() -> None:
    ended = run("doctor")
    assert ended.code == 2
    rows = {line.split()[0]: line for line in ended.out.splitlines()}
    assert " ok " in rows["crates/api"]
    assert "TROUBLE" in rows["crates/spare"]
    assert "is not there yet" in rows["store"]
    Path("spare.json").write_text(describe(NAME))
    assert run("doctor").code == 0
    assert run("doctor", "--offline").code == 0


def test_run_with_a_port_in_use_or_a_bad_configuration_does_not_start(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        Path("driftpager.yml").write_text(CONFIGURATION.replace('"127.0.0.1:0"', f'"127.0.0.1:{port}"'))
        ended = run("run")
    assert ended.code == 2
    assert f"127.0.0.1:{port}" in ended.err
    Path("driftpager.yml").write_text(CONFIGURATION.replace("crates:", "cra/tes:"))
    assert run("run").code == 3
