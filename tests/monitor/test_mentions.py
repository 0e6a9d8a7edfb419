"""Customers' tickets that mention a vendor, and their ratings: from a stand-in Zendesk into an escalation and the figures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from random import Random

import pytest
from pydantic import SecretStr

from alerts import events as ev
from alerts.channels import Mention, Tools
from alerts.channels.zendesk import Zendesk
from alerts.customer import Customer
from alerts.escalation import Escalation, Kept, Transition
from alerts.kpis import Kpis
from alerts.page import Action
from alerts.priority import Priority
from monitor import ratings
from monitor.clock import SystemClock
from monitor.customers import named
from monitor.demo import zendesk as stand_in
from monitor.demo.serve import serve
from monitor.demo.zendesk import Trouble
from monitor.demo.zendesk_ticket import Ticket
from monitor.egress import Egress
from monitor.engine import Engine
from monitor.judge import Judge
from monitor.kpis import kpis
from monitor.mentions import Mentions, unaffected
from monitor.metrics import Metrics
from monitor.replies import tools
from monitor.store.mentions import Link
from schemas.change import Use
from tests.monitor.test_silencing import HOUR, MINUTE, Desk, finding, made

TOKEN = "zendesk-token-4711"
ACME = Customer(name="ACME Corp.", contact="ops@acme.example", channel="zendesk", depends_on=("pay",))


class OnDesk(SystemClock):
    """The desk's clock."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def now(self) -> datetime:
        return self._desk.now


@dataclass
class Support:
    """An engine whose customers write to a Zendesk, and an escalation that customers of crm may feel."""

    desk: Desk
    zendesk: stand_in.Zendesk
    engine: Engine
    mentions: Mentions
    left: set[str] = field(default_factory=set)

    async def breaks(self) -> Escalation:
        """Something is broken, and has a ticket of ours."""
        await self.desk.drifts("crm/a", replace(finding(), use=Use.UNDECLARED))
        await self.kept()
        return await self.it()

    async def kept(self) -> None:
        """The pages to Zendesk have left."""
        for page in await self.desk.pages(Action.RECORD):
            if page.record is not None and page.id not in self.left:
                self.left.add(page.id)
                known = (await self.it()).record("zendesk")
                record = replace(page.record, reference=known.reference if known else "")
                receipt = await self.engine.config.channels["zendesk"].deliver(replace(page, record=record), tools(self.engine))
                sent = ev.PageSent(page=page, reference=receipt.reference, url=receipt.url)
                await self.desk.does(sent, await self.it())

    async def it(self) -> Escalation:
        (found,) = [each for each in await self.desk.escalations() if each.opened_at is not None]
        return found

    async def round(self) -> None:
        await self.mentions.watch()

    def asks(self, name: str, email: str, text: str = "Salesforce is broken", organization: str = "") -> Ticket:
        return self.zendesk.asks(self.zendesk.person(name, email, organization=organization), text, "since noon")

    async def links(self) -> list[tuple[str, str, str]]:
        async with self.desk.store.read() as tx:
            return [(each.customer, each.reference, str(each.state)) for each in await tx.mentions.of((await self.it()).id)]

    async def figures(self) -> Kpis:
        """Of the last day."""
        async with self.desk.store.read() as tx:
            return await kpis(tx, self.desk.config.matrix, self.desk.now - timedelta(days=1), self.desk.now + MINUTE)

    async def said(self, kind: str) -> list[str]:
        async with self.desk.store.read() as tx:
            return [entry.text for entry in await tx.escalations.timeline((await self.it()).id) if entry.kind == kind]


@pytest.fixture
async def support(tmp_path: Path) -> AsyncIterator[Support]:
    desk = await made(tmp_path)
    clock = OnDesk(desk)
    zendesk = stand_in.Zendesk(token=TOKEN, clock=clock)
    judge = Judge()
    async with serve(zendesk.app) as url, Egress(private=True) as egress:
        channel = Zendesk(url=url, email=zendesk.email, token=SecretStr(TOKEN), user_id=zendesk.us.id, private=True, seconds=2)
        crm = replace(desk.config.integrations["crm"], known_as=("Salesforce", "SFDC"))
        desk.config = replace(
            desk.config,
            channels={**desk.config.channels, "zendesk": channel},
            integrations={**desk.config.integrations, "crm": crm},
            customers=(ACME,),
        )
        engine = Engine(
            config=desk.config,
            store=desk.store,
            clock=clock,
            rng=Random(1),
            egress=egress,
            judge=judge,
            metrics=Metrics(),
        )
        yield Support(desk, zendesk, engine, Mentions(engine))
    await judge.close()
    await desk.store.close()


def notes(ticket: Ticket) -> list[str]:
    return [each.html for each in ticket.comments[1:] if not each.public]


