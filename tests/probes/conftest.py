"""What the probes' tests share: a vendor on a loopback port, and the tools a probe is given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from monitor.demo.serve import serve
from monitor.demo.vendor import Vendor
from monitor.egress import Egress
from probes.probe import Session, Tools

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
async def base(vendor: Vendor) -> AsyncIterator[str]:
    async with serve(vendor) as url:
        yield url
        vendor.let_go()


@pytest.fixture
async def tools() -> AsyncIterator[Tools]:
    async with Egress() as egress:
        yield Tools(http=egress, session=Session(), now=NOW)
