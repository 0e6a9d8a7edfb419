"""The far end of `incident-io`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from alerts.channels.incident_io import IncidentIo
from monitor.demo.serve import Tls
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, FarEnd, http


@asynccontextmanager
async def far_end(tls: Tls) -> AsyncIterator[FarEnd]:
    async with http(202, lambda body: b"{}", None) as (far, port):
        far._channel = IncidentIo(
            url=f"http://127.0.0.1:{port}",
            source="01GW2G3V0S59R238FAHPDS1R66",
            token=SecretStr(SECRETS[1]),
            private=True,
            seconds=SECONDS,
        )
        yield far


def at_port(port: int) -> dict[str, Any]:
    return {"url": f"http://127.0.0.1:{port}"}
