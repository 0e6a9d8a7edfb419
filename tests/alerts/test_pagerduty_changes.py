"""What pages nobody is listed at PagerDuty as a change event, and news of an incident may be a status update."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import jsonschema
import pytest
from pydantic import SecretStr, ValidationError

from alerts.changes import tell_changes
from alerts.channels import Tools, outlets
from alerts.channels.pagerduty import PagerDuty
from alerts.errors import Reason, Undeliverable
from alerts.outlets import Outlet
from alerts.page import Action, Link, Page
from tests.alerts.pages import KEY, page
from tests.alerts.stories import MONDAY
from tests.alerts.test_pagerduty import ROUTING_KEY, Account
from tests.alerts.test_pagerduty import account as account
from tests.conftest import RealData

SERVICE_KEY = "0123456789abcdef0123456789abcdef"


def told(lines: list[str], *more: Outlet, summary: str = "crm: ana accepted what crm/api serves now: agreed") -> tuple[Page, ...]:
    known = (Outlet(name="pagerduty", kind="pagerduty", hears_changes=True), Outlet(name="email", kind="email"), *more)
    return tell_changes(
        {each.name: each for each in known},
        environment="production",
        integration="crm",
        target="crm/api",
        summary=summary,
        lines=lines,
        links=[Link(text="The target", href="https://drift.example.com/targets/crm/api")],
        now=MONDAY,
    )


def listing(account: Account) -> PagerDuty:
    """The account's channel with the key of a service, which takes change events."""
    account.pagerduty.routing_keys[SERVICE_KEY] = "CRM"
    return account.channel.model_copy(update={"routing_key": SecretStr(SERVICE_KEY), "changes": True})


async def test_a_change_is_listed_and_notifies_nobody(account: Account, tools: Tools, real_data: RealData) -> None:
    (it,) = told(["Account.Size was added [field.added]"])
    await listing(account).deliver(it, tools)
    (event,) = account.pagerduty.changes
    assert account.pagerduty.incidents == []
    assert event["payload"] == {
        "summary": "crm: ana accepted what crm/api serves now: agreed",
        "source": "crm",
        "timestamp": "2026-11-23T10:00:00.000+00:00",
        "custom_details": {"What changed": "Account.Size was added [field.added]", "Target": "crm/api"},
    }
    assert event["links"] == [{"href": "https://drift.example.com/targets/crm/api", "text": "The target"}]
    described = json.loads(real_data("pagerduty/events-v2.openapi.json"))
    schema = described["paths"]["/change/enqueue"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    jsonschema.Draft4Validator(schema | {"components": described["components"]}).validate(event)


async def test_two_megabytes_of_change_fit(account: Account, tools: Tools) -> None:
    (it,) = told(["\U0001f600" * 2_000_000] * 30, summary="\u05d0" * 9_000)
    huge = replace(it, content=replace(it.content, facts=tuple((str(n), "\U0001f600" * 200_000) for n in range(50))))
    for each in (it, huge):
        await listing(account).deliver(each, tools)
    assert len(account.pagerduty.changes) == 2


def test_only_channels_that_list_changes_hear_of_one_and_each_once() -> None:
    pages = told(["a"], Outlet(name="second", kind="pagerduty", hears_changes=True))
    assert [(each.channel, each.action, each.deadline) for each in pages] == [
        ("pagerduty", Action.CHANGE, None),
        ("second", Action.CHANGE, None),
    ]
    assert told(["a"])[0].id == told(["a"])[0].id != told(["a"], summary="another")[0].id


def test_a_rulesets_key_is_refused_where_changes_are_wanted() -> None:
    with pytest.raises(ValidationError, match="is a ruleset's"):
        PagerDuty(routing_key=SecretStr(ROUTING_KEY), changes=True)
    plain = outlets({"it": PagerDuty(routing_key=SecretStr(SERVICE_KEY))})["it"]
    assert not plain.hears_changes


async def test_a_status_update_takes_the_place_of_a_note(account: Account, tools: Tools) -> None:
    channel = account.channel.model_copy(update={"updates": "status-updates"})
    await channel.deliver(page(), tools)
    await channel.deliver(page(Action.NOTE), tools)
    incident = account.pagerduty.find(KEY)
    assert incident.notes == []
    assert incident.status_updates == [("Ana", page().content.summary)]


async def test_a_refused_change_is_given_up(account: Account, tools: Tools) -> None:
    stale = listing(account).model_copy(update={"routing_key": SecretStr("f" * 32)})
    (it,) = told([])
    with pytest.raises(Undeliverable) as caught:
        await stale.deliver(replace(it, created_at=MONDAY - timedelta(days=1)), tools)
    assert caught.value.reason is Reason.CLIENT
