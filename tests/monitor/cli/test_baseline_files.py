"""Baselines as files: out, through a review, and in again on another machine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.monitor.cli.commands import run
from tests.monitor.cli.test_accepting import accept, drift, escalations, told
from tests.monitor.cli.test_acting import CONFIGURATION, NAME, learned, prepare, serve

PLACE = Path("baselines/crates/api")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    prepare(tmp_path, monkeypatch)
    return tmp_path


@pytest.fixture(scope="session")
def two_exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the exported baselines of both targets, as it comes to another machine."""
    made = tmp_path_factory.mktemp("two-exported")
    with pytest.MonkeyPatch.context() as patch:
        prepare(made, patch)
        Path("spare.json").write_text(Path("api.json").read_text())
        learned()
        for _ in range(2):
            run("probe", "crates/spare")
        exported()
        another_machine()
    return made


def exported() -> str:
    ended = run("baseline", "export", "baselines")
    assert (ended.code, ended.err) == (0, "")
    return ended.out


def files() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(Path("baselines").rglob("*")) if path.is_file()}


def imported(*args: str) -> str:
    ended = run("baseline", "import", "baselines", "--as", "ana", *args)
    assert (ended.code, ended.err) == (0, "")
    return ended.out


def another_machine() -> None:
    for path in Path().glob("driftpager.db*"):
        path.unlink()


def meta() -> dict[str, Any]:
    found = json.loads((PLACE / "meta.json").read_text())
    assert isinstance(found, dict)
    return found


def test_a_baseline_is_a_folder_with_the_document_as_served_and_who_accepted_it() -> None:
    learned()
    said = exported().splitlines()
    assert said == ["crates/api: baselines/crates/api", "crates/spare: has no accepted baseline yet"]
    assert (PLACE / "document.json").read_bytes() == Path("api.json").read_bytes()
    assert json.loads((PLACE / "document.pretty.json").read_text()) == json.loads(Path("api.json").read_text())
    assert (PLACE / "document.pretty.json").read_text().count("\n") > 10
    found = meta()
    assert (found["target"], found["by"], found["because"]) == ("crates/api", "driftpager", "it came the same twice")
    assert found["size"] == len(Path("api.json").read_bytes())


def test_the_same_baselines_are_the_same_files_and_are_not_touched_again() -> None:
    learned()
    exported()
    before, stamp = files(), (PLACE / "document.json").stat().st_mtime_ns
    assert "(unchanged)" in exported()
    assert (files(), (PLACE / "document.json").stat().st_mtime_ns) == (before, stamp)


def test_what_was_accepted_goes_from_one_machine_to_another() -> None:
    learned()
    serve(NAME)
    assert [run("probe", "crates/api").code for _ in range(2)] == [1, 1]
    accept("--prefix", "Crate", "--until", "2999-12-31")
    exported()
    first = files()
    another_machine()
    assert imported("--dry-run").endswith(f"crates/api: would be no baseline -> {meta()['sha256'][:12]} with 1 accepted part\n")
    assert not told_baseline()
    assert imported() == f"crates/api: no baseline -> {meta()['sha256'][:12]} with 1 accepted part\n"
    assert run("probe", "crates/api").out == "crates/api is ok: as accepted: 1 breaking\n"
    assert imported() == "crates/api: as it is\n"
    exported()
    assert files() == first


def told_baseline() -> bool:
    return run("baseline", "show", "crates/api").code == 0


def test_importing_what_is_served_ends_the_drift_and_anything_else_is_judged_anew() -> None:
    learned()
    exported()
    serve(NAME)
    assert [run("probe", "crates/api").code for _ in range(2)] == [1, 1]
    accept()
    assert run("probe", "crates/api").code == 0
    imported()
    assert run("probe", "crates/api").code == 1
    assert list(drift()) == ["Crate.Note__c"]

    accept()
    shutil.rmtree("baselines")
    exported()
    run("baseline", "undo", "crates/api", "--because", "x", "--as", "ana")
    assert [run("probe", "crates/api").code for _ in range(2)] == [1, 1]
    assert escalations()[0].state == "open"
    imported()
    assert (drift(), escalations()[0].state) == ({}, "resolved")
    newest = told("baseline", "history", "crates/api")[0]
    assert (newest["standing"], newest["by"], newest["because"]) == ("accepted", "ana", "we cope")


