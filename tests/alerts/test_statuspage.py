"""Statuspage: customers read what a person approved, once, in one incident, with the status and impact of the moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from alerts.channels import Receipt, Tools, outlets
from alerts.channels.statuspage import Statuspage
from alerts.errors import Reason, Undeliverable, Undelivered
from alerts.matrix_check import validate
from alerts.page import Action, Page, PageId, Record
from monitor.demo import statuspage as stand_in
from monitor.demo.serve import serve
from tests.alerts.pages import content, page
from tests.alerts.stories import EMAIL, PAGERDUTY, matrix

KEY = "canary-key-4711"
COMPONENT = "vmq1w6gzmk8t"


def update(state: str, number: int, reference: str = "", **changes: Any) -> Page:
    said = content(summary=f"Salesforce: update {number}", facts=(("", f"We are at it, {number}."),), links=())
    record = Record(state=state, subject="Everybody", reference=reference, news=(f"We are at it, {number}.",))
    return page(Action.NOTE, id=PageId(f"p{number}"), priority=2, content=said, record=record, **changes)


@dataclass
class There:
    """The stand-in and a channel that is configured for it."""

    vendor: stand_in.Statuspage
    channel: Statuspage
    tools: Tools
    receipts: list[Receipt] = field(default_factory=list)

    async def told(self, it: Page) -> Receipt:
        self.receipts.append(await self.channel.deliver(it, self.tools))
        return self.receipts[-1]

    @property
    def updates(self) -> list[list[tuple[str, str]]]:
        return [[(each["status"], each["body"]) for each in one["updates"]] for one in self.vendor.incidents.values()]


@asynccontextmanager
async def there(tools: Tools, **changes: Any) -> AsyncIterator[There]:
    vendor = stand_in.Statuspage(page="kctbh9vrtdwd", key=KEY, components=frozenset({COMPONENT}))
    async with serve(vendor.app) as url:
        values: dict[str, Any] = {"page": "kctbh9vrtdwd", "api_key": SecretStr(KEY), "notify": False, "components": (COMPONENT,)}
        yield There(vendor, Statuspage(url=url, private=True, **(values | changes)), tools)


async def test_one_incident_goes_through_its_states_with_an_approved_text_each(tools: Tools) -> None:
    async with there(tools) as it:
        first = await it.told(update("open", 1))
        assert first == Receipt(reference="incident1", url="https://stspg.example.com/incident1")
        for number, state in enumerate(("acknowledged", "mitigating", "resolved"), start=2):
            await it.told(update(state, number, first.reference))
        assert it.updates == [
            [
                ("investigating", "We are at it, 1."),
                ("identified", "We are at it, 2."),
                ("monitoring", "We are at it, 3."),
                ("resolved", "We are at it, 4."),
            ]
        ]
        (incident,) = it.vendor.incidents.values()
        assert (incident["name"], incident["impact_override"]) == ("Salesforce: update 4", "major")
        assert incident["components"] == {COMPONENT: "operational"}
        assert [each["mailed"] for each in incident["updates"]] == [False] * 4


async def test_subscribers_are_mailed_only_where_it_says_so(tools: Tools) -> None:
    async with there(tools, notify=True) as it:
        await it.told(update("open", 1))
        assert it.vendor.incidents["incident1"]["updates"][0]["mailed"] is True
        (warning,) = (await it.channel.check(it.tools)).warnings
        assert "mailed to every subscriber" in warning


async def test_an_answer_that_was_lost_makes_no_second_incident_and_no_second_update(tools: Tools) -> None:
    async with there(tools) as it:
        it.vendor.lose_answers = 1
        with pytest.raises(Undelivered) as caught:
            await it.told(update("open", 1))
        assert caught.value.unknown
        assert (await it.told(update("open", 1, possible_repeat=True))).reference == "incident1"
        it.vendor.lose_answers = 1
        with pytest.raises(Undelivered):
            await it.told(update("acknowledged", 2, "incident1"))
        await it.told(update("acknowledged", 2, "incident1", possible_repeat=True))
        assert it.updates == [[("investigating", "We are at it, 1."), ("identified", "We are at it, 2.")]]


@pytest.mark.parametrize("deleted", [True, False])
async def test_one_that_is_gone_or_was_closed_there_is_followed_by_a_new_one(tools: Tools, deleted: bool) -> None:
    async with there(tools) as it:
        await it.told(update("open", 1))
        if deleted:
            del it.vendor.incidents["incident1"]
            it.vendor.incidents["other"] = {"id": "other", "updates": []}
        else:
            it.vendor.incidents["incident1"]["status"] = "resolved"
        assert (await it.told(update("acknowledged", 2, "incident1"))).reference == "incident2"
        assert it.updates[-1] == [("identified", "We are at it, 2.")]


async def test_nothing_that_nobody_approved_goes_there(tools: Tools) -> None:
    async with there(tools) as it:
        for ours in (page(), page(Action.RECORD, record=Record(state="open", news=("secret",))), page(Action.RESOLVE)):
            with pytest.raises(Undeliverable, match="only an update that a person approved goes there"):
                await it.told(ours)
        with pytest.raises(Undeliverable, match="no text for the customer"):
            await it.told(replace(update("open", 1), content=content(facts=(("What changed", "secret"),))))
        assert it.vendor.requests == []


def test_the_matrix_makes_no_record_of_ours_there() -> None:
    shown = outlets({"page": Statuspage(page="kctbh9vrtdwd", api_key=SecretStr(KEY), notify=False)})
    known = {**shown, "pagerduty": PAGERDUTY, "email": EMAIL}
    assert validate(matrix(catch_all="pagerduty"), known) == ()
    (problem,) = validate(matrix(catch_all="pagerduty", records=["page"]), known)
    assert problem.text.startswith("channel 'page' is read by customers: name it as a customer's channel")


async def test_it_waits_where_it_is_asked_to_and_says_what_was_refused(tools: Tools) -> None:
    async with there(tools) as it:
        it.vendor.busy = 1
        with pytest.raises(Undelivered) as slow:
            await it.told(update("open", 1))
        assert (slow.value.reason, slow.value.retry_after and slow.value.retry_after.seconds) == (Reason.RATE_LIMITED, 60)
    async with there(tools, components=("unknown",)) as it:
        with pytest.raises(Undeliverable, match=r"Statuspage refused the page \(422\)"):
            await it.told(update("open", 1))
    async with there(tools, api_key=SecretStr("revoked")) as it:
        with pytest.raises(Undeliverable, match=r"refused our credentials \(401\)"):
            await it.told(update("open", 1))


async def test_markup_shows_as_text_and_two_megabytes_fit(tools: Tools) -> None:
    async with there(tools) as it:
        wild = content(summary="<b>x</b>" * 999, facts=(("", "<script>\U0001f600</script>" + "x" * 2_000_000),))
        await it.told(replace(update("open", 1), content=wild))
        (incident,) = it.vendor.incidents.values()
        assert "<" not in incident["name"] + incident["updates"][0]["body"]
        assert len(incident["name"]) <= 200
        assert len(incident["updates"][0]["body"]) <= 20_000


def test_whether_subscribers_are_mailed_must_be_said() -> None:
    with pytest.raises(ValidationError, match="notify\n  Field required"):
        Statuspage(page="kctbh9vrtdwd", api_key=SecretStr(KEY))  # type: ignore[call-arg]  # because that is what is tested
