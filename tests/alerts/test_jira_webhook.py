"""Jira's webhooks: forged, old, repeated, about something else, our own, and what people did."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from alerts.channels import Post, Reply, Tools, Watched
from alerts.channels.jira import Jira
from alerts.errors import Undelivered, Unreadable, Unverified
from alerts.jira.webhook import signed
from monitor.demo.jira_issue import ANA, DONE, IN_PROGRESS, RULE, TO_DO, US
from tests.alerts.stories import MONDAY
from tests.alerts.test_jira import SECRET, There, channel, served, watched
from tests.conftest import RealData

MINUTE = timedelta(minutes=1)


def hearing(**changes: Any) -> Jira:
    return channel(**({"webhook_secrets": (SecretStr("old"), SecretStr(SECRET)), "account_id": US.id} | changes))


def hook(secret: str = SECRET, **changes: Any) -> tuple[Mapping[str, str], bytes]:
    """A signed webhook: somebody moved OPS-1 to Done."""
    event: dict[str, Any] = {
        "timestamp": int(MONDAY.timestamp() * 1000),
        "webhookEvent": "jira:issue_updated",
        "user": ANA.as_json(),
        "issue": {"id": "10001", "key": "OPS-1", "fields": {"labels": ["driftpager"], "status": DONE.as_json()}},
        "changelog": {"id": "777", "items": [item("status", TO_DO.name, DONE.name)]},
    }
    body = json.dumps({name: value for name, value in (event | changes).items() if value is not None}).encode()
    return {"X-Hub-Signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}, body


def item(name: str, was: str | None, to: str | None) -> dict[str, Any]:
    return {"field": name, "fieldId": name, "from": was and "1", "fromString": was, "to": to and "2", "toString": to}


def heard(of: Jira | None = None, **changes: Any) -> list[Reply]:
    headers, body = hook(**changes)
    return (of or hearing()).replies(headers, body, MONDAY + MINUTE)


def test_the_published_way_of_signing_is_understood(real_data: RealData) -> None:
    vectors = json.loads(real_data("signing/webhook-signature-vectors.json"))["vectors"]
    vector = next(each for each in vectors if each["scheme"].startswith("jira"))
    body = vector["body"].encode()
    assert signed(vector["headers"], body, ["another", vector["secret"]])
    assert not signed(vector["headers"], body + b" ", [vector["secret"]])
    assert not signed(vector["headers"], body, ["another"])


def test_a_forged_an_unsigned_and_an_old_webhook_are_not_believed() -> None:
    headers, body = hook()
    assert len(hearing().replies(headers, body, MONDAY + MINUTE)) == 1
    refused: list[tuple[Mapping[str, str], bytes, timedelta]] = [
        ({}, body, MINUTE),
        ({"X-Hub-Signature": "sha256="}, body, MINUTE),
        ({"X-Hub-Signature": "sha256=é"}, body, MINUTE),
        (headers, body.replace(b"OPS-1", b"OPS-2"), MINUTE),
        (hook("another")[0], body, MINUTE),
        (headers, body, timedelta(days=1, seconds=1)),
        (headers, body, -timedelta(minutes=6)),
    ]
    for forged, raw, later in refused:
        with pytest.raises(Unverified):
            hearing().replies(forged, raw, MONDAY + later)
    with pytest.raises(Unverified, match="no webhook_secrets"):
        channel().replies(headers, body, MONDAY)


@pytest.mark.parametrize(
    "changes",
    [
        {"timestamp": None},
        {"timestamp": "now"},
        {"timestamp": 10**30},
        {"issue": {}},
        {"issue": []},
        {"issue": {"key": "OPS-1", "fields": "none"}},
        {"changelog": {"items": []}},
        {"changelog": {"id": "1", "items": ["status"]}},
        {"changelog": None, "comment": {"id": "1", "author": ANA.as_json(), "created": "yesterday"}},
        {"user": "ana"},
    ],
)
def test_what_is_signed_but_not_as_described_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        heard(**changes)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff"])
def test_what_is_signed_and_no_object_is_refused(body: bytes) -> None:
    headers = {"x-hub-signature": "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}
    with pytest.raises(Unreadable):
        hearing().replies(headers, body, MONDAY)


def test_a_change_of_status_says_who_did_what_to_which_issue() -> None:
    assert heard() == [
        Reply(
            source="jira",
            event_id="127.0.0.1:9:change:777",
            kind="resolved",
            dedup_key="",
            by="Ana",
            at=MONDAY,
            user="712020:ana",
            email="ana@example.com",
            record="OPS-1",
        )
    ]


@pytest.mark.parametrize(
    ("items", "to", "kind"),
    [
        ([item("status", "To Do", "In Progress")], IN_PROGRESS, "acknowledged"),
        ([item("status", "In Progress", "To Do")], TO_DO, "unacknowledged"),
        ([item("resolution", "Done", None), item("status", "Done", "To Do")], TO_DO, "reopened"),
        ([item("resolution", "Done", None), item("status", "Done", "In Progress")], IN_PROGRESS, "reopened"),
        ([item("status", "Shipped", "To Do")], TO_DO, "reopened"),
        ([item("status", "To Do", "Hotfix")], IN_PROGRESS, "mitigated"),
        ([item("status", "To Do", "SHIPPED")], IN_PROGRESS, "resolved"),
        ([item("status", "To Do", "Done"), item("assignee", None, "Ana")], DONE, "resolved"),
    ],
)
def test_what_a_status_means_is_its_category_or_as_configured(items: list[Any], to: Any, kind: str) -> None:
    named = hearing(statuses={"mitigating": "Hotfix", "resolved": "shipped"})
    issue = {"id": "10001", "key": "OPS-1", "fields": {"labels": ["driftpager"], "status": to.as_json()}}
    (reply,) = heard(named, changelog={"id": "1", "items": items}, issue=issue)
    assert reply.kind == kind


@pytest.mark.parametrize(
    "changes",
    [
        {"user": US.as_json()},
        {"webhookEvent": "jira:issue_created"},
        {"webhookEvent": "sprint_started", "issue": None},
        {"changelog": {"id": "1", "items": [item("assignee", None, "Ana")]}},
        {"issue": {"id": "1", "key": "OPS-7", "fields": {"labels": ["bug"], "status": DONE.as_json()}}},
        {"changelog": None},
    ],
)
def test_what_we_did_ourselves_and_what_is_not_about_us_is_nothing(changes: dict[str, Any]) -> None:
    assert heard(**changes) == []


NAMES = st.sampled_from(["id", "key", "fields", "items", "field", "to", "author", "created", "labels"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["timestamp", "webhookEvent", "user", "issue", "changelog", "comment"]), JSON, max_size=3))
@settings(max_examples=150)
def test_whatever_is_signed_is_read_or_refused(changes: dict[str, Any]) -> None:
    try:
        replies = heard(**changes)
    except (Unreadable, Unverified):
        return
    assert all(
        isinstance(text, str) for reply in replies for text in (reply.by, reply.user, reply.email, reply.record, reply.text)
    )


@given(JSON)
@settings(max_examples=100)
async def test_whatever_is_answered_is_read_or_tried_again(found: Any) -> None:
    class Odd:
        async def send(self, *_: Any, **__: Any) -> Post:
            issue = {"key": "OPS-1", "fields": {"status": DONE.as_json(), "comment": found}, "changelog": found}
            return Post(status=200, body=json.dumps({"issues": [issue, found], "values": found, "comments": found}).encode())

    asked = Watched(dedup_key="driftpager:production:e1:g1:record", reference="OPS-1")
    try:
        assert isinstance(await hearing().poll([asked], Tools(http=Odd(), now=MONDAY)), list)
    except Undelivered:
        return


def test_an_automation_rule_is_nobody() -> None:
    (reply,) = heard(user=RULE.as_json())
    assert (reply.kind, reply.by, reply.user, reply.email) == ("resolved", "", "", "")


@pytest.fixture
async def told(tools: Tools) -> AsyncIterator[tuple[There, list[Reply]]]:
    """A site whose webhooks are heard."""
    replies: list[Reply] = []

    async def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
        replies.extend(site.channel.replies(headers, body, site.at.now))
        return 202

    configured = {"webhook_secrets": (SecretStr(SECRET),), "account_id": US.id}
    async with served(tools, webhook=("https://drift.example.com/hooks/jira", SECRET), post=post, channel=configured) as site:
        yield site, replies


async def test_what_a_webhook_told_and_what_was_asked_for_are_the_same_event(told: tuple[There, list[Reply]]) -> None:
    there, replies = told
    await there.says("acknowledged", "opened")
    for act in (
        lambda: there.jira.comment("OPS-1", "any news?"),
        lambda: there.jira.move("OPS-1", DONE),
        lambda: there.jira.move("OPS-1", TO_DO),
        lambda: there.jira.relocate("OPS-1", "CRM-7"),
    ):
        there.at.passes(minutes=1)
        assert await act() == 202
    asked = await there.channel.poll([watched(there)], there.tools)
    await there.jira.settle()
    assert len(there.jira.sent) == 7  # ours too: the issue, its status and a comment
    assert [reply.kind for reply in replies] == ["annotated", "resolved", "reopened", "annotated"]
    assert asked == replies


async def test_a_deleted_issue_is_told(told: tuple[There, list[Reply]]) -> None:
    there, replies = told
    await there.says("open")
    await there.jira.delete("OPS-1")
    assert [(reply.kind, reply.by, reply.record, reply.text) for reply in replies] == [
        ("annotated", "Ana", "OPS-1", "the issue was deleted")
    ]