def test_a_document_that_is_text_keeps_its_bytes() -> None:
    source = "type Query {\r\n  crate: String\r\n}\r\n"
    Path("api.graphql").write_bytes(source.encode())
    Path("driftpager.yml").write_text(
        CONFIGURATION.replace("path: api.json, format: salesforce", "path: api.graphql, format: graphql")
    )
    learned()
    exported()
    assert (PLACE / "document.graphql").read_bytes() == source.encode()
    assert sorted(path.name for path in PLACE.iterdir()) == ["document.graphql", "meta.json"]
    assert "document.* -text" in Path("baselines/.gitattributes").read_text()
    another_machine()
    imported()
    assert run("probe", "crates/api").out == "crates/api is ok: as the baseline\n"


def damage(**changes: Any) -> Callable[[], None]:
    def done() -> None:
        (PLACE / "meta.json").write_text(json.dumps(meta() | changes))

    return done


def linked() -> None:
    (PLACE / "document.json").rename("elsewhere.json")
    (PLACE / "document.json").symlink_to(Path("elsewhere.json").absolute())


def unreadable() -> None:
    import hashlib

    content = b"<html>sign in</html>"
    (PLACE / "document.json").write_bytes(content)
    damage(sha256=hashlib.sha256(content).hexdigest(), size=len(content))()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda: (PLACE / "document.json").write_bytes(b"{}"),
            f"{PLACE}/document.json: its hash is 44136fa355b3, and meta.json says ",
        ),
        ((PLACE / "document.json").unlink, f"{PLACE}/document.json: no such file or directory"),
        (linked, f"{PLACE}/document.json: is a link; put the file itself there"),
        (unreadable, f"{PLACE}/document.json: "),
        (lambda: (PLACE / "meta.json").write_text("{"), f"{PLACE}/meta.json: Invalid JSON"),
        (damage(extra=1), f"{PLACE}/meta.json: extra: Extra inputs are not permitted"),
        (damage(layout=2), f"{PLACE}/meta.json: layout: "),
        (damage(document="../../../driftpager.yml"), f"{PLACE}/meta.json: document: String should match pattern"),
        (
            damage(target="crates/apy"),
            f"{PLACE}/meta.json: there is no target 'crates/apy' in the configuration; did you mean 'crates/api'?",
        ),
        (
            lambda: shutil.copytree(PLACE, "baselines/twice"),
            "baselines/twice/meta.json: crates/api stands in another folder as well",
        ),
        (lambda: shutil.rmtree("baselines/crates"), "baselines holds no meta.json; "),
        (lambda: shutil.rmtree("baselines"), "baselines is no folder; "),
    ],
)
def test_what_is_not_as_it_was_exported_is_refused_and_changes_nothing(
    spoil: Callable[[], object], said: str, two_exported: Path, folder: Path
) -> None:
    shutil.copytree(two_exported, folder, dirs_exist_ok=True)
    spoil()
    for more in (("--dry-run",), ()):
        ended = run("baseline", "import", "baselines", "--as", "ana", *more)
        assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
        assert ended.err.startswith(f"driftpager: {said}")
    assert not told_baseline()
    assert run("baseline", "show", "crates/spare").code == 2


def test_every_fault_is_told_at_once(two_exported: Path, folder: Path) -> None:
    shutil.copytree(two_exported, folder, dirs_exist_ok=True)
    for name in ("api", "spare"):
        Path(f"baselines/crates/{name}/document.json").write_bytes(b"{}")
    ended = run("baseline", "import", "baselines", "--as", "ana")
    assert (ended.code, ended.err.count("\n")) == (2, 2)


def test_a_folder_that_cannot_be_written_is_one_clear_line() -> None:
    learned()
    Path("baselines").write_text("a file")
    ended = run("baseline", "export", "baselines")
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert ended.err.startswith("driftpager: cannot write baselines/crates")
