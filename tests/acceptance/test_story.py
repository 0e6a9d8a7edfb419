"""The worked example, told as it happens: a Sunday night, from the field that goes to what is learned from it.

It runs the configuration of `docs/examples/sunday-night` as it stands there. The minutes are worked out by hand from the built-in
pace of a P1 (paged again after 5, the next level after 10, customers every 2 hours, over in 4) and from what people do.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.escalation import Escalation, State
from alerts.page import Action, EscalationId, Page, PageState
from alerts.promise import Promise
from monitor.demo.pagerduty import Incident
from tests.acceptance.night import EVERYBODY, Night, night, plain
from tests.postgres import migrated_database as migrated_database
from tests.postgres import migrated_file as migrated_file
from tests.postgres import store_url as store_url

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "sunday-night"
MINUTE = timedelta(minutes=1)
BEFORE = datetime(2026, 11, 22, 0, 20, tzinfo=UTC)
TWO_AT_NIGHT = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
"""In Berlin, where Tier 1 sleeps. In New York, where engineering is, it is eight on Saturday evening."""
KITE, GLOBEX = "ops@kite.example", "it@globex.example"
ACCOUNT = "salesforce-production/crm/Account"


@pytest.fixture
async def sunday(tmp_path: Path, store_url: str) -> AsyncIterator[Night]:
    """The example at work on each kind of store: the sync's fields are known, and all is well."""
    async with night(tmp_path, EXAMPLE, store_url, BEFORE) as stage:
        await stage.until(TWO_AT_NIGHT)
        yield stage


def test_the_matrix_of_the_example_fits_on_one_screen() -> None:
    lines = (EXAMPLE / "escalation.yml").read_text().splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100


async def test_salesforce_drops_a_field_that_the_sync_reads_at_two_on_a_sunday_night(sunday: Night) -> None:
    # It is seen in the next slot of the target, a minute later it is still so: P1, by the table and by who depends on it.
    sunday.org.drop_field("Account", "Industry")
    await sunday.until(TWO_AT_NIGHT + 4 * MINUTE)
    it = await the_escalation(sunday)
    assert it.opened_at is not None
    assert (it.state, str(it.priority), f"{it.opened_at:%H:%M}") == (State.OPEN, "P1", "01:03")
    assert [(factor.name, str(factor.priority), factor.because) for factor in it.factors] == [
        ("table", "P1", "breaking, in use, core: `Account.Industry` is gone"),
        ("high-value", "P1", "high-value customers depend on it: Kite Logistics"),
    ]
    assert it.customers == ("Kite Logistics", "Globex")

    def at(minute: int) -> datetime:
        assert it.opened_at is not None
        return it.opened_at + minute * MINUTE

    # Tier 1 sleeps through two pages; the lane climbs to engineering (another department), then to its head (a senior).
    await sunday.until(at(21))
    first, *_ = sunday.pagerduty.incidents
    assert first.title.startswith("P1 salesforce-production: `Account.Industry` is gone")
    assert [(each.service, each.key.partition(":g1:")[2]) for each in sunday.pagerduty.incidents] == [
        ("Support", "sync:l1"),
        ("Support", "sync:l1:r1"),
        ("Engineering", "sync:l2"),
        ("Engineering", "sync:l2:r1"),
        ("Engineering", "sync:l3"),
    ]

    # Ben takes it at PagerDuty: nobody climbs further. He says what it means, and the customer who opted in hears it at once.
    await sunday.until(at(22))
    assert await sunday.pagerduty.acknowledge(incident(sunday, "sync:l2").key, by="Ben") == 200
    await sunday.until(at(25))
    it = await the_escalation(sunday)
    assert (it.state, it.owner) == (State.ACKNOWLEDGED, "ben")
    assert sunday.mails(KITE) == []
    await sunday.types("customers", "declare", it.id, "--impact", "New accounts reach us without their industry.", "--as", "ben")
    [opening] = sunday.mails(KITE)
    assert opening["Subject"] == f"salesforce-production: escalated to engineering (reference {it.id}, update 1)"
    assert "New accounts reach us without their industry." in plain(opening)
    assert "Next update by Sun 22 Nov 2026, 12:28 JST (Asia/Tokyo)." in plain(opening)

    # To the other a machine's words go only as a person approves them.
    await sunday.until(at(30))
    assert sunday.mails(GLOBEX) == []
    await sunday.types("customers", "approve", (await owed(sunday, "Globex")).id, "--as", "cleo")
    assert "Next update by Sat 21 Nov 2026, 21:33 CST (America/Chicago)." in plain(sunday.mails(GLOBEX)[0])

    # A hotfix is out at 50. Then nothing is heard of Ben for half an hour: the P1 is nobody's, and pages again.
    await sunday.until(at(50))
    await sunday.types("mitigate", it.id, "--because", "hotfix 4.2.1: the sync skips the industry", "--as", "ben")
    assert (await the_escalation(sunday)).state is State.MITIGATING
    await sunday.until(at(79))
    assert (await the_escalation(sunday)).state is State.MITIGATING
    await sunday.until(at(86))
    assert (await the_escalation(sunday)).state is State.OPEN
    await sunday.until(at(87))
    await sunday.types("ack", it.id, "--as", "ben")

    # Every two hours at the latest: who opted in after three quarters of the time, the other as Ben sends it. That is work on
    # it, and so keeps it his.
    await sunday.until(at(112))
    await sunday.types("customers", "approve", (await owed(sunday, "Globex")).id, "--as", "ben")
    await sunday.until(at(116))
    assert [mail["Subject"].partition(": ")[2] for mail in sunday.mails(KITE)[1:]] == [
        f"workaround in place (reference {it.id}, update 2)"
    ]
    await sunday.until(at(140))
    assert (await the_escalation(sunday)).owner == "ben"
    assert (await the_escalation(sunday)).state is State.ACKNOWLEDGED
    await sunday.types("ack", it.id, "--as", "ben")
    await sunday.until(at(165))
    await sunday.types("ack", it.id, "--as", "ben")

    # The sync reads the new field after 3 hours and 10 minutes; a promise of 4 is kept. Everybody who heard of it hears the end.
    await sunday.until(at(190))
    accepted = ("--because", "the sync reads Industry__c now", "--adapted", "--as", "ben")
    await sunday.types("baseline", "accept", ACCOUNT, *accepted)
    it = await the_escalation(sunday)
    assert (it.state, it.resolved_by, it.resolved_at) == (State.RESOLVED, "ben", at(190))
    assert sunday.pagerduty.open() == []
    assert "This is the last update about it." in plain(sunday.mails(KITE)[-1])
    await sunday.until(at(195))
    await sunday.types("customers", "approve", (await owed(sunday, "Globex")).id, "--as", "cleo")
    assert [mail["Subject"].partition(": ")[2].partition(" (")[0] for mail in sunday.mails(GLOBEX)] == [
        "escalated to engineering",
        "workaround in place",
        "resolved",
    ]
    assert minutes(it, *(await told_at(sunday, "Kite Logistics"))) == [25, 115, 190]
    assert minutes(it, *(await told_at(sunday, "Globex"))) == [30, 112, 195]

    await everybody_who_was_rung_can_be_told_why(sunday, it)
    await the_review_is_drafted_and_closed(sunday, it)
    await sunday.types("csat", it.id, "--customer", "Kite Logistics", "--score", "5", "--as", "cleo")
    await sunday.types("csat", it.id, "--customer", "Globex", "--score", "4", "--as", "cleo")
    await sunday.until(at(200))
    await sunday.quiet(EVERYBODY)
    await the_figures_are_those_of_the_night(sunday)
    await what_was_learned_stands_on_the_next_page(sunday)


