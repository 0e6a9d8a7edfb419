"""The far end of `jira`: a site where nothing has our key yet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from alerts.channels.jira import Jira
from monitor.demo.serve import Tls
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, SIGNING_SECRET, FarEnd, http


@asynccontextmanager
async def far_end(tls: Tls) -> AsyncIterator[FarEnd]:
    made = b'{"id": "10001", "key": "OPS-1", "self": "https://acme.example.com/rest/api/3/issue/10001"}'
    async with http(201, lambda body: made, None, {b"/rest/api/3/search/jql": b'{"issues": [], "isLast": true}'}) as (far, port):
        far._channel = Jira(
            url=f"http://127.0.0.1:{port}",
            email="driftpager@example.com",
            token=SecretStr(SECRETS[1]),
            project="OPS",
            account_id="712020:driftpager",
            webhook_secrets=(SecretStr(SIGNING_SECRET),),
            private=True,
            seconds=SECONDS,
        )
        yield far


def at_port(port: int) -> dict[str, Any]:
    return {"url": f"http://127.0.0.1:{port}"}
