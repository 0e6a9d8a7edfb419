"""Accepting a part of a drift, taking it back, and a policy that changes under a known drift."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from alerts.escalation import Escalation, State
from monitor.store import Store
from tests.monitor.cli.commands import describe, field, run
from tests.monitor.cli.test_acting import CONFIGURATION, NAME, NOTE, learned, prepare, serve

SIZE, KIND = field("Size__c"), field("Kind__c")
USED = CONFIGURATION.replace("[Crate.Note__c]", "[Crate.Note__c, Crate.Size__c, Crate.Kind__c]")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    prepare(tmp_path, monkeypatch)
    Path("driftpager.yml").write_text(USED)
    return tmp_path


@pytest.fixture(scope="session")
def two_gone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a confirmed drift of two fields."""
    made = tmp_path_factory.mktemp("two-gone")
    with pytest.MonkeyPatch.context() as patch:
        prepare(made, patch)
        Path("driftpager.yml").write_text(USED)
        serve(NAME, NOTE, SIZE, KIND)
        learned()
        serve(NAME, KIND)
        assert [run("probe", "crates/api").code for _ in range(2)] == [1, 1]
    return made


@pytest.fixture
def drifted(two_gone: Path, folder: Path) -> dict[str, str]:
    """That folder's content in the one of this test; gives address to id of the open findings."""
    shutil.copytree(two_gone, folder, dirs_exist_ok=True)
    return drift()


def told(*args: str) -> Any:
    ended = run(*args, "-o", "json")
    assert ended.err == ""
    return json.loads(ended.out)


def drift() -> dict[str, str]:
    return {finding["address"]: finding["id"] for finding in told("baseline", "show", "crates/api")["findings"]}


def accept(*args: str, code: int = 0) -> str:
    ended = run("baseline", "accept", "crates/api", "--because", "we cope", "--as", "ana", *args)
    assert ended.code == code, ended
    return ended.out + ended.err


def undo(*args: str) -> str:
    ended = run("baseline", "undo", "crates/api", "--because", "too early", "--as", "ben", *args)
    assert ended.code == 0, ended
    return ended.out


def escalations() -> list[Escalation]:
    """All there ever were, the newest first."""

    async def read() -> list[Escalation]:
        store = await Store.open("sqlite:///driftpager.db")
        try:
            async with store.read() as tx:
                return list(await tx.escalations.list())
        finally:
            await store.close()

    return asyncio.run(read())


def addresses(escalation: Escalation) -> list[str]:
    return sorted(cause.address for cause in escalation.causes)


def test_an_accepted_finding_leaves_the_drift_and_its_escalation_and_stays_away(drifted: dict[str, str]) -> None:
    assert sorted(drifted) == ["Crate.Note__c", "Crate.Size__c"]
    said = accept("--finding", drifted["Crate.Note__c"][:8])
    assert "1 of its drift left" in said
    for _ in range(3):
        (only,) = escalations()
        assert (only.state, addresses(only), only.generation) == (State.OPEN, ["Crate.Size__c"], 1)
        assert list(drift()) == ["Crate.Size__c"]
        assert run("probe", "crates/api").code == 1
    shown = run("baseline", "show", "crates/api").out
    assert f"accepted: finding {drifted['Crate.Note__c'][:8]}, by ana at " in shown
    assert shown.count("we cope") == 1


def test_when_all_is_accepted_with_an_end_the_escalation_is_over_and_the_baseline_stays(drifted: dict[str, str]) -> None:
    accept("--finding", drifted["Crate.Note__c"], "--until", "2999-12-31")
    said = accept("--prefix", "Crate.Size__c", "--until", "2999-12-31")
    assert "all at or below Crate.Size__c until 2999-12-31, by ana" in said
    assert "nothing of its drift is left" in said
    (over,) = escalations()
    assert (over.state, over.resolved_by) == (State.RESOLVED, "ana")
    before = told("baseline", "show", "crates/api")
    assert before["baseline"]["hash"] != before["latest"]["hash"]
    for _ in range(3):
        ended = run("probe", "crates/api")
        assert (ended.code, ended.out) == (0, "crates/api is ok: as accepted: 2 breaking\n")
    assert len(escalations()) == 1


