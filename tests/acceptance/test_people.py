"""From the page to the people and back: acknowledged, climbed, accepted, taken back, and told through whatever still works."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from textwrap import dedent

import httpx
import pytest

from alerts import events as ev
from alerts.escalation import Escalation
from alerts.page import PageState
from monitor import paging
from monitor.demo.pagerduty import Incident, Trouble
from monitor.demo.vendor import Reply
from monitor.engine import Engine
from tests.acceptance.test_main_job import BEFORE, WITHOUT_INDUSTRY
from tests.acceptance.world import WEBHOOK_SECRET, World
from tests.alerts.far_ends import SECRETS, email

pytestmark = pytest.mark.acceptance

ACME = """
acme:
  criticality: core
  targets:
    api: {{kind: http, url: "{url}/schema.graphql", format: graphql, usage: {{fields: [Account.industry, Account.status]}}}}
"""
WITHOUT_STATUS = WITHOUT_INDUSTRY.replace(b" status: Status", b"")
SIGNING = base64.b64encode(b"stand-in-signing-secret-long-enough").decode()

CLIMBING = """
contacts: {ana: {email: ana@example.com}, ben: {email: ben@example.com}, cto: {email: cto@example.com}}
lanes:
  sync: {clock: driftpager, levels: [{contact: ana}, {contact: ben}]}
