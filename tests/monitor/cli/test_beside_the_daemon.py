"""Commands while the real daemon runs: it does the probing, and hears at once what people decide."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.monitor.cli.commands import describe, field, run
from tests.monitor.cli.test_acting import CONFIGURATION

pytestmark = pytest.mark.acceptance
NAME, NOTE = field("Name", nillable=False), field("Note__c")


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[str]]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOOK", "https://127.0.0.1:9/s3cr3t")
    monkeypatch.setenv("HOOK_SECRET", "whsec_" + "A" * 32)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    Path("driftpager.yml").write_text(CONFIGURATION.replace("every: 1s", "every: 1h"))
    Path("api.json").write_text(describe(NAME, NOTE))
    program = [sys.executable, "-c", "from monitor.cli import main; main()", "run"]
    with subprocess.Popen(program, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            assert any('"daemon.started"' in line for line in process.stderr)
            yield process
        finally:
            process.kill()


def test_the_daemon_probes_when_asked_and_stops_in_order(daemon: subprocess.Popen[str]) -> None:
    for _ in range(2):
        ended = run("probe", "crates/api")
        assert (ended.code, ended.err) == (0, "")
    Path("api.json").write_text(describe(NAME))
    assert [run("probe", "crates/api").code for _ in range(2)] == [1, 1]
    listed = [each["escalation"] for each in json.loads(run("escalations", "-o", "json").out)]
    (known,) = [each["id"] for each in listed if each["category"] == "drift"]  # that no channel takes a page is another one
    assert run("ack", known, "--as", "ben").code == 0
    assert run("baseline", "accept", "crates/api", "--because", "adapted", "--as", "ben").code == 0
    assert run("probe", "crates/api").out == "crates/api is ok: as the baseline\n"
    assert known not in run("escalations").out
    daemon.send_signal(signal.SIGTERM)
    out, err = daemon.communicate(timeout=60)
    assert daemon.returncode == 0
    assert out == ""
    assert "s3cr3t" not in err


def test_doctor_sees_the_daemon_and_a_second_one_on_the_same_store_does_not_start(daemon: subprocess.Popen[str]) -> None:
    rows = json.loads(run("doctor", "--offline", "-o", "json").out)
    assert [row for row in rows if row["what"] == "daemon"] == [{"what": "daemon", "ok": True, "told": "one runs on this store"}]
    second = run("run")
    assert (second.code, second.out, second.err.count("\n")) == (2, "", 1)
    assert "another driftpager daemon runs" in second.err