def test_when_the_last_of_it_is_accepted_without_an_end_the_baseline_moves_and_undo_goes_one_step_back(
    drifted: dict[str, str],
) -> None:
    accept("--finding", drifted["Crate.Note__c"])
    accept("--finding", drifted["Crate.Size__c"])
    shown = told("baseline", "show", "crates/api")
    assert (shown["baseline"]["hash"], shown["accepted"]) == (shown["latest"]["hash"], [])
    assert run("probe", "crates/api").out == "crates/api is ok: as the baseline\n"
    undo()
    assert run("probe", "crates/api").code == 1
    assert list(drift()) == ["Crate.Size__c"]
    assert "no longer accepted: finding" in undo()
    assert run("probe", "crates/api").code == 1
    assert sorted(drift()) == ["Crate.Note__c", "Crate.Size__c"]


def test_a_prefix_covers_what_changes_below_it_later_but_nothing_worse(drifted: dict[str, str]) -> None:
    accept("--prefix", "Crate", "--until", "2999-12-31")
    serve(NAME)
    assert run("probe", "crates/api").out == "crates/api is ok: as accepted: 3 breaking\n"
    undo("--prefix", "Crate")
    serve(NAME, NOTE, SIZE, KIND, field("More__c"))
    for _ in range(2):
        run("probe", "crates/api")
    accept("--prefix", "Crate", "--until", "2999-12-31")
    serve(NAME, NOTE, SIZE, field("More__c"))
    assert run("probe", "crates/api").code == 1
    assert list(drift()) == ["Crate.Kind__c"]


def test_a_taken_back_acceptance_is_drift_again_and_pages_after_its_confirmation(drifted: dict[str, str]) -> None:
    accept("--prefix", "Crate", "--until", "2999-12-31")
    run("probe", "crates/api")
    undo("--prefix", "Crate")
    assert [run("probe", "crates/api").code for _ in range(2)] == [1, 1]
    newest = escalations()[0]
    assert (newest.state, addresses(newest)) == (State.OPEN, ["Crate.Note__c", "Crate.Size__c"])


def test_an_acceptance_pinned_to_what_was_seen_refuses_anything_else(drifted: dict[str, str]) -> None:
    seen = told("baseline", "show", "crates/api")["latest"]["hash"]
    serve(NAME)
    run("probe", "crates/api")
    for more in ((), ("--finding", drifted["Crate.Note__c"])):
        said = accept("--content", seen[:12], *more, code=2)
        assert f"not {seen[:12]}: look at it again before you accept it" in said
    assert len(drift()) == 3
    accept("--content", told("baseline", "show", "crates/api")["latest"]["hash"].upper()[:16])
    assert drift() == {}


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--finding", "ffffffffff"), 2, "there is no open finding 'ffffffffff'"),
        (("--finding", "ff"), 2, "'ff' is too short for a finding: give at least 6 digits of its id"),
        (("--prefix", "Crate.Not"), 2, "nothing at or below 'Crate.Not' differs; did you mean 'Crate.Note__c'?"),
        (("--until", "2999-01-01"), 3, "a baseline has no end: --until goes with --finding or --prefix"),
        (("--prefix", "Crate", "--until", "2020-01-01"), 3, "--until is over already"),
        (("--prefix", "Crate", "--until", "soon"), 3, "Invalid value for '--until'"),
        (("--content", "xyz"), 3, "--content takes 8 to 64 hexadecimal digits"),
    ],
)
def test_what_cannot_be_accepted_is_one_clear_line(args: tuple[str, ...], code: int, said: str, drifted: dict[str, str]) -> None:
    ended = run("baseline", "accept", "crates/api", "--because", "x", "--as", "ana", *args)
    assert (ended.code, ended.out, ended.err.count("\n")) == (code, "", 1)
    assert ended.err.startswith(f"driftpager: {said}")
    assert len(drift()) == 2


def override(level: str, more: str = "") -> None:
    policy = f'policy: {{overrides: [{{rule: "sf.field.*", level: {level}, because: "our reader copes"{more}}}]}}'
    Path("driftpager.yml").write_text(USED.replace("    criticality: core", f"    criticality: core\n    {policy}"))


