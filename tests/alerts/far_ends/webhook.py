"""The far end of `webhook`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from alerts.channels.webhook import Webhook
from monitor.demo.serve import Tls
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, SIGNING_SECRET, FarEnd, http


@asynccontextmanager
async def far_end(tls: Tls) -> AsyncIterator[FarEnd]:
    async with http(204, lambda body: b"", None) as (far, port):
        far._channel = Webhook(
            url=SecretStr(f"http://127.0.0.1:{port}/{SECRETS[2]}"),
            secret=SecretStr(SIGNING_SECRET),
            private=True,
            seconds=SECONDS,
        )
        yield far


def at_port(port: int) -> dict[str, Any]:
    return {"url": SecretStr(f"http://127.0.0.1:{port}/{SECRETS[2]}")}
