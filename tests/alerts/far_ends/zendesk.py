"""The far end of `zendesk`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from alerts.channels.zendesk import Zendesk
from monitor.demo import zendesk as stand_in
from monitor.demo.serve import Tls, serve
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, FarEnd, Vendor, http


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


@dataclass
class _Vendor(Vendor):
    zendesk: stand_in.Zendesk
    channel: Zendesk
    customer: str = "ops@acme.example"

    def records(self) -> int:
        return len(self.zendesk.tickets)

    def seen(self) -> str:
        return "\n".join(f"{each.path}?{each.query} {each.body.decode()}" for each in self.zendesk.received)

    def read_by_customers(self) -> str:
        return "\n".join(text for _, text in self.zendesk.mailed)

    def hang(self) -> None:
        self.zendesk.fail(stand_in.Trouble.HANG)


@asynccontextmanager
async def vendor() -> AsyncIterator[_Vendor]:
    zendesk = stand_in.Zendesk(token=SECRETS[1])
    async with serve(zendesk.app) as url:
        channel = Zendesk(url=url, email=zendesk.email, token=SecretStr(SECRETS[1]), private=True, seconds=SECONDS)
        yield _Vendor(zendesk, channel)
