"""The Slack channel against the stand-in: a message and its thread, pages to people, what is pressed, what goes wrong."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from alerts.channels import Checked, Checks, Tools, Watched, outlets
from alerts.channels.slack import Slack
from alerts.errors import Reason, Undeliverable, Undelivered, Unreadable, Unverified
from alerts.keys import seen_id
from alerts.page import Action, Link, Page, Record, Why
from alerts.slack.pressed import verify
from alerts.slack.text import shown, size
from alerts.slack.written import in_turn
from monitor.demo import slack as stand_in
from monitor.demo.serve import serve
from monitor.demo.slack_message import BOT, Channel, Message, Trouble, interaction, signed
from tests.alerts.pages import KEY, content, page
from tests.alerts.stories import MONDAY
from tests.clocks import At
from tests.conftest import RealData

ROOT = Path(__file__).parents[2]
TOKEN = "xoxb-canary-4711"
SIGNING = "8f742231b10e8888abcd99yyyzzz85a5"
HOOK = "T1/B1/canary-path-4712"
RECORD_KEY = "driftpager:production:e1:g1:record"
WHY = Why(priority=("P1: breaking, in use",), you="tier-1 has the turn", now="it was confirmed")
FACTS = (
    ("What changed", "Account.Industry was removed [property.removed]"),
    ("What it means for us", "reads of Account.Industry will fail"),
    ("Escalation", "e1, generation 1"),
)
LINKS = (
    Link(text="The change and what to do", href="https://drift.example.com/escalations/e1"),
    Link(text="jira OPS-12", href="https://acme.atlassian.net/browse/OPS-12"),
)


@dataclass
class Workspace:
    """The stand-in, its URL, and a channel configured for it."""

    slack: stand_in.Slack
    url: str
    clock: At

    def channel(self, **changes: Any) -> Slack:
        values: dict[str, Any] = {
            "token": SecretStr(TOKEN),
            "channel": "C0OPS",
            "signing_secrets": (SecretStr(SIGNING),),
            "base_url": f"{self.url}/api",
            "private": True,
            "seconds": 5.0,
        }
        return Slack(**{key: value for key, value in (values | changes).items() if value is not None})

    def poor(self, **changes: Any) -> Slack:
        url = SecretStr(f"{self.url}/services/{HOOK}")
        return self.channel(**({"token": None, "channel": "", "webhook_url": url} | changes))


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    clock = At(MONDAY)
    channels = (
        Channel(id="C0OPS"),
        Channel(id="C0NEW"),
        Channel(id="C0SHARED"),
        Channel(id="C0SECRET", private=True, member=False),
    )
    slack = stand_in.Slack(token=TOKEN, channels=channels, webhook=(HOOK, "C0OPS"), clock=clock)
    async with serve(slack.app) as url:
        yield Workspace(slack, url, clock)
    assert slack.mistakes == []


def record(state: str = "open", *news: str, reference: str = "", **changes: Any) -> Page:
    values: dict[str, Any] = {
        "dedup_key": RECORD_KEY,
        "channel": "slack-ops",
        "content": content(facts=FACTS, links=LINKS),
        "why": WHY,
        "record": Record(state=state, reference=reference, news=news),
    }
    return page(Action.RECORD, **(values | changes))


def paging(action: Action = Action.TRIGGER, **changes: Any) -> Page:
    return page(action, **({"content": content(facts=FACTS, links=LINKS), "why": WHY, "channel": "slack-ops"} | changes))


def written(message: Message) -> list[str]:
    """All text of its blocks that is not on a button, in reading order."""
    found = [block["text"]["text"] for block in message.blocks if "text" in block]
    return found + [each["text"] for block in message.blocks if block["type"] == "context" for each in block["elements"]]


def labels(message: Message) -> list[str]:
    return [each["text"]["text"] if "text" in each else each["placeholder"]["text"] for each in message.buttons.values()]


# A message and its thread


async def test_an_escalation_is_one_message_with_what_an_engineer_needs(workspace: Workspace, tools: Tools) -> None:
    receipt = await workspace.channel().deliver(record("open", "opened: confirmed by a second look"), tools)
    (made,) = workspace.slack.messages
    assert receipt.reference == f"C0OPS:{made.ts}"
    assert receipt.url == f"https://acme.slack.com/archives/C0OPS/p{made.ts.replace('.', '')}"
    assert made.text == "P1 Salesforce production: Account.Industry was removed - reads of Account.Industry will fail"
    assert made.metadata == {"event_type": "driftpager", "event_payload": {"key": "driftpager-e1"}}
    sections = [
        {"type": "section", "text": {"type": "mrkdwn", "text": f"*{label}*\n{text}", "verbatim": True}} for label, text in FACTS
    ]
    assert made.blocks[:-2] == [
        {"type": "header", "text": {"type": "plain_text", "text": made.text, "emoji": False}},
        {
            "type": "context",
            "elements": [{"type": "mrkdwn", "text": ":red_circle: *P1* · *open* · nobody has it yet", "verbatim": True}],
        },
        *sections,
    ]
    assert labels(made) == [
        *("Acknowledge", "Workaround in place", "Resolve", "Snooze", "Accept baseline"),
        *("The change and what to do", "jira OPS-12"),
    ]
    accept = made.buttons["driftpager.accept"]
    assert accept["value"] == f"{RECORD_KEY}|{seen_id(FACTS[0][1])}"
    assert accept["confirm"]["text"]["text"] == (
        "From now on this is as expected, and pages nobody: Account.Industry was removed [property.removed]"
    )
    assert made.buttons["driftpager.resolve"]["confirm"]["title"]["text"] == "Resolve it?"
    assert made.buttons["driftpager.open.1"]["url"] == "https://acme.atlassian.net/browse/OPS-12"


async def test_it_is_brought_up_to_date_in_place_and_the_thread_tells_what_happened(workspace: Workspace, tools: Tools) -> None:
    channel = workspace.channel()
    first = await channel.deliver(record(), tools)
    taken = content(facts=(*FACTS, ("Acknowledged by", "ana")), links=LINKS)
    again = record("acknowledged", "ana: ana acknowledged through slack", reference=first.reference, content=taken, id="p2")
    second = await channel.deliver(again, tools)
    assert (second.reference, second.url) == (first.reference, "")
    over = record("resolved", "ana: the hotfix is out", reference=first.reference, content=taken, id="p3")
    await channel.deliver(over, tools)
    (top,) = workspace.slack.top()
    assert ":white_check_mark: *P1* · *resolved* · was with ana" in written(top)
    assert labels(top) == ["The change and what to do", "jira OPS-12"]
    assert [next(b["action_id"] for b in each[-2]["elements"]) for each in top.versions] == [
        "driftpager.acknowledge",
        "driftpager.take_over",
    ]
    assert [(each.text, each.broadcast) for each in workspace.slack.thread(top)] == [
        ("ana: ana acknowledged through slack", False),
        ("ana: the hotfix is out", True),
    ]


@pytest.mark.parametrize(("priority", "state", "surfaced"), [(1, "open", True), (1, "acknowledged", False), (2, "open", False)])
async def test_only_a_p1_that_nobody_has_climbs_aloud(
    workspace: Workspace, tools: Tools, priority: int, state: str, surfaced: bool
) -> None:
    channel = workspace.channel()
    first = await channel.deliver(record(priority=priority), tools)
    climbing = record(state, "sync climbs to level 2", reference=first.reference, priority=priority)
    await channel.deliver(climbing, tools)
    (answer,) = workspace.slack.thread(workspace.slack.top()[0])
    assert answer.broadcast is surfaced


async def test_what_waited_during_an_outage_is_told_in_the_first_message(workspace: Workspace, tools: Tools) -> None:
    await workspace.channel().deliver(record("acknowledged", "opened: confirmed", "ana: ana acknowledged through cli"), tools)
    (made,) = workspace.slack.messages
    assert "opened: confirmed\nana: ana acknowledged through cli" in written(made)


@pytest.mark.parametrize("gone", ["deleted", "archived"])
async def test_a_message_that_is_gone_is_made_anew_and_says_so(workspace: Workspace, tools: Tools, gone: str) -> None:
    first = await workspace.channel().deliver(record(), tools)
    (old,) = workspace.slack.top()
    if gone == "deleted":
        workspace.slack.delete(old)
        channel, place, said = workspace.channel(), "C0OPS", "The message before this one was deleted."
    else:
        workspace.slack.channels["C0OPS"].archived = True
        channel, place, said = (
            workspace.channel(channel="C0NEW"),
            "C0NEW",
            "The message before this one cannot be reached any more.",
        )
    second = await channel.deliver(record("open", "sync climbs to level 2", reference=first.reference), tools)
    (new,) = workspace.slack.top(place)
    assert second.reference == f"{place}:{new.ts}" != first.reference
    assert second.url
    assert f"{said}\nsync climbs to level 2" in written(new)


async def test_a_message_that_may_not_be_edited_any_more_still_has_its_news_in_the_thread(
    workspace: Workspace, tools: Tools
) -> None:
    channel = workspace.channel()
    first = await channel.deliver(record(), tools)
    workspace.slack.fail("edit_window_closed", method="chat.update")
    await channel.deliver(record("resolved", reference=first.reference), tools)
    (answer,) = workspace.slack.thread(workspace.slack.top()[0])
    assert answer.text == "It is resolved now; the message above could not be brought up to date (edit_window_closed)."


# An answer that was lost


async def test_a_first_message_whose_answer_was_lost_is_found_again_and_not_made_twice(
    workspace: Workspace, tools: Tools
) -> None:
    channel = workspace.channel(seconds=0.6)
    workspace.slack.fail(Trouble.HANG)
    with pytest.raises(Undelivered) as caught:
        await channel.deliver(record(), tools)
    assert caught.value.unknown
    for number in range(60):  # others write there meanwhile: it is on the second page of the channel's history
        workspace.slack.messages.append(
            Message(ts=f"{MONDAY.timestamp() + 1 + number:.6f}", channel="C0OPS", text="lunch?", by="U2")
        )
    later = record("open", "opened: confirmed", possible_repeat=True, content=content(facts=FACTS, since=MONDAY))
    receipt = await channel.deliver(later, tools)
    (made,) = [each for each in workspace.slack.top() if each.by == BOT]
    assert receipt.reference == f"C0OPS:{made.ts}"
    assert receipt.url
    assert [each.text for each in workspace.slack.thread(made)] == ["opened: confirmed"]
    assert "repeat" not in " ".join(written(made))


async def test_an_answer_in_the_thread_that_may_have_arrived_is_looked_up_first(workspace: Workspace, tools: Tools) -> None:
    channel = workspace.channel(seconds=0.6)
    first = await channel.deliver(record(), tools)
    news = record("acknowledged", "ana took it", reference=first.reference, id="p2")
    workspace.slack.fail(Trouble.HANG, method="chat.postMessage")
    with pytest.raises(Undelivered):
        await channel.deliver(news, tools)
    await channel.deliver(replace(news, possible_repeat=True), tools)
    (answer,) = workspace.slack.thread(workspace.slack.top()[0])
    assert answer.text == "ana took it"


async def test_where_nothing_can_be_looked_up_it_is_sent_again_and_says_that_it_may_be_a_repeat(
    workspace: Workspace, tools: Tools
) -> None:
    workspace.slack.scopes = frozenset({"chat:write"})
    receipt = await workspace.channel().deliver(record(possible_repeat=True), tools)
    (made,) = workspace.slack.top()
    standing = ":red_circle: *P1* · *open* · nobody has it yet · possible repeat: an earlier try may have arrived"
    assert standing in written(made)
    await workspace.channel().deliver(
        record("open", "sync climbs", reference=receipt.reference, possible_repeat=True, id="p2"), tools
    )
    (answer,) = workspace.slack.thread(made)
    assert answer.text == "sync climbs\n(Possible repeat: an earlier try may have arrived.)"


async def test_a_look_that_fails_for_now_makes_nothing_before_it_succeeds(workspace: Workspace, tools: Tools) -> None:
    workspace.slack.fail(Trouble.SERVER_ERROR, method="conversations.history")
    with pytest.raises(Undelivered) as caught:
        await workspace.channel().deliver(record(possible_repeat=True), tools)
    assert not caught.value.unknown
    assert workspace.slack.messages == []


# Pages


async def test_a_person_is_paged_in_a_direct_message_with_buttons(workspace: Workspace, tools: Tools) -> None:
    channel = workspace.channel(channel="", direct=True)
    receipt = await channel.deliver(paging(recipient="U1"), tools)
    (made,) = workspace.slack.top("D1")
    assert receipt.reference == f"D1:{made.ts}"
    assert labels(made)[:2] == ["Acknowledge", "Workaround in place"]
    assert made.buttons["driftpager.acknowledge"]["value"] == KEY
    with pytest.raises(Undeliverable, match="member id"):
        await channel.deliver(paging(recipient="ana@example.com"), tools)


async def test_when_it_is_over_a_person_finds_nothing_to_press_any_more_about_it(workspace: Workspace, tools: Tools) -> None:
    people = workspace.channel(channel="", direct=True)
    again, other = f"{KEY}:l2", "driftpager:production:e2:g1:sync"
    for number, key in enumerate((KEY, again, other)):
        await people.deliver(paging(recipient="U1", dedup_key=key, id=f"p{number}"), tools)
    workspace.slack.scopes = frozenset({"chat:write"})
    assert (await people.check(tools)).warnings == (
        "the token lacks im:history: pages that are over keep their buttons, which do nothing any more",
    )
    await people.deliver(paging(Action.RESOLVE, recipient="U1", dedup_key=again, id="p8"), tools)
    assert all("Acknowledge" in labels(each) for each in workspace.slack.top("D1")[:3])
    workspace.slack.scopes = stand_in.SCOPES
    await people.deliver(paging(Action.RESOLVE, recipient="U1", dedup_key=again, id="p9"), tools)
    first, second, theirs = workspace.slack.top("D1")[:3]
    assert labels(first) == labels(second) == ["The change and what to do", "jira OPS-12"]
    assert "Acknowledge" in labels(theirs)
    assert (first.metadata["event_payload"]["key"], len(first.versions[0]) - len(first.blocks)) == ("p0", 1)


async def test_what_follows_a_page_is_short_and_has_nothing_to_press(workspace: Workspace, tools: Tools) -> None:
    channel = workspace.channel()
    facts = (*FACTS, ("Acknowledged by", "ana"), ("Resolution", "the hotfix is out"))
    for action in (Action.TRIGGER, Action.ACKNOWLEDGE, Action.RESOLVE):
        await channel.deliver(paging(action, content=content(facts=facts, links=LINKS)), tools)
    _, acknowledged, resolved = workspace.slack.top()
    assert written(acknowledged)[1:3] == ["*Escalation*\ne1, generation 1", "*Acknowledged by*\nana"]
    assert written(resolved)[1:3] == ["*Escalation*\ne1, generation 1", "*Resolution*\nthe hotfix is out"]
    assert labels(acknowledged) == labels(resolved) == ["The change and what to do", "jira OPS-12"]


async def test_there_is_nothing_to_press_on_a_notice_nor_where_nobody_would_hear_it(workspace: Workspace, tools: Tools) -> None:
    await workspace.channel().deliver(paging(Action.NOTE, why=None), tools)
    await workspace.channel(signing_secrets=()).deliver(paging(), tools)
    await workspace.channel().deliver(paging(content=content(facts=FACTS, category="blind")), tools)
    await workspace.channel().deliver(paging(dedup_key=f"driftpager:{'e' * 40}:e1:g1:{'l' * 100}"), tools)
    notice, silent, blind, long = workspace.slack.top()
    assert labels(notice) == labels(silent) == ["The change and what to do", "jira OPS-12"]
    assert "Accept baseline" not in labels(blind)
    assert "Snooze" not in labels(long)
    assert "Acknowledge" in labels(long)


async def test_a_customer_in_a_shared_channel_reads_their_words_and_nothing_else(workspace: Workspace, tools: Tools) -> None:
    def update(text: str, reference: str = "", **changes: Any) -> Page:
        told = Record(state="open", subject="Acme", reference=reference)
        said = content(summary="Update", facts=(("", text),), links=())
        return paging(Action.NOTE, recipient="C0SHARED", record=told, content=said, **changes)

    channel = workspace.channel()
    first = await channel.deliver(update("We are looking into it.\n\nNext update by 12:00."), tools)
    second = await channel.deliver(update("It <!channel> works again.", first.reference, id="p2"), tools)
    (top,) = workspace.slack.top("C0SHARED")
    assert [block["text"]["text"] for block in top.blocks] == ["We are looking into it.\n\nNext update by 12:00."]
    (answer,) = workspace.slack.thread(top)
    assert (answer.text, answer.broadcast) == ("It &lt;!channel&gt; works again.", True)
    assert second.reference == first.reference
    with pytest.raises(Undeliverable, match="shared with them"):
        await channel.deliver(replace(update("hello"), recipient="ops@acme.example"), tools)


# Text


@given(text=st.text(st.sampled_from("ab&<>\U0001f600é "), max_size=60), most=st.integers(6, 80))
def test_text_is_escaped_whole_and_within_its_limit(text: str, most: int) -> None:
    written = shown(text, most)
    assert size(written) <= most
    assert size(written) == len(written.encode("utf-16-le")) // 2
    assert not re.search(r"[<>]|&(?!(amp|lt|gt);)", written)
    whole = size(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">")) <= most
    assert (unescape(written) == text) is whole


HOSTILE = "<!channel> <@U1> <#C0OPS> <https://evil.example|click> &amp; @here https://evil.example *P4*\r\nx\x00\x1b[31m\u202e"


async def test_vendor_text_mentions_nobody_and_links_nowhere(workspace: Workspace, tools: Tools) -> None:
    hostile = content(summary=HOSTILE, facts=tuple((HOSTILE, HOSTILE) for _ in range(3)), links=LINKS)
    await workspace.channel().deliver(record("open", HOSTILE, HOSTILE, content=hostile), tools)
    (made,) = workspace.slack.top()
    everything = json.dumps([made.text, made.blocks], ensure_ascii=False)
    assert "<" not in everything
    assert "&lt;!channel&gt; &lt;@U1&gt; &lt;#C0OPS&gt; &lt;https://evil.example|click&gt; &amp;amp; @here" in made.text
    assert not set("\u202e\x00\x1b") & set(everything)
    for block in made.blocks:
        for each in [block.get("text"), *block.get("elements", [])]:
            assert each is None or each.get("type") != "mrkdwn" or each["verbatim"] is True
    (call,) = [each for each in workspace.slack.received if each.method == "chat.postMessage"]
    assert (call.arguments["parse"], call.arguments["unfurl_links"], call.arguments["unfurl_media"]) == ("none", False, False)


@pytest.mark.parametrize(
    "text",
    ["x" * 2_000_000, "&" * 2_000_000, "\U0001f600" * 500_000, "a&<>\n" * 400_000, "עברית " * 300_000],
    ids=["plain", "escaped", "emoji", "lines", "right-to-left"],
)
async def test_two_megabytes_fit_with_the_cause_the_id_and_the_link_kept(workspace: Workspace, tools: Tools, text: str) -> None:
    names = ("What it means for us", "Where", "Affected operations", "Affected customers", "Priority", "Seen before")
    facts = (("What changed", f"Account.Industry was removed\n{text}"), *((name, text) for name in names), FACTS[-1])
    large = content(summary=f"P1 Salesforce: Account.Industry was removed {text}", facts=facts, links=LINKS)
    channel = workspace.channel()
    receipt = await channel.deliver(record("open", text, text, content=large), tools)
    await channel.deliver(record("acknowledged", text, reference=receipt.reference, content=large, id="p2"), tools)
    (top,) = workspace.slack.top()
    told = written(top)
    assert any("Account.Industry was removed" in each for each in told if each.startswith("*What changed*"))
    assert "*Escalation*\ne1, generation 1" in told
    assert top.buttons["driftpager.open.0"]["url"] == LINKS[0].href
    assert len(workspace.slack.thread(top)) == 1


# What is pressed


def hearing(workspace: Workspace, **changes: Any) -> tuple[Slack, list[Any]]:
    """A channel that hears what is pressed in the stand-in, at the stand-in's time."""
    channel, heard = workspace.channel(**changes), list[Any]()

    async def take(url: str, headers: Any, body: bytes) -> tuple[int, bytes]:
        heard.extend(channel.replies(headers, body, workspace.clock.now()))
        return 200, b""

    workspace.slack.interactivity = ("https://drift.example.com/hooks/slack-ops", SIGNING)
    workspace.slack._post = take
    return channel, heard


