"""Real local servers for the channels to talk to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from alerts.channels import Tools
from monitor.demo.serve import Tls
from monitor.egress import Egress
from tests.alerts.stories import MONDAY


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return Tls.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def tools() -> AsyncIterator[Tools]:
    async with Egress(private=True) as http:
        yield Tools(http=http, now=MONDAY)
