"""The far end of `pagerduty`: Events v2 over TLS."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from alerts.channels.pagerduty import PagerDuty
from monitor.demo.serve import Tls
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, FarEnd, http


@asynccontextmanager
async def far_end(tls: Tls) -> AsyncIterator[FarEnd]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate)

    def answer(body: bytes) -> bytes:
        return json.dumps(
            {"status": "success", "message": "Event processed", "dedup_key": json.loads(body)["dedup_key"]}
        ).encode()

    async with http(202, answer, context) as (far, port):
        far._channel = PagerDuty(
            routing_key=SecretStr(SECRETS[0]),
            token=SecretStr(SECRETS[1]),
            base_url=f"https://127.0.0.1:{port}",
            ca_file=tls.authority,
            seconds=SECONDS,
        )
        yield far


def at_port(port: int) -> dict[str, Any]:
    return {"base_url": f"https://127.0.0.1:{port}"}
