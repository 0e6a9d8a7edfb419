"""Every channel that keeps records: one record each, whatever happens on the way, and customers read what was meant for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from alerts.channels import Tools
from alerts.errors import Undeliverable, Undelivered
from alerts.page import Action, Page, PageId, Record
from monitor.delivery import LEASE
from monitor.egress import Egress
from tests.alerts.far_ends import FAR_ENDS, SECRETS, SIGNING_SECRET, VENDORS, Vendor
from tests.alerts.pages import content, page
from tests.alerts.stories import MONDAY
from tests.contracts.test_channels import KINDS

SAID = "We have escalated this to engineering.\n\nNext update by Mon 23 Nov 2026, 14:00 CET (Europe/Berlin)."
INTERNAL = "Account.Industry was removed"
HOSTILE = "<script>alert(1)</script> @channel <!here> [x](http://evil.example) =cmd|' /C calc'!A0 \r\nBcc: x"
WILD = HOSTILE + " \u202e\u05e9\u05dc\u05d5\u05dd \U0001f600"


@pytest.fixture
async def tools() -> AsyncIterator[Tools]:
    async with Egress(private=True) as http:
        yield Tools(http=http, now=MONDAY)


@pytest.fixture(params=sorted(VENDORS))
async def vendor(request: pytest.FixtureRequest) -> AsyncIterator[Vendor]:
    async with VENDORS[request.param]() as there:
        yield there


def record(vendor: Vendor, state: str, *news: str, nth: int = 1, reference: str = "", **changes: Any) -> Page:
    """A page about our own record there; about a customer's where there is none of ours."""
    if not vendor.ours:
        return to_customer(vendor, " ".join(news), nth=nth, reference=reference, state=state, **changes)
    said = Record(state=state, reference=reference, news=news)
    return page(Action.RECORD, id=PageId(f"r{nth}"), key=f"k{nth}", record=said, level=0, contact="", **changes)


def to_customer(
    vendor: Vendor, text: str = SAID, *, nth: int = 1, reference: str = "", state: str = "acknowledged", **changes: Any
) -> Page:
    given = {"summary": "Salesforce: escalated to engineering", "severity": "info", "facts": (("", text),), "links": ()}
    said = content(**given)
    told = Record(state=state, subject="ACME", reference=reference, news=(text,))
    return page(
        Action.NOTE,
        id=PageId(f"c{nth}"),
        key=f"c{nth}",
        lane="customer-update",
        recipient=vendor.customer,
        record=told,
        **{"content": said, **changes},
    )


def test_every_kind_that_keeps_records_is_held_to_it() -> None:
    keeping = {kind for kind, model in KINDS.items() if getattr(model, "keeps_records", False)}
    assert keeping - set(VENDORS) == set()
    assert set(VENDORS) <= set(FAR_ENDS)


async def test_it_is_one_record_from_the_opening_to_the_end_and_in_the_next_generation(vendor: Vendor, tools: Tools) -> None:
    first = await vendor.channel.deliver(record(vendor, "open", "opened at P1"), tools)
    assert first.reference
    reference, later = first.reference, ("acknowledged", "mitigating", "resolved", "open", "resolved")
    for nth, state in enumerate(later, 2):
        receipt = await vendor.channel.deliver(
            record(vendor, state, f"news {nth}", nth=nth, reference=reference, generation=nth), tools
        )
        reference = receipt.reference or reference
    once = 1 if vendor.ours else 2  # what was over in public is not taken back: the next is another one
    assert vendor.records() == (once if vendor.rewrites else 6)
    assert not [nth for nth in range(2, 7) if f"news {nth}" not in vendor.seen()]


async def test_an_answer_that_was_lost_makes_no_second_record(vendor: Vendor, tools: Tools) -> None:
    vendor.hang()
    with pytest.raises(Undelivered) as caught:
        await vendor.channel.deliver(record(vendor, "open", "opened at P1"), tools)
    assert caught.value.unknown
    vendor.passes(caught.value.retry_after or timedelta())
    receipt = await vendor.channel.deliver(record(vendor, "open", "opened at P1", possible_repeat=True), tools)
    assert receipt.reference
    assert one_or_marked(vendor)


async def test_a_try_that_is_cut_off_leaves_nothing_behind_that_a_next_one_would_double(vendor: Vendor, tools: Tools) -> None:
    vendor.hang()
    trying = asyncio.ensure_future(vendor.channel.deliver(record(vendor, "open", "opened at P1"), tools))
    async with asyncio.timeout(5):
        while not vendor.records() and not trying.done():  # noqa: ASYNC110 - a stand-in tells nobody when it has taken something
            await asyncio.sleep(0.01)
    trying.cancel()
    await asyncio.gather(trying, return_exceptions=True)
    vendor.passes(LEASE)
    await vendor.channel.deliver(record(vendor, "open", "opened at P1", possible_repeat=True), tools)
    assert one_or_marked(vendor)


def one_or_marked(vendor: Vendor) -> bool:
    """One record; where nothing can be looked up there, at most one more, which says what it is."""
    return vendor.records() == 1 or (not vendor.rewrites and vendor.records() == 2 and "Possible repeat" in vendor.seen())


async def test_two_megabytes_of_what_a_vendor_wrote_are_one_record_with_its_cause_and_no_credential(
    vendor: Vendor, tools: Tools
) -> None:
    said = content(
        summary=f"P1 Salesforce: Account.Industry {WILD * 10}"[:250],
        facts=(("What changed" if vendor.ours else "", "Account.Industry " + WILD * 20_000), ("Where", "x" * 40_000)),
    )
    receipt = await vendor.channel.deliver(record(vendor, "open", WILD * 200, content=said), tools)
    await vendor.channel.deliver(record(vendor, "resolved", WILD * 200, nth=2, reference=receipt.reference, content=said), tools)
    assert vendor.records() == (1 if vendor.rewrites else 2)
    assert "Account.Industry" in vendor.seen()
    assert not [secret for secret in (*SECRETS, SIGNING_SECRET) if secret in vendor.seen()]


async def test_a_customer_reads_what_was_meant_for_them_and_nothing_else(vendor: Vendor, tools: Tools) -> None:
    if not vendor.customer:  # where only we read, nothing is addressed to a customer
        with pytest.raises(Undeliverable):
            await vendor.channel.deliver(to_customer(vendor), tools)
        assert vendor.records() == 0
        return
    if not vendor.ours:
        with pytest.raises(Undeliverable):
            await vendor.channel.deliver(page(Action.RECORD, record=Record(state="open", news=("opened at P1",))), tools)
        assert vendor.records() == 0
        return
    ours = await vendor.channel.deliver(record(vendor, "open", "opened at P1"), tools)
    theirs = await vendor.channel.deliver(to_customer(vendor), tools)
    assert theirs.reference != ours.reference
    await vendor.channel.deliver(to_customer(vendor, "It is solved.", nth=2, reference=theirs.reference), tools)
    await vendor.channel.deliver(record(vendor, "resolved", "the hotfix is out", nth=2, reference=ours.reference), tools)
    read = vendor.read_by_customers()
    assert "escalated this to engineering" in read
    assert "It is solved." in read
    assert INTERNAL not in read
    assert "hotfix" not in read
