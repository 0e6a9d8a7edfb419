"""What every far end is: what it does on cue, what it took, and an HTTP server that can hang and hang up."""

from __future__ import annotations

import asyncio
import base64
import ssl
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from alerts.channels import Channel

SECRETS = ("R0UTINGKEYR0UTINGKEYR0UTINGKEY42", "canary-token-4711", "canary-path-4712", "canary-password-4713")
SIGNING_SECRET = "whsec_" + base64.b64encode(b"canary-signing-secret-4714-long-enough").decode()
SECONDS = 0.8


class Cue(StrEnum):
    """What the far end does with the next page."""

    TAKE = "take"
    SLOW_DOWN = "slow down"
    REFUSE = "refuse"
    REFUSE_KEY = "refuse the key"
    FAIL = "fail"
    HANG = "hang"
    HANG_UP = "hang up"
    GONE = "gone"


@dataclass
class FarEnd:
    """The channel, configured for its far end, which does as `cue` says and keeps what it `took`."""

    cue: Cue = Cue.TAKE
    took: list[bytes] = field(default_factory=list)
    _channel: Channel | None = None

    @property
    def channel(self) -> Channel:
        assert self._channel is not None
        return self._channel


_STATUS = {Cue.SLOW_DOWN: 429, Cue.REFUSE: 400, Cue.REFUSE_KEY: 401, Cue.FAIL: 500}


@asynccontextmanager
async def http(
    success: int,
    answer: Callable[[bytes], bytes],
    context: ssl.SSLContext | None,
    looks: Mapping[bytes, bytes] = MappingProxyType({}),
) -> AsyncIterator[tuple[FarEnd, int]]:
    """An HTTP/1.1 server by hand, for it must hang and hang up at will; it echoes what it got, to catch what repeats it.

    `looks` are requests that only read (`GET /path`), with their answers: what asks so is no page, and does not fail on cue.
    """
    far = FarEnd()
    open_now: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_now.add(writer)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.lower().split(b"\r\n")
            length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length")), 0)
            body = await reader.readexactly(length)
            seen = looks.get(head.partition(b" HTTP/")[0])
            if seen is not None:
                writer.write(b"HTTP/1.1 200 X\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(seen) + seen)
                await writer.drain()
                return
            far.took.append(head + body)
            if far.cue is Cue.HANG:
                await reader.read()
            elif far.cue is not Cue.HANG_UP:
                status = _STATUS.get(far.cue, success)
                said = answer(body) if far.cue is Cue.TAKE else head + body
                wish = b"Retry-After: 9\r\n" if far.cue is Cue.SLOW_DOWN else b""
                fields = f"Content-Type: application/json\r\nConnection: close\r\nContent-Length: {len(said)}\r\n"
                writer.write(f"HTTP/1.1 {status} X\r\n{fields}".encode() + wish + b"\r\n" + said)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            open_now.discard(writer)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield far, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in tuple(open_now):
            writer.transport.abort()
        await server.wait_closed()


class Vendor(ABC):
    """A stand-in with a state, as the contract of records looks at it: `channel` is configured for it.

    `customer` is an address that may be written to, empty where no customer has a record there. `ours`: it keeps records that
    only we read. `rewrites`: what was said once is brought up to date, and not said again.
    """

    channel: Channel
    customer: str = ""
    ours: bool = True
    rewrites: bool = True

    @abstractmethod
    def records(self) -> int:
        """How many tickets, messages or incidents there are that are not gone."""

    @abstractmethod
    def seen(self) -> str:
        """Everything it was sent, bodies and addresses, without credentials."""

    @abstractmethod
    def hang(self) -> None:
        """Do what the next request that changes something asks for, and never answer."""

    def read_by_customers(self) -> str:
        """What customers can read of it."""
        return ""

    def passes(self, by: timedelta) -> None:  # noqa: B027 - of no account where nothing lags
        """So much time passes there."""