async def test_everything_pressed_says_who_what_and_about_which_generation(workspace: Workspace, tools: Tools) -> None:
    channel, heard = hearing(workspace)
    receipt = await channel.deliver(record(), tools)
    (top,) = workspace.slack.top()
    for action in ("acknowledge", "mitigate", "resolve", "accept", "open.0"):
        await workspace.slack.press(top, f"driftpager.{action}")
    await workspace.slack.press(top, "driftpager.snooze", by="U2", option=1)
    assert [(each.kind, each.by, each.user) for each in heard] == [
        ("acknowledged", "ana", "U1"),
        ("mitigated", "ana", "U1"),
        ("resolved", "ana", "U1"),
        ("accepted", "ana", "U1"),
        ("snoozed", "ben", "U2"),
    ]
    assert {(each.source, each.dedup_key, each.record) for each in heard} == {("slack", RECORD_KEY, receipt.reference)}
    assert len({each.event_id for each in heard}) == 5
    assert [each.seen for each in heard if each.seen] == [seen_id(FACTS[0][1])]
    assert heard[-1].until - heard[-1].at == timedelta(hours=4)
    assert {each.at.replace(microsecond=0) for each in heard} == {MONDAY}


async def test_a_button_of_a_generation_that_is_over_still_names_that_one(workspace: Workspace, tools: Tools) -> None:
    channel, heard = hearing(workspace)
    first = await channel.deliver(record(), tools)
    (top,) = workspace.slack.top()
    old = top.buttons["driftpager.acknowledge"]
    anew = "driftpager:production:e1:g2:record"
    await channel.deliver(record("open", "back again", reference=first.reference, dedup_key=anew, id="p2"), tools)
    await workspace.slack.press(top, "", button=old)
    await workspace.slack.press(top, "driftpager.acknowledge")
    assert [each.dedup_key for each in heard] == [RECORD_KEY, anew]


