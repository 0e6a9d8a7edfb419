"""Alertmanager: what an alert of ours is known by, that it stands, changes and ends in the real one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import SecretStr, ValidationError

from alerts.channels import Tools
from alerts.channels.alertmanager import Alertmanager, labels_of
from alerts.errors import Undelivered
from alerts.page import Action, Page, PageState
from monitor.demo.serve import Tls
from monitor.refreshing import last_word, resolved
from tests.alerts.far_ends import Cue
from tests.alerts.far_ends.alertmanager import far_end
from tests.alerts.pages import KEY, content, page
from tests.alerts.real_alertmanager import alertmanager, alerts, needed
from tests.conftest import RealData


def channel(url: str = "https://alertmanager.example.com", **changes: Any) -> Alertmanager:
    return Alertmanager(url=url, private=True, **changes)


async def sent(tls: Tls, tools: Tools, *pages: Page, **changes: Any) -> list[Any]:
    async with far_end(tls) as far:
        configured = far.channel.model_copy(update=changes)  # type: ignore[attr-defined]  # because every channel is a model
        for each in pages:
            await configured.deliver(each, tools)
    return [json.loads(took.partition(b"\r\n\r\n")[2]) for took in far.took]


async def test_an_alert_is_known_by_what_never_changes_and_says_the_rest_beside_it(tls: Tls, tools: Tools) -> None:
    ((alert,),) = await sent(tls, tools, page(), labels={"severity": "critical"})
    assert alert["labels"] == {
        "alertname": "DriftpagerEscalation",
        "dedup_key": KEY,
        "environment": "production",
        "escalation": "e1",
        "integration": "salesforce-production",
        "lane": "sync",
        "severity": "critical",
    }
    assert {name: alert["annotations"][name] for name in ("priority", "severity", "state")} == {
        "priority": "P1",
        "severity": "critical",
        "state": "open",
    }
    assert alert["annotations"]["summary"] == page().content.summary
    assert alert["annotations"]["runbook_url"] == "https://wiki.example.com/salesforce"
    assert "endsAt" not in alert


async def test_nothing_that_changes_reaches_the_labels() -> None:
    changed = content(summary="P3 now", severity="warning", component="elsewhere", category="auth", since=None)
    known = {Action.TRIGGER: page(), Action.ACKNOWLEDGE: page(Action.ACKNOWLEDGE), Action.RESOLVE: page(Action.RESOLVE)}
    for action, plain in known.items():
        later = replace(plain, content=changed, priority=3, level=2, attempts=4, possible_repeat=True, contact="ben")
        assert labels_of(later) == labels_of(page()), action


async def test_a_resolve_ends_it_now(tls: Tls, tools: Tools) -> None:
    ((alert,),) = await sent(tls, tools, page(Action.RESOLVE))
    assert alert["startsAt"] < alert["endsAt"] == "2026-11-23T10:00:00.000+00:00"


async def test_every_alert_is_as_the_official_description_says(tls: Tls, tools: Tools, real_data: RealData) -> None:
    described = yaml.safe_load(real_data("alertmanager/api-v2.openapi.yaml"))
    schema = {"definitions": described["definitions"], "$ref": "#/definitions/postableAlerts"}
    wild = content(summary="日本\U0001f600\u202e" * 900, facts=(("\ud800", "x" * 2_000_000),))
    bodies = await sent(tls, tools, page(), page(Action.ACKNOWLEDGE), page(Action.RESOLVE), page(content=wild, practice=True))
    for body in bodies:
        jsonschema.validate(body, schema, format_checker=jsonschema.FormatChecker())
    assert len(json.dumps(bodies[3])) < 60_000
    assert bodies[3][0]["labels"]["practice"] == "true"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"labels": {"1st": "x"}}, "'1st' is no name of a label"),
        ({"labels": {"escalation": "x"}}, "the label escalation is ours"),
        ({"labels": {"team": ""}}, "the label team is empty"),
        ({"username": "ana"}, "give username and password, or token"),
        ({"webhook_secrets": (SecretStr("short"),)}, "has 16 characters at least"),
        ({"private": False, "url": "http://alertmanager.example.com"}, "over https only"),
        ({"private": False, "others": ("http://alertmanager.example.com",)}, "over https only"),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Alertmanager(**{"url": "https://alertmanager.example.com", "private": True} | changes)
    assert expected in str(caught.value)


def stored(*pages: tuple[Page, PageState]) -> list[tuple[Page, PageState, str]]:
    return [(each, state, "") for each, state in pages]


HERE = ("pagerduty", "", KEY)


def test_what_arrived_last_is_told_again_until_its_end_is_queued() -> None:
    first, taken, over = page(), page(Action.ACKNOWLEDGE), page(Action.RESOLVE)
    assert last_word(stored((first, PageState.PENDING)), HERE) is None  # the outbox is at it
    assert last_word(stored((first, PageState.SENT), (taken, PageState.PENDING)), HERE) is first
    assert last_word(stored((first, PageState.SENT), (taken, PageState.SENT)), HERE) is taken
    assert last_word(stored((first, PageState.SENT), (over, PageState.PENDING)), HERE) is None
    assert last_word(stored((first, PageState.SENT)), ("pagerduty", "", "another")) is None
    assert resolved(stored((first, PageState.SENT), (over, PageState.PENDING)), HERE) is None
    assert resolved(stored((first, PageState.SENT), (over, PageState.SENT)), HERE) is over


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.05)


async def test_every_member_of_a_cluster_is_told_and_one_that_takes_it_is_enough(tls: Tls, tools: Tools) -> None:
    async with far_end(tls) as one, far_end(tls) as other:
        assert isinstance(one.channel, Alertmanager)
        assert isinstance(other.channel, Alertmanager)
        cluster = one.channel.model_copy(update={"others": (other.channel.url,)})
        await cluster.deliver(page(), tools)
        assert (len(one.took), len(other.took)) == (1, 1)
        one.cue = Cue.REFUSE
        assert (await cluster.deliver(page(), tools)).reference == KEY
        other.cue = Cue.FAIL  # which another try may pass
        with pytest.raises(Undelivered, match="Alertmanager failed"):
            await cluster.deliver(page(), tools)


@needed
async def test_the_real_one_shows_it_changes_it_and_ends_it(tmp_path: Path, tools: Tools) -> None:
    async with alertmanager(tmp_path) as url:
        it = channel(url, token=SecretStr("not-asked-for"))
        now = Tools(http=tools.http, now=datetime.now(UTC))
        assert (await it.check(now)).account.startswith("Alertmanager 0.")
        began = replace(page(), content=content(since=now.now - timedelta(minutes=5)))
        await it.deliver(began, now)
        await it.deliver(began, now)
        await it.deliver(replace(began, action=Action.ACKNOWLEDGE), now)
        (alert,) = await alerts(url)
        assert (alert["labels"]["escalation"], alert["annotations"]["state"]) == ("e1", "acknowledged")
        assert alert["status"]["state"] in ("active", "unprocessed")
        await it.deliver(replace(began, action=Action.RESOLVE), Tools(http=tools.http, now=datetime.now(UTC)))

        async def over() -> bool:
            return await alerts(url) == []

        await eventually(over)


@needed
async def test_one_that_is_not_told_again_lapses_in_the_real_one(tmp_path: Path, tools: Tools) -> None:
    async with alertmanager(tmp_path, lapse="2s") as url:
        await channel(url).deliver(page(), Tools(http=tools.http, now=datetime.now(UTC)))
        assert len(await alerts(url)) == 1

        async def over() -> bool:
            return await alerts(url) == []

        await eventually(over)
