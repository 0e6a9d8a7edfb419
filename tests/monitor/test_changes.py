"""What pages nobody is told to a channel that lists changes: accepted baselines, and drift that is only recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from alerts.channels.pagerduty import PagerDuty
from alerts.page import Action, Page
from monitor import paging
from monitor.accepting import Part, accept_part
from monitor.store import Store
from monitor.watch import Standing
from schemas.change import Impact, Use
from schemas.document import Document
from tests.monitor.test_silencing import HOUR, Desk, finding, made

SERVICE_KEY = SecretStr("0123456789abcdef0123456789abcdef")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """One whose configuration also has a PagerDuty that lists changes."""
    plain = await made(tmp_path)
    listing = PagerDuty(routing_key=SERVICE_KEY, changes=True)
    channels = {**plain.config.channels, "pagerduty": listing}
    yield replace(plain, config=replace(plain.config, channels=channels))  # type: ignore[arg-type]  # because a parsed model is one
    await plain.store.close()


async def told(store: Store, desk: Desk) -> list[Page]:
    async with store.write() as tx:
        return [page for page in await tx.outbox.claim(desk.now, 100, HOUR) if page.action is Action.CHANGE]


async def test_a_drift_that_is_only_recorded_is_listed_and_one_that_pages_is_not(desk: Desk) -> None:
    unused = finding(use=Use.UNUSED)
    await desk.sighted("crm/a", unused, finding("Account.Size", impact=Impact.SAFE))
    (page,) = await told(desk.store, desk)
    assert (page.channel, page.content.component) == ("pagerduty", "crm/a")
    assert page.content.summary == "crm changed, and pages nobody: `Account.Industry` was removed (+1 more)"
    assert await desk.escalations() == []
    await desk.sighted("crm/b", finding())
    assert await told(desk.store, desk) == []


async def test_a_part_that_was_accepted_is_listed_and_the_rest_is_not(desk: Desk) -> None:
    target = desk.target("crm/a")
    await desk.sighted("crm/a", finding(), finding("Account.Size"))
    async with desk.store.write() as tx:
        snapshot = await tx.snapshots.add(target.name, Document(content=b"{}"), desk.now)
        await tx.baselines.set(target.name, snapshot, Standing.ACCEPTED, "ana", "", desk.now)
        part = Part(prefixes=("Account.Size",))
        await accept_part(tx, desk.config, target, part, by="ana", because="", until=None, now=desk.now)
    (page,) = await told(desk.store, desk)
    assert page.content.summary == "crm: ana accepted 1 change of crm/a"
    assert page.content.facts == (("What changed", "`Account.Size` was removed [property.removed]"),)


async def test_an_accepted_baseline_is_listed_with_who_accepted_what(desk: Desk) -> None:
    target = desk.target("crm/a")
    await desk.sighted("crm/a", finding())
    async with desk.store.write() as tx:
        await tx.snapshots.add(target.name, Document(content=b"{}"), desk.now)
        await paging.accept(tx, desk.config, target, by="ana", because="agreed", now=desk.now)
    (page,) = await told(desk.store, desk)
    assert page.content.summary == "crm: ana accepted what crm/a serves now: agreed"
    assert page.content.facts == (("What changed", "`Account.Industry` was removed [property.removed]"),)
