"""Each way to a contact carries something now and then, in their working hours, and nothing where something came anyway."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

from alerts.notices import notice_by
from alerts.page import Page
from monitor.config import load
from monitor.engine import Engine
from monitor.metrics import Metrics
from monitor.receipts import Receipts
from monitor.store import Store
from tests.clocks import At
from tests.monitor.store.build import document

BEGAN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
"""A Monday."""
CONFIGURATION = """
integrations:
  acme: {criticality: core, owner: us, targets: {api: {kind: file, path: api.json}}}
channels:
  mail: {kind: email, host: smtp.example.com, sender: driftpager@example.com}
matrix:
  contacts:
    ana: {email: ana@example.com, zone: Europe/Berlin}
    ben: {email: ben@example.com, zone: America/New_York, leave: [2026-03-10]}
    cto: {zone: UTC}
  lanes: {on-call: {levels: [{contact: ana}, {contact: ben}]}}
  last_resort: ana
"""


@dataclass
class Scene:
    engine: Engine
    clock: At

    async def look(self, **after: float) -> list[tuple[str, str]]:
        """Everybody who is written to when the loop goes round so long after the beginning: (contact, address)."""
        self.clock.at = BEGAN + timedelta(**after)
        await Receipts(self.engine).watch()
        async with self.engine.store.write() as tx:
            pages = await tx.outbox.claim(self.clock.now(), 99, timedelta(minutes=1))
            for page in pages:
                await tx.outbox.sent(page.id, "taken", self.clock.now())
        return [(page.contact, page.recipient) for page in pages]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    file = tmp_path / "driftpager.yml"
    file.write_text(CONFIGURATION)
    clock = At(BEGAN)
    store = await Store.open(f"sqlite:///{tmp_path}/driftpager.db")
    async with store.write() as tx:
        await tx.targets.register([("acme/api", "acme", BEGAN)])  # type: ignore[list-item]  # because the name is one
        await tx.snapshots.add("acme/api", document(), BEGAN)  # type: ignore[arg-type]  # because the name is one
    nothing = cast(Any, None)
    yield Scene(
        Engine(config=load(file, {}), store=store, clock=clock, rng=Random(1), egress=nothing, judge=nothing, metrics=Metrics()),
        clock,
    )
    await store.close()


async def test_nobody_is_written_to_before_a_way_was_silent_for_a_week(scene: Scene) -> None:
    assert await scene.look(days=6) == []


async def test_each_is_written_to_once_in_their_own_working_hours(scene: Scene) -> None:
    assert await scene.look(days=7) == [("ana", "ana@example.com")]  # ten in London is five in New York
    assert await scene.look(days=7, hours=1) == []
    assert await scene.look(days=7, hours=5) == [("ben", "ben@example.com")]
    assert await scene.look(days=12, hours=5) == []  # a Saturday
    assert await scene.look(days=14, hours=4) == [("ana", "ana@example.com")]  # ben had his an hour later
    assert await scene.look(days=14, hours=5) == [("ben", "ben@example.com")]


async def test_who_is_on_leave_is_left_alone(scene: Scene) -> None:
    assert await scene.look(days=8, hours=5) == [("ana", "ana@example.com")]


async def test_who_was_paged_needs_no_receipt(scene: Scene) -> None:
    async with scene.engine.store.write() as tx:
        await tx.outbox.queue(_page("ana"))
    scene.clock.at = BEGAN + timedelta(days=5)
    async with scene.engine.store.write() as tx:
        (page,) = await tx.outbox.claim(scene.clock.now(), 9, timedelta(minutes=1))
        await tx.outbox.sent(page.id, "taken", scene.clock.now())
    assert await scene.look(days=7, hours=5) == [("ben", "ben@example.com")]


async def test_it_can_be_switched_off(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "driftpager.yml"
    file.write_text(CONFIGURATION + "watch: {receipts: null}\n")
    scene.engine.config = load(file, {})
    assert await scene.look(days=30) == []


def _page(contact: str) -> tuple[Page, ...]:
    way = {("mail", f"{contact}@example.com"): [contact]}
    return notice_by(way, environment="production", topic="other", summary="something", lines=(), now=BEGAN)