def payload(**changes: Any) -> dict[str, Any]:
    button = {"type": "button", "action_id": "driftpager.acknowledge", "value": KEY}
    return interaction(Message(ts="1.000001", channel="C0OPS", text=""), button, "U1", "ana", "1763892000.000001") | changes


def sent(said: Any, *, at: datetime = MONDAY, secret: str = SIGNING) -> tuple[dict[str, str], bytes]:
    body = said if isinstance(said, bytes) else urlencode({"payload": json.dumps(said)}).encode()
    return signed(body, secret, str(int(at.timestamp()))), body


def channel(**changes: Any) -> Slack:
    return Slack(**({"token": SecretStr(TOKEN), "channel": "C0OPS", "signing_secrets": (SecretStr(SIGNING),)} | changes))


def test_the_signature_of_slacks_own_documentation_fits_and_is_too_old_by_now(real_data: RealData) -> None:
    vectors = json.loads(real_data("signing/webhook-signature-vectors.json"))["vectors"]
    (vector,) = [each for each in vectors if each["scheme"] == "slack v0"]
    then, body = datetime.fromtimestamp(1531420618, UTC), vector["body"].encode()
    verify(vector["headers"], body, [vector["secret"]], then)
    verify(vector["headers"], body, ["an older one", vector["secret"]], then + timedelta(minutes=5))
    for late in (timedelta(minutes=5, seconds=1), -timedelta(minutes=5, seconds=1)):
        with pytest.raises(Unverified, match="five minutes"):
            verify(vector["headers"], body, [vector["secret"]], then + late)
    for secret, text in (("another", body), (vector["secret"], body + b" ")):
        with pytest.raises(Unverified, match="fits none"):
            verify(vector["headers"], text, [secret], then)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda headers: {},
        lambda headers: {"X-Slack-Signature": headers["X-Slack-Signature"]},
        lambda headers: headers | {"X-Slack-Request-Timestamp": "1.5"},
        lambda headers: headers | {"X-Slack-Signature": headers["X-Slack-Signature"].removeprefix("v0=")},
        lambda headers: headers | {"X-Slack-Signature": "v0=\u00e9"},
        lambda headers: signed(sent(payload())[1], SIGNING, "soon"),
    ],
)
def test_without_a_signature_that_fits_nothing_is_believed(spoil: Callable[[Any], dict[str, str]]) -> None:
    headers, body = sent(payload())
    assert len(channel().replies(headers, body, MONDAY)) == 1
    with pytest.raises(Unverified):
        channel().replies(spoil(headers), body, MONDAY)
    with pytest.raises(Unverified):
        channel(signing_secrets=()).replies(headers, body, MONDAY)