def test_a_policy_that_makes_a_known_drift_harmless_ends_its_escalation(drifted: dict[str, str]) -> None:
    override("safe")
    assert run("probe", "crates/api").code == 0
    (over,) = escalations()
    assert over.state is State.RESOLVED
    shown = run("baseline", "show", "crates/api").out
    assert shown.count("safe by our policy, breaking by the rule: our reader copes") == 2


def test_a_policy_that_makes_nothing_worse_pages_nobody_again_even_after_a_person_closed_it(drifted: dict[str, str]) -> None:
    (known,) = escalations()
    run("resolve", known.id, "--as", "ben", "--because", "handled by hand")
    override("risky")
    for _ in range(3):
        run("probe", "crates/api")
    (still,) = escalations()
    assert (still.state, still.generation) == (State.RESOLVED, 1)


def test_a_policy_that_makes_a_known_change_worse_pages_after_its_confirmation() -> None:
    override("safe")
    serve(NAME, NOTE)
    learned()
    serve(NAME)
    for _ in range(2):
        assert run("probe", "crates/api").code == 0
    assert escalations() == []
    override("breaking")
    assert [run("probe", "crates/api").code for _ in range(2)] == [1, 1]
    (paged,) = escalations()
    assert (paged.state, addresses(paged)) == (State.OPEN, ["Crate.Note__c"])


def test_an_override_that_has_ended_judges_nothing(drifted: dict[str, str]) -> None:
    override("safe", ", until: 2020-01-31")
    assert run("probe", "crates/api").code == 1
    assert len(escalations()) == 1


def test_what_was_reverted_in_part_stops_counting_once_seen_twice(drifted: dict[str, str]) -> None:
    serve(NAME, NOTE, KIND)
    for _ in range(3):
        run("probe", "crates/api")
    (only,) = escalations()
    assert (only.state, addresses(only)) == (State.OPEN, ["Crate.Size__c"])


def test_a_return_to_the_baseline_in_other_bytes_ends_the_drift(drifted: dict[str, str]) -> None:
    Path("api.json").write_text(json.dumps(json.loads(describe(NAME, NOTE, SIZE, KIND)), indent=4))
    assert [run("probe", "crates/api").out for _ in range(2)] == [
        "crates/api is drifted: as the baseline once; looking again\n"
        + "".join(f"  breaking  sf.field.missing  {address}: `{address}` is gone\n" for address in sorted(drifted)),
        "crates/api is ok: as the baseline\n",
    ]
    (over,) = escalations()
    assert over.state is State.RESOLVED


def test_a_part_accepted_and_taken_back_before_anybody_looked_is_drift_again(drifted: dict[str, str]) -> None:
    accept("--finding", drifted["Crate.Note__c"])
    undo()
    assert run("probe", "crates/api").code == 1
    assert sorted(drift()) == ["Crate.Note__c", "Crate.Size__c"]


def test_a_baseline_accepted_and_taken_back_before_anybody_looked_is_drift_again(drifted: dict[str, str]) -> None:
    accept()
    undo()
    assert run("probe", "crates/api").code == 1
    assert sorted(drift()) == ["Crate.Note__c", "Crate.Size__c"]


def test_an_override_is_told_by_check_and_explain_and_beside_what_it_moved() -> None:
    override("risky", ", until: 2999-12-31")
    serve(NAME, NOTE)
    learned()
    serve(NAME)
    for _ in range(2):
        run("probe", "crates/api")
    ruling = "sf.field.* is risky until 2999-12-31: our reader copes"
    assert f"policy of crates: {ruling}\n" in run("check").out
    assert run("explain", "sf.field.missing").out.endswith(f"  overridden for crates: {ruling}\n")
    assert "overridden" not in run("explain", "null.added").out
    (known,) = escalations()
    assert "risky by our policy, breaking by the rule: our reader copes" in run("explain", known.id).out
    (listed, _) = told("check")["targets"]
    assert [each["rule"] for each in listed["overrides"]] == ["sf.field.*"]


def test_an_override_that_has_ended_is_pointed_out_by_check() -> None:
    override("safe", ", until: 2020-01-31")
    assert "note: an override for crates ended on 2020-01-31: take it out, or give it another end\n" in run("check").out
