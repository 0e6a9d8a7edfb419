"""The far end of `intercom`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from alerts.channels.intercom import LAG, Intercom
from monitor.demo import intercom as stand_in
from monitor.demo.helpdesk import Trouble
from monitor.demo.serve import Tls, serve
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, SIGNING_SECRET, FarEnd, Vendor, http
from tests.alerts.helpdesks import Still


@asynccontextmanager
async def far_end(tls: Tls) -> AsyncIterator[FarEnd]:
    ticket = json.dumps({"type": "ticket", "id": "7", "ticket_attributes": {}}).encode()
    async with http(200, lambda body: ticket, None) as (far, port):
        far._channel = Intercom(
            url=f"http://127.0.0.1:{port}",
            token=SecretStr(SECRETS[1]),
            admin="7",
            ticket_type="31",
            contact="driftpager@example.com",
            webhook_secrets=(SecretStr(SIGNING_SECRET),),
            private=True,
            seconds=SECONDS,
        )
        yield far


def at_port(port: int) -> dict[str, Any]:
    return {"url": f"http://127.0.0.1:{port}"}


@dataclass
class _Vendor(Vendor):
    desk: stand_in.Intercom
    channel: Intercom
    clock: Still
    customer: str = "ops@acme.example"

    def records(self) -> int:
        return len(self.desk.tickets)

    def seen(self) -> str:
        return "\n".join(f"{each.path}?{each.query} {each.body.decode()}" for each in self.desk.received)

    def read_by_customers(self) -> str:
        return "\n".join(text for _, text in self.desk.sent_to)

    def hang(self) -> None:
        self.desk.fail(Trouble.HANG, on="POST /tickets")

    def passes(self, by: timedelta) -> None:
        self.clock.moment += by


@asynccontextmanager
async def vendor() -> AsyncIterator[_Vendor]:
    clock = Still()
    desk = stand_in.Intercom(token=SECRETS[1], clock=clock, lag=LAG)
    async with serve(desk.app) as url:
        channel = Intercom(
            url=url,
            token=SecretStr(SECRETS[1]),
            admin="7",
            ticket_type=stand_in.BACK_OFFICE,
            customer_ticket_type=stand_in.CUSTOMER,
            contact="driftpager@example.com",
            private=True,
            seconds=SECONDS,
        )
        yield _Vendor(desk, channel, clock)
