"""The far end of `statuspage`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from alerts.channels.statuspage import Statuspage
from monitor.demo.serve import Tls
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, FarEnd, http


@asynccontextmanager
async def far_end(tls: Tls) -> AsyncIterator[FarEnd]:
    async with http(201, lambda body: b'{"id": "abc123"}', None) as (far, port):
        far._channel = Statuspage(
            url=f"http://127.0.0.1:{port}",
            page="kctbh9vrtdwd",
            api_key=SecretStr(SECRETS[1]),
            notify=False,
            private=True,
            seconds=SECONDS,
        )
        yield far


def at_port(port: int) -> dict[str, Any]:
    return {"url": f"http://127.0.0.1:{port}"}
