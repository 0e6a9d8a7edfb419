"""Every registered channel, carried by the real outbox: each page once and in order, and no secret told."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
import structlog

from alerts.page import Action, Page, PageId, PageState
from monitor.config import load
from monitor.delivery import LEASE, Delivery
from monitor.demo.serve import Tls
from monitor.egress import Egress
from monitor.engine import Engine
from monitor.metrics import Metrics
from monitor.store import Store
from tests.alerts.far_ends import FAR_ENDS, SECRETS, SIGNING_SECRET, Cue, FarEnd
from tests.clocks import At
from tests.contracts.test_channels import KINDS, to_somebody
from tests.contracts.test_channels import tls as tls
from tests.monitor.store.build import ID, NOW, escalation, transition
from tests.monitor.test_receipts import CONFIGURATION

ALL = (*SECRETS, SIGNING_SECRET)


@pytest.fixture(params=sorted(KINDS))
async def far(request: pytest.FixtureRequest, tls: Tls) -> AsyncIterator[FarEnd]:
    async with FAR_ENDS[request.param](tls) as end:
        yield end


@pytest.fixture
async def engine(tmp_path: Path, migrated_file: Path, far: FarEnd) -> AsyncIterator[Engine]:
    (tmp_path / "driftpager.yml").write_text(CONFIGURATION)
    shutil.copy(migrated_file, tmp_path / "driftpager.db")
    store = await Store.open(f"sqlite:///{tmp_path}/driftpager.db")
    async with store.write() as tx:
        await tx.escalations.save(transition(escalation()))
    async with Egress(private=True) as http:
        yield Engine(
            config=replace(load(tmp_path / "driftpager.yml", {}), channels={"it": far.channel}),
            store=store,
            clock=At(NOW),
            rng=Random(1),
            egress=http,
            judge=cast(Any, None),
            metrics=Metrics(),
        )
    await store.close()


@pytest.fixture
async def delivery(engine: Engine) -> AsyncIterator[Delivery]:
    delivery = Delivery(engine)
    yield delivery
    await delivery.close()


@pytest.mark.parametrize("cue", [Cue.TAKE, Cue.REFUSE, Cue.FAIL])
async def test_no_secret_stands_in_logs_database_or_metrics(
    far: FarEnd, engine: Engine, delivery: Delivery, tmp_path: Path, cue: Cue
) -> None:
    """The far end repeats what it got in its refusals, credentials and all."""
    far.cue = cue
    await queue(engine, page(far))
    with structlog.testing.capture_logs() as told:
        await a_round(delivery)
    assert told
    async with engine.store.read() as tx:
        ((_, state, last_error),) = await tx.outbox.pages(ID)
    assert (state is PageState.SENT) is (cue is Cue.TAKE)
    kept = b"".join(each.read_bytes() for each in database(tmp_path))
    for secret in ALL:
        assert secret not in repr(told)
        assert secret not in last_error
        assert secret not in engine.metrics.exposition().decode()
        assert secret.encode() not in kept


async def test_a_try_that_is_cut_off_ends_at_once_and_may_have_arrived(far: FarEnd, engine: Engine, delivery: Delivery) -> None:
    far.cue = Cue.HANG
    await queue(engine, page(far))
    await delivery.deliver()
    await reached(far)
    await cut_off(engine, delivery)
    async with engine.store.write() as tx:
        (again,) = await tx.outbox.claim(engine.clock.now(), 9, LEASE)
    assert again.possible_repeat


@pytest.mark.parametrize("action", [Action.TRIGGER, Action.RESOLVE])
async def test_what_is_tried_again_later_is_not_overtaken_by_what_was_queued_behind_it(
    far: FarEnd, engine: Engine, delivery: Delivery, action: Action
) -> None:
    """Two lanes of one escalation: what the second has to say waits for the first, even where the far end would take it now."""
    far.cue = Cue.SLOW_DOWN
    await queue(engine, page(far, "first-in-line"))
    await a_round(delivery)
    far.cue = Cue.TAKE
    far.took.clear()
    await queue(engine, page(far, "second-in-line", action))
    await a_round(delivery)
    assert far.took == []
    await all_rounds(engine, delivery)
    assert [b"second-in-line" in each for each in far.took] == [False, True]
    assert [b"first-in-line" in each for each in far.took] == [True, False]


async def test_a_resolve_waits_for_the_trigger_that_is_on_its_way(far: FarEnd, engine: Engine, delivery: Delivery) -> None:
    patient = far.channel.model_copy(update={"seconds": 20})  # type: ignore[attr-defined]  # because every channel is a pydantic model
    engine.config = replace(engine.config, channels={"it": patient})
    far.cue = Cue.HANG
    await queue(engine, page(far, "first"))
    await delivery.deliver()
    await reached(far)
    far.cue = Cue.TAKE
    await queue(engine, page(far, "first", Action.RESOLVE))
    await delivery.deliver()
    assert await states(engine) == [PageState.LEASED, PageState.PENDING]
    await cut_off(engine, delivery)
    far.took.clear()
    await all_rounds(engine, delivery)
    assert (await states(engine))[-1] is PageState.SENT
    assert far.took


async def test_a_page_queued_again_leaves_once(far: FarEnd, engine: Engine, delivery: Delivery) -> None:
    """A transaction that is repeated queues it while it waits, a process that starts over after it has left."""
    once = page(far)
    await queue(engine, once)
    await queue(engine, once, once)
    await all_rounds(engine, delivery)
    await queue(engine, once)
    await all_rounds(engine, Delivery(engine))
    assert len(far.took) == 1


def page(far: FarEnd, about: str = "first", action: Action = Action.TRIGGER) -> Page:
    """A page of its own lane, key and words; all share their place in line."""
    said = to_somebody(far.channel, action)
    key = f"driftpager:production:{ID}:g1:{about}"
    return replace(
        said,
        id=PageId(f"{about} {action}"),
        key=f"{key}|{action}",
        lane=about,
        dedup_key=key,
        channel="it",
        content=replace(said.content, summary=about),
        created_at=NOW,
        deadline=None,
    )


async def queue(engine: Engine, *pages: Page) -> None:
    async with engine.store.write() as tx:
        await tx.outbox.queue(pages)


async def states(engine: Engine) -> list[PageState]:
    async with engine.store.read() as tx:
        return [state for _, state, _ in await tx.outbox.pages(ID)]


async def a_round(delivery: Delivery) -> None:
    """One round of delivery, and the end of every attempt it began."""
    await delivery.deliver()
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name().startswith("page ")))


async def all_rounds(engine: Engine, delivery: Delivery) -> None:
    """Rounds at the moments they are due, until nothing waits any more."""
    clock = cast(At, engine.clock)
    for _ in range(20):
        async with engine.store.read() as tx:
            due = await tx.outbox.next_due()
        if due is None:
            return
        clock.at = max(clock.at, due)
        await a_round(delivery)
    pytest.fail("pages leave and leave")


async def reached(far: FarEnd) -> None:
    async with asyncio.timeout(20):
        while not far.took:  # noqa: ASYNC110 - a far end wakes nobody
            await asyncio.sleep(0.01)


async def cut_off(engine: Engine, delivery: Delivery) -> None:
    """The process ends with its attempts under way, and the next one takes over at once."""
    async with asyncio.timeout(20):
        await delivery.close()
    async with engine.store.write() as tx:
        await tx.release_claims(engine.clock.now())


def database(folder: Path) -> list[Path]:
    return list(folder.glob("driftpager.db*"))
