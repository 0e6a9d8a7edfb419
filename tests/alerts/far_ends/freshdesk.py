"""The far end of `freshdesk`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from alerts.channels.freshdesk import Freshdesk
from monitor.demo import freshdesk as stand_in
from monitor.demo.helpdesk import Trouble
from monitor.demo.serve import Tls, serve
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, SIGNING_SECRET, FarEnd, Vendor, http


@asynccontextmanager
async def far_end(tls: Tls) -> AsyncIterator[FarEnd]:
    ticket = json.dumps({"id": 7, "status": 2, "tags": [], "updated_at": "2026-11-23T10:00:00Z"}).encode()
    async with http(201, lambda body: ticket, None) as (far, port):
        far._channel = Freshdesk(
            url=f"http://127.0.0.1:{port}",
            api_key=SecretStr(SECRETS[1]),
            agent="driftpager@example.com",
            webhook_secrets=(SecretStr(SIGNING_SECRET),),
            private=True,
            seconds=SECONDS,
        )
        yield far


def at_port(port: int) -> dict[str, Any]:
    return {"url": f"http://127.0.0.1:{port}"}


@dataclass
class _Vendor(Vendor):
    desk: stand_in.Freshdesk
    channel: Freshdesk
    customer: str = "ops@acme.example"

    def records(self) -> int:
        return sum(not ticket.deleted for ticket in self.desk.tickets.values())

    def seen(self) -> str:
        return "\n".join(f"{each.path}?{each.query} {each.body.decode()}" for each in self.desk.received)

    def read_by_customers(self) -> str:
        return "\n".join(text for _, text in self.desk.mailed)

    def hang(self) -> None:
        self.desk.fail(Trouble.HANG, on="POST ")


@asynccontextmanager
async def vendor() -> AsyncIterator[_Vendor]:
    desk = stand_in.Freshdesk(key=SECRETS[1])
    async with serve(desk.app) as url:
        agent = "driftpager@example.com"
        channel = Freshdesk(url=url, api_key=SecretStr(SECRETS[1]), agent=agent, private=True, seconds=SECONDS)
        yield _Vendor(desk, channel)
