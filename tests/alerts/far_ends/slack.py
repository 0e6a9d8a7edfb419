"""The far end of `slack`: the Web API."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from alerts.channels.slack import Slack
from monitor.demo.serve import Tls
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, SIGNING_SECRET, FarEnd, http


@asynccontextmanager
async def far_end(tls: Tls) -> AsyncIterator[FarEnd]:
    def answer(body: bytes) -> bytes:
        return json.dumps({"ok": True, "channel": json.loads(body)["channel"], "ts": "1700000000.000100"}).encode()

    async with http(200, answer, None) as (far, port):
        far._channel = Slack(
            token=SecretStr(SECRETS[1]),
            channel="C0OPS",
            signing_secrets=(SecretStr(SIGNING_SECRET),),
            private=True,
            seconds=SECONDS,
            **at_port(port),
        )
        yield far


def at_port(port: int) -> dict[str, Any]:
    return {"base_url": f"http://127.0.0.1:{port}/api"}
