"""The far end of `freshdesk`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from alerts.channels.freshdesk import Freshdesk
from monitor.demo.serve import Tls
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, SIGNING_SECRET, FarEnd, http


@asynccontextmanager
async def far_end(tls: Tls) -> AsyncIterator[FarEnd]:
    ticket = json.dumps({"id": 7, "status": 2, "tags": [], "updated_at": "2026-11-23T10:00:00Z"}).encode()
    async with http(201, lambda body: ticket, None) as (far, port):
        far._channel = Freshdesk(
            base_url=f"http://127.0.0.1:{port}",
            api_key=SecretStr(SECRETS[1]),
            agent="driftpager@example.com",
            webhook_secret=SecretStr(SIGNING_SECRET),
            private=True,
            seconds=SECONDS,
        )
        yield far


def at_port(port: int) -> dict[str, Any]:
    return {"base_url": f"http://127.0.0.1:{port}"}
