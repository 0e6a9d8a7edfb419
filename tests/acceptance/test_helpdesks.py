"""An escalation lived through in Freshdesk and Intercom at once: a ticket of ours in each, and a customer answered in one."""

from __future__ import annotations

from textwrap import dedent

import pytest

from alerts import events as ev
from alerts.html import text_of
from monitor import paging
from monitor.demo.freshdesk import Freshdesk
from monitor.demo.intercom import BACK_OFFICE, Intercom
from monitor.demo.serve import serve
from tests.acceptance.test_main_job import BEFORE, WITHOUT_INDUSTRY
from tests.acceptance.test_people import ACME
from tests.acceptance.world import World

pytestmark = pytest.mark.acceptance

SECRET, KITE, ANA, ZOE = "the-secret-of-the-rule-in-freshdesk", "ops@kite.example", "ana@example.com", "zoe@example.com"
CHANNELS = """
          desk:
            {{kind: freshdesk, url: "{fresh}", api_key: "env:FRESH", agent: driftpager@example.com,
             webhook_secrets: ["env:HOOK"], private: true}}
          messenger:
            {{kind: intercom, url: "{inter}", token: "env:INTER", admin: "7", ticket_type: "{ticket_type}",
             contact: driftpager@example.com, private: true}}
"""
MATRIX = """
contacts: {ana: {email: ana@example.com}}
lanes: {sync: {clock: driftpager, channels: [pagerduty], levels: [{contact: ana}]}}
rules: [{lanes: [sync]}]
last_resort: ana
"""
CUSTOMERS = f"name,contact,channel,updates,depends_on\nKite Ltd.,{KITE},desk,automatic,acme:Account.industry\n"


async def test_what_people_do_in_either_help_desk_moves_both_and_only_the_customer_is_written_to(quick: World) -> None:
    fresh = Freshdesk(key="fresh-key", agents={ZOE: "Zoe"}, clock=quick.clock)
    inter = Intercom(token="inter-token", clock=quick.clock)
    quick.environ |= {"FRESH": fresh.key, "INTER": inter.token, "HOOK": SECRET}
    quick.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
    (quick.folder / "escalation.yml").write_text(dedent(MATRIX))
    (quick.folder / "customers.csv").write_text(CUSTOMERS)
    async with serve(fresh.app) as fresh_url, serve(inter.app) as inter_url:
        channels = CHANNELS.format(fresh=fresh_url, inter=inter_url, ticket_type=BACK_OFFICE)
        more = "matrix: {file: escalation.yml}\ncustomers: {file: customers.csv}\n"
        quick.configure(ACME.format(url=quick.url), more=more, pagerduty=channels)
        async with quick.inside() as engine:
            fresh.webhook = (f"{quick.web}/hooks/desk", SECRET)
            await quick.until_all("ok")
            quick.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
            await quick.until(lambda: bool(fresh.tickets and inter.tickets), "both have a ticket")
            ours, (theirs,) = fresh.tickets[1], inter.tickets
            assert "P1" in ours.subject
            assert "Kite Ltd." in text_of(ours.description)

            inter.set_state(theirs, "502", ANA)
            quick.clock.forward(seconds=16)
            it = await quick.until_escalation("acknowledged")
            assert it.owner == "ana"
            async with engine.store.write() as tx:
                said = ev.ImpactDeclared(by="ana", impact="New orders arrive late.")
                assert await paging.person(tx, engine.config, it.id, said, now=quick.clock.now()) is not None
            await quick.until(lambda: len(fresh.mailed) == 1, "the customer is told")

            fresh.set_status(ours, 5, ZOE)
            await quick.until(
                lambda: ours.status == 2 and "Zoe closed desk 1" in str(ours.notes), "it is open again and says why"
            )
            fresh.write(ours, ZOE, "sorry!")
            quick.clock.forward(seconds=16)
            fresh.set_status(ours, 4, ANA)
            ended = await quick.until_escalation("resolved")
            await quick.until(lambda: theirs.category == "resolved" and len(fresh.mailed) == 2, "it is over everywhere")
            await fresh.settle()

            async def told() -> bool:
                return "Zoe wrote in desk 1: sorry!" in [entry.text for entry in await quick.timeline(ended)]

            await quick.until(told, "what Zoe wrote is told")
            assert ended.resolution == "resolved in desk 1"
    answers = fresh.tickets[2]
    assert [to for to, _ in fresh.mailed] == [KITE, KITE]
    assert "New orders arrive late." in fresh.mailed[0][1]
    assert "is over" in fresh.mailed[1][1]
    assert (len(fresh.tickets), len(inter.tickets), answers.status, answers.notes, inter.sent_to) == (2, 1, 4, [], [])
    refused = [call for call in fresh.calls() + inter.calls() if call[-3:] not in ("200", "201")]
    assert refused == ["GET /api/v2/tickets 400"]  # the customer was unknown there when their ticket was looked for
    assert {status for status, _ in fresh.sent} == {200}