@pytest.mark.parametrize(
    "said",
    [
        b"payload=%7B",
        b"payload=%5B1%5D",
        b"\xff\xfe",
        b"payload=%7B%7D&payload=%7B%7D",
        payload(actions=[{}]),
        payload(actions=7),
        payload(user=None),
        payload(container={}),
        payload(actions=[payload()["actions"][0] | {"action_ts": "nan"}]),
        payload(actions=[payload()["actions"][0] | {"action_ts": "1e99"}]),
    ],
)
def test_what_is_signed_but_no_interaction_is_unreadable(said: Any) -> None:
    with pytest.raises(Unreadable):
        channel().replies(*sent(said), MONDAY)


@pytest.mark.parametrize(
    "said",
    [
        b"ssl_check=1&token=x",
        payload(type="view_submission"),
        payload(actions=[]),
        payload(actions=[payload()["actions"][0] | {"action_id": "somebody-elses"}]),
        payload(actions=[payload()["actions"][0] | {"value": "not ours"}]),
        payload(
            actions=[payload()["actions"][0] | {"action_id": "driftpager.snooze", "selected_option": {"value": f"9y|{KEY}"}}]
        ),
        payload(actions=[payload()["actions"][0] | {"action_id": "driftpager.snooze", "selected_option": None}]),
    ],
)
def test_what_is_about_nothing_of_ours_says_nothing(said: Any) -> None:
    assert channel().replies(*sent(said), MONDAY) == []


