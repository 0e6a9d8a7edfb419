"""A process killed between any two statements leaves all of a transaction behind, or nothing of it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from alerts.page import EscalationId
from monitor.store import Store
from monitor.watch import TargetName
from tests.monitor.store import killed
from tests.monitor.store.build import MINUTE, NOW

ROOT = Path(__file__).parents[3]


async def outcomes(what: str, url: str) -> list[tuple[int, str]]:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", killed.__name__, what, url),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    told, _ = await program.communicate()
    assert program.returncode == 0
    return [(int(number), how) for number, how in (line.split(" ", 1) for line in told.decode().splitlines())]


async def kept(store: Store, number: int) -> set[str]:
    """Which traces of a worker's transaction there are."""
    target, name = TargetName(f"a/{number}"), EscalationId(f"e{number}")
    async with store.read() as tx:
        found = {
            "target": await tx.targets.get(target),
            "snapshot": await tx.snapshots.latest(target),
            "findings": await tx.findings.open(target),
            "escalation": await tx.escalations.get(name),
            "cause": await tx.escalations.by_cause([name], NOW),
            "timers": await tx.timers.of(name),
            "pages": await tx.outbox.pages(name),
            "timeline": await tx.escalations.timeline(name),
            "audit": [one for one in await tx.audit.tail(99) if one.subject == name],
        }
    return {what for what, value in found.items() if value}


EVERYTHING = {"target", "snapshot", "findings", "escalation", "cause", "timers", "pages", "timeline", "audit"}


async def test_a_transaction_killed_before_any_of_its_statements_leaves_nothing_of_it(store_url: str) -> None:
    told = await outcomes("store", store_url)
    assert len(told) > 12, "too few statements were interrupted for this to prove anything"
    assert [how for _, how in told] == ["killed"] * (len(told) - 1) + ["done"]
    store = await Store.open(store_url)
    left = {number: await kept(store, number) for number, _ in told}
    async with store.write() as tx:
        assert len(await tx.outbox.claim(NOW, 9, MINUTE)) == 1
    await store.close()
    assert left == {number: EVERYTHING if how == "done" else set() for number, how in told}


async def test_an_opening_killed_half_way_is_made_up_for_by_the_next(blank_url: str) -> None:
    told = await outcomes("open", blank_url)
    assert len(told) > 5
    assert [how for _, how in told] == ["killed"] * (len(told) - 1) + ["done"]
    store = await Store.open(blank_url)
    async with store.write() as tx:
        assert store.fresh is False
        await tx.audit.append("ana", "did", "this", {}, NOW)
    await store.close()
