"""Every registered channel, carried by the real outbox: what it does is in logs, database and metrics, and no secret of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
import structlog

from alerts.page import PageState
from monitor.clock import SystemClock
from monitor.config import load
from monitor.delivery import LEASE, Delivery
from monitor.demo.serve import Tls
from monitor.egress import Egress
from monitor.engine import Engine
from monitor.metrics import Metrics
from monitor.store import Store
from tests.alerts.far_ends import FAR_ENDS, SECRETS, SIGNING_SECRET, Cue, FarEnd
from tests.contracts.test_channels import KINDS, to_somebody
from tests.contracts.test_channels import tls as tls
from tests.monitor.store.build import escalation, transition
from tests.monitor.test_receipts import CONFIGURATION

ALL = (*SECRETS, SIGNING_SECRET)


@pytest.fixture(params=sorted(KINDS))
async def far(request: pytest.FixtureRequest, tls: Tls) -> AsyncIterator[FarEnd]:
    async with FAR_ENDS[request.param](tls) as end:
        yield end


@pytest.fixture
async def engine(tmp_path: Path, far: FarEnd) -> AsyncIterator[Engine]:
    (tmp_path / "driftpager.yml").write_text(CONFIGURATION)
    store = await Store.open(f"sqlite:///{tmp_path}/driftpager.db")
    clock = SystemClock()
    async with store.write() as tx:
        await tx.escalations.save(transition(escalation(detected_at=clock.now())))
    async with Egress(private=True) as http:
        yield Engine(
            config=replace(load(tmp_path / "driftpager.yml", {}), channels={"it": far.channel}),
            store=store,
            clock=clock,
            rng=Random(1),
            egress=http,
            judge=cast(Any, None),
            metrics=Metrics(),
        )
    await store.close()


@pytest.mark.parametrize("cue", [Cue.TAKE, Cue.REFUSE, Cue.FAIL])
async def test_no_secret_stands_in_logs_database_or_metrics(far: FarEnd, engine: Engine, tmp_path: Path, cue: Cue) -> None:
    """The far end repeats what it got in its refusals, credentials and all."""
    far.cue = cue
    sent = replace(to_somebody(far.channel), channel="it", created_at=engine.clock.now(), deadline=None)
    async with engine.store.write() as tx:
        await tx.outbox.queue([sent])
    delivery = Delivery(engine)
    with structlog.testing.capture_logs() as told:
        await delivery.deliver()
        async with asyncio.timeout(20):
            while (state := await _state(engine)) is PageState.LEASED or not told:  # noqa: ASYNC110 - the outbox wakes nobody
                await asyncio.sleep(0.01)
        await delivery.close()
    assert (state is PageState.SENT) is (cue is Cue.TAKE)
    async with engine.store.read() as tx:
        ((_, _, last_error),) = await tx.outbox.pages(sent.escalation)
    kept = b"".join(each.read_bytes() for each in database(tmp_path))
    for secret in ALL:
        assert secret not in repr(told)
        assert secret not in last_error
        assert secret not in engine.metrics.exposition().decode()
        assert secret.encode() not in kept


async def test_a_try_that_is_cut_off_ends_at_once_and_may_have_arrived(far: FarEnd, engine: Engine) -> None:
    far.cue = Cue.HANG
    sent = replace(to_somebody(far.channel), channel="it", created_at=engine.clock.now(), deadline=None)
    async with engine.store.write() as tx:
        await tx.outbox.queue([sent])
    delivery = Delivery(engine)
    await delivery.deliver()
    async with asyncio.timeout(20):
        while not far.took:  # noqa: ASYNC110 - a far end wakes nobody
            await asyncio.sleep(0.01)
        await delivery.close()
    async with engine.store.write() as tx:
        await tx.release_claims(engine.clock.now())
    async with engine.store.write() as tx:
        (again,) = await tx.outbox.claim(engine.clock.now(), 9, LEASE)
    assert again.possible_repeat


def database(folder: Path) -> list[Path]:
    return list(folder.glob("driftpager.db*"))


async def _state(engine: Engine) -> PageState:
    async with engine.store.read() as tx:
        ((_, state, _),) = await tx.outbox.pages(to_somebody(engine.config.channels["it"]).escalation)
    return state
