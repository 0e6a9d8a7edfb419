"""Practice with the real process, the real command and a PagerDuty: marked everywhere, measured, and apart from what is real."""

from __future__ import annotations

import asyncio
import json
import signal
from asyncio.subprocess import PIPE
from datetime import timedelta

import pytest

from alerts.escalation import State
from monitor.kpis import kpis
from monitor.tally import Tally
from tests.acceptance.test_main_job import BEFORE, WITHOUT_INDUSTRY
from tests.acceptance.test_people import ACME
from tests.acceptance.world import DRIFTPAGER, WEBHOOK_SECRET, World

pytestmark = pytest.mark.acceptance

MATRIX = """
contacts: {Ana: {email: ana@example.com}, ben: {email: ben@example.com}}
roles: {tier-1: {contacts: [Ana]}}
lanes: {sync: {levels: [{role: tier-1}, {contact: ben}]}}
rules: [{when: {impact: breaking}, lanes: [sync]}]
last_resort: ben
"""
SCENARIO = """\
title: "Account.industry was removed, we pretend"
finding: gql.field.removed
lasts: 10m
"""


async def prepared(world: World) -> None:
    world.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
    (world.folder / "escalation.yml").write_text(MATRIX)
    (world.folder / "drills").mkdir()
    (world.folder / "drills" / "night.yml").write_text(SCENARIO)
    world.configure(ACME.format(url=world.url), more="matrix: {file: escalation.yml}\n")


async def drilling(world: World, *more: str) -> asyncio.subprocess.Process:
    command = (*DRIFTPAGER, "drill", "night", "--as", "ben", *more)
    return await asyncio.create_subprocess_exec(*command, cwd=world.folder, env=world.environ, stdout=PIPE, stderr=PIPE)


async def test_a_drill_pages_through_pagerduty_marked_as_practice_and_tells_who_answered_how_fast(forked: World) -> None:
    await prepared(forked)
    async with forked.daemon():
        await forked.until_all("ok")
        await forked.until_started()
        forked.pagerduty.webhook = (f"{forked.web}/hooks/pagerduty", (WEBHOOK_SECRET,))
        command = await drilling(forked, "--output", "json")
        await forked.until_paged()
        (incident,) = forked.pagerduty.incidents
        assert incident.title == "[PRACTICE] P1 acme: Account.industry was removed, we pretend"
        assert incident.severity == "critical"

        # What is real meanwhile is real: it pages under a key of its own, and neither ends with the other.
        forked.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
        await forked.until_paged(2)
        real = next(each for each in forked.pagerduty.incidents if each is not incident)
        assert "PRACTICE" not in real.title
        await forked.pagerduty.acknowledge(incident.key)
        out, err = await command.communicate()
        assert command.returncode == 0, err.decode()

        answer = json.loads(out)
        (step,) = answer["steps"]
        assert (step["lane"], step["level"], step["contacts"], step["channels"]) == ("sync", 1, ["Ana"], ["pagerduty"])
        assert (step["answered_by"], step["promised_within"], step["verdict"]) == ("Ana", 300, "in time")
        assert 0 <= step["answered_after"] < 300
        assert (answer["all_in_time"], answer["ended_because"]) == (True, "the practice is over: everybody has answered")
        assert b"Ana acknowledged through pagerduty" in err
        await forked.until(lambda: incident.status == "resolved", "the practice incident is resolved")
        assert real.status == "triggered"

        code, told = await forked.cli("explain", answer["id"])
        assert code == 0
        assert told.startswith(f"[PRACTICE] {answer['id']}: P1, resolved")
        _, past = await forked.cli("drill", "--past")
        assert past.splitlines()[1].split()[:3] == [answer["id"], "night", "ben"]
        assert past.splitlines()[1].endswith("yes")
        for line in (
            "why P1: P1: practice: ben asked for the drill night, nothing is broken; P1: breaking, in use, core",
            "why Ana: level 1 of sync: on duty for tier-1",
            "why now: ben asked for the drill night",
        ):
            assert line in told


async def test_a_drill_whose_command_is_interrupted_goes_on_and_counts_nowhere(quick: World) -> None:
    await prepared(quick)
    async with quick.inside() as engine:
        await quick.until_all("ok")
        tally = Tally(engine)
        await tally.count()
        command = await drilling(quick)
        await quick.until_paged()
        command.send_signal(signal.SIGINT)
        _, err = await command.communicate()
        drill = next(each for each in await quick.escalations() if each.drill is not None)
        assert command.returncode == 130
        assert err.decode().splitlines()[-1].startswith(f"drill {drill.id} goes on: `driftpager drill --end` ends it")
        assert (drill.state, drill.practice) == (State.OPEN, True)

        await quick.pagerduty.acknowledge(quick.pagerduty.incidents[0].key)
        await quick.until(lambda: quick.pagerduty.incidents[0].status == "resolved", "the practice incident is resolved")
        now = engine.clock.now()
        async with engine.store.read() as tx:
            figures = await kpis(tx, engine.config.matrix, now - timedelta(days=1), now)
        assert (figures.opened, figures.resolved, figures.sleeping.whole) == (0, 0, 0)
        await tally.count()
        exposed = engine.metrics.exposition().decode()
        assert 'driftpager_escalations_opened_total{category="drift",priority="P1"} 0.0' in exposed
        assert 'driftpager_escalations_resolved_total{priority="P1",within_sla="yes"} 0.0' in exposed
