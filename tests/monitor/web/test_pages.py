"""What a person woken at night finds on the pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from alerts.errors import Reason
from alerts.escalation import Sla, State
from alerts.page import EscalationId, PageId, Why
from alerts.priority import Criticality
from alerts.review import Review, ReviewState
from monitor.config import Integration
from monitor.watch import TargetName, TargetState, TargetStatus
from tests.monitor.store import build
from tests.monitor.store.build import promise
from tests.monitor.web.conftest import browser, lose
from tests.monitor.web.story import ACCOUNT, NOW, Daemon
from tests.monitor.web.text import Seen, seen

EVERY_PAGE = ("/", "/escalations/E7K2", "/escalations/E7A1", f"/targets/{ACCOUNT}", "/kpis", "/nowhere")
HOSTILE = '`<script>alert(1)</script>"><img src=x onerror=alert(1)>{{ 7*7 }}\u202e\x1b[31m'


async def read(client: httpx.AsyncClient, path: str, status: int = 200) -> Seen:
    answer = await client.get(path)
    assert answer.status_code == status
    return seen(answer.text)


async def test_the_overview_says_first_how_bad_it_is(web: httpx.AsyncClient) -> None:
    page = await read(web, "/")
    assert "2 open escalations, the most urgent P1." in page.words
    assert "2 ok 2 drifted 1 learning 1 unreadable 1 unreachable 0 held" in page.words


async def test_the_overview_names_what_happened_who_is_paged_since_when_and_what_comes_next(web: httpx.AsyncClient) -> None:
    words = (await read(web, "/")).words
    assert (
        "P1 open salesforce-production E7K2 field Account.Industry is gone and 1 more "
        "since 12 min ago paging ana, ben climbs to the next level in 4 min "
        "jira: OPS-12 Northwind: 77"
    ) in words
    assert "with dora the acknowledgement runs out in 3 h 20 min" in words


@pytest.mark.parametrize("path", ["/", "/escalations/E7K2"])
async def test_a_ticket_is_a_link_where_it_leads_somewhere(web: httpx.AsyncClient, path: str) -> None:
    text = (await web.get(path)).text
    assert 'href="https://jira.example.com/browse/OPS-12"' in text
    assert "javascript:" not in text


async def test_the_overview_says_when_a_page_could_not_be_delivered(daemon: Daemon) -> None:
    async with daemon.store.write() as tx:
        await tx.outbox.dead(PageId("page-ben"), NOW, Reason.CLIENT, "refused for good")
    async with browser(daemon) as client:
        assert "paging ana, ben 1 page not delivered climbs to the next level" in (await read(client, "/")).words


async def test_names_in_a_message_are_set_as_code(fresh: Daemon) -> None:
    name = TargetName("pay/api")
    async with fresh.store.write() as tx:
        await tx.targets.register([(name, "pay", NOW)])
        snapshot = await tx.snapshots.add(name, build.document(), NOW)
        await tx.findings.replace(name, "pay", snapshot, [build.finding("x", message="`payment.<b>` is gone")], NOW)
    async with browser(fresh) as client:
        assert "<code>payment.&lt;b&gt;</code> is gone" in (await client.get("/")).text


async def test_the_overview_has_the_worst_first(web: httpx.AsyncClient) -> None:
    words = (await read(web, "/")).words
    assert words.index("E7K2") < words.index("E7J9")
    assert words.index("drifted salesforce-production/crm/Account") < words.index("drifted larkfield/api")
    assert words.index("breaking field Account.Industry") < words.index('risky payment.status may now be "requires_review"')


async def test_a_target_that_cannot_be_seen_says_why(web: httpx.AsyncClient) -> None:
    words = (await read(web, "/")).words
    assert "parcelwise/tracking unreachable api.parcelwise.example: no answer within 30 s" in words


async def test_every_link_within_leads_somewhere(web: httpx.AsyncClient) -> None:
    waiting, known = ["/"], {"/"}
    while waiting:
        page = await read(web, waiting.pop())
        new = {link for link in page.links if link.startswith("/")} - known
        known |= new
        waiting += new
    assert {f"/targets/{ACCOUNT}", "/escalations/E7K2", "/escalations/E7A1"} <= known


async def test_with_nothing_configured_the_overview_says_how_to_begin(fresh: Daemon) -> None:
    async with browser(fresh) as client:
        words = (await read(client, "/")).words
    assert "Nothing is watched yet." in words
    assert "driftpager try" in words


async def test_with_everything_as_accepted_the_overview_is_quiet(fresh: Daemon) -> None:
    name = TargetName("crm/Account")
    async with fresh.store.write() as tx:
        await tx.targets.register([(name, "crm", NOW)])
        await tx.targets.finish([TargetStatus(name=name, integration="crm", state=TargetState.OK, because="as the baseline")])
    async with browser(fresh) as client:
        words = (await read(client, "/")).words
    assert "All quiet." in words
    assert "Nothing: every schema that could be read is as it was accepted." in words


async def test_a_sighting_that_waits_for_confirmation_is_not_yet_called_open(fresh: Daemon) -> None:
    async with fresh.store.write() as tx:
        await tx.targets.register([(ACCOUNT, "crm", NOW)])
        await tx.escalations.save(build.transition(arm=(build.timer(due_at=NOW + timedelta(seconds=40)),)))
    async with browser(fresh) as client:
        words = (await read(client, "/")).words
    assert "A change was seen. It is being confirmed." in words
    assert "looks again to confirm it in 40 s" in words


async def test_an_escalation_tells_what_changed_what_it_means_why_it_is_urgent_and_who_was_paged(web: httpx.AsyncClient) -> None:
    words = (await read(web, "/escalations/E7K2")).words
    for told in (
        "breaking field Account.Industry is gone → reads of Account.Industry will fail".replace("→ ", ""),
        "breaking field Account.Phone takes 20 characters, was 40",
        "GET /sobjects/Account/{id}",
        "Why P1 P1 breaking, in use, on a core integration",
        "changed between 2026-03-04 01:47:05 UTC and 2026-03-04 02:02:05 UTC",
        "customers Northwind, Contoso",
        "ana sync, level 1 pagerduty confirmed",
        "carla customers, level 1 mail pending mail.example.com: 451 try again later",
        "lane.climbed nobody acknowledged within 10 min; ben is level 2 of sync",
        "driftpager ack E7K2 --as YOU",
    ):
        assert told in words


async def test_an_escalation_tells_what_was_promised_and_what_was_learned_before(fresh: Daemon) -> None:
    owed = promise("ACME")
    resolve = replace(owed.due, clock=Sla.RESOLVE, because="P1: 4h", crossed=50)
    it = build.escalation(
        state=State.OPEN,
        commitments=(resolve, replace(resolve, clock=Sla.RESPOND, met_at=resolve.began)),
        seen_before=("e0, 2026-01-01: Learned: read the release notes",),
        review_due_at=NOW,
    )
    async with fresh.store.write() as tx:
        await tx.escalations.save(build.transition(it))
        await tx.promises.save([owed])
    async with browser(fresh) as client:
        words = (await read(client, "/escalations/e1")).words
    for told in (
        "Seen before e0, 2026-01-01: Learned: read the release notes",
        "resolve overdue by",
        "50 % passed P1: 4h",
        "respond 2026-03-01 10:00:00 UTC kept",
        f"ACME 1 {owed.id} overdue by",
        "driftpager review show e1",
        "driftpager customers updates",
    ):
        assert told in words, words


async def test_the_figures_are_told_on_a_page_and_as_json(web: httpx.AsyncClient) -> None:
    words = (await read(web, "/kpis?days=30")).words
    assert "The last 30 days." in words
    assert "escalations opened 2" in words
    assert "satisfaction (1 to 5) none yet 0 answers" in words
    figures = (await web.get("/api/kpis")).json()
    assert (figures["opened"], figures["by_vendor"]["larkfield"], figures["within_sla"]["part"]) == (2, 1, 0)
    assert (await web.get("/kpis?days=0")).status_code == 422
    assert (await web.get("/api/promises")).json() == []


async def test_an_escalation_links_to_the_runbook_and_the_vendor(web: httpx.AsyncClient) -> None:
    links = (await read(web, "/escalations/E7K2")).links
    assert {"https://wiki.example.com/salesforce", "https://help.example.com"} <= set(links)


async def test_an_escalation_that_is_over_says_how_it_ended_and_asks_for_nothing(web: httpx.AsyncClient) -> None:
    words = (await read(web, "/escalations/E7A1")).words
    assert "resolved 1 d 2 h ago by ben" in words
    assert "baseline accepted: our side copes" in words
    assert "What you can do" not in words


async def test_an_escalation_outlives_the_configuration_of_its_integration(daemon: Daemon) -> None:
    daemon.config.integrations = {}
    async with browser(daemon) as client:
        words = (await read(client, "/escalations/E7K2")).words
    assert "field Account.Industry is gone" in words
    assert "runbook" not in words


async def test_a_target_shows_both_sides_its_baseline_and_its_history(web: httpx.AsyncClient) -> None:
    words = (await read(web, f"/targets/{ACCOUNT}")).words
    assert 'before { "length": 40 } after { "length": 20 }' in words
    assert "accepted in force driftpager it came the same twice" in words
    assert words.count("10 B") == 2


@pytest.mark.parametrize(
    ("path", "said"), [("/escalations/E0", "E0"), ("/targets/crm/Nobody", "crm/Nobody"), ("/nowhere", "no page")]
)
async def test_what_is_not_there_is_said_in_words(web: httpx.AsyncClient, path: str, said: str) -> None:
    assert said in (await read(web, path, status=404)).words


@pytest.mark.parametrize("path", EVERY_PAGE)
async def test_a_page_needs_nothing_from_elsewhere_and_has_no_script_or_style_inside(web: httpx.AsyncClient, path: str) -> None:
    page = seen((await web.get(path)).text)
    for tag, attributes in page.tags:
        assert tag != "style"
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        if tag != "a":
            for source in (attributes.get("src"), attributes.get("href") or "/static/"):
                assert source is None or source.startswith(("/static/", "#"))
    assert len(page.ids) == len(set(page.ids))


async def test_what_a_vendor_wrote_stays_text(fresh: Daemon) -> None:
    name = TargetName("crm/<b>Account</b>")
    hostile = build.finding(
        HOSTILE, message=HOSTILE, consequence=HOSTILE, before={HOSTILE: HOSTILE}, after=HOSTILE, operations=(HOSTILE,)
    )
    cause = build.cause("c1", target=name, message=HOSTILE, consequence=HOSTILE, address=HOSTILE, operations=(HOSTILE,))
    fresh.config.integrations = {
        "crm": Integration(
            name="crm", criticality=Criticality.CORE, runbook="javascript:alert(1)", vendor_contact={HOSTILE: "data:text/html,x"}
        )
    }
    async with fresh.store.write() as tx:
        await tx.targets.register([(name, "crm", NOW)])
        await tx.targets.finish([TargetStatus(name=name, integration="crm", state=TargetState.DRIFTED, because=HOSTILE)])
        await tx.findings.replace(name, "crm", await tx.snapshots.add(name, build.document(), NOW), [hostile], NOW)
        opened = build.escalation(
            state=State.OPEN,
            integration="crm",
            causes=(cause,),
            customers=(HOSTILE,),
            owner=HOSTILE,
            resolution=HOSTILE,
            impact=HOSTILE,
            seen_before=(HOSTILE,),
            opened_at=NOW,
        )
        page = build.page("p", contact=HOSTILE, content=replace(build.page("p").content, summary=HOSTILE))
        await tx.escalations.save(build.transition(opened, pages=(page,), entries=(build.entry("page.queued", HOSTILE),)))
        await tx.promises.save([promise(HOSTILE, because=HOSTILE)])
        await tx.reviews.save(Review(escalation=EscalationId("e1"), state=ReviewState.CLOSED, cause=HOSTILE, learning=HOSTILE))
    async with browser(fresh) as client:
        for path in ("/", f"/escalations/{EscalationId('e1')}", "/targets/crm/%3Cb%3EAccount%3C%2Fb%3E"):
            answer = await client.get(path)
            assert answer.status_code == 200
            shown = seen(answer.text)
            assert "<script>alert(1)</script>" in shown.words
            assert "{{ 7*7 }}" in shown.words
            assert "\u202e" not in answer.text
            assert "\x1b" not in answer.text
            assert [attributes for tag, attributes in shown.tags if tag == "script"] == [
                {"src": "/static/live.js", "defer": None}
            ]
            assert [attributes["src"] for tag, attributes in shown.tags if tag == "img"] == ["/static/icon.svg"]
            assert not [link for link in shown.links if not link.startswith(("/", "#"))]


async def test_trouble_of_our_own_stands_on_every_page(daemon: Daemon) -> None:
    daemon.troubles = ("planner: the disk is full",)
    async with browser(daemon) as client:
        for path in EVERY_PAGE:
            assert "driftpager itself is in trouble. planner: the disk is full" in seen((await client.get(path)).text).words


async def test_a_lost_store_is_a_page_that_says_so(daemon: Daemon, tmp_path: Path) -> None:
    lose(tmp_path)
    async with browser(daemon) as client:
        assert "The store does not answer" in (await read(client, "/", status=503)).words


async def test_a_thousand_quiet_targets_are_folded_away(fresh: Daemon) -> None:
    names = [TargetName(f"crm/o{number:04}") for number in range(1000)]
    async with fresh.store.write() as tx:
        await tx.targets.register([(name, "crm", NOW) for name in names])
        await tx.targets.finish([TargetStatus(name=name, integration="crm", state=TargetState.OK) for name in names])
    async with browser(fresh) as client:
        page = await read(client, "/")
    assert "1000 as they were accepted" in page.words
    assert [attributes for tag, attributes in page.tags if tag == "details"] == [{"class": "quiet", "id": "quiet"}]


async def test_practice_says_so_wherever_it_stands_and_is_not_counted_as_open(fresh: Daemon) -> None:
    why = Why(priority=("P1: practice",), you="level 1 of sync: on duty", now="ana asked for the drill night")
    sent = build.page("p1", escalation="E7P1", practice=True, why=why)
    practice = build.escalation("E7P1", state=State.OPEN, practice=True, opened_at=NOW, causes=(build.cause("c1"),))
    async with fresh.store.write() as tx:
        await tx.escalations.save(build.transition(practice, pages=(sent,)))
    async with browser(fresh) as client:
        overview, told = await read(client, "/"), await read(client, "/escalations/E7P1")
    assert "Nothing is broken: somebody practises." in overview.words
    assert "open escalation," not in overview.words
    assert "[PRACTICE]" in overview.words
    assert "[PRACTICE] salesforce" in told.words
    assert "now: ana asked for the drill night to them: level 1 of sync: on duty" in told.words
