"""The far end of `slack`: the Web API."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from alerts.channels.slack import Slack
from monitor.demo import slack as stand_in
from monitor.demo.serve import Tls, serve
from monitor.demo.slack_message import Trouble
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, SIGNING_SECRET, FarEnd, Vendor, http


@asynccontextmanager
async def far_end(tls: Tls) -> AsyncIterator[FarEnd]:
    def answer(body: bytes) -> bytes:
        return json.dumps({"ok": True, "channel": json.loads(body)["channel"], "ts": "1700000000.000100"}).encode()

    async with http(200, answer, None) as (far, port):
        far._channel = Slack(
            token=SecretStr(SECRETS[1]),
            channel="C0OPS",
            signing_secrets=(SecretStr(SIGNING_SECRET),),
            private=True,
            seconds=SECONDS,
            **at_port(port),
        )
        yield far


def at_port(port: int) -> dict[str, Any]:
    return {"base_url": f"http://127.0.0.1:{port}/api"}


@dataclass
class _Vendor(Vendor):
    slack: stand_in.Slack
    channel: Slack

    def records(self) -> int:
        return len(self.slack.top())

    def seen(self) -> str:
        return "\n".join(f"{each.method} {json.dumps(dict(each.arguments), ensure_ascii=False)}" for each in self.slack.received)

    def hang(self) -> None:
        self.slack.fail(Trouble.HANG, method="chat.postMessage")


@asynccontextmanager
async def vendor() -> AsyncIterator[_Vendor]:
    slack = stand_in.Slack(token=SECRETS[1])
    async with serve(slack.app) as url:
        token = SecretStr(SECRETS[1])
        yield _Vendor(slack, Slack(token=token, channel="C0OPS", base_url=f"{url}/api", private=True, seconds=SECONDS))
