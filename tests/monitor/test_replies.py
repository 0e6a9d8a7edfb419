"""What is heard is applied one after the other, and nothing that is heard keeps the rest waiting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, cast

import structlog

from alerts.channels import Receipt, Tools
from alerts.page import Page
from monitor.clock import SystemClock
from monitor.config import load
from monitor.engine import Engine
from monitor.metrics import HookResult, Metrics
from monitor.replies import apply
from monitor.store import Store
from tests.monitor.store.build import NOW, reply
from tests.monitor.test_receipts import CONFIGURATION


class Broken:
    """A channel with a defect of its own."""

    kind = "broken"

    @property
    def address(self) -> str:
        raise RuntimeError("a defect of ours")

    async def deliver(self, page: Page, tools: Tools) -> Receipt:
        return Receipt()


async def test_one_that_brings_out_a_defect_is_told_and_does_not_keep_the_next_waiting(tmp_path: Path) -> None:
    file = tmp_path / "driftpager.yml"
    file.write_text(CONFIGURATION)
    store = await Store.open(f"sqlite:///{tmp_path}/driftpager.db")
    nothing, sound = cast(Any, None), load(file, {})
    engine = Engine(
        config=replace(sound, channels={"broken": Broken()}),
        store=store,
        clock=SystemClock(),
        rng=Random(1),
        egress=nothing,
        judge=nothing,
        metrics=Metrics(),
    )
    async with store.write() as tx:
        await tx.inbox.put("broken", reply("first", "broken"), NOW)
        await tx.inbox.put("mail", reply("second", "email"), NOW)
    with structlog.testing.capture_logs() as told:
        await apply(engine)
    assert [(each["event"], each["error"]) for each in told] == [("inbox.failed", "RuntimeError")]
    engine.config = sound
    await apply(engine)
    async with store.read() as tx:
        assert await tx.inbox.idle()
    assert HookResult.IGNORED.value in engine.metrics.exposition().decode()
    await store.close()
