"""`driftpager matrix`: shown, played through, asked; and what `check` says of the next 90 days."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import time_machine
import yaml

from alerts.matrix import Matrix
from monitor.cli.exits import Misused
from monitor.cli.moment import moment
from monitor.drawing import chart, mermaid, svg
from tests.alerts.stories import EXAMPLE
from tests.monitor.cli.commands import Ended, lines, run

CONFIGURATION = """\
integrations:
  crm: {criticality: core, targets: {api: {kind: file, path: a.json, format: openapi, usage: {operations: [GET /x]}}}}
  shop: {criticality: low, targets: {api: {kind: file, path: a.json, format: openapi}}}
channels:
  mail: {kind: email, host: 127.0.0.1, port: 9, sender: drift@example.com}
  slack-ops: {kind: webhook, url: "env:HOOK", secret: "env:HOOK_SECRET"}
matrix: {file: escalation.yml}
"""
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOOK", "https://hooks.example.com/s3cr3t")
    monkeypatch.setenv("HOOK_SECRET", "whsec_" + "A" * 32)
    monkeypatch.delenv("DRIFTPAGER_CONFIG", raising=False)
    (tmp_path / "driftpager.yml").write_text(CONFIGURATION)
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "escalation.yml").write_text(EXAMPLE)
    return tmp_path


def escalation(text: str) -> None:
    Path("escalation.yml").write_text(dedent(text))


def fine(*args: str) -> str:
    ended = run(*args)
    assert (ended.code, ended.err) == (0, "")
    return ended.out


def answer(*args: str) -> Any:
    return json.loads(fine(*args, "--output", "json"))


# show


def test_the_table_has_every_lane_level_rule_and_pace_and_nobodys_address() -> None:
    out = fine("matrix", "show")
    for word in ("security", "sync", "customers", "tier-1", "hand-over Mon 09:00 Europe/Berlin", "holidays of DE", "slack-ops"):
        assert word in out
    assert "P1        5m                10m" in out
    assert "customers at least 1" in out
    assert "@" not in out


def test_json_says_the_same_for_programs() -> None:
    told = answer("matrix", "show")
    assert [lane["name"] for lane in told["lanes"]] == ["security", "sync", "customers"]
    assert told["lanes"][1]["levels"][1] == {"role": "integration-engineering", "contact": None}
    assert told["priorities"]["P3"]["acknowledge"] == "4 business hours"
    assert told["version"] == Matrix.model_validate(yaml.safe_load(EXAMPLE)).version
    assert "@" not in json.dumps(told)


def test_the_svg_is_drawn_with_every_box_within_it_and_none_over_another() -> None:
    root = ET.fromstring(fine("matrix", "show", "--output", "svg"))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    boxes = [
        tuple(float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        for rect in root.iter(f"{SVG}rect")
        if "x" in rect.attrib
    ]
    assert len(boxes) == 3 + 3 + 5 + 2  # rules, lanes, levels, last resort and catch-all
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
    for index, (x, y, w, h) in enumerate(boxes):
        for a, b, c, d in boxes[index + 1 :]:
            assert x + w <= a or a + c <= x or y + h <= b or b + d <= y
    assert len([path for path in root.iter(f"{SVG}path") if path.attrib.get("class") == "a"]) == 3 + 5 + 3 + 1
    words = {text.text for text in root.iter(f"{SVG}text")}
    assert {"sync", "tier-1", "in turn: ana, ben", "10m", "last resort"} <= words


def test_the_diagram_for_wikis_has_every_arrow() -> None:
    said = lines(fine("matrix", "show", "--output", "mermaid"))
    assert said[0] == "flowchart LR"
    assert '    l1n1 -- 10m --> l1n2("integration-engineering<br/>ben<br/>Mon-Fri 09:00-18:00, not on holidays of DE")' in said
    assert "    r0 --> l1" in said
    assert "    l1n3 -- 10m --> e0" in said


HOSTILE = """\
contacts: {a: {email: a@example.com}}
lanes: {x: {levels: [{contact: a}]}}
rules: [{when: {rule: '"]; click l0 "javascript:alert(1)" <script>&\\x1b[2J'}, lanes: [x]}]
last_resort: a
"""


def test_what_stands_in_a_rule_does_nothing_in_a_drawing() -> None:
    drawn = chart.of(Matrix.model_validate(yaml.safe_load(HOSTILE)))
    picture, text = svg.draw(drawn), mermaid.write(drawn)
    ET.fromstring(picture)
    assert "<script" not in picture
    assert "<script" not in text
    assert '"javascript' not in text
    assert "\x1b" not in picture + text
    assert text.count('"') == 2 * len([line for line in text.splitlines() if "<br/>" in line])


# simulate


def test_a_night_in_december_is_played_through_to_the_last_resort() -> None:
    out = fine(
        "matrix", "simulate", "--at", "2026-12-17 02:00 Europe/Berlin", "--finding", "property.removed", "--integration", "crm"
    )
    said = lines(out)
    assert said[0].startswith("P1: breaking, in use, core")
    assert "2026-12-17 01:00:00 UTC  +0m" in said
    assert any("page: ana through mail: level 1 of sync: on duty for tier-1" in line for line in said)
    assert any("page: ben through mail: level 2 of sync" in line for line in said)
    assert any("page: cto through mail: level 3 of sync" in line for line in said)
    assert "2026-12-17 01:10:00 UTC  +10m" in said
    assert any("last resort: nobody is left in lane sync" in line for line in said)
    assert said[-1] == "Lane sync is exhausted: cto is paged again and again."


def test_customers_bring_their_lane_and_a_priority_can_be_given() -> None:
    told = answer(
        "matrix", "simulate", "--at", "2026-12-23T12:00+01:00", "--priority", "P2", "--integration", "shop", "--customers", "3"
    )
    assert told["priority"] == "P2"
    assert {page["lane"] for step in told["steps"] for page in step["pages"]} == {"sync", "customers"}
    assert told["steps"][0]["at"] == "2026-12-23T11:00:00+00:00"
    assert [lane["exhausted"] for lane in told["lanes"]] == [True, False]


def test_what_is_below_the_floor_pages_nobody() -> None:
    out = fine("matrix", "simulate", "--finding", "property.removed", "--integration", "shop", "--use", "undeclared")
    assert "Recorded, and nobody is paged: the paging floor is P3." in out


def test_a_p3_on_a_holiday_waits_for_the_shift_after_it() -> None:
    escalation(
        EXAMPLE.replace("levels: [{role: tier-1}, ", "levels: [").replace("calendar: DE", "calendar: DE, zone: Europe/Berlin")
    )
    said = fine("matrix", "simulate", "--at", "2026-12-25 10:00", "--priority", "P3", "--integration", "crm")
    assert "waits until 2026-12-28 08:00 UTC" in said
    assert "today is Christmas Day (DE)" in said
    assert "2026-12-28 08:00:00 UTC  +2d 22h" in said


@pytest.mark.parametrize(
    ("args", "because"),
    [
        ((), "name what to simulate: --finding RULE"),
        (("--finding", "properti.removed"), "there is no rule 'properti.removed'; did you mean 'property.removed'?"),
        (("--priority", "P1", "--integration", "crn"), "there is no integration 'crn'; did you mean 'crm'?"),
        (("--priority", "P1", "--at", "tomorrow"), "'tomorrow' is no moment: write"),
        (("--priority", "P1", "--at", "2026-12-24 02:00 Europe/Atlantis"), "is no moment: write"),
        (("--priority", "P7"), "P7"),
    ],
)
def test_a_question_that_makes_no_sense_is_one_clear_line(args: tuple[str, ...], because: str) -> None:
    ended = run("matrix", "simulate", *args)
    assert ended.code == 3
    assert because in ended.err
    assert len(lines(ended.err)) == 1


def test_moments_are_read_with_an_offset_a_zone_or_as_utc() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert moment(None, now) == now
    for text in ("2026-10-25 00:30", "2026-10-25T02:30+02:00", "2026-10-25 02:30 Europe/Berlin"):
        assert moment(text, now) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    with pytest.raises(Misused):
        moment("25.10.2026", now)


# who


def test_who_says_who_is_there_and_when_somebody_will_be() -> None:
    out = fine("matrix", "who", "--at", "2026-11-28 12:00", "--priority", "P3")
    assert "sync       2      integration-engineering  nobody" in out
    assert "there from 2026-11-30 14:00:00 UTC" in out
    (security,) = answer("matrix", "who", "security", "--at", "2026-11-28 12:00")
    assert security["contacts"] == ["ben"]
    ended = run("matrix", "who", "syncs")
    assert (ended.code, ended.err) == (3, "driftpager: there is no lane 'syncs'; did you mean 'sync'?\n")


# check


HOLE = """\
    contacts:
      ana: {{email: ana@example.com, zone: Europe/Berlin, leave: [{first}..{last}]}}
      cto: {{email: cto@example.com}}
    roles: {{tier-1: {{contacts: [ana]}}}}
    lanes:
      sync: {{levels: [{{role: tier-1}}]}}
    rules: [{{lanes: [sync]}}]
    last_resort: cto
    channel: mail
