"""One drift seen from outside: cards in a chat, approved words on a status page, and at last a change that pages nobody."""

from __future__ import annotations

from textwrap import dedent

import pytest

from alerts import events as ev
from monitor import paging
from monitor.demo.serve import serve
from monitor.demo.statuspage import Statuspage
from monitor.demo.teams import Teams
from monitor.watch import TargetName
from tests.acceptance.test_people import drifting
from tests.acceptance.test_promises import person, taken
from tests.acceptance.world import World

pytestmark = pytest.mark.acceptance

MATRIX = """
contacts: {ana: {pagerduty: PANA}}
lanes: {sync: {channels: [pagerduty], levels: [{contact: ana}]}}
rules: [{lanes: [sync]}]
last_resort: ana
"""
SHEET = """\
name,channel,updates,depends_on
Everybody,status,automatic,acme:Account.industry
"""
CHANNELS = """
            changes: true
          chat: {{kind: teams, url: "{chat}", private: true}}
          status: {{kind: statuspage, page: kctbh9vrtdwd, api_key: "env:STATUS", notify: false, url: "{status}", private: true}}
"""


async def test_each_outlet_hears_what_is_for_it_and_nothing_else(quick: World) -> None:
    chat, page = Teams(secret="canary-sig"), Statuspage(page="kctbh9vrtdwd", key="canary-key")
    quick.environ |= {"STATUS": "canary-key"}
    (quick.folder / "customers.csv").write_text(SHEET)
    async with serve(chat.app) as chat_url, serve(page.app) as status_url:
        quick.environ["CHAT"] = chat_url + chat.path()
        channels = CHANNELS.format(chat="env:CHAT", status=status_url)
        matrix = dedent(MATRIX)
        async with drifting(quick, matrix=matrix, pagerduty=channels, more="customers: {file: customers.csv}\n") as engine:
            it = await quick.until_escalation("open")
            await taken(engine, it)
            await quick.until(lambda: len(page.incidents) == 1, "customers are told")
            await person(engine, it, ev.Mitigated(by="ana", because="a hotfix of ours", at=engine.clock.now()))
            target = engine.target(TargetName("acme/api"))
            assert target is not None
            async with engine.store.write() as tx:
                said = {"by": "ana", "because": "mapped the field", "now": engine.clock.now()}
                await paging.accept(tx, engine.config, target, adapted=True, **said)
            (incident,) = page.incidents.values()
            await quick.until(lambda: incident["status"] == "resolved", "customers hear that it is over")
            await quick.until(lambda: bool(quick.pagerduty.changes), "the change is listed")
            await quick.until(lambda: "It is resolved." in str(chat.cards), "the chat hears that it is over")
    assert [each["status"] for each in incident["updates"]][:: len(incident["updates"]) - 1] == ["identified", "resolved"]
    assert "New orders arrive late." in incident["updates"][0]["body"]
    assert "industry" not in str(incident["updates"])  # nothing of ours
    assert "a hotfix of ours" in str(chat.cards)
    (change,) = quick.pagerduty.changes
    assert change["payload"]["summary"] == "acme: ana accepted what acme/api serves now: mapped the field"