async def test_a_customers_ticket_is_found_linked_once_and_counted(support: Support) -> None:
    it = await support.breaks()
    theirs = support.asks("Zoe", "zoe@acme.example")
    stranger = support.asks("Lee", "lee@globex.example", "no SFDC accounts", organization="Globex Inc.")
    support.asks("Kim", "kim@gmail.com", "How do I pay?")
    await support.round()
    after = await support.it()
    assert after.customers == ("ACME Corp.", "Globex Inc.")
    assert await support.links() == [
        ("ACME Corp.", str(theirs.id), "linked"),
        ("Globex Inc.", str(stranger.id), "linked"),
    ]
    ours = after.record("zendesk")
    assert ours is not None
    seen = f"crm changed on the vendor's side, seen {it.detected_at:%Y-%m-%d %H:%M} UTC. Escalation {it.id}: {ours.url}"
    assert notes(theirs) == notes(stranger) == [f"<p>{escape(seen)}</p>"]
    assert (after.record("zendesk", "ACME Corp.") or ours).reference == str(theirs.id)
    assert support.zendesk.mailed == []
    assert len(await support.said("customers.joined")) == 2
    for _ in range(3):
        support.desk.now += 16 * MINUTE
        await support.round()
    await Mentions(support.engine).watch()  # after a restart
    assert len(notes(theirs)) == 1
    assert len(await support.said("customers.joined")) == 2
    async with support.desk.store.read() as tx:
        assert [promise.customer for promise in await tx.promises.open()] == ["ACME Corp."]  # the other was promised nothing


async def test_it_is_searched_again_every_quarter_of_an_hour_while_it_is_open(support: Support) -> None:
    await support.breaks()
    asked = lambda: sum(each.path.endswith("/search") for each in support.zendesk.received)  # noqa: E731 - one word for it
    for _ in range(3):
        await support.round()
    assert asked() == 2  # one a word
    support.desk.now += 15 * MINUTE
    await support.round()
    assert asked() == 4
    await support.desk.does(ev.ResolvedBy(by="ana", because="done"), await support.it())
    support.desk.now += 15 * MINUTE
    await support.round()
    assert asked() == 4


async def test_nobody_looks_without_words_to_look_for(support: Support) -> None:
    await support.breaks()
    crm = replace(support.engine.config.integrations["crm"], known_as=())
    support.engine.config = replace(support.engine.config, integrations={**support.engine.config.integrations, "crm": crm})
    support.asks("Zoe", "zoe@acme.example")
    await support.round()
    assert (await support.it()).customers == ()


async def test_five_customers_make_it_more_urgent_and_a_person_takes_a_wrong_one_off(support: Support) -> None:
    assert (await support.breaks()).priority is Priority.P2
    tickets = [support.asks(name, f"x@{name}.example") for name in ("a", "b", "c", "d", "e")]
    await support.round()
    assert (await support.it()).priority is Priority.P1
    async with support.desk.store.write() as tx:
        it = await support.it()
        done = await unaffected(
            tx, support.engine.config, it.id, "e.example", by="ana", because="about an invoice", now=support.desk.now
        )
    assert (done.refused, done.escalation.priority) == ("", Priority.P2)
    assert "e.example" not in done.escalation.customers
    await support.round()
    assert notes(tickets[4])[1:] == [
        f"<p>This ticket has nothing to do with escalation {it.id} after all: about an invoice</p>"
        f"<p>{(it.record('zendesk') or it.records[0]).url}</p>"
    ]
    assert (await support.links())[4] == ("e.example", str(tickets[4].id), "dropped")
    support.asks("e", "y@e.example")
    support.desk.now += 16 * MINUTE
    await support.round()
    assert "e.example" not in (await support.it()).customers


async def test_where_our_ticket_is_in_another_system_the_note_leads_there(support: Support) -> None:
    config = support.engine.config
    support.engine.config = replace(config, matrix=config.matrix.model_copy(update={"records": ()}))
    support.desk.config = support.engine.config
    await support.desk.drifts("crm/a", finding())
    theirs = support.asks("Zoe", "zoe@acme.example")
    async with support.desk.store.write() as tx:
        it = await support.it()
        jira = Kept(channel="jira", at=support.desk.now, reference="OPS-1", url="https://jira.example/browse/OPS-1")
        await tx.escalations.save(Transition(escalation=replace(it, records=(jira,))))
    await support.round()
    (note,) = notes(theirs)
    assert note.endswith(f"Escalation {it.id}: https://jira.example/browse/OPS-1</p>")


async def test_a_note_waits_for_our_ticket_and_is_tried_again_after_a_failure(support: Support) -> None:
    await support.desk.drifts("crm/a", finding())
    theirs = support.asks("Zoe", "zoe@acme.example")
    await support.round()
    assert await support.links() == [("ACME Corp.", str(theirs.id), "found")]
    await support.kept()
    support.zendesk.fail(Trouble.SERVER_ERROR)
    await support.round()
    assert notes(theirs) == []
    support.desk.now += MINUTE
    await support.round()
    assert await support.links() == [("ACME Corp.", str(theirs.id), "linked")]
    assert len(notes(theirs)) == 1