async def everybody_who_was_rung_can_be_told_why(sunday: Night, it: Escalation) -> None:
    every = await pages(sunday, it.id)
    rings = [page for page in every if page.action is Action.TRIGGER]
    assert [(minutes(it, page.created_at)[0], page.channel, page.contact, *you_and_now(page)) for page in rings] == [
        (0, "support", "ana", "level 1 of sync: on duty for tier-1", "confirmed"),
        (0, "mail", "cleo", "level 1 of customers: on duty for customer-success", "confirmed"),
        (5, "support", "ana", "level 1 of sync: on duty for tier-1", "nobody acknowledged level 1 of sync"),
        (10, "engineering", "ben", "level 2 of sync: on duty for integration-engineering", "lane sync climbs from level 1 to 2"),
        (15, "engineering", "ben", "level 2 of sync: on duty for integration-engineering", "nobody acknowledged level 2 of sync"),
        (20, "engineering", "dora", "level 3 of sync: dora is named", "lane sync climbs from level 2 to 3"),
        (20, "mail", "dora", "level 3 of sync: dora is named", "lane sync climbs from level 2 to 3"),
        (85, "engineering", "dora", "level 3 of sync: dora is named", "nobody acknowledged level 3 of sync"),
        (85, "mail", "dora", "level 3 of sync: dora is named", "nobody acknowledged level 3 of sync"),
    ]
    rules = {"sync": "lane sync by rule 1: impact is breaking", "customers": "lane customers by rule 3: 2 customers affected"}
    explained = " ".join((await sunday.types("explain", it.id)).split())
    for page in rings:
        assert page.why is not None
        assert page.why.priority == ("P1: " + it.factors[0].because, "P1: " + it.factors[1].because)
        assert page.why.you.endswith(rules[page.lane])
        for answer in (*page.why.priority, page.why.you, page.why.now):
            assert " ".join(answer.split()) in explained
    async with sunday.engine.store.read() as tx:
        mailed = [state for page, state, _ in await tx.outbox.pages(it.id) if page.channel == "mail"]
    assert set(mailed) == {PageState.SENT}  # nobody can read back a mail
    of_people = [page for page in every if page.lane in rules]
    assert len(of_people) > len(rings)
    assert all(page.why and page.why.priority and page.why.you and page.why.now for page in of_people)
    told = incident(sunday, "sync:l2").details
    assert (told["Why you"], told["Why now"]) == (
        you_and_now(rings[3])[0],
        "lane sync climbs from level 1 to 2: nobody acknowledged",
    )


