"""Killed between any two lines, the daemon loses no page and sends none twice."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from random import Random

import pytest

from alerts.page import PageState
from tests.acceptance.test_main_job import ACME, BEFORE, WITHOUT_INDUSTRY
from tests.acceptance.world import World, world

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(280)]

KILLS = 20
AT_ONCE = 6
FROM_DETECTION_TO_DELIVERY = 2.0
"""Seconds from the first fetch of the changed document to the page, with a confirmation after one second, and a little more."""


async def test_kill_minus_9_at_random_moments_between_detection_and_delivery_pages_exactly_once(tmp_path: Path) -> None:
    moments = [Random(number).uniform(0, FROM_DETECTION_TO_DELIVERY) for number in range(KILLS)]
    learned = tmp_path / "learned"
    learned.mkdir()
    await learn(learned)
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> int:
        folder = tmp_path / str(number)
        shutil.copytree(learned, folder)
        async with room, world(folder, forked=True) as earth:
            return await killed_once(earth, moments[number])

    incidents = await asyncio.gather(*(one(number) for number in range(KILLS)))
    assert incidents == [1] * KILLS


async def learn(folder: Path) -> None:
    """What every one of them begins with: a database in which the target is known and ok."""
    async with world(folder, forked=True) as earth:
        earth.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
        earth.configure(ACME.format(url=earth.url))
        async with earth.daemon() as daemon:
            await earth.until_all("ok")
            assert await daemon.end() == 0


async def killed_once(earth: World, moment: float) -> int:
    """Change, kill `moment` seconds after the change was fetched, restart, and count the incidents once all is quiet."""
    earth.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY, media_type="text/plain")
    earth.configure(ACME.format(url=earth.url))
    async with earth.daemon() as first:
        await earth.until(lambda: bool(earth.vendor.requests("/schema.graphql")), "the change was fetched")
        await asyncio.sleep(moment)
        await first.kill()
    async with earth.daemon():
        await earth.until_paged()
        await earth.until(lambda: _all_sent(earth), "every page is sent")
    return len(earth.pagerduty.incidents)


async def _all_sent(earth: World) -> bool:
    async with earth.store() as store, store.read() as tx:
        counts = await tx.outbox.counts()
    return bool(counts) and {state for _, state in counts} <= {PageState.SENT, PageState.CONFIRMED}