def test_the_same_press_heard_twice_is_one_event() -> None:
    (one,), (other,) = (channel().replies(*sent(payload(), at=MONDAY + timedelta(seconds=n)), MONDAY) for n in (0, 3))
    assert one == other


async def test_the_stand_in_shows_its_messages_to_people_who_press_there(workspace: Workspace, tools: Tools) -> None:
    channel, heard = hearing(workspace)
    hostile = content(summary="<script>alert(1)</script>", facts=FACTS, links=LINKS)
    first = await channel.deliver(record(content=hostile), tools)
    await channel.deliver(record("open", "sync climbs", reference=first.reference, content=hostile, id="p2"), tools)
    (top,) = workspace.slack.top()
    async with httpx.AsyncClient(base_url=workspace.url, trust_env=False) as browser:
        page = (await browser.get("/")).text
        form = {"ts": top.ts, "action": "driftpager.snooze#2", "by": "U1"}
        assert (await browser.post("/people/press", data=form)).status_code == 303
        assert (await browser.post("/people/press", data=form | {"by": "U9"})).status_code == 400
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert ("<b>What changed</b>" in page, "sync climbs" in page, "also sent to the channel" in page) == (True, True, True)
    assert [(each.kind, each.by, each.until - each.at) for each in heard] == [("snoozed", "ana", timedelta(hours=12))]


