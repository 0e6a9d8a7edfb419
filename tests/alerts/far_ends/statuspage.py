"""The far end of `statuspage`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from alerts.channels.statuspage import Statuspage
from monitor.demo import statuspage as stand_in
from monitor.demo.serve import Tls, serve
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, FarEnd, Vendor, http

PAGE = "kctbh9vrtdwd"


@asynccontextmanager
async def far_end(tls: Tls) -> AsyncIterator[FarEnd]:
    incidents, made = f"GET /v1/pages/{PAGE}/incidents", b'{"id": "abc123"}'
    looks = {f"{incidents}?limit=100".encode(): b"[]", f"{incidents}/abc123".encode(): made}
    async with http(201, lambda body: made, None, looks) as (far, port):
        far._channel = Statuspage(
            url=f"http://127.0.0.1:{port}",
            page=PAGE,
            api_key=SecretStr(SECRETS[1]),
            notify=False,
            private=True,
            seconds=SECONDS,
        )
        yield far


def at_port(port: int) -> dict[str, Any]:
    return {"url": f"http://127.0.0.1:{port}"}


@dataclass
class _Vendor(Vendor):
    page: stand_in.Statuspage
    channel: Statuspage
    customer: str = "everybody"
    ours: bool = False

    def records(self) -> int:
        return len(self.page.incidents)

    def seen(self) -> str:
        return repr(self.page.incidents)

    def read_by_customers(self) -> str:
        return "\n".join(update["body"] for each in self.page.incidents.values() for update in each["updates"])

    def hang(self) -> None:
        self.page.lose_answers = 1


@asynccontextmanager
async def vendor() -> AsyncIterator[_Vendor]:
    page = stand_in.Statuspage(page=PAGE, key=SECRETS[1])
    async with serve(page.app) as url:
        key = SecretStr(SECRETS[1])
        yield _Vendor(page, Statuspage(url=url, page=PAGE, api_key=key, notify=False, private=True, seconds=SECONDS))
