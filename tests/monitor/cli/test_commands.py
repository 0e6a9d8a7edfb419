"""What holds for every command: help with examples, one line for a mistake, plain text in a pipe."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jsonschema import Draft202012Validator

from monitor.cli import cli
from monitor.cli.documentation import reference
from monitor.cli.init import STARTERS, starter
from tests.monitor.cli.commands import describe, field, run

CONFIGURATION = """\
integrations:
  docs:
    targets:
      a: {kind: file, path: a.json, format: openapi}
      b: {kind: file, path: b.json, usage: {operations: [GET /x]}}
channels:
  hook: {kind: webhook, url: "env:HOOK", secret: "env:HOOK_SECRET"}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOOK", "https://hooks.example.com/s3cr3t")
    monkeypatch.setenv("HOOK_SECRET", "whsec_" + "A" * 32)
    monkeypatch.delenv("DRIFTPAGER_CONFIG", raising=False)
    return tmp_path


def commands(group: click.Group, *names: str) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)
        else:
            yield (*names, name)


@pytest.mark.parametrize("command", list(commands(cli)), ids=" ".join)
def test_the_help_of_every_command_has_examples_that_start_with_it(command: tuple[str, ...]) -> None:
    ended = run(*command, "--help")
    assert ended.code == 0
    _, _, examples = ended.out.partition("Examples:")
    assert f"driftpager {' '.join(command)}" in examples


@pytest.mark.parametrize("command", list(commands(cli)), ids=" ".join)
def test_a_wrong_option_of_any_command_is_one_line_and_exit_3(command: tuple[str, ...]) -> None:
    ended = run(*command, "--no-such-option")
    assert (ended.code, ended.out) == (3, "")
    assert re.fullmatch(r"driftpager: [^\n]+--no-such-option[^\n]+\n", ended.err)


def test_the_overview_lists_every_command_and_the_exit_codes() -> None:
    ended = run("--help")
    assert ended.code == 0
    for word in ("check", "diff", "init", "list", "schema", "Exit codes: 0 clean"):
        assert word in ended.out


def test_check_lists_targets_and_says_what_it_would_cost_not_to_declare_use() -> None:
    Path("driftpager.yml").write_text(CONFIGURATION)
    ended = run("check")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0].split() == ["target", "kind", "format", "every", "usage"]
    assert lines[1].split() == ["docs/a", "file", "openapi", "15m", "undeclared"]
    assert lines[2].split() == ["docs/b", "file", "recognised", "15m", "1", "operations"]
    assert any(line.startswith("note: no usage is declared for docs/a") for line in lines)
    assert lines[-1].startswith("driftpager.yml: fit to run. 1 integrations, 2 targets")


def test_check_tells_every_problem_and_their_number() -> None:
    Path("driftpager.yml").write_text(CONFIGURATION.replace("format:", "formt:").replace("usage:", "usgae:"))
    ended = run("check")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.splitlines() == [
        "driftpager.yml:4:37: unknown key 'formt'; did you mean 'format'?",
        "driftpager.yml:5:37: unknown key 'usgae'; did you mean 'usage'?",
        "2 problems",
    ]


def test_check_answers_programs_in_json_both_ways() -> None:
    Path("driftpager.yml").write_text(CONFIGURATION)
    good = json.loads(run("check", "-o", "json").out)
    assert (good["ok"], [target["name"] for target in good["targets"]]) == (True, ["docs/a", "docs/b"])
    Path("driftpager.yml").write_text(CONFIGURATION.replace("docs:", "do/cs:"))
    ended = run("check", "-o", "json")
    bad = json.loads(ended.out)
    assert (ended.code, bad["ok"]) == (3, False)
    assert (bad["problems"][0]["line"], bad["problems"][0]["column"]) == (2, 3)
    assert "s3cr3t" not in ended.out


def test_check_without_a_configuration_says_how_to_get_one() -> None:
    ended = run("check")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.splitlines()[0] == "driftpager.yml: there is no such file; `driftpager init` writes one to start from"


def test_init_writes_a_start_that_check_accepts_and_never_overwrites(monkeypatch: pytest.MonkeyPatch) -> None:
    first = run("init", "here")
    assert first.code == 0
    written = {name: (Path("here") / name).read_text() for name in STARTERS}
    again = run("init", "here")
    assert (again.code, again.out) == (3, "")
    assert again.err.startswith("driftpager: here/driftpager.yml and here/escalation.yml exist already, and nothing was written")
    (Path("here") / "driftpager.yml").write_text("mine")
    assert run("init", "here", "--dry-run").code == 0
    assert (Path("here") / "driftpager.yml").read_text() == "mine"
    assert run("init", "here", "--force").code == 0
    assert {name: (Path("here") / name).read_text() for name in STARTERS} == written
    assert sorted(path.name for path in Path("here").iterdir()) == sorted(STARTERS)


def test_the_starter_is_a_good_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    run("init")
    monkeypatch.setenv("DRIFTPAGER_ROUTING_KEY", "R" * 32)
    ended = run("check")
    assert (ended.code, ended.err) == (0, "")
    assert "petstore/api" in ended.out


