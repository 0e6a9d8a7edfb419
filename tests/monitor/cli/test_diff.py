"""`driftpager diff`: the public contract, bad input included."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.report import OUTPUTS
from tests.conftest import RealData
from tests.monitor.cli.commands import describe, field, run

NAME = field("Name", nillable=False)
NOTE = field("Note__c")
SF = ("--format", "salesforce")


@pytest.fixture(autouse=True)
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("old.json").write_text(describe(NAME, NOTE))
    Path("same.json").write_text(describe(NAME, NOTE))
    Path("gone.json").write_text(describe(NAME))
    Path("longer.json").write_text(describe(NAME, field("Note__c", length=255)))
    Path("grown.json").write_text(describe(NAME, NOTE, field("Extra__c")))
    return tmp_path


def test_a_breaking_change_exits_1_and_names_what_is_gone() -> None:
    ended = run("diff", "old.json", "gone.json", *SF)
    assert ended.code == 1
    assert "Crate.Note__c" in ended.out
    assert ended.out.splitlines()[-1] == "old.json -> gone.json (salesforce): 1 breaking"
    assert ended.err == ""


@pytest.mark.parametrize("new", ["same.json", "grown.json"])
def test_nothing_breaking_exits_0(new: str) -> None:
    assert run("diff", "old.json", new, *SF).code == 0


@pytest.mark.parametrize(
    ("new", "fail_on", "code"),
    [
        ("gone.json", "never", 0),
        ("longer.json", "breaking", 0),
        ("longer.json", "risky", 1),
        ("grown.json", "risky", 0),
        ("grown.json", "safe", 1),
        ("same.json", "safe", 0),
    ],
)
def test_fail_on_sets_the_threshold(new: str, fail_on: str, code: int) -> None:
    assert run("diff", "old.json", new, *SF, "--fail-on", fail_on).code == code


@pytest.mark.parametrize("output", OUTPUTS)
def test_every_output_ends_with_the_same_code(output: str) -> None:
    ended = run("diff", "old.json", "gone.json", *SF, "--output", output)
    assert (ended.code, ended.err) == (1, "")
    assert "Note__c" in ended.out.replace("\\_", "_")


def test_json_output_is_the_contract() -> None:
    answer = json.loads(run("diff", "old.json", "gone.json", *SF, "-o", "json").out)
    assert answer["breaking"] is True
    (finding,) = answer["findings"]
    assert (finding["address"], finding["impact"]) == ("Crate.Note__c", "breaking")


def test_direction_and_usage_change_what_is_told(tmp_path: Path) -> None:
    Path("usage.yml").write_text("fields: [Crate.Name]\n")
    answer = json.loads(run("diff", "old.json", "gone.json", *SF, "--usage", "usage.yml", "-o", "json").out)
    assert [finding["use"] for finding in answer["findings"]] == ["unused"]
    answer = json.loads(run("diff", "old.json", "gone.json", *SF, "--direction", "response", "-o", "json").out)
    assert [finding["request"] for finding in answer["findings"]] == [None]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("diff", "old.json", "nowhere.json"), 2, "driftpager: cannot read nowhere.json: no such file or directory\n"),
        (("diff", ".", "old.json"), 2, "driftpager: cannot read .: is a directory\n"),
        (("diff", "old.json", "a\0b"), 2, "driftpager: cannot read a\\x00b: its name holds a null byte\n"),
        (("diff", "old.json"), 3, "driftpager: name two documents, OLD and NEW, or --batch FILE"),
        (("diff", "-", "-"), 3, "driftpager: only one of OLD and NEW can be standard input"),
        (("diff", "ftp://x/y", "old.json"), 3, "driftpager: ftp://x/y: only http:// and https:// addresses can be fetched\n"),
        (("diff", "old.json", "same.json", "-o", "jsonl"), 3, "driftpager: --output jsonl belongs to --batch"),
        (("dif", "old.json"), 3, "driftpager: there is no command 'dif'; did you mean 'diff'? (try `driftpager --help`)\n"),
        (("diff", "--explain", "sf.field.mising"), 3, None),
        (("diff", "old.json", "same.json", "--usage", "no.yml"), 3, None),
        (("diff", "old.json", "same.json", "--format", "soap"), 3, None),
        (("diff", "old.json", "same.json", "--frmat", "salesforce"), 3, None),
    ],
)  # fmt: skip
def test_a_wrong_question_is_one_clear_line(args: tuple[str, ...], code: int, said: str | None) -> None:
    ended = run(*args)
    assert ended.code == code
    assert ended.out == ""
    assert ended.err.count("\n") == 1
    if said is not None:
        assert ended.err.startswith(said)


@pytest.mark.parametrize("content", ["", "  \n", "{", '{"name": "Crate"', "<html>sign in</html>", "\x00\xff", "[" * 100_000])
def test_a_document_that_cannot_be_read_is_one_clear_line(content: str) -> None:
    Path("bad.json").write_bytes(content.encode("latin-1"))
    ended = run("diff", "old.json", "bad.json", *SF)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert "bad.json" in ended.err


def test_a_vendor_cannot_steer_the_terminal() -> None:
    Path("evil.json").write_text(describe(NAME, field("Note__c"), field("X\x1b[2J\x07__c")))
    ended = run("diff", "old.json", "evil.json", *SF)
    assert "\x1b" not in ended.out
    assert "\x07" not in ended.out
    assert "\\x1b[2J" in ended.out


def test_a_wrong_usage_file_tells_line_and_column() -> None:
    Path("usage.yml").write_text("feilds: [Crate.Name]\n")
    ended = run("diff", "old.json", "gone.json", "--usage", "usage.yml")
    assert (ended.code, ended.err) == (3, "usage.yml:1:1: unknown key 'feilds'; did you mean 'fields'?\n")


def test_explain_says_what_a_rule_means() -> None:
    ended = run("diff", "--explain", "property.removed")
    assert ended.code == 0
    assert ended.out.startswith("property.removed\n  when: ")
    assert "in what we read: breaking" in ended.out


def test_a_batch_answers_every_line_in_order_whatever_it_holds() -> None:
    cases: list[object] = [
        {"id": "gone", "format": "salesforce", "old": "old.json", "new": "gone.json"},
        {"id": 2, "format": "salesforce", "direction": "response", "old": "old.json", "new": "same.json"},
        {"id": "missing", "format": "salesforce", "old": "old.json", "new": "nowhere.json"},
        {"id": "direction", "format": "salesforce", "direction": "up", "old": "old.json", "new": "same.json"},
        {"id": "format", "format": "soap", "old": "old.json", "new": "gone.json"},
        {"id": "half", "old": "old.json"},
        {"id": "number", "old": 5, "new": "same.json"},
    ]
    Path("cases.jsonl").write_text("\n".join(json.dumps(case) for case in cases) + "\n\n")
    ended = run("diff", "--batch", "cases.jsonl", "--output", "jsonl")
    answers = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.code == 0
    assert [answer["id"] for answer in answers] == ["gone", 2, "missing", "direction", "format", "half", "number"]
    assert (answers[0]["breaking"], len(answers[0]["findings"])) == (True, 1)
    assert answers[1] == {"id": 2, "breaking": False, "findings": []}
    assert [answer["error"] for answer in answers[2:4]] == [
        "cannot read nowhere.json: no such file or directory",
        "unknown direction 'up'; valid: request, response, both",
    ]
    assert "openapi" in answers[4]["error"]
    assert [answer["error"] for answer in answers[5:]] == ["'new' is missing", "'old' must be a string"]


def test_a_batch_with_a_line_that_cannot_be_answered_exits_2() -> None:
    good = json.dumps({"id": 1, "format": "salesforce", "old": "old.json", "new": "same.json"})
    Path("cases.jsonl").write_text(f"not json\n{good}\n[1]\n")
    ended = run("diff", "--batch", "cases.jsonl", "--output", "jsonl")
    answers = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.code == 2
    assert [answer["id"] for answer in answers] == [None, 1, None]
    assert answers[0]["error"] == "not a line of JSON"


def test_a_batch_that_is_not_there_is_one_clear_line() -> None:
    ended = run("diff", "--batch", "nowhere.jsonl")
    assert (ended.code, ended.err) == (2, "driftpager: cannot read nowhere.jsonl: no such file or directory\n")


def driftpager(*args: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    program = [sys.executable, "-c", "from monitor.cli import main; main()", *args]
    return subprocess.run(
        program, input=stdin, capture_output=True, timeout=60, env={"PYTHONPATH": str(Path(__file__).parents[3])}
    )


def test_one_side_may_come_from_standard_input() -> None:
    ended = driftpager("diff", "old.json", "-", *SF, "-o", "json", stdin=Path("gone.json").read_bytes())
    assert (ended.returncode, ended.stderr) == (1, b"")
    assert json.loads(ended.stdout)["breaking"] is True


def test_a_reader_that_goes_away_is_no_error_message() -> None:
    code = "import sys; from monitor.cli import main; sys.stdout.reconfigure(write_through=True); main()"
    program = [sys.executable, "-c", code, "diff", "old.json", "gone.json", *SF]
    with subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PYTHONPATH": str(Path(__file__).parents[3])}
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 141


def test_nothing_heavy_is_imported_to_compare_two_files() -> None:
    code = (
        "import sys\nfrom monitor.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    program = [sys.executable, "-c", code, "diff", "old.json", "gone.json", *SF]
    ended = subprocess.run(program, capture_output=True, timeout=60, env={"PYTHONPATH": str(Path(__file__).parents[3])})
    heavy = {
        "pydantic",
        "httpx",
        "aiohttp",
        "sqlalchemy",
        "rich",
        "asyncio",
        "fastapi",
        "structlog",
        "yaml",
        "jsonschema",
        "apscheduler",
    }
    imported = {name.strip("'[] \n") for name in ended.stderr.decode().split(",")}
    assert "click" in imported
    assert not imported & heavy


@pytest.mark.parametrize(
    ("old", "new", "code", "gone"),
    [
        ("d-2023-08-16-98a7c58cda", "e-2023-08-16-a58933749c", 1, "charge_refunded"),
        ("b-2022-11-16-90fbe90142", "c-2022-11-16-c3ae0d4c07", 0, None),
    ],
)
def test_two_recorded_releases_of_a_vendor_are_told_apart(
    old: str, new: str, code: int, gone: str | None, real_data: RealData
) -> None:
    for name in (old, new):
        Path(f"{name}.json").write_bytes(real_data(f"stripe/{name}.openapi.json.gz"))
    ended = run("diff", f"{old}.json", f"{new}.json", "-o", "json")
    answer = json.loads(ended.out)
    assert (ended.code, answer["breaking"], answer["format"]) == (code, code == 1, "openapi")
    assert gone is None or gone in ended.out
