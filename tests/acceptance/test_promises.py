"""What was promised, end to end: the clocks, the customers, the review and the figures, hours in seconds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from textwrap import dedent

import httpx
import pytest

from alerts import events as ev
from alerts.escalation import Escalation
from alerts.promise import Promise, Standing
from monitor import paging, promises, reviews
from monitor.engine import Engine
from monitor.kpis import kpis
from tests.acceptance.test_main_job import BEFORE, WITHOUT_INDUSTRY
from tests.acceptance.test_people import ACME, kinds, until_incident
from tests.acceptance.world import World
from tests.alerts.far_ends import SECRETS, Cue, FarEnd, email

pytestmark = pytest.mark.acceptance

MATRIX = """
contacts:
  ana: {email: ana@example.com, zone: Europe/Berlin}
  ben: {email: ben@example.com, zone: America/New_York}
lanes:
  sync: {clock: driftpager, channels: [pagerduty], levels: [{contact: ana}, {contact: ben}]}
rules: [{lanes: [sync]}]
last_resort: ben
fallback: mail
priorities: {P1: {acknowledge: 5m, next_level: 10m, ack_expiry: 30d, update: 2h, resolve: 4h}}
"""
SHEET = """\
name,zone,contact,channel,updates,depends_on
Kite Ltd.,Asia/Tokyo,ops@kite.example,mail,,acme
Globex,America/New_York,it@globex.example,mail,automatic,acme:Account.industry
Hooli,,,,,
"""
KITE, GLOBEX = "ops@kite.example", "it@globex.example"


@asynccontextmanager
async def broken(world: World, sheet: str = SHEET) -> AsyncIterator[tuple[Engine, FarEnd]]:
    """A daemon whose vendor has just dropped a field that customers of the sheet depend on, and the mailbox of everybody."""
    world.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
    world.environ["MAIL_PASSWORD"] = SECRETS[3]
    (world.folder / "escalation.yml").write_text(dedent(MATRIX))
    (world.folder / "customers.csv").write_text(sheet)
    async with email.far_end(world.tls) as far:
        mail = f"""
          mail:
            kind: email
            host: 127.0.0.1
            port: {far.channel.port}
            ca_file: {world.tls.authority}
            sender: driftpager@example.com
            username: driftpager
            password: env:MAIL_PASSWORD
"""
        more = "matrix: {file: escalation.yml}\ncustomers: {file: customers.csv}\n"
        world.configure(ACME.format(url=world.url), more=more, pagerduty=mail)
        async with world.inside() as engine:
            await world.until_all("ok")
            world.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
            await world.until_paged()
            yield engine, far


def mails(far: FarEnd, to: str) -> list[EmailMessage]:
    """What an address was sent."""
    found = [message_from_bytes(raw, policy=policy.default) for raw in far.took]
    return [each for each in found if each["To"] == to]  # type: ignore[misc]  # because the policy makes EmailMessages


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def person(engine: Engine, it: Escalation, event: ev.Event) -> None:
    """What a person does on the command line, by the daemon's clock."""
    async with engine.store.write() as tx:
        done = await paging.person(tx, engine.config, it.id, event, now=engine.clock.now())
    assert done is not None
    assert done.refused == ""


async def taken(engine: Engine, it: Escalation) -> None:
    """Ana has it, and says what it means."""
    now = engine.clock.now()
    await person(engine, it, ev.Acknowledged(by="ana", via="cli", generation=it.generation, at=now))
    await person(engine, it, ev.ImpactDeclared(by="ana", impact="New orders arrive late."))


async def owed(engine: Engine, customer: str) -> Promise:
    async with engine.store.read() as tx:
        (found,) = [each for each in await tx.promises.open() if each.customer == customer]
    return found


async def told(world: World, it: Escalation, kind: str) -> None:
    async def happened() -> bool:
        return kind in [entry.kind for entry in await world.timeline(it)]

    await world.until(happened, f"{kind} is told")