# What is written


def watched(reference: str) -> Watched:
    return Watched(dedup_key=RECORD_KEY, reference=reference, state="open", since=MONDAY)


async def test_what_people_write_in_the_thread_is_heard_once_and_ours_is_not(workspace: Workspace, tools: Tools) -> None:
    channel = workspace.channel(listen=True)
    first = await channel.deliver(record(), tools)
    await channel.deliver(record("open", "sync climbs", reference=first.reference, id="p2"), tools)
    (top,) = workspace.slack.top()
    workspace.slack.say(top, "Salesforce says &lt;Friday&gt; \u202e", by="U2")
    workspace.slack.say(top, "Ack!", by="U1")
    workspace.slack.say(top, "Take over, please, somebody", by="U2")
    workspace.slack.say(top, "resolved", by="U1")
    heard = await channel.poll([watched(first.reference), watched("C0OPS:1.000001"), watched("")], tools)
    assert [(each.kind, each.user, each.text) for each in heard] == [
        ("annotated", "U2", "Salesforce says <Friday>"),
        ("acknowledged", "U1", "Ack!, in the thread"),
        ("annotated", "U2", "Take over, please, somebody"),
        ("resolved", "U1", "resolved, in the thread"),
    ]
    assert {(each.record, each.dedup_key) for each in heard} == {(first.reference, "")}
    assert [each.event_id for each in await channel.poll([watched(first.reference)], tools)] == [each.event_id for each in heard]
    assert await workspace.channel().poll([watched(first.reference)], tools) == []
    workspace.slack.fail("missing_scope")
    with pytest.raises(Undeliverable):
        await channel.poll([watched(first.reference)], tools)


