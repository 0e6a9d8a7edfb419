"""The far end of `zendesk`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from alerts.channels.zendesk import Zendesk
from monitor.demo.serve import Tls
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, FarEnd, http


@asynccontextmanager
async def far_end(tls: Tls) -> AsyncIterator[FarEnd]:
    def answer(body: bytes) -> bytes:
        return json.dumps({"ticket": {"id": 35436, **json.loads(body)["ticket"]}}).encode()

    async with http(201, answer, None) as (far, port):
        far._channel = Zendesk(
            url=f"http://127.0.0.1:{port}",
            email="driftpager@example.com",
            token=SecretStr(SECRETS[1]),
            webhook_secrets=(SecretStr(SECRETS[3]),),
            user_id=7,
            private=True,
            seconds=SECONDS,
        )
        yield far


def at_port(port: int) -> dict[str, Any]:
    return {"url": f"http://127.0.0.1:{port}"}
