"""The far end of `intercom`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from alerts.channels.intercom import Intercom
from monitor.demo.serve import Tls
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, SIGNING_SECRET, FarEnd, http


@asynccontextmanager
async def far_end(tls: Tls) -> AsyncIterator[FarEnd]:
    ticket = json.dumps({"type": "ticket", "id": "7", "ticket_attributes": {}}).encode()
    async with http(200, lambda body: ticket, None) as (far, port):
        far._channel = Intercom(
            base_url=f"http://127.0.0.1:{port}",
            token=SecretStr(SECRETS[1]),
            admin="7",
            ticket_type="31",
            contact="driftpager@example.com",
            client_secret=SecretStr(SIGNING_SECRET),
            private=True,
            seconds=SECONDS,
        )
        yield far


def at_port(port: int) -> dict[str, Any]:
    return {"base_url": f"http://127.0.0.1:{port}"}