def test_of_many_threads_all_have_their_turn() -> None:
    many = [watched(f"C0OPS:{number}.000001") for number in range(34)]
    turns = [in_turn(many, MONDAY + timedelta(seconds=15 * number)) for number in range(4)]
    assert {len(each) for each in turns} == {10}
    assert {each.reference for turn in turns for each in turn} == {each.reference for each in many}
    assert in_turn(many[:10], MONDAY) == many[:10]


# What goes wrong


@pytest.mark.parametrize(
    ("error", "kind", "reason", "says"),
    [
        ("ratelimited", Undelivered, Reason.RATE_LIMITED, "Slack could not do it now (ratelimited)"),
        ("internal_error", Undelivered, Reason.SERVER, "Slack could not do it now (internal_error)"),
        ("service_unavailable", Undelivered, Reason.SERVER, "Slack could not do it now (service_unavailable)"),
        ("request_timeout", Undelivered, Reason.TIMEOUT, "Slack could not do it now (request_timeout)"),
        ("token_revoked", Undeliverable, Reason.AUTH, "Slack refused it (token_revoked): the app was uninstalled"),
        ("not_in_channel", Undeliverable, Reason.CLIENT, "Slack refused it (not_in_channel): invite the app"),
        ("channel_not_found", Undeliverable, Reason.CLIENT, "Slack refused it (channel_not_found): check the channel's id"),
        ("msg_blocks_too_long", Undeliverable, Reason.CLIENT, "Slack refused it (msg_blocks_too_long)"),
        ("xoxb-canary-4711", Undeliverable, Reason.CLIENT, "Slack refused it (without a reason)"),
    ],
)
async def test_a_200_that_says_no_is_a_failure_of_its_own_kind(
    workspace: Workspace, tools: Tools, error: str, kind: type[Exception], reason: Reason, says: str
) -> None:
    workspace.slack.fail(error, retry_after=7)
    with pytest.raises((Undelivered, Undeliverable)) as caught:
        await workspace.channel().deliver(paging(), tools)
    assert isinstance(caught.value, kind)
    assert caught.value.reason is reason
    assert str(caught.value).startswith(says)
    if isinstance(caught.value, Undelivered):
        assert caught.value.unknown is (error == "internal_error")
        assert caught.value.retry_after == timedelta(seconds=7)
    assert workspace.slack.messages == []


async def test_a_missing_scope_is_named(workspace: Workspace, tools: Tools) -> None:
    workspace.slack.scopes = frozenset({"im:write"})
    with pytest.raises(Undeliverable, match="give the app the scope chat:write and install it again") as caught:
        await workspace.channel().deliver(paging(), tools)
    assert caught.value.reason is Reason.AUTH


async def test_an_answer_that_names_no_message_is_no_yes(workspace: Workspace, tools: Tools) -> None:
    workspace.slack._stamp = lambda: "\nhttps://evil.example"  # type: ignore[method-assign]  # because it is another server then
    with pytest.raises(Undelivered, match="names no message") as caught:
        await workspace.channel().deliver(paging(), tools)
    assert caught.value.unknown


async def test_a_sign_in_page_is_no_yes(workspace: Workspace, tools: Tools) -> None:
    for poor in (False, True):
        workspace.slack.fail(Trouble.UNREADABLE)
        with pytest.raises(Undelivered) as caught:
            await (workspace.poor() if poor else workspace.channel()).deliver(paging(), tools)
        assert caught.value.unknown


# An incoming webhook


async def test_through_a_webhook_each_news_is_a_message(workspace: Workspace, tools: Tools) -> None:
    channel = workspace.poor()
    first = await channel.deliver(record(), tools)
    await channel.deliver(record("open", reference=first.reference), tools)
    second = await channel.deliver(record("acknowledged", "ana took it", reference=first.reference), tools)
    await channel.deliver(paging(), tools)
    assert (first.reference, first.url, second.reference) == ("driftpager-e1", "", "driftpager-e1")
    whole, news, paged = workspace.slack.top()
    assert labels(whole)[0] == labels(paged)[0] == "Acknowledge"
    assert news.text == f"{whole.text} (acknowledged)\nana took it"
    outlet = outlets({"it": channel})["it"]
    assert (outlet.address, outlet.keeps_records, outlet.rings, outlet.reads_back) == ("", True, True, False)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("no_service", "it was taken back: make a new one"),
        ("action_prohibited", "an administrator forbids it to post there"),
        ("channel_is_archived", "its channel is archived"),
    ],
)
async def test_a_webhook_that_was_taken_back_says_what_to_do(workspace: Workspace, tools: Tools, word: str, says: str) -> None:
    if word == "no_service":
        workspace.slack.revoked = True
    else:
        workspace.slack.fail(word)
    with pytest.raises(Undeliverable, match=f"{word}.*{says}") as caught:
        await workspace.poor().deliver(paging(), tools)
    assert "canary" not in str(caught.value)