def test_what_the_starter_has_as_comments_is_good_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    run("init")
    for name in STARTERS:
        lines = starter(name).splitlines()
        written = [re.sub(r"^( *)# (?= *[\w-]+( \w+)?:)", r"\1", line) for line in lines[2:]]
        Path(name).write_text("\n".join(written))
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    Path("salesforce.pem").write_bytes(pem)
    text = Path("driftpager.yml").read_text()
    assert "salesforce-production:" in text
    Path("driftpager.yml").write_text(text.replace("file:/run/secrets/salesforce.pem", "file:salesforce.pem"))
    for variable in ("DRIFTPAGER_ROUTING_KEY", "DRIFTPAGER_TOKEN", "SF_CLIENT_ID"):
        monkeypatch.setenv(variable, "R" * 32)
    ended = run("check")
    assert (ended.code, ended.err) == (0, "")
    for target in ("petstore/api", "salesforce-production/crm/Account", "salesforce-production/crm/Opportunity"):
        assert target in ended.out
    assert "channels: pagerduty, mail" in ended.out


def test_init_where_nothing_can_be_written_is_one_clear_line() -> None:
    Path("file").write_text("")
    ended = run("init", "file/below")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("what", ["probes", "rules", "channels"])
def test_what_is_listed_is_aligned_for_people_and_json_for_programs(what: str) -> None:
    rows = json.loads(run("list", what, "-o", "json").out)
    text = run("list", what).out.splitlines()
    assert len(text) == len(rows) + 1
    key = next(iter(rows[0]))
    assert text[0].split()[0] == key
    assert [line.split()[0] for line in text[1:]] == [row[key] for row in rows]


def test_an_unknown_list_names_the_valid_ones() -> None:
    ended = run("list", "format")
    assert ended.code == 3
    assert "formats" in ended.err


def test_the_editor_schema_accepts_the_starter_and_refuses_a_misspelt_key() -> None:
    yaml = pytest.importorskip("yaml")
    schema = json.loads(run("schema").out)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    configuration = yaml.safe_load(CONFIGURATION)
    assert not list(validator.iter_errors(configuration))
    configuration["integrations"]["docs"]["targets"]["a"]["formt"] = "openapi"
    assert list(validator.iter_errors(configuration))
    matrix = json.loads(run("schema", "--matrix").out)
    assert not list(Draft202012Validator(matrix).iter_errors(yaml.safe_load(starter("escalation.yml"))))


def test_check_schema_is_the_same_schema() -> None:
    assert run("check", "--schema").out == run("schema").out


def test_the_reference_of_the_command_line_is_current() -> None:
    page = Path(__file__).parents[3] / "docs" / "cli.md"
    assert page.read_text("utf-8") == reference(), "write it anew: python -m monitor.cli.documentation > docs/cli.md"


def on_a_terminal(*args: str, **environ: str) -> str:
    """What a command prints to a terminal."""
    ours, theirs = pty.openpty()
    program = [sys.executable, "-c", "from monitor.cli import main; main()", *args]
    environment = {"PYTHONPATH": str(Path(__file__).parents[3]), "TERM": "xterm-256color", "COLUMNS": "100", **environ}
    with subprocess.Popen(program, stdout=theirs, stdin=subprocess.DEVNULL, env=environment) as process:
        os.close(theirs)
        written = b""
        with contextlib.suppress(OSError):  # Linux ends a terminal without a writer by EIO
            while chunk := os.read(ours, 65536):
                written += chunk
        process.wait(timeout=60)
    os.close(ours)
    return written.decode("utf-8", "backslashreplace")


def test_a_terminal_gets_a_table_and_a_pipe_plain_text() -> None:
    assert "───" in on_a_terminal("list", "rules")
    assert "───" not in run("list", "rules").out


def test_colours_are_for_terminals_and_not_against_the_users_wish() -> None:
    Path("old.json").write_text(describe(field("Name"), field("Note__c")))
    Path("new.json").write_text(describe(field("Name")))
    asked = ("diff", "old.json", "new.json", "--format", "salesforce")
    assert "\x1b[31m" in on_a_terminal(*asked)
    assert "\x1b[" not in on_a_terminal(*asked, NO_COLOR="1")
    assert "\x1b[" not in run(*asked).out


def test_a_terminal_that_cannot_show_a_letter_is_no_error() -> None:
    Path("old.json").write_text(describe(field("Łódź"), field("Name")))
    Path("new.json").write_text(describe(field("Name")))
    shown = on_a_terminal("diff", "old.json", "new.json", "--format", "salesforce", PYTHONIOENCODING="latin-1", NO_COLOR="1")
    assert "\\u0141\\xf3d\\u017a" in shown  # the one letter latin-1 has comes as its byte


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_was_closed_before_we_began_changes_nothing_but_what_is_read(closed: str) -> None:
    command = f'"{sys.executable}" -c "from monitor.cli import main; main()" list formats {closed}'
    ended = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=False, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ("openapi" in ended.stdout) == (" >&-" not in f" {closed}")
