"""The far end of `jira`: a site where nothing has our key yet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from alerts.channels.jira import Jira
from monitor.demo import jira as stand_in
from monitor.demo.jira_issue import Trouble
from monitor.demo.serve import Tls, serve
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, SIGNING_SECRET, FarEnd, Vendor, http


@asynccontextmanager
async def far_end(tls: Tls) -> AsyncIterator[FarEnd]:
    made = b'{"id": "10001", "key": "OPS-1", "self": "https://acme.example.com/rest/api/3/issue/10001"}'
    looks = {b"POST /rest/api/3/search/jql": b'{"issues": [], "isLast": true}'}
    async with http(201, lambda body: made, None, looks) as (far, port):
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


@dataclass
class _Vendor(Vendor):
    jira: stand_in.Jira
    channel: Jira

    def records(self) -> int:
        return len(self.jira.issues)

    def seen(self) -> str:
        return "\n".join(f"{each.path}?{each.query} {each.body.decode()}" for each in self.jira.received)

    def hang(self) -> None:
        self.jira.fail(Trouble.HANG, "POST /issue")

    def passes(self, by: timedelta) -> None:
        before = self.jira.now
        self.jira.now = lambda: before() + by


@asynccontextmanager
async def vendor() -> AsyncIterator[_Vendor]:
    jira = stand_in.Jira(token=SECRETS[1])
    async with serve(jira.app) as url:
        email, token = "driftpager@example.com", SecretStr(SECRETS[1])
        yield _Vendor(jira, Jira(url=url, email=email, token=token, project="OPS", private=True, seconds=SECONDS))
