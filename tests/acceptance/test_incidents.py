"""PagerDuty's incidents beside our escalations: throttled for an hour, graded, noted upon, and acknowledged by people we know."""

from __future__ import annotations

import pytest

from alerts import events as ev
from monitor import paging
from monitor.demo.pagerduty_rest import user_reference
from tests.acceptance.test_people import FALLING_BACK, WEBHOOK, drifting, hook, hooked
from tests.acceptance.world import World

pytestmark = pytest.mark.acceptance

NOTED = 'from_address: "ana@example.com"'
MATRIX = """
contacts: {{ana: {{pagerduty: {ana}}}, ben: {{email: ben@example.com}}}}
lanes: {{sync: {{levels: [{{contact: ana}}]}}}}
rules: [{{lanes: [sync]}}]
last_resort: ana
"""


async def test_throttled_for_an_hour_the_fallback_pages_in_time_and_the_wait_is_honoured_and_one_incident_comes(
    quick: World,
) -> None:
    hook(quick)
    quick.pagerduty.throttle(3600)
    async with drifting(quick, matrix=FALLING_BACK, pagerduty=WEBHOOK.format(), paged=False):
        await quick.until(lambda: bool(quick.pagerduty.received), "the page was tried")
        assert hooked(quick) == []
        quick.clock.forward(seconds=121)
        await quick.until(lambda: len(hooked(quick)) == 1, "the fallback paged")
        for _ in range(2):
            quick.clock.forward(minutes=1)
            await quick.until_probed("/schema.graphql")
        assert [each.status for each in quick.pagerduty.received if each.path == "/v2/enqueue"] == [429]
        quick.clock.forward(hours=2)
        await quick.until_paged()
    assert [each.status for each in quick.pagerduty.received if each.path == "/v2/enqueue"].count(202) == 1
    assert len(quick.pagerduty.incidents) == 1


async def test_an_incident_has_our_priority_the_notes_of_what_is_done_here_and_is_acknowledged_by_a_contact(
    quick: World,
) -> None:
    matrix = MATRIX.format(ana=user_reference("Ana")["id"])
    async with drifting(quick, matrix=matrix, pagerduty=NOTED) as engine:
        (incident,) = quick.pagerduty.incidents
        incident.urgency = "low"
        quick.clock.forward(seconds=16)
        await quick.until(lambda: incident.priority == "P1" and incident.urgency == "high", "it has our priority")
        await quick.pagerduty.acknowledge(incident.key, "Ana")
        quick.clock.forward(seconds=16)
        escalation = await quick.until_escalation("acknowledged")
        assert escalation.owner == "ana"
        now = quick.clock.now()
        async with engine.store.write() as tx:
            declared = ev.Mitigated(by="ben", because="a hotfix is on its way", at=now)
            assert await paging.person(tx, engine.config, escalation.id, declared, now=now) is not None
        await quick.until(lambda: bool(incident.notes), "the note is on the incident")
        ((by, said),) = incident.notes
        assert (by, said.splitlines()[-1]) == ("Ana", "ben: a hotfix is on its way")
