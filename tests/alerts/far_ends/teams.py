"""The far end of `teams`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from alerts.channels.teams import Teams
from monitor.demo.serve import Tls
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, Cue, FarEnd, Vendor, http


@asynccontextmanager
async def far_end(tls: Tls) -> AsyncIterator[FarEnd]:
    async with http(202, lambda body: b"", None) as (far, port):
        far._channel = Teams(
            url=SecretStr(f"http://127.0.0.1:{port}/workflows?sig={SECRETS[2]}"),
            private=True,
            seconds=SECONDS,
        )
        yield far


def at_port(port: int) -> dict[str, Any]:
    return {"url": SecretStr(f"http://127.0.0.1:{port}/workflows?sig={SECRETS[2]}")}


@dataclass
class _Vendor(Vendor):
    far: FarEnd
    rewrites: bool = False

    @property
    def channel(self) -> Teams:
        assert isinstance(self.far.channel, Teams)
        return self.far.channel

    def records(self) -> int:
        return len(self.far.took)

    def seen(self) -> str:
        return "\n".join(each.partition(b"\r\n\r\n")[2].decode() for each in self.far.took)

    def hang(self) -> None:
        self.far.cue = Cue.HANG

    def passes(self, by: timedelta) -> None:
        self.far.cue = Cue.TAKE


@asynccontextmanager
async def vendor() -> AsyncIterator[_Vendor]:
    async with http(202, lambda body: b"", None) as (far, port):
        far._channel = Teams(private=True, seconds=SECONDS, **at_port(port))
        yield _Vendor(far)
