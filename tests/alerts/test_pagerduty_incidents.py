"""What only REST can do to an incident, against the stand-in: priority, urgency, notes; and what people do to incidents."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import Any

import pytest

from alerts.channels import Tools, Watched
from alerts.errors import Reason, Undelivered
from alerts.page import Action
from alerts.priority import Priority
from alerts.wording import NEWS
from monitor.demo import pagerduty as stand_in
from monitor.demo.pagerduty_rest import user_reference
from monitor.demo.serve import Tls, serve
from tests.alerts.pages import KEY, content, page
from tests.alerts.stories import MONDAY
from tests.alerts.test_pagerduty import ROUTING_KEY, Account, fitting, hearing
from tests.alerts.test_pagerduty import account as account
from tests.conftest import RealData

OTHER = KEY.replace("sync", "security")


@pytest.mark.parametrize(
    ("priority", "urgency"), [(Priority.P1, "high"), (Priority.P2, "high"), (Priority.P3, "low"), (Priority.P4, "low")]
)
async def test_an_incident_gets_our_priority_and_its_urgency_once(
    account: Account, tools: Tools, real_data: RealData, priority: Priority, urgency: str
) -> None:
    await account.channel.deliver(page(content=replace(content(), severity="info" if urgency == "high" else "critical")), tools)
    assert await account.channel.grade(KEY, priority, tools)
    incident = account.pagerduty.find(KEY)
    assert (incident.priority, incident.urgency) == (str(priority), urgency)
    assert fitting(account.pagerduty.received, real_data) == 4
    assert await account.channel.grade(KEY, priority, tools)
    assert [request.method for request in account.pagerduty.received[4:]] == ["GET"]


@pytest.mark.parametrize("known", [(), ("SEV-1", "SEV-2")])
async def test_where_the_account_has_no_such_priority_the_urgency_is_set_all_the_same(
    account: Account, tools: Tools, known: tuple[str, ...]
) -> None:
    account.pagerduty.priorities = known
    await account.channel.deliver(page(), tools)
    assert await account.channel.grade(KEY, Priority.P3, tools)
    incident = account.pagerduty.find(KEY)
    assert (incident.priority, incident.urgency) == ("", "low")


async def test_what_is_not_there_yet_is_graded_later_and_what_is_over_never(account: Account, tools: Tools) -> None:
    assert not await account.channel.grade(KEY, Priority.P1, tools)
    await account.channel.deliver(page(), tools)
    await account.channel.deliver(page(Action.RESOLVE), tools)
    assert await account.channel.grade(KEY, Priority.P3, tools)
    assert account.pagerduty.find(KEY).urgency == "high"


async def test_a_note_says_what_is_new(account: Account, tools: Tools) -> None:
    await account.channel.deliver(page(), tools)
    said = content(summary="Update, P1 Salesforce", facts=((NEWS, "ben: a hotfix is on its way"), ("Since", "today")))
    await account.channel.deliver(page(Action.NOTE, content=said), tools)
    assert account.pagerduty.find(KEY).notes == [("Ana", "Update, P1 Salesforce\nben: a hotfix is on its way")]


async def test_a_merged_incident_closes_nothing_and_the_one_it_went_into_is_heard_for_it(account: Account, tools: Tools) -> None:
    await account.channel.deliver(page(), tools)
    await account.channel.deliver(page(dedup_key=OTHER), tools)
    older, newer = account.pagerduty.incidents
    await account.pagerduty.merge(older.id, newer.id)
    assert newer.status == "resolved"
    watched = [Watched(dedup_key=KEY), Watched(dedup_key=OTHER)]
    assert await account.channel.poll(watched, tools) == []
    assert await account.channel.arrived(OTHER, tools) == older.id
    await account.pagerduty.acknowledge(older.id, "Ana")
    replies = await account.channel.poll(watched, tools)
    assert sorted((reply.kind, reply.dedup_key) for reply in replies) == [("acknowledged", OTHER), ("acknowledged", KEY)]


async def test_where_only_the_merged_incident_is_found_nothing_was_closed(account: Account, tools: Tools) -> None:
    await account.channel.deliver(page(), tools)
    await account.channel.deliver(page(dedup_key=OTHER), tools)
    older, newer = account.pagerduty.incidents
    await account.pagerduty.merge(older.id, newer.id)
    del older.alerts[OTHER]
    assert await account.channel.arrived(OTHER, tools) == newer.id
    assert await account.channel.poll([Watched(dedup_key=OTHER)], tools) == []


async def test_a_merge_told_by_webhook_is_no_end(tls: Tls, tools: Tools) -> None:
    heard: list[tuple[dict[str, str], bytes]] = []

    async def post(url: str, headers: Any, body: bytes) -> int:
        heard.append((dict(headers), body))
        return 204

    pagerduty = stand_in.PagerDuty(routing_keys={ROUTING_KEY: "CRM"}, webhook=("https://us.example.com", ("old",)), post=post)
    async with serve(pagerduty.app, tls=tls) as url:
        channel = hearing("old").model_copy(update={"base_url": url, "ca_file": tls.authority})
        await channel.deliver(page(), tools)
        await channel.deliver(page(dedup_key=OTHER), tools)
        await pagerduty.settle()
        await pagerduty.merge(KEY, OTHER)
        await pagerduty.resolve(KEY, "Ana")
    assert [[reply.kind for reply in channel.replies(*each, MONDAY)] for each in heard] == [[], [], [], ["resolved"]]


async def test_who_did_it_is_known_by_name_and_by_id(account: Account, tools: Tools) -> None:
    await account.channel.deliver(page(), tools)
    await account.pagerduty.acknowledge(KEY, "Ana")
    (polled,) = await account.channel.poll([Watched(dedup_key=KEY)], tools)
    assert (polled.by, polled.user) == ("Ana", user_reference("Ana")["id"])
    body = b'{"event": {"id": "e", "event_type": "incident.acknowledged", "occurred_at": "2026-11-23T10:00:00Z",'
    body += b'"agent": {"id": "PUSER1", "type": "user_reference", "summary": "Ana B."}, "data": {"incident_key": "k"}}}'
    signature = "v1=" + hmac.new(b"old", body, hashlib.sha256).hexdigest()
    (told,) = hearing("old").replies({"x-pagerduty-signature": signature}, body, MONDAY)
    assert (told.by, told.user) == ("Ana B.", "PUSER1")


async def test_throttled_for_an_hour_every_answer_says_how_long_is_left(account: Account, tools: Tools) -> None:
    account.pagerduty.throttle(3600)
    with pytest.raises(Undelivered) as sent:
        await account.channel.deliver(page(), tools)
    with pytest.raises(Undelivered) as asked:
        await account.channel.arrived(KEY, tools)
    for refused in (sent.value, asked.value):
        assert refused.reason is Reason.RATE_LIMITED
        assert refused.retry_after is not None
        assert 3590 < refused.retry_after.total_seconds() <= 3600