"""


def check(*args: str, first: str = "2027-01-11", last: str = "2027-01-12") -> Ended:
    escalation(HOLE.format(first=first, last=last))
    return run("check", *args)


@pytest.fixture
def frozen() -> Iterator[None]:
    """The clock stands 50 days before what the tests are about."""
    with time_machine.travel(datetime(2026, 11, 23, 12, 0, tzinfo=UTC), tick=False):
        yield


def test_check_fails_on_a_p1_that_only_the_last_resort_would_get_with_its_exact_span(frozen: None) -> None:
    ended = check()
    assert ended.code == 3
    assert lines(ended.err) == [
        "P1 in lane sync from 2027-01-10 23:00 UTC to 2027-01-12 23:00 UTC: only the last resort would be paged; "
        "level 1 of sync: ana is on leave until 2027-01-13 00:00 (Europe/Berlin)",
        "1 gap in the next 90 days; add somebody to a level, or an override",
    ]
    told = json.loads(check("--output", "json").out)
    assert told["ok"] is False
    assert told["gaps"][0]["start"] == "2027-01-10T23:00:00+00:00"


def test_check_passes_where_somebody_is_always_there(frozen: None) -> None:
    assert check(first="2028-01-01", last="2028-01-10").code == 0
    escalation(EXAMPLE)
    assert run("check").code == 0


def test_what_only_less_urgent_pages_lack_is_a_note(frozen: None) -> None:
    text = HOLE.format(first="2028-01-01", last="2028-01-02").replace(
        "leave: [2028-01-01..2028-01-02]", 'quiet_hours: "Mon-Sun 20:00-08:00"'
    )
    escalation(text + "    priorities: {P3: {resolve: 2h}}\n")
    (note,) = [line for line in lines(fine("check")) if "lane sync" in line]
    assert note.startswith(
        "note: P3 in lane sync: 90 times in 90 days, first from 2026-11-23 19:00 UTC to 2026-11-24 05:01 UTC: "
    )
    assert "ana has quiet hours, Mon-Sun 20:00-08:00 (Europe/Berlin)" in note


def test_the_command_line_draws_in_a_pipe_too() -> None:
    piped = subprocess.run(
        [sys.executable, "-c", "from monitor.cli import main; main()", "matrix", "show", "--output", "svg"],
        capture_output=True,
        check=True,
    )
    assert ET.fromstring(piped.stdout.decode()).tag == f"{SVG}svg"
