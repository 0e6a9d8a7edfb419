"""The far end of `teams`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from alerts.channels.teams import Teams
from monitor.demo.serve import Tls
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, FarEnd, http


@asynccontextmanager
async def far_end(tls: Tls) -> AsyncIterator[FarEnd]:
    async with http(202, lambda body: b"", None) as (far, port):
        far._channel = Teams(
            url=SecretStr(f"http://127.0.0.1:{port}/workflows?sig={SECRETS[2]}"),
            private=True,
            seconds=SECONDS,
        )
        yield far


def at_port(port: int) -> dict[str, Any]:
    return {"url": SecretStr(f"http://127.0.0.1:{port}/workflows?sig={SECRETS[2]}")}