def you_and_now(page: Page) -> tuple[str, str]:
    """Why them, by their place in the lane, and why now, each without what follows."""
    assert page.why is not None
    return page.why.you.partition("; ")[0], re.split(": | in the time", page.why.now)[0]


async def the_review_is_drafted_and_closed(sunday: Night, it: Escalation) -> None:
    drafted = await sunday.types("review", "show", it.id)
    for known in (
        "breaking: `Account.Industry` is gone",
        "hotfix 4.2.1: the sync skips the industry",
        "New accounts reach us without their industry.",
        "resolve within what was promised (P1: 4h)",
        "respond later than promised (P1: 5m",
    ):
        assert known in drafted.replace("\\", ""), drafted  # what a vendor wrote is escaped
    lessons = ("--cause", "their Winter release", "--action", "mapped the new field", "--learning", "their preview shows it")
    await sunday.types("review", "close", it.id, *lessons, "--as", "ben")
    assert (await the_escalation(sunday)).state is State.REVIEWED


async def the_figures_are_those_of_the_night(sunday: Night) -> None:
    found = json.loads(await sunday.types("kpis", "--since", "1d", "--output", "json"))
    assert {name: found[name] for name in found if name not in ("since", "until")} == {
        "opened": 1,
        "resolved": 1,
        "within_sla": {"part": 1, "whole": 1},
        "detect": once(15),  # the clean look before and the changed one: never longer than the interval
        "page": once(1),  # it waited for a second look
        "acknowledge": once(22),
        "resolve": once(190),
        "csat": 4.5,
        "csat_answers": 2,
        "repeated": {"part": 0, "whole": 1},
        "repeats": [],
        "by_category": {"drift": 1},
        "by_vendor": {"salesforce-production": 1},
        "noise": {"part": 0, "whole": 1},
        "sleeping": {"part": 7, "whole": 9},  # all but Ben's two: in New York it was a quarter past eight
        "updates": {"kept": 6, "late": 0, "missed": 0},
    }
    metrics = sunday.engine.metrics.exposition().decode()
    assert 'driftpager_escalations_resolved_total{priority="P1",within_sla="yes"} 1.0\n' in metrics
    assert 'driftpager_customer_updates_total{result="kept"} 6.0\n' in metrics


def once(minutes: int) -> dict[str, float]:
    """A time that was measured once, as the command line writes it."""
    return {"count": 1, "mean": minutes * 60.0, "p90": minutes * 60.0}


async def what_was_learned_stands_on_the_next_page(sunday: Night) -> None:
    known = len(sunday.pagerduty.incidents)
    sunday.org.drop_field("Account", "Type")
    await sunday.until(sunday.clock.now() + 20 * MINUTE)
    [page, *_] = sunday.pagerduty.incidents[known:]
    assert "`Account.Type` is gone" in page.title
    assert "their preview shows it" in page.details["Seen before"]


async def the_escalation(sunday: Night) -> Escalation:
    async with sunday.engine.store.read() as tx:
        [found] = await tx.escalations.list()
    return found


async def owed(sunday: Night, customer: str) -> Promise:
    async with sunday.engine.store.read() as tx:
        [found] = [each for each in await tx.promises.open() if each.customer == customer]
    return found


async def told_at(sunday: Night, customer: str) -> list[datetime]:
    async with sunday.engine.store.read() as tx:
        every = await tx.promises.of((await the_escalation(sunday)).id)
    return [each.settled_at for each in every if each.customer == customer and each.settled_at is not None]


async def pages(sunday: Night, id: EscalationId) -> list[Page]:
    async with sunday.engine.store.read() as tx:
        return [page for page, _, _ in await tx.outbox.pages(id)]


def incident(sunday: Night, ending: str) -> Incident:
    return next(each for each in sunday.pagerduty.incidents if each.key.endswith(ending))


def minutes(it: Escalation, *moments: datetime) -> list[float]:
    """Each in minutes since the opening."""
    assert it.opened_at is not None
    return [(moment - it.opened_at) / MINUTE for moment in moments]
