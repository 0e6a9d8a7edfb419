"""Teams: the card as it is sent, inside its limits and the schema, and that nobody's P1 hangs on it alone."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from pydantic import SecretStr, ValidationError

from alerts.channels import Tools, outlets
from alerts.channels.teams import Teams
from alerts.errors import Undeliverable
from alerts.matrix_check import validate
from alerts.outlets import Outlet
from alerts.page import Action, Link, Page, Record
from alerts.teams.card import MOST_BYTES, message_of
from monitor.demo import teams as vendor
from monitor.demo.serve import serve
from tests.alerts.pages import content, page
from tests.alerts.stories import EMAIL, matrix
from tests.conftest import RealData

CHAT = Outlet(name="chat", kind="teams", keeps_records=True, proves=False)


def card_of(of: Page) -> dict[str, Any]:
    message = json.loads(message_of(of))
    (attached,) = message["attachments"]
    assert message["type"] == "message"
    assert (attached["contentType"], attached["contentUrl"]) == ("application/vnd.microsoft.card.adaptive", None)
    card: dict[str, Any] = attached["content"]
    return card


def shown(of: Page) -> str:
    """The text runs, a block a line."""

    def lines(items: list[dict[str, Any]]) -> list[str]:
        found: list[str] = []
        for item in items:
            found += lines(item["items"]) if "items" in item else ["".join(run["text"] for run in item["inlines"])]
        return found

    return "\n".join(lines(card_of(of)["body"]))


FACTS = (("What changed", "Account.Industry was removed\nAccount.Size was removed"), ("Escalation", "e1, generation 1"))


def test_a_page_is_one_card_with_all_it_says_and_its_links() -> None:
    it = page(content=content(facts=FACTS))
    assert shown(it) == (
        "P1 Salesforce production: Account.Industry was removed - reads of Account.Industry will fail\n"
        "What changed: \n"
        "Account.Industry was removed\n"
        "Account.Size was removed\n"
        "Escalation: e1, generation 1"
    )
    card = card_of(it)
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Runbook", "url": "https://wiki.example.com/salesforce"}]
    assert (card["version"], card["msteams"]) == ("1.4", {"width": "Full"})
    assert card["body"][0]["inlines"][0]["color"] == "attention"


def test_a_change_of_state_says_the_state_and_what_is_new() -> None:
    record = Record(state="resolved", news=("ana: the hotfix is out",))
    it = page(Action.RECORD, record=record, content=content(facts=FACTS[1:]))
    assert shown(it).splitlines()[1:] == ["It is resolved.", "ana: the hotfix is out", "Escalation: e1, generation 1"]
    assert card_of(it)["body"][0]["inlines"][0]["color"] == "good"


def test_practice_and_a_possible_repeat_are_said_first() -> None:
    said = shown(page(practice=True, possible_repeat=True)).splitlines()
    assert said[:2] == ["This is practice.", "Possible repeat: an earlier try may have arrived."]


@pytest.mark.parametrize("letter", ["x", "\U0001f600", "\\"])
def test_two_megabytes_fit_and_keep_the_cause_the_name_and_the_link(letter: str) -> None:
    facts = tuple((f"Fact {number}", f"{letter * 2_000_000}\n{letter}") for number in range(9))
    it = page(content=content(facts=(*facts, *FACTS)), record=Record(state="open", news=(letter * 2_000_000,) * 40))
    body = message_of(it)
    assert len(body) <= MOST_BYTES
    said = shown(it)
    assert "Account.Industry was removed" in said
    assert "Escalation: e1, generation 1" in said
    assert card_of(it)["actions"]


def test_every_card_is_as_the_schema_says(real_data: RealData) -> None:
    schema = json.loads(real_data("adaptive-cards/adaptive-card-1.6.0.schema.json.gz"))
    check = jsonschema.validators.validator_for(schema)(schema)
    facts = (("", "@channel [x](javascript:x)"), ("\ud800", "\ud800"))
    wild = content(summary="<at>everyone</at> **\u202e\x00" * 50, facts=facts)
    for it in (page(), page(Action.RESOLVE), page(content=wild), page(record=Record(state="open", news=("a",)))):
        card = card_of(it)
        del card["msteams"]  # Teams' own, beside the standard
        assert [error.message for error in check.iter_errors(card)] == []


def test_what_a_vendor_wrote_comes_alive_nowhere() -> None:
    links = (Link(text="a\nb", href="javascript:alert(1)"), Link(text="ok", href="https://example.com/"))
    it = page(content=content(summary="<at>all</at> [x](https://evil.example)", links=links))
    kinds = {item["type"] for item in card_of(it)["body"]}
    assert kinds == {"RichTextBlock", "Container"}  # a TextBlock would read Markdown
    assert [action["url"] for action in card_of(it)["actions"]] == ["https://example.com/"]


async def test_the_flow_takes_what_is_sent_and_says_so_whatever_becomes_of_it(tools: Tools) -> None:
    channel = vendor.Teams(secret="canary-sig")
    async with serve(channel.app) as url:
        it = Teams(url=SecretStr(url + channel.path()), private=True)
        wild = content(facts=tuple((f"Fact {number}", "\U0001f600" * 50_000) for number in range(60)))
        for each in (page(), page(Action.RECORD, record=Record(state="mitigating")), page(content=wild), page(Action.RESOLVE)):
            assert (await it.deliver(each, tools)).reference
        assert len(channel.cards) == 4
        channel.swallow = True
        assert (await it.deliver(page(), tools)).reference  # that is why it proves nothing
        assert len(channel.cards) == 4
        channel.gone = True
        with pytest.raises(Undeliverable, match=r"Teams refused the page \(404\)"):
            await it.deliver(page(), tools)
        channel.gone = False
        stranger = Teams(url=SecretStr(url + channel.path().replace("canary", "wrong")), private=True)
        with pytest.raises(Undeliverable, match=r"refused our credentials \(401\)") as caught:
            await stranger.deliver(page(), tools)
    assert "sig" not in str(caught.value)


async def test_a_customer_is_told_nothing_here(tools: Tools) -> None:
    it = Teams(url=SecretStr("https://prod.example.logic.azure.com/workflows/1?sig=canary"))
    with pytest.raises(Undeliverable, match="through another channel"):
        await it.deliver(page(record=Record(state="open", subject="Acme")), tools)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://acme.webhook.office.com/webhookb2/canary", "Office 365 connectors were retired"),
        ("http://prod.logic.azure.com/?sig=canary", "over https only"),
        ("https://[canary", "url is no URL"),
    ],
)
def test_a_wrong_address_is_refused_without_being_told(url: str, expected: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Teams(url=SecretStr(url))
    assert expected in str(caught.value)
    assert "canary" not in str(caught.value)


def told(**changes: Any) -> list[tuple[tuple[str | int, ...], str]]:
    known = {each.name: each for each in (CHAT, EMAIL)}
    found = validate(matrix(**changes), known)
    return [(each.path, each.text.partition(",")[0]) for each in found if "never says" in each.text]


NEVER = "channel 'chat' never says whether a page is there"


def test_it_is_never_all_that_pages_a_p1() -> None:
    alone: dict[str, Any] = {"lanes": {"sync": {"levels": [{"contact": "ana"}], "channels": ["chat"]}}}
    assert told(**alone) == [(("lanes", "sync", "channels"), NEVER)]
    assert told(**alone, priorities={"P1": {"channels": ["email"]}}) == []
    assert told(lanes={"sync": {"levels": [{"contact": "ana"}], "channels": ["chat", "email"]}}) == []
    assert told(lanes={"sync": {"levels": [{"contact": "ana"}], "channels": ["email"]}}) == []
    assert told(catch_all="chat", fallback="chat", lanes={"sync": {"levels": [{"contact": "ana"}], "channels": ["email"]}}) == [
        (("catch_all",), NEVER),
        (("fallback",), NEVER),
    ]
    assert told(lanes={"sync": {"levels": [{"contact": "ana"}]}}) == [
        ((), NEVER)
    ]  # the first channel pages what none is chosen for


def test_the_channel_says_so_itself() -> None:
    outlet = outlets({"chat": Teams(url=SecretStr("https://prod.logic.azure.com/?sig=x"))})["chat"]
    assert (outlet.proves, outlet.keeps_records, outlet.rings) == (False, True, True)
