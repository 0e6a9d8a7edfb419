"""Noise, end to end: a real daemon, a real vendor, a stand-in PagerDuty."""

from __future__ import annotations

import pytest

from tests.acceptance.world import World

pytestmark = pytest.mark.acceptance

BEFORE = b"type Query { account: Account }\ntype Account { id: ID! industry: String status: String }\n"
AFTER = BEFORE.replace(b" industry: String", b"")

VENDORS = """
acme:
  criticality: core
  usage: {{fields: [Account.industry]}}
  targets:
    one: {{kind: http, url: "{url}/one.graphql", format: graphql}}
    two: {{kind: http, url: "{url}/two.graphql", format: graphql}}
    three: {{kind: http, url: "{url}/three.graphql", format: graphql}}
"""
NAMES = ("one", "two", "three")
HOLD = "noise: {flap_hold: 0s}\n"


def publish(earth: World, document: bytes, *names: str) -> None:
    for name in names or NAMES:
        earth.vendor.publish(f"/{name}.graphql", document, media_type="text/plain")


async def test_one_release_over_several_targets_is_one_page_and_one_end(quick: World) -> None:
    publish(quick, BEFORE)
    quick.configure(VENDORS.format(url=quick.url), more=HOLD)
    async with quick.inside():
        await quick.until_all("ok")
        publish(quick, AFTER)
        await quick.until_all("drifted")
        await quick.until_paged()

        async def whole() -> bool:
            return any(len(each.targets) == 3 for each in await quick.escalations())

        await quick.until(whole, "all targets are in it")
        publish(quick, BEFORE)
        await quick.until(lambda: not quick.pagerduty.open(), "the incident is resolved")
    assert len(quick.pagerduty.incidents) == 1


async def test_a_silence_made_on_the_command_line_keeps_the_daemon_quiet_until_it_is_ended(quick: World) -> None:
    publish(quick, BEFORE)
    quick.configure(VENDORS.format(url=quick.url), more=HOLD)
    async with quick.inside():
        await quick.until_all("ok")
        code, said = await quick.cli("silence", "add", "acme/one", "--for", "2h", "--because", "we know", "--as", "on-call")
        assert (code, "matches now: 0 findings" in said) == (0, True), said
        publish(quick, AFTER, "one")
        suppressed = await quick.until_escalation("suppressed")
        assert quick.pagerduty.incidents == []
        publish(quick, AFTER, "two")
        await quick.until_paged()
        (incident,) = quick.pagerduty.incidents
        assert "acme/two" in str(incident.details["Where"])
        assert "acme/one" not in str(incident.details["Where"])
        assert suppressed.suppression is not None
        code, said = await quick.cli("silence", "end", suppressed.suppression.id, "--as", "on-call")
        assert code == 0, said

        async def told() -> bool:
            return any(each.state == "open" and len(each.targets) == 2 for each in await quick.escalations())

        await quick.until(told, "what was silenced joins what is open")
    assert len(quick.pagerduty.incidents) == 1


async def test_a_vendor_that_changes_its_mind_is_held_the_second_time_and_paged_when_it_stays(quick: World) -> None:
    publish(quick, BEFORE)
    quick.configure(VENDORS.format(url=quick.url), more="noise: {flap_hold: 10m}\n")
    async with quick.inside():
        await quick.until_all("ok")
        publish(quick, AFTER, "one")
        await quick.until_paged()
        publish(quick, BEFORE, "one")
        await quick.until_all("ok")
        await quick.until(lambda: not quick.pagerduty.open(), "the incident is resolved")
        publish(quick, AFTER, "one")
        held = await quick.until_escalation("suppressed")
        assert held.suppression is not None
        assert "took it back" in held.suppression.because
        assert len(quick.pagerduty.incidents) == 1
        quick.clock.forward(minutes=11)
        await quick.until_paged(2)


async def test_a_snoozed_escalation_is_paged_again_when_the_snooze_is_over(quick: World) -> None:
    publish(quick, BEFORE)
    quick.configure(VENDORS.format(url=quick.url), more=HOLD)
    async with quick.inside():
        await quick.until_all("ok")
        publish(quick, AFTER, "one")
        await quick.until_paged()
        escalation = await quick.until_escalation("open")
        code, said = await quick.cli("snooze", escalation.id, "--for", "30m", "--as", "on-call")
        assert code == 0, said
        await quick.until(
            lambda: [each.status for each in quick.pagerduty.incidents] == ["acknowledged"], "PagerDuty is quiet about it"
        )
        quick.clock.forward(minutes=31)
        await quick.until_paged(2)
        assert quick.pagerduty.incidents[-1].key.endswith(":g2:on-call")
