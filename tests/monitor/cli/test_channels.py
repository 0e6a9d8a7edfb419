"""`driftpager channels`: what is there, does it work, and one more, asked for and tried before it is written."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import yaml

from tests.monitor.cli.commands import run
from tests.monitor.cli.test_acting import CONFIGURATION

SECRET = "whsec_" + "A" * 32


@pytest.fixture(autouse=True)
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, value in (
        ("HOOK", "https://127.0.0.1:9/s3cr3t"),
        ("HOOK_SECRET", SECRET),
        ("KEY", "K" * 32),
        ("TOKEN", "t0ken-s3cr3t"),
    ):
        monkeypatch.setenv(name, value)
    file = tmp_path / "driftpager.yml"
    file.write_text("# ours\n" + CONFIGURATION)
    return file


def test_what_is_configured_is_listed_with_what_it_can_do() -> None:
    (only,) = json.loads(run("channels", "list", "-o", "json").out)
    assert (only["kind"], only["reaches"]) == ("webhook", "one fixed destination")


def test_one_more_is_written_below_the_others_with_references_in_place_of_secrets(configured: Path) -> None:
    before = configured.read_text()
    ended = run("channels", "add", "webhook", "--name", "ops", "--set", "url=env:HOOK", "--set", "secret=env:HOOK_SECRET")
    assert (ended.code, ended.err) == (0, "ops: not asked: only `driftpager test-page ops` can tell\n")
    after = configured.read_text()
    assert yaml.safe_load(after)["channels"]["ops"] == {"kind": "webhook", "url": "env:HOOK", "secret": "env:HOOK_SECRET"}
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    assert "s3cr3t" not in after + ended.out
    assert run("check").code == 0


def test_what_is_needed_and_not_given_is_asked_for(configured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("env:HOOK\nenv:HOOK_SECRET\n"))
    ended = run("channels", "add", "webhook", "--name", "ops", "--dry-run")
    assert ended.code == 0
    assert yaml.safe_load(ended.out) == {"ops": {"kind": "webhook", "url": "env:HOOK", "secret": "env:HOOK_SECRET"}}
    assert "ops" not in yaml.safe_load(configured.read_text())["channels"]


def test_a_kind_with_several_ways_asks_for_the_usual_one_and_not_where_another_was_begun(
    configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("env:TOKEN\nC0OPS\nenv:KEY\n"))
    ended = run("channels", "add", "slack", "--dry-run", "--unchecked")
    assert ended.code == 0
    expected = {"kind": "slack", "token": "env:TOKEN", "channel": "C0OPS", "signing_secrets": ["env:KEY"]}
    assert yaml.safe_load(ended.out.partition("\n")[2]) == {"slack": expected}
    poor = run("channels", "add", "slack", "--dry-run", "--unchecked", "--set", "webhook_url=env:HOOK")
    assert yaml.safe_load(poor.out.partition("\n")[2]) == {"slack": {"kind": "slack", "webhook_url": "env:HOOK"}}
    half = run("channels", "add", "slack", "--unchecked", "--set", "token=env:TOKEN")
    assert (half.code, "Slack is spoken to in one 'channel'" in half.err) == (3, True)
    plain = run("channels", "add", "slack", "--unchecked", "--set", "signing_secrets=[s3cr3t]", "--set", "direct=true")
    assert (plain.code, "s3cr3t" in plain.err, "signing_secrets is a secret" in plain.err) == (3, False, True)


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (("webbook",), 3, "there is no kind of channel 'webbook'; did you mean 'webhook'?"),
        (("webhook", "--set", "ulr=x"), 3, "there is no setting 'ulr'; did you mean 'url'?"),
        (
            ("webhook", "--set", "url=https://x/s3cr3t", "--set", "secret=env:HOOK_SECRET"),
            3,
            "url is a secret: give it as env:NAME",
        ),
        (("webhook", "--set", "url=env:HOKO", "--set", "secret=env:HOOK_SECRET"), 3, "the environment variable HOKO is not set"),
        (
            ("webhook", "--set", "url=env:TOKEN", "--set", "secret=env:HOOK_SECRET"),
            3,
            "url: a webhook's url starts with https://",
        ),
        (("pagerduty", "--set", "routing_key=env:TOKEN"), 3, "routing_key: a routing key is 32 letters and digits"),
        (
            ("pagerduty", "--set", "routing_key=env:KEY", "--set", "token=env:TOKEN", "--set", "api_url=https://127.0.0.1:9"),
            2,
            "nothing was written (--unchecked writes it all the same)",
        ),
    ],
)
def test_what_does_not_work_is_not_written_and_said_in_one_line(
    configured: Path, args: tuple[str, ...], code: int, told: str
) -> None:
    before = configured.read_text()
    ended = run("channels", "add", *args, "--name", "more")
    assert ended.code == code
    assert told in ended.err
    assert ended.err.count("\n") == 1
    assert "s3cr3t" not in ended.err
    assert configured.read_text() == before
    assert [each.name for each in configured.parent.iterdir() if "trial" in each.name] == []


def test_a_name_that_is_taken_is_not_taken_again(configured: Path) -> None:
    (name,) = yaml.safe_load(configured.read_text())["channels"]
    ended = run("channels", "add", "webhook", "--name", name, "--set", "url=env:HOOK", "--set", "secret=env:HOOK_SECRET")
    assert ended.code == 3
    assert f"there is a channel '{name}' already" in ended.err
