"""Replaying a vendor's history, from folders and from git repositories, friendly and hostile."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RealData
from tests.monitor.cli.commands import describe, field, run
from tests.probes.bundled import ITEMS, MONEY, MONEY_PROTO, ORDER_PROTO, ORDERS, WSDL

NAME, NOTE, SIZE = field("Name", nillable=False), field("Note__c"), field("Size__c")
HISTORY = [
    ("2026-01-10", describe(NAME, NOTE, SIZE)),
    ("2026-02-10", describe(NAME, SIZE)),
    ("2026-02-20", describe(NAME, NOTE, SIZE)),
    ("2026-03-10", describe(NAME, SIZE)),
    ("2026-04-11", describe(NAME, SIZE, field("More__c"))),
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def history(folder: Path) -> Path:
    place = folder / "history"
    place.mkdir()
    for day, content in HISTORY:
        (place / f"crate-{day}.json").write_text(content)
    (place / "README.md").write_text("not a version")
    return place


def git(place: Path, *words: str, when: str = "2026-01-01") -> None:
    env = {"PATH": os.environ["PATH"], "HOME": str(place), "GIT_CONFIG_NOSYSTEM": "1"}
    env |= {f"GIT_{who}_{what}": f"{who}@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    env |= {"GIT_AUTHOR_DATE": f"{when}T12:00:00+0000", "GIT_COMMITTER_DATE": f"{when}T12:00:00+0000"}
    subprocess.run(["git", *words], cwd=place, env=env, check=True, capture_output=True)


def repository(place: Path, file: str = "api/crate.json") -> Path:
    place.mkdir()
    git(place, "init", "-q", "-b", "main")
    (place / file).parent.mkdir(parents=True, exist_ok=True)
    for day, content in HISTORY:
        (place / file).write_text(content)
        (place / "unrelated.txt").write_text(day)
        git(place, "add", "-A")
        git(place, "commit", "-q", "-m", day, when=day)
        (place / "unrelated.txt").write_text(f"{day} again")
        git(place, "commit", "-q", "-a", "-m", "another file", when=day)
    return place


FORMAT = ("--format", "salesforce")


def told(*args: str, code: int = 1) -> Any:
    ended = run("backtest", *args, *FORMAT, "-o", "json")
    assert (ended.code, ended.err) == (code, "")
    return json.loads(ended.out)


def test_a_folder_of_dated_documents_is_replayed_in_their_order(history: Path) -> None:
    ended = run("backtest", "history", *FORMAT)
    assert (ended.code, ended.err) == (1, "")
    head, first, second, last = ended.out.splitlines()
    assert head.split() == ["when", "priority", "what", "why"]
    assert first.startswith("2026-02-10 crate-2026-02-10.json  P3 ")
    assert first.endswith("breaking, use unknown, normal")
    assert second.startswith("2026-03-10 crate-2026-03-10.json  P2 ")
    assert second.endswith("the same cause 1 time before within 90 days")
    assert last == "5 versions: 2 breaking, 0 risky, 2 safe changes; 2 pages in 3.0 months, 0.7 a month"


def test_the_business_and_our_use_decide_who_would_have_been_woken(history: Path) -> None:
    Path("used.yml").write_text("fields: [Crate.Note__c]")
    Path("unused.yml").write_text("fields: [Crate.Name]")
    assert [page["priority"] for page in told("history", "--criticality", "core", "--usage", "used.yml")["pages"]] == ["P1", "P1"]
    assert told("history", "--criticality", "core", "--usage", "unused.yml")["pages"] == []
    assert told("history", "--criticality", "low")["pages"] == []
    lower = told("history", "--criticality", "low", "--floor", "P4")
    assert [page["priority"] for page in lower["pages"]] == ["P4", "P3"]


def test_a_page_names_both_versions_what_broke_and_why(history: Path) -> None:
    first = told("history")["pages"][0]
    assert (first["before"], first["version"]) == ("crate-2026-01-10.json", "crate-2026-02-10.json")
    assert first["when"] == "2026-02-10T00:00:00+00:00"
    assert [(finding["rule"], finding["address"]) for finding in first["findings"]] == [("sf.field.missing", "Crate.Note__c")]
    assert first["why"][0]["because"].startswith("breaking, use unknown, normal: ")


def test_since_begins_with_what_one_had_then(history: Path) -> None:
    found = told("history", "--since", "2026-03-01")
    assert [page["before"] for page in found["pages"]] == ["crate-2026-02-20.json"]
    assert found["summary"]["versions"] == 3
    ended = run("backtest", "history", "--since", "2026-04-12")
    assert (ended.code, ended.err) == (2, "driftpager: there is no version since 2026-04-12; the last is of 2026-04-11\n")


def test_numbered_versions_are_ordered_as_people_count_and_make_no_months(folder: Path) -> None:
    for number, (_, content) in zip((8, 9, 10, 11, 12), HISTORY, strict=True):
        (folder / f"v{number}").mkdir()
        (folder / f"v{number}" / "api.json").write_text(content)
    found = told(".", "--path", "api.json")
    assert [(page["before"], page["version"], page["when"]) for page in found["pages"]] == [
        ("v8", "v9", None),
        ("v10", "v11", None),
    ]
    assert found["summary"]["pages_a_month"] is None
    ended = run("backtest", ".", "--path", "api.json", "--since", "2026-01-01")
    assert (ended.code, ended.err.count("\n")) == (3, 1)


def test_a_version_that_cannot_be_read_is_told_and_stepped_over(history: Path) -> None:
    (history / "crate-2026-02-11.json").write_text("<html>sign in</html>")
    found = told("history")
    assert [each["version"] for each in found["unreadable"]] == ["crate-2026-02-11.json"]
    assert len(found["pages"]) == 2
    assert "not read: 2026-02-11 crate-2026-02-11.json: " in run("backtest", "history", *FORMAT).out


def test_a_history_without_anything_breaking_is_clean(folder: Path) -> None:
    for day, content in (HISTORY[1], HISTORY[4]):
        (folder / f"{day}.json").write_text(content)
    assert told(".", code=0)["summary"]["safe"] == 1


def test_markdown_escapes_what_the_vendor_wrote(folder: Path) -> None:
    (folder / "2026-01-01.json").write_text(describe(NAME, field("<b>|x")))
    (folder / "2026-01-02.json").write_text(describe(NAME))
    page = run("backtest", ".", *FORMAT, "-o", "markdown").out
    assert "<b>" not in page
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert [line.count("|") for line in rows] == [5, 5, 5]


@pytest.mark.parametrize("named", [(), ("--path", "api/crate.json")])
def test_a_repository_is_replayed_commit_by_commit(folder: Path, named: tuple[str, ...]) -> None:
    repository(folder / "vendor")
    found = told("vendor", *named)
    assert found["summary"]["versions"] == 5
    assert [page["when"][:10] for page in found["pages"]] == ["2026-02-10", "2026-03-10"]


def test_a_bare_repository_is_one_too_and_a_commit_that_takes_the_file_away_changes_nothing(folder: Path) -> None:
    made = repository(folder / "vendor")
    git(made, "rm", "-q", "api/crate.json", when="2026-05-01")
    git(made, "commit", "-q", "-m", "gone", when="2026-05-01")
    git(folder, "clone", "-q", "--bare", "vendor", "vendor.git")
    assert told("vendor.git", "--path", "api/crate.json")["summary"]["versions"] == 5


@pytest.mark.parametrize("name", ["ä ö.json", "-o.json", ":(glob)x*.json", "a'b;$(touch x).json", "[ab].json"])
def test_a_file_may_be_called_anything(folder: Path, name: str) -> None:
    repository(folder / "vendor", name)
    assert told("vendor", f"--path={name}")["summary"]["versions"] == 5
    assert not (folder / "x").exists()


def test_a_commit_that_changes_only_what_a_document_imports_is_a_version_too(folder: Path) -> None:
    place = folder / "vendor"
    (place / "protos" / "shop" / "v1").mkdir(parents=True)
    git(place, "init", "-q", "-b", "main")
    for day, money in (("2026-01-10", MONEY_PROTO), ("2026-02-10", MONEY_PROTO.replace(b"int64", b"string"))):
        (place / "protos/shop/v1/order.proto").write_bytes(ORDER_PROTO)
        (place / "protos/shop/v1/money.proto").write_bytes(money)
        git(place, "add", "-A")
        git(place, "commit", "-q", "-m", day, when=day)
    ended = run("backtest", "vendor", "--path", "protos/shop/v1/order.proto", "-o", "json")
    assert (ended.code, ended.err) == (1, "")
    assert "shop.v1.Money.units" in ended.out


def test_folders_of_versions_hold_what_their_documents_import(folder: Path) -> None:
    for day, sku in (("2026-01-10", b"sku"), ("2026-02-10", b"code")):
        place = folder / "history" / day
        (place / "types").mkdir(parents=True)
        (place / "shop.wsdl").write_bytes(WSDL.replace(b"?xsd=money", b"money.xsd"))
        (place / "money.xsd").write_bytes(MONEY)
        (place / "types" / "orders.xsd").write_bytes(ORDERS.replace(b"../shop?xsd=money", b"../money.xsd"))
        (place / "types" / "items.xsd").write_bytes(ITEMS.replace(b"sku", sku))
    ended = run("backtest", "history", "--path", "shop.wsdl", "-o", "json")
    assert (ended.code, ended.err) == (1, "")
    assert "Item.sku" in ended.out


def test_nothing_that_a_repository_names_is_run(folder: Path) -> None:
    made = repository(folder / "vendor")
    touched = folder / "touched"
    trap = folder / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {touched}\ncat\n")
    trap.chmod(0o755)
    (made / ".gitattributes").write_text("*.json filter=trap diff=trap\n")
    git(made, "add", "-A")
    git(made, "commit", "-q", "-m", "attributes")
    for name in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "filter.trap.smudge",
        "filter.trap.clean",
        "diff.trap.textconv",
    ):
        git(made, "config", name, str(trap))
    git(made, "config", "core.hooksPath", str(folder / "hooks"))
    git(made, "config", "log.showSignature", "true")
    git(made, "config", "gpg.program", str(trap))
    (folder / "hooks").mkdir()
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        (folder / "hooks" / hook).symlink_to(trap)
    assert told("vendor", "--path", "api/crate.json")["summary"]["versions"] == 5
    assert not touched.exists()


def test_a_link_in_a_repository_is_not_followed(folder: Path) -> None:
    made = repository(folder / "vendor")
    (made / "api" / "crate.json").unlink()
    (made / "api" / "crate.json").symlink_to("/etc/passwd")
    git(made, "add", "-A")
    git(made, "commit", "-q", "-m", "a link", when="2026-05-01")
    assert told("vendor", "--path", "api/crate.json")["summary"]["versions"] == 5


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("nowhere",), 3, "nowhere is no folder; name one with a document for each version, or a git repository"),
        (("https://example.com/x.git",), 3, "https://example.com/x.git is not on this machine, and nothing is fetched here"),
        (("vendor", "--path", "api/crat.json"), 2, "vendor has 0 versions of api/crat.json, and two are needed; did you mean"),
        (("empty",), 2, "empty holds 0 documents ("),
        (("empty", "--path", "x.json"), 2, "empty holds 0 folders with x.json in them, and two are needed; check --path"),
        (("two",), 2, "name the document with --path; two has 2 files that may be meant: a.json, b.json"),
        (("unborn",), 2, "git cannot read unborn: "),
        (("unread",), 2, "no version could be read; the last one, 2.json: "),
        (("empty", "--since", "soon"), 3, "Invalid value for '--since'"),
    ],
)
def test_what_cannot_be_replayed_is_one_clear_line(folder: Path, args: tuple[str, ...], code: int, said: str) -> None:
    (folder / "empty").mkdir()
    (folder / "unread").mkdir()
    for name in ("1.json", "2.json"):
        (folder / "unread" / name).write_bytes(b"\xff\x00" * 20)
    if args[0] == "vendor":
        repository(folder / "vendor")
    if args[0] in ("two", "unborn"):
        (folder / args[0]).mkdir()
        git(folder / args[0], "init", "-q")
    if args[0] == "two":
        for name in ("a.json", "b.json"):
            (folder / "two" / name).write_text("{}")
        git(folder / "two", "add", "-A")
        git(folder / "two", "commit", "-q", "-m", "x")
    ended = run("backtest", *args)
    assert (ended.code, ended.out, ended.err.count("\n")) == (code, "", 1)
    assert ended.err.startswith(f"driftpager: {said}")


def test_of_two_real_releases_only_the_breaking_one_pages(folder: Path, real_data: RealData) -> None:
    releases = ("a-2022-11-10-da4ef11c86", "b-2022-11-16-90fbe90142", "c-2022-11-16-c3ae0d4c07")
    for release in releases:
        (folder / f"{release}.json").write_bytes(real_data(f"stripe/{release}.openapi.json.gz"))
    ended = run("backtest", ".", "--criticality", "core", "-o", "json")
    found = json.loads(ended.out)
    # The second pair is known to hold only additions.
    assert [page["version"] for page in found["pages"]] == ["b-2022-11-16-90fbe90142.json"]
    assert found["pages"][0]["priority"] == "P2"
