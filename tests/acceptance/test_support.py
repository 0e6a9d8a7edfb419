"""A change as the support desk lives it: our ticket and the customers' own in Zendesk, both ways, through the real daemon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from textwrap import dedent

import pytest

from alerts import events as ev
from alerts.escalation import Escalation
from monitor import promises
from monitor.demo.serve import serve
from monitor.demo.zendesk import Zendesk
from monitor.demo.zendesk_ticket import Ticket
from monitor.engine import Engine
from monitor.kpis import kpis
from tests.acceptance.test_main_job import BEFORE, WITHOUT_INDUSTRY
from tests.acceptance.test_people import ACME
from tests.acceptance.test_promises import owed, person
from tests.acceptance.world import World

pytestmark = pytest.mark.acceptance

TOKEN, SECRET = "stand-in-zendesk-token", "stand-in-zendesk-signing-secret"
MATRIX = """
contacts:
  ana: {{email: ana@example.com, zendesk: "{ana}"}}
  ben: {{email: ben@example.com}}
lanes: {{sync: {{clock: driftpager, channels: [pagerduty], levels: [{{contact: ana}}, {{contact: ben}}]}}}}
rules: [{{lanes: [sync]}}]
last_resort: ben
priorities: {{P1: {{acknowledge: 5m, next_level: 10m, ack_expiry: 30d, update: 2h, resolve: 40h}}}}
"""
CUSTOMERS = """
customers:
  Kite Ltd.: {zone: Asia/Tokyo, contact: ops@kite.example, channel: support, depends_on: [acme]}
  Globex: {contact: it@globex.example, channel: support}
"""


@asynccontextmanager
async def broken(world: World) -> AsyncIterator[tuple[Engine, Zendesk]]:
    """A daemon whose vendor has just dropped a field, and the Zendesk it keeps a ticket in."""
    world.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
    zendesk = Zendesk(token=TOKEN, clock=world.clock)
    ana = zendesk.person("Ana", "ana@example.com", role="agent")
    world.environ |= {"ZENDESK_TOKEN": TOKEN, "ZENDESK_SECRET": SECRET}
    (world.folder / "escalation.yml").write_text(dedent(MATRIX.format(ana=ana.id)))
    async with serve(zendesk.app) as url:
        channel = f"""
          support:
            kind: zendesk
            url: {url}
            private: true
            email: {zendesk.email}
            token: env:ZENDESK_TOKEN
            user_id: {zendesk.us.id}
            webhook_secrets: [env:ZENDESK_SECRET]
"""
        integrations = ACME.replace("criticality: core", "criticality: core\n  known_as: [Acme CRM]").format(url=world.url)
        world.configure(integrations, more=f"matrix: {{file: escalation.yml}}\n{CUSTOMERS}", pagerduty=channel)
        async with world.inside() as engine:
            zendesk.webhook = (f"{world.web}/hooks/support", SECRET)
            await world.until_all("ok")
            world.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
            await world.until_paged()
            yield engine, zendesk


def with_key(zendesk: Zendesk, start: str) -> list[Ticket]:
    return [each for each in zendesk.tickets.values() if (each.external_id or "").startswith(start)]


async def approved(engine: Engine, customer: str) -> None:
    """Ana approves what a customer is owed."""
    promise = await owed(engine, customer)
    async with engine.store.write() as tx:
        await promises.approve(tx, engine.config, promise.id, by="ana", now=engine.clock.now())


async def test_the_tickets_of_everybody_follow_it_from_the_opening_to_the_rating(quick: World) -> None:
    async with broken(quick) as (engine, zendesk):
        it = await quick.until_escalation("open")
        await quick.until(lambda: len(with_key(zendesk, f"driftpager-{it.id}")) == 1, "our ticket is made")
        (ours,) = with_key(zendesk, f"driftpager-{it.id}")
        assert (ours.status, ours.priority) == ("open", "urgent")

        # A customer we know and one we do not write in, and an agent takes our ticket.
        globex = zendesk.asks(zendesk.person("Gus", "gus@globex.example"), "Acme CRM is empty", "since noon")
        hooli = zendesk.asks(zendesk.person("Hal", "hal@hooli.example"), "Where is my Acme CRM data?", "nothing comes")
        ana = next(each for each in zendesk.users.values() if each.name == "Ana")
        assert await zendesk.assign(ours.id, ana, ana) == 200
        taken = await quick.until_escalation("acknowledged")
        assert (taken.acknowledged_by, taken.owner) == ("ana", "ana")
        quick.clock.forward(minutes=15)
        await quick.until(lambda: all(len(each.comments) == 2 for each in (globex, hooli)), "their tickets are linked")
        assert not globex.comments[1].public
        assert f"/agent/tickets/{ours.id}" in globex.comments[1].html
        assert (await _now(quick, it)).customers == ("Kite Ltd.", "Globex", "hooli.example")

        # What is promised: a ticket for who has none, an answer in their own for who wrote.
        await person(engine, it, ev.ImpactDeclared(by="ana", impact="New orders arrive late."))
        for customer in ("Kite Ltd.", "Globex"):
            await approved(engine, customer)
        await quick.until(lambda: len(zendesk.mailed) == 3, "both customers were told")
        assert {address for address, _ in zendesk.mailed} == {"ops@kite.example", "gus@globex.example", "it@globex.example"}
        assert all("New orders arrive late." in said and "Next update by" in said for _, said in zendesk.mailed)
        assert "(Asia/Tokyo)" in dict(zendesk.mailed)["ops@kite.example"]
        assert globex.comments[-1].public
        assert len(with_key(zendesk, f"driftpager-{it.id}-")) == 1  # Kite's

        # It is solved in our ticket: over for us, told to them, rated by one.
        assert await zendesk.comment(ours.id, ana, "We map the new field now.") == 200
        assert await zendesk.set_status(ours.id, ana, "solved") == 200
        over = await quick.until_escalation("resolved")
        assert over.resolved_by == "ana"
        for customer in ("Kite Ltd.", "Globex"):
            await approved(engine, customer)
        await quick.until(lambda: len(zendesk.mailed) == 6 and globex.status == "solved", "both know that it is over")
        assert "This is the last update" in zendesk.mailed[-1][1]
        zendesk.rate(globex.id, "good", "thank you")
        quick.clock.forward(hours=1)
        await quick.until(lambda: _figures(engine), "the rating is in the figures")
        kinds = [entry.kind for entry in await quick.timeline(it)]
        # What was heard by webhook was asked for as well, and counts once.
        once = ("customer.rated", "record.annotated", "escalation.acknowledged", "escalation.resolved")
        assert [kinds.count(each) for each in once] == [1, 1, 1, 1]
        assert [each for each in kinds if each in ("record.failed", "promise.undelivered", "event.refused")] == []


async def _now(world: World, it: Escalation) -> Escalation:
    return next(each for each in await world.escalations() if each.id == it.id)


async def _figures(engine: Engine) -> bool:
    now = engine.clock.now()
    async with engine.store.read() as tx:
        found = await kpis(tx, engine.config.matrix, now - timedelta(days=1), now)
    return (found.csat, found.csat_answers) == (5.0, 1)