async def test_a_webhook_reaches_no_customer(workspace: Workspace, tools: Tools) -> None:
    update = record(record=Record(state="open", subject="Acme"), recipient="C0SHARED")
    with pytest.raises(Undeliverable, match="no customer"):
        await workspace.poor().deliver(update, tools)


# Setting up


async def test_a_check_posts_nothing_and_says_what_is_missing(workspace: Workspace, tools: Tools) -> None:
    assert await workspace.channel().check(tools) == Checked(account="driftpager in Acme")
    assert (await workspace.poor().check(tools)).account == "an incoming webhook"
    workspace.slack.channels["C0OPS"].member = False
    outside = await workspace.channel(signing_secrets=()).check(tools)
    assert outside.warnings == (
        "the channel C0OPS: Slack refused it (not_in_channel): invite the app to the channel (/invite)",
        "without signing_secrets messages have no buttons",
    )
    workspace.slack.scopes = frozenset({"im:write"})
    assert (await workspace.channel().check(tools)).warnings == (
        "the token lacks the scope chat:write: nothing can be posted",
        "the token lacks channels:history or groups:history: a message whose answer was lost comes twice",
    )
    workspace.slack.revoked = True
    for channel in (workspace.channel(), workspace.poor()):
        with pytest.raises(Undeliverable):
            await channel.check(tools)
    assert workspace.slack.messages == []


def test_what_a_channel_is_follows_from_how_it_is_configured() -> None:
    known = outlets({"ops": channel(), "people": channel(channel="", direct=True)})
    assert [(each.address, each.keeps_records, each.rings) for each in known.values()] == [
        ("", True, True),
        ("slack", False, True),
    ]
    assert isinstance(channel(), Checks)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"channel": ""}, "Slack is spoken to in one 'channel'"),
        ({"direct": True}, "Slack is spoken to in one 'channel'"),
        ({"token": None}, "a bot 'token' goes with 'channel'"),
        ({"channel": "", "webhook_url": "https://hooks.slack.com/services/x"}, "a bot 'token' goes with"),
        ({"channel": "#ops"}, "String should match"),
        ({"token": "xoxb\nsecret"}, "a line break"),
        ({"base_url": "http://slack.example.com/api"}, "https only"),
        ({"signing_secrets": [""]}, "must not be empty"),
        ({"base_url": "http://127.0.0.1/api", "private": True}, ""),
    ],
)
def test_a_wrong_configuration_is_told_in_one_line_without_secrets(changes: dict[str, Any], says: str) -> None:
    values = {"token": TOKEN, "channel": "C0OPS"} | changes
    values = {key: value for key, value in values.items() if value is not None}
    if not says:
        assert Slack.model_validate(values).private
        return
    with pytest.raises(ValidationError) as caught:
        Slack.model_validate(values)
    assert says in str(caught.value)
    assert "canary" not in str(caught.value)


def test_the_manifest_of_the_app_allows_what_is_used() -> None:
    manifest = yaml.safe_load((ROOT / "docs/examples/slack-app.yml").read_text())
    assert frozenset(manifest["oauth_config"]["scopes"]["bot"]) == stand_in.SCOPES
    assert manifest["settings"]["interactivity"]["request_url"].endswith("/hooks/slack")


async def test_every_request_fits_the_official_description(workspace: Workspace, tools: Tools, real_data: RealData) -> None:
    description = json.loads(real_data("slack/web-api.swagger2.json.gz"))
    channel = workspace.channel()
    first = await channel.deliver(record(possible_repeat=True), tools)
    await channel.deliver(record("open", "climbs", reference=first.reference, possible_repeat=True), tools)
    await channel.check(tools)
    methods = set()
    newer = {"metadata", "include_all_metadata"}  # the description was archived before Slack had them
    kinds = {"string": str, "boolean": bool, "integer": int, "number": float}
    for call in workspace.slack.received:
        operation = next(iter(description["paths"][f"/{call.method}"].values()))
        known = {each["name"]: each for each in operation["parameters"]}
        assert call.arguments.keys() - newer <= known.keys(), call.method
        assert {name for name, each in known.items() if each.get("required")} - {"token"} <= call.arguments.keys()
        for name in call.arguments.keys() - newer - {"blocks"}:  # which is JSON in a form, and itself in a body of JSON
            value, kind = call.arguments[name], known[name]["type"]
            assert isinstance(value, kinds[kind]) or (known[name]["in"] == "query" and kinds[kind](value) is not None)
        assert call.headers["authorization"] == f"Bearer {TOKEN}"
        methods.add(call.method)
    assert methods == {
        *("auth.test", "chat.getPermalink", "chat.postMessage", "chat.update"),
        *("conversations.history", "conversations.replies"),
    }