async def test_killed_after_the_note_it_is_not_written_again(support: Support) -> None:
    it = await support.breaks()
    theirs = support.asks("Zoe", "zoe@acme.example")
    await support.round()
    async with support.desk.store.write() as tx:
        (link,) = await tx.mentions.of(it.id)
        await tx.mentions.settle(link, Link.FOUND)  # as it stood before
    await Mentions(support.engine).watch()
    assert await support.links() == [("ACME Corp.", str(theirs.id), "linked")]
    assert len(notes(theirs)) == 1


async def test_taken_back_while_its_note_is_on_the_way_it_is_corrected(support: Support) -> None:
    it = await support.breaks()
    theirs = support.asks("Zoe", "zoe@acme.example")
    channel = support.engine.config.channels["zendesk"]
    assert isinstance(channel, Zendesk)

    class Slow:
        """The channel, in which a person is quicker than our note."""

        kind = "zendesk"

        async def mentions(self, words: tuple[str, ...], since: datetime, tools: Tools) -> list[Mention]:
            return await channel.mentions(words, since, tools)

        async def link(self, mention: str, reference: str, text: str, tools: Tools) -> None:
            await channel.link(mention, reference, text, tools)
            if "nothing to do" not in text:
                async with support.desk.store.write() as tx:
                    config, now = support.engine.config, support.desk.now
                    await unaffected(tx, config, it.id, "ACME Corp.", by="ana", because="an invoice", now=now)

    channels = {**support.engine.config.channels, "zendesk": Slow()}
    support.engine.config = replace(support.engine.config, channels=channels)  # type: ignore[arg-type]  # because it delivers nothing
    await support.round()
    await support.round()
    assert await support.links() == [("ACME Corp.", str(theirs.id), "dropped")]
    assert [("nothing to do" in note) for note in notes(theirs)] == [False, True]


async def test_a_ticket_that_was_closed_meanwhile_is_left_alone_and_its_customer_counts(support: Support) -> None:
    await support.desk.drifts("crm/a", finding())
    theirs = support.asks("Zoe", "zoe@acme.example")
    await support.round()
    await support.kept()
    theirs.status = "closed"
    await support.round()
    assert await support.links() == [("ACME Corp.", str(theirs.id), "refused")]
    assert (await support.it()).customers == ("ACME Corp.",)


async def test_a_rating_of_a_customers_ticket_is_in_the_figures_once(support: Support) -> None:
    await support.breaks()
    theirs = support.asks("Zoe", "zoe@acme.example")
    unrelated = support.asks("Kim", "kim@kite.example", "How do I pay?")
    await support.round()
    support.zendesk.rate(theirs.id, "good", "quick\nhelp")
    support.zendesk.rate(unrelated.id, "bad")
    for _ in range(2):
        support.desk.now += HOUR
        await ratings.ask(support.engine)
    assert await support.said("customer.rated") == [f"ACME Corp. rates zendesk {theirs.id} with 5 of 5: quick help"]
    found = await support.figures()
    assert (found.csat, found.csat_answers) == (5.0, 1)
    support.zendesk.rate(theirs.id, "bad", "it broke again")
    support.zendesk.ratings[-1]["id"] = support.zendesk.ratings[0]["id"]  # they changed their mind
    await ratings.ask(support.engine)
    found = await support.figures()
    assert (found.csat, found.csat_answers) == (1.0, 1)


async def test_a_channel_in_trouble_is_asked_again(support: Support) -> None:
    await support.breaks()
    theirs = support.asks("Zoe", "zoe@acme.example")
    await support.round()
    support.zendesk.rate(theirs.id, "good")
    support.zendesk.token = "revoked"
    await ratings.ask(support.engine)
    support.zendesk.token = TOKEN
    await ratings.ask(support.engine)
    assert len(await support.said("customer.rated")) == 1


@pytest.mark.parametrize(
    ("organization", "email", "expected"),
    [
        ("acme corp.", "x@elsewhere.example", "ACME Corp."),
        ("", "OPS@acme.example", "ACME Corp."),
        ("ops@acme.example", "ops@acme.example", "ACME Corp."),
        ("", "zoe@acme.example", "ACME Corp."),
        ("Kite Ltd.", "zoe@kite.example", "Kite Ltd."),
        ("zoe@kite.example", "zoe@kite.example", "kite.example"),
        ("", "zoe@gmail.com", "zoe@gmail.com"),
        ("", "", ""),
    ],
)
def test_who_wrote_is_named_by_what_we_know_of_them(organization: str, email: str, expected: str) -> None:
    other = Customer(name="Hooli", contact="hooli@gmail.com")
    assert named((other, ACME), organization, email) == expected