async def counted(world: World, *lines: str) -> None:
    """Wait until the metrics have these lines."""

    def shown() -> bool:
        assert world.engine is not None
        metrics = world.engine.metrics.exposition().decode()
        return all(f"{line}\n" in metrics for line in lines)

    await world.until(shown, f"the metrics say {lines}")


async def test_a_promised_time_is_told_as_it_passes_and_its_end_climbs_though_somebody_has_it(quick: World) -> None:
    async with broken(quick, "name\n") as (engine, far):
        it = await quick.until_escalation("open")
        await person(engine, it, ev.Acknowledged(by="ana", via="cli", generation=1, at=engine.clock.now()))
        quick.clock.forward(hours=2, minutes=5)
        await told(quick, it, "sla.resolve.50")
        quick.clock.forward(hours=1, minutes=35)
        await told(quick, it, "sla.resolve.90")
        await quick.until(lambda: len(mails(far, "ana@example.com")) > 0, "ana was told")
        assert [incident.key.rpartition(":")[2] for incident in quick.pagerduty.incidents] == ["l1"]
        quick.clock.forward(minutes=25)
        second = await until_incident(quick, ":g1:sync:l2")
        assert "ben" in second.details["Why you"]
        await told(quick, it, "sla.resolve.100")
        await person(engine, it, ev.ResolvedBy(by="ana", because="mapped the field"))
        await counted(
            quick,
            'driftpager_sla_marks_total{clock="resolve",percent="50"} 1.0',
            'driftpager_sla_marks_total{clock="resolve",percent="100"} 1.0',
            'driftpager_escalations_resolved_total{priority="P1",within_sla="no"} 1.0',
        )


async def test_customers_are_told_by_people_in_time_and_in_their_own_zone_and_what_is_late_climbs(quick: World) -> None:
    async with broken(quick) as (engine, far):
        it = await quick.until_escalation("open")
        assert it.customers == ("Kite Ltd.", "Globex")
        code, said = await quick.cli("customers", "updates", "-c", str(quick.config))
        assert (code, said.count(it.id)) == (0, 2), said
        await taken(engine, it)
        await quick.until(lambda: len(mails(far, GLOBEX)) == 1, "who opted in is told once a person has said what it means")
        assert "New orders arrive late." in text(mails(far, GLOBEX)[0])
        assert mails(far, KITE) == []

        first = await owed(engine, "Kite Ltd.")
        code, said = await quick.cli("customers", "approve", first.id, "--as", "ana")
        assert code == 0, said
        await quick.until(lambda: len(mails(far, KITE)) == 1, "what a person approved has arrived")
        (mail,) = mails(far, KITE)
        assert mail["Subject"] == f"acme: escalated to engineering (reference {it.id}, update 1)"
        assert "JST (Asia/Tokyo)." in text(mail)
        assert "industry" not in text(mail)

        async def kept() -> bool:
            async with engine.store.read() as tx:
                return [each.standing for each in await tx.promises.of(it.id) if each.sequence == 1] == [Standing.KEPT] * 2

        await quick.until(kept, "that both have arrived is known: what is known hours later came late")
        far.cue = Cue.SLOW_DOWN
        rung = len(quick.pagerduty.incidents)
        quick.clock.forward(hours=2, minutes=1)
        await told(quick, it, "sla.update.100")
        await quick.until(lambda: len(quick.pagerduty.incidents) == rung + 1, "what is late has climbed")
        far.cue = Cue.TAKE
        quick.clock.forward(minutes=5)
        await quick.until(lambda: len(mails(far, GLOBEX)) == 2, "the automatic one got through, late")

        await person(engine, it, ev.ResolvedBy(by="ana", because="internal words"))
        await quick.until(lambda: len(mails(far, GLOBEX)) == 3, "the end is told")
        assert "This is the last update about it." in text(mails(far, GLOBEX)[-1])
        last = await owed(engine, "Kite Ltd.")
        async with engine.store.write() as tx:
            await promises.approve(tx, engine.config, last.id, by="ana", now=engine.clock.now())
        await quick.until(lambda: len(mails(far, KITE)) == 2, "the end is told to everybody")
        assert "internal words" not in text(mails(far, KITE)[-1])

        async def settled() -> bool:
            async with engine.store.read() as tx:
                return [timer.kind for timer in await tx.timers.of(it.id)] == ["review"]

        await quick.until(settled, "nobody is owed anything any more")
        async with engine.store.read() as tx:
            every = await tx.promises.of(it.id)
        assert {each.customer for each in every} == {"Kite Ltd.", "Globex"}
        assert [each.standing for each in every if each.customer == "Globex"] == [Standing.KEPT, Standing.LATE, Standing.KEPT]
        await counted(
            quick, 'driftpager_customer_updates_total{result="late"} 1.0', "driftpager_customer_update_overdue_seconds 0.0"
        )