rules: [{lanes: [sync]}]
last_resort: cto
priorities: {P1: {acknowledge: 60s, next_level: 120s, ack_expiry: 30m}}
"""


@asynccontextmanager
async def drifting(
    world: World,
    *,
    matrix: str = "",
    pagerduty: str = "",
    integrations: str = ACME,
    webhook: bool = False,
    paged: bool = True,
    more: str = "",
) -> AsyncIterator[Engine]:
    """A daemon whose vendor has just dropped a field, paged unless told otherwise. `webhook` tells PagerDuty where we listen.
    `more` is further top-level text of the configuration."""
    world.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
    if matrix:
        (world.folder / "escalation.yml").write_text(dedent(matrix))
        more += "matrix: {file: escalation.yml}\n"
    world.configure(integrations.format(url=world.url), more=more, pagerduty=pagerduty)
    async with world.inside() as engine:
        if webhook:
            world.pagerduty.webhook = (f"{world.web}/hooks/pagerduty", (WEBHOOK_SECRET,))
        await world.until_all("ok")
        world.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
        if paged:
            await world.until_paged()
        yield engine


def kinds(entries: Sequence[object], *wanted: str) -> list[str]:
    """The kinds of timeline entries, of those that are wanted."""
    found = [str(entry.kind) for entry in entries]
    return [kind for kind in found if kind in wanted]


async def until_incident(world: World, ending: str) -> Incident:
    """Wait until there is an incident whose dedup key ends like this."""
    await world.until(lambda: any(each.key.endswith(ending) for each in world.pagerduty.incidents), f"an incident of {ending}")
    return next(each for each in reversed(world.pagerduty.incidents) if each.key.endswith(ending))


async def test_a_hundred_equal_webhooks_at_once_acknowledge_once(quick: World) -> None:
    async with drifting(quick, webhook=True) as engine:
        (incident,) = quick.pagerduty.incidents
        assert await quick.pagerduty.acknowledge(incident.key) == 200
        acknowledged = await quick.until_escalation("acknowledged")
        _, body = quick.pagerduty.sent[-1]
        headers = {"x-pagerduty-signature": "v1=" + hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()}
        async with httpx.AsyncClient(trust_env=False) as client:
            again = [client.post(f"{quick.web}/hooks/pagerduty", content=body, headers=headers) for _ in range(100)]
            assert {answer.status_code for answer in await asyncio.gather(*again)} == {200}
            forged = await client.post(f"{quick.web}/hooks/pagerduty", content=body + b" ", headers=headers)
            assert forged.status_code == 401
        assert acknowledged.acknowledged_by == "Ana"
        told = kinds(await quick.timeline(acknowledged), "escalation.acknowledged", "event.refused")
        assert told == ["escalation.acknowledged"]
        async with engine.store.read() as tx:
            assert await tx.timers.of(acknowledged.id) != []


async def test_a_hundred_webhooks_at_once_that_nobody_saw_before_acknowledge_once(quick: World) -> None:
    async with drifting(quick) as engine:
        (incident,) = quick.pagerduty.incidents
        quick.pagerduty.alter(incident, "acknowledged", "Ana")
        body = json.dumps({"event": quick.pagerduty._event(incident, "acknowledged", "Ana")}).encode()
        headers = {"x-pagerduty-signature": "v1=" + hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()}
        async with httpx.AsyncClient(trust_env=False) as client:
            posts = [client.post(f"{quick.web}/hooks/pagerduty", content=body, headers=headers) for _ in range(100)]
            assert {answer.status_code for answer in await asyncio.gather(*posts)} == {200}
        acknowledged = await quick.until_escalation("acknowledged")
        quick.clock.forward(seconds=16)
        await quick.until_probed("/schema.graphql", 2)
        told = kinds(await quick.timeline(acknowledged), "escalation.acknowledged", "event.refused")
        assert told[0] == "escalation.acknowledged"
        assert told.count("escalation.acknowledged") == 1
        metrics = engine.metrics.exposition().decode()
        assert 'driftpager_webhook_events_total{result="applied",source="pagerduty"} 1.0' in metrics
        assert 'driftpager_webhook_events_total{result="repeated",source="pagerduty"} 99.0' in metrics


async def test_without_a_webhook_an_acknowledgement_and_its_end_are_heard_by_asking(quick: World) -> None:
    async with drifting(quick):
        (incident,) = quick.pagerduty.incidents
        quick.clock.forward(seconds=5)
        await quick.pagerduty.acknowledge(incident.key)
        quick.clock.forward(seconds=16)
        assert (await quick.until_escalation("acknowledged")).owner == "Ana"
        await quick.pagerduty.unacknowledge(incident.key)
        quick.clock.forward(seconds=16)
        await quick.until_escalation("open")
    assert len(quick.pagerduty.incidents) == 1


async def test_closed_at_pagerduty_while_the_drift_stands_it_is_paged_anew_and_the_old_incident_quiets_nothing(
    quick: World,
) -> None:
    async with drifting(quick, webhook=True):
        (first,) = quick.pagerduty.incidents
        await quick.pagerduty.resolve(first.key, by="Ana")
        second = await until_incident(quick, ":g2:on-call")
        assert second.status == "triggered"
        await quick.pagerduty.change(first, "acknowledged", "Ana")
        await quick.until_heard()
        escalation = (await quick.escalations())[0]
        assert (escalation.state, escalation.generation) == ("open", 2)
        assert kinds(await quick.timeline(escalation), "event.refused", "generation.started") == [
            "generation.started",
            "event.refused",
        ]
        await quick.pagerduty.acknowledge(second.key)
        await quick.until_escalation("acknowledged")
    assert len(quick.pagerduty.incidents) == 2


async def test_nobody_acknowledges_so_the_level_is_paged_again_and_the_lane_climbs_to_the_last_resort(quick: World) -> None:
    async with drifting(quick, matrix=CLIMBING, webhook=True):
        await until_incident(quick, ":g1:sync:l1")
        quick.clock.forward(seconds=61)
        await until_incident(quick, ":g1:sync:l1:r1")
        quick.clock.forward(seconds=61)
        second = await until_incident(quick, ":g1:sync:l2")
        assert "ben" in second.details["Why you"]
        quick.clock.forward(seconds=121)
        last = await until_incident(quick, ":g1:sync:l3")
        assert "last resort" in last.details["Why you"]

        assert await quick.pagerduty.acknowledge(second.key) == 200
        acknowledged = await quick.until_escalation("acknowledged")
        await quick.until(
            lambda: {each.status for each in quick.pagerduty.incidents if acknowledged.id in each.key} == {"acknowledged"},
            "every incident of it is acknowledged",
        )
        paged = len(quick.pagerduty.incidents)
        quick.clock.forward(minutes=10)
        await quick.until_probed("/schema.graphql", 2)
        assert len(quick.pagerduty.incidents) == paged

        quick.clock.forward(minutes=21)
        await quick.until_escalation("open")
        quick.clock.forward(seconds=121)
        await until_incident(quick, ":g1:sync:l3:r1")
        told = kinds(await quick.timeline(acknowledged), "lane.climbed", "lane.exhausted", "acknowledgement.missed")
    assert told == ["acknowledgement.missed", "lane.climbed", "lane.exhausted", "acknowledgement.missed"]


async def test_accepting_resolves_undoing_brings_it_back_as_a_second_generation(quick: World) -> None:
    async with drifting(quick):
        (first,) = quick.pagerduty.incidents
        code, said = await quick.cli("baseline", "accept", "acme/api", "--because", "we adapted", "--as", "on-call")
        assert code == 0, said
        await quick.until(lambda: first.status == "resolved", "the incident is resolved")
        resolved = await quick.until_escalation("resolved")
        assert resolved.resolution == "baseline accepted: we adapted"
        await quick.until_is("acme/api", "ok")

        code, said = await quick.cli("baseline", "undo", "acme/api", "--because", "too early", "--as", "on-call")
        assert code == 0, said
        second = await until_incident(quick, ":g2:on-call")
        assert (await quick.until_is("acme/api", "drifted")).because == "1 breaking"
        assert "Account.industry" in second.title
        assert [(each.generation, each.state) for each in await quick.escalations()] == [(2, "open")]


async def test_the_same_break_again_within_three_days_is_its_second_generation_and_later_it_is_a_new_one(quick: World) -> None:
    async with drifting(quick):
        for hours, expected in ((70, [2]), (73, [1, 2])):
            quick.vendor.publish("/schema.graphql", BEFORE)
            await quick.until(lambda: not quick.pagerduty.open(), "the incident is resolved")
            quick.clock.forward(hours=hours)
            await quick.until_is("acme/api", "ok")
            paged = len(quick.pagerduty.incidents)
            quick.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
            await quick.until_paged(paged + 1)
            assert sorted(each.generation for each in await quick.escalations()) == expected


async def test_two_targets_of_one_integration_are_one_incident_and_another_integration_is_its_own(quick: World) -> None:
    both = """
    acme:
      criticality: core
      format: graphql
      targets:
        one: {{kind: http, url: "{url}/schema.graphql"}}
        two: {{kind: http, url: "{url}/schema.graphql?two"}}
    other:
      criticality: core
      targets:
        api: {{kind: http, url: "{url}/other", format: graphql}}
    """
    quick.vendor.publish("/other", BEFORE, media_type="text/plain")
    async with drifting(quick, integrations=both):

        async def joined() -> bool:
            mine = [each for each in await quick.escalations() if each.state == "open"]
            return [{cause.target for cause in each.causes} for each in mine] == [{"acme/one", "acme/two"}]

        await quick.until(joined, "both targets are of one escalation")
        quick.vendor.publish("/other", WITHOUT_INDUSTRY)
        await quick.until_paged(2)
        for path in ("/schema.graphql", "/other"):
            await quick.until_probed(path, 4)
        assert sorted(each.integration for each in await quick.escalations() if each.state == "open") == ["acme", "other"]
        assert len(quick.pagerduty.incidents) == 2

        quick.vendor.publish("/schema.graphql", BEFORE)
        await quick.until(lambda: quick.pagerduty.incidents[0].status == "resolved", "the incident of both is resolved")
        assert quick.pagerduty.incidents[1].status == "triggered"


WEBHOOK = """
          hook: {{kind: webhook, url: "env:HOOK_URL", secret: "env:HOOK_SECRET", private: true}}