async def test_a_review_is_asked_for_closed_with_what_was_learned_and_stands_on_the_next_page(quick: World) -> None:
    async with broken(quick) as (engine, _):
        it = await quick.until_escalation("open")
        await taken(engine, it)
        await person(engine, it, ev.Mitigated(by="ana", because="the sync skips it", at=engine.clock.now()))
        quick.vendor.publish("/schema.graphql", BEFORE)
        await quick.until_escalation("resolved")
        quick.clock.forward(days=9)
        await told(quick, it, "review.overdue")
        learned = {"cause": "a release", "action": "mapped it", "learning": "their preview shows it two weeks before"}
        async with engine.store.write() as tx:
            closed = await reviews.close(tx, engine.config, it.id, by="ana", now=engine.clock.now(), **learned)
        for said in (
            "the sync skips it",
            "Account.industry",
            "their preview shows it two weeks before",
            "New orders arrive late.",
        ):
            assert said in closed.text
        assert (await quick.until_escalation("reviewed")).id == it.id
        await quick.until_is("acme/api", "ok")

        paged = len(quick.pagerduty.incidents)
        quick.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
        await quick.until_paged(paged + 1)
        assert "their preview shows it two weeks before" in quick.pagerduty.incidents[-1].details["Seen before"]
        again = await quick.until_escalation("open")
        assert again.id != it.id
        async with httpx.AsyncClient(trust_env=False) as client:
            shown = (await client.get(f"{quick.web}/escalations/{again.id}")).text
        assert f"{it.id}, " in shown
        await counted(quick, 'driftpager_escalations_repeated_total{category="drift"} 1.0')


async def test_the_figures_of_a_night_are_right(quick: World) -> None:
    async with broken(quick) as (engine, _):
        it = await quick.until_escalation("open")
        quick.clock.forward(minutes=4)
        await taken(engine, it)
        quick.clock.forward(hours=1)
        await person(engine, it, ev.ResolvedBy(by="ana", because="mapped the field"))
        await quick.until_escalation("resolved")
        code, said = await quick.cli("csat", it.id, "--customer", "Globex", "--score", "4", "--as", "ana")
        assert code == 0, said
        now = engine.clock.now()
        async with engine.store.read() as tx:
            found = await kpis(tx, engine.config.matrix, now - timedelta(days=90), now)
        assert (found.opened, found.resolved, found.within_sla.ratio, found.noise.part) == (1, 1, 1.0, 0)
        assert found.acknowledge.mean is not None
        assert timedelta(minutes=4) <= found.acknowledge.mean < timedelta(minutes=60)
        assert found.resolve.mean is not None
        assert found.acknowledge.mean + timedelta(hours=1) <= found.resolve.mean < timedelta(hours=4)
        assert (found.csat, dict(found.by_vendor)) == (4.0, {"acme": 1})
        async with httpx.AsyncClient(trust_env=False) as client:
            assert "100.0%" in (await client.get(f"{quick.web}/kpis")).text
        assert kinds(await quick.timeline(it), "sla.resolve.50") == []