"""
FALLING_BACK = """
contacts: {ana: {email: ana@example.com}}
lanes: {sync: {levels: [{contact: ana}], channels: [pagerduty]}}
rules: [{lanes: [sync]}]
fallback: hook
last_resort: ana
"""


def hook(world: World) -> None:
    """A webhook endpoint beside PagerDuty, which takes what comes."""
    world.environ |= {"HOOK_URL": f"{world.url}/hook", "HOOK_SECRET": f"whsec_{SIGNING}"}
    world.vendor.answer = lambda asked: Reply(status=204)


def hooked(world: World) -> list[dict[str, object]]:
    """What the webhook got, each with a signature that fits."""
    found = []
    for asked in world.vendor.requests("/hook"):
        said = f"{asked.headers['webhook-id']}.{asked.headers['webhook-timestamp']}.".encode() + asked.body
        mac = hmac.new(base64.b64decode(SIGNING), said, hashlib.sha256).digest()
        assert asked.headers["webhook-signature"] == "v1," + base64.b64encode(mac).decode()
        found.append(json.loads(asked.body))
    return found


async def test_pagerduty_asks_for_time_and_gets_it_and_has_one_incident_then(quick: World) -> None:
    hook(quick)
    quick.pagerduty.fail(Trouble.RATE_LIMITED, retry_after=60)
    async with drifting(quick, matrix=FALLING_BACK, pagerduty=WEBHOOK.format(), paged=False):
        await quick.until(lambda: bool(quick.pagerduty.received), "the page was tried")
        quick.clock.forward(seconds=20)
        await quick.until_probed("/schema.graphql", 2)
        assert [each.status for each in quick.pagerduty.received if each.path == "/v2/enqueue"] == [429]
        quick.clock.forward(seconds=60)
        await quick.until_paged()
        assert hooked(quick) == []
    assert [each.triggers for each in quick.pagerduty.incidents] == [1]


async def test_pagerduty_fails_in_every_way_for_a_moment_and_has_exactly_one_incident_each(quick: World) -> None:
    hook(quick)
    troubles = (Trouble.SERVER_ERROR, Trouble.LOST, Trouble.HANG, Trouble.UNREADABLE)
    for trouble in troubles:
        quick.pagerduty.fail(trouble)
    all_of_them = "".join(ACME.replace("acme:", f"acme{number}:") for number in range(len(troubles)))
    channels = "seconds: 0.5\n" + WEBHOOK.format()
    async with drifting(quick, matrix=FALLING_BACK, pagerduty=channels, integrations=all_of_them, paged=False):
        await quick.until_escalation("open", len(troubles))
        await quick.until_paged(len(troubles))
        await quick.until(lambda: _sent(quick), "nothing waits any more")
        quick.clock.forward(seconds=91)
        for escalation in await quick.escalations():
            await quick.until(lambda each=escalation: _told(quick, each, "page.confirmed"), "the incident was read back")
        assert hooked(quick) == []
    keys = [each.key for each in quick.pagerduty.incidents]
    assert len(keys) == len(set(keys)) == len(troubles)
    assert sum(each.triggers for each in quick.pagerduty.incidents) == len(troubles) + 1, "what took and hung got it twice"


async def _sent(world: World) -> bool:
    """Whether no page waits any more, of at least one."""
    async with world.store() as store, store.read() as tx:
        return bool(await tx.outbox.counts()) and await tx.outbox.next_due() is None


async def _took(world: World, channel: str, pages: int) -> bool:
    """Whether so many pages are known to have got through a channel: the clock may jump, and none of them is late by that."""
    async with world.store() as store, store.read() as tx:
        return (await tx.outbox.counts()).get((channel, PageState.SENT), 0) == pages


async def _told(world: World, escalation: Escalation, kind: str) -> bool:
    return kind in [entry.kind for entry in await world.timeline(escalation)]


async def test_taken_without_an_incident_the_fallback_pages(quick: World) -> None:
    hook(quick)
    quick.pagerduty.fail(Trouble.SWALLOW)
    async with drifting(quick, matrix=FALLING_BACK, pagerduty=WEBHOOK.format(), paged=False):
        await quick.until_escalation("open")
        await quick.until(lambda: _sent(quick), "PagerDuty took it")
        assert hooked(quick) == []
        quick.clock.forward(seconds=91)
        await quick.until(lambda: len(hooked(quick)) == 1, "the fallback paged")
        (page,) = hooked(quick)
        assert page["type"] == "page.trigger"
        assert "Account.industry" in str(page["data"])
        quick.clock.forward(seconds=91)
        await quick.until_probed("/schema.graphql", 2)
        assert len(hooked(quick)) == 1
    assert quick.pagerduty.incidents == []


async def test_taken_and_then_not_to_be_asked_the_fallback_pages(quick: World) -> None:
    hook(quick)
    quick.environ["PD_TOKEN"] = "u+not-the-right-one"
    async with drifting(quick, matrix=FALLING_BACK, pagerduty=WEBHOOK.format()):
        await quick.until(lambda: _sent(quick), "PagerDuty took it")
        for _ in range(15):
            quick.clock.forward(seconds=16)
            await quick.until_probed("/schema.graphql")
        await quick.until(lambda: len(hooked(quick)) == 1, "the fallback paged")


async def test_pagerduty_is_down_and_back_with_one_current_incident_and_no_burst(quick: World) -> None:
    hook(quick)
    quick.pagerduty.fail(Trouble.SERVER_ERROR, times=1000)
    pace = "{acknowledge: 50m, next_level: 60m}"
    slowly = FALLING_BACK + f"priorities: {{P1: {pace}, P2: {pace}}}\n"
    async with drifting(quick, matrix=slowly, pagerduty=WEBHOOK.format(), paged=False):
        await quick.until(lambda: len(quick.pagerduty.received) >= 2, "it was tried again")
        assert hooked(quick) == []
        quick.clock.forward(seconds=121)
        await quick.until(lambda: _took(quick, "hook", 1), "the fallback paged")
        escalation = await quick.until_escalation("open")
        quick.clock.forward(minutes=61)
        await quick.until(lambda: _told(quick, escalation, "lane.exhausted"), "the lane climbed meanwhile")
        await quick.until(lambda: _took(quick, "hook", 2), "the fallback paged that, too")
        tried = len(quick.pagerduty.received)
        quick.clock.forward(minutes=7)
        await quick.until(lambda: len(quick.pagerduty.received) > tried + 1, "it was tried again and again")
        assert kinds(await quick.timeline(escalation), "page.failed") == ["page.failed"]
        quick.pagerduty.recover()
        quick.clock.forward(minutes=7)  # past the longest wait between two tries, far from the lane's next step
        await quick.until_paged()
        await quick.until(lambda: _sent(quick), "nothing waits any more")
        quick.clock.forward(seconds=91)
        await quick.until(lambda: _told(quick, escalation, "clock.returned"), "PagerDuty climbs again")
        quick.vendor.publish("/schema.graphql", BEFORE)
        await quick.until(lambda: not quick.pagerduty.open(), "the incident is resolved")
    assert len(quick.pagerduty.incidents) == 1


async def test_acknowledged_while_pagerduty_is_down_nobody_is_rung_when_it_is_back(quick: World) -> None:
    hook(quick)
    quick.pagerduty.fail(Trouble.RATE_LIMITED, times=1000)
    async with drifting(quick, matrix=FALLING_BACK, pagerduty=WEBHOOK.format(), paged=False) as engine:
        await quick.until(lambda: len(quick.pagerduty.received) >= 2, "it was tried again")
        escalation = await quick.until_escalation("open")
        async with engine.store.write() as tx:
            now = quick.clock.now()
            took = ev.Acknowledged(by="ana", via="cli", generation=1, at=now)
            assert await paging.person(tx, engine.config, escalation.id, took, now=now) is not None
        quick.clock.forward(minutes=5)
        await quick.until_probed("/schema.graphql", 3)
        entries = await quick.timeline(escalation)
        assert kinds(entries, "page.failed", "event.refused").count("page.failed") <= 1
        quick.pagerduty.recover()
        quick.clock.forward(minutes=10)
        await quick.until_probed("/schema.graphql", 3)
        assert (await quick.escalations())[0].state == "acknowledged"
        assert quick.pagerduty.incidents == []
        assert hooked(quick) == []


async def test_a_person_is_paged_by_mail_where_the_matrix_says_so(quick: World) -> None:
    matrix = """
    contacts: {ana: {email: ana@example.com}}
    lanes: {sync: {levels: [{contact: ana}], channels: [pagerduty, mail]}}
    rules: [{lanes: [sync]}]
    last_resort: ana
    """
    quick.environ["MAIL_PASSWORD"] = SECRETS[3]
    async with email.far_end(quick.tls) as far:
        channel = f"""
          mail:
            kind: email
            host: 127.0.0.1
            port: {far.channel.port}
            ca_file: {quick.tls.authority}
            sender: driftpager@example.com
            username: driftpager
            password: env:MAIL_PASSWORD
"""
        async with drifting(quick, matrix=matrix, pagerduty=channel):
            await quick.until(lambda: len(far.took) == 1, "the mail came")
            quick.vendor.publish("/schema.graphql", BEFORE)
            await quick.until(lambda: len(far.took) == 2, "its end was mailed")
        mails = [message_from_bytes(raw, policy=policy.default) for raw in far.took]
    assert [mail["To"] for mail in mails] == ["ana@example.com"] * 2
    assert "Account.industry" in mails[0]["Subject"]
    assert mails[0]["References"] == mails[1]["References"]
