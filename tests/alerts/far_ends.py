"""Real local servers at the far end of each kind of channel, which take pages or fail on cue."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from pydantic import SecretStr

from alerts.channels import Channel
from alerts.channels.email import Email
from alerts.channels.pagerduty import PagerDuty
from alerts.channels.webhook import Webhook
from monitor.demo.serve import Tls

SECRETS = ("R0UTINGKEYR0UTINGKEYR0UTINGKEY42", "canary-token-4711", "canary-path-4712", "canary-password-4713")
SIGNING_SECRET = "whsec_" + base64.b64encode(b"canary-signing-secret-4714-long-enough").decode()
SECONDS = 0.5


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


@asynccontextmanager
async def pagerduty(tls: Tls) -> AsyncIterator[FarEnd]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate)

    def answer(body: bytes) -> bytes:
        return json.dumps(
            {"status": "success", "message": "Event processed", "dedup_key": json.loads(body)["dedup_key"]}
        ).encode()

    async with _http(202, answer, context) as (far, port):
        far._channel = PagerDuty(
            routing_key=SecretStr(SECRETS[0]),
            token=SecretStr(SECRETS[1]),
            base_url=f"https://127.0.0.1:{port}",
            ca_file=tls.authority,
            seconds=SECONDS,
        )
        yield far


@asynccontextmanager
async def webhook(tls: Tls) -> AsyncIterator[FarEnd]:
    async with _http(204, lambda body: b"", None) as (far, port):
        far._channel = Webhook(
            url=SecretStr(f"http://127.0.0.1:{port}/{SECRETS[2]}"),
            secret=SecretStr(SIGNING_SECRET),
            private=True,
            seconds=SECONDS,
        )
        yield far


@asynccontextmanager
async def email(tls: Tls) -> AsyncIterator[FarEnd]:
    far = FarEnd()
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        return SMTP(
            _Mailbox(far),
            loop=loop,
            authenticator=lambda *_: AuthResult(success=far.cue is not Cue.REFUSE_KEY, handled=False),
            auth_required=True,
            require_starttls=True,
            tls_context=_as_server(tls),
            enable_SMTPUTF8=True,
        )

    server = await loop.create_server(session, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    far._channel = Email(
        host="127.0.0.1",
        port=port,
        ca_file=tls.authority,
        sender="driftpager@example.com",
        username="driftpager",
        password=SecretStr(SECRETS[3]),
        seconds=SECONDS,
    )
    try:
        yield far
    finally:
        server.close()
        await server.wait_closed()


FAR_ENDS: dict[str, Callable[[Tls], AbstractAsyncContextManager[FarEnd]]] = {
    "pagerduty": pagerduty,
    "webhook": webhook,
    "email": email,
}


def _as_server(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate)
    return context


class _Mailbox:
    def __init__(self, far: FarEnd) -> None:
        self.far = far

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        match self.far.cue:
            case Cue.SLOW_DOWN:
                return "450 too much mail"
            case Cue.REFUSE:
                return f"550 no such user {address}, your password is {SECRETS[3]}"
            case Cue.FAIL:
                return "451 local error"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.far.took.append(envelope.content)
        if self.far.cue is Cue.HANG:
            await asyncio.Event().wait()
        if self.far.cue is Cue.HANG_UP:
            assert server.transport is not None
            server.transport.abort()
        return "250 taken"


_STATUS = {Cue.SLOW_DOWN: 429, Cue.REFUSE: 400, Cue.REFUSE_KEY: 401, Cue.FAIL: 500}


@asynccontextmanager
async def _http(
    success: int, answer: Callable[[bytes], bytes], context: ssl.SSLContext | None
) -> AsyncIterator[tuple[FarEnd, int]]:
    """An HTTP/1.1 server by hand, for it must hang and hang up at will; it echoes what it got, to catch what repeats it."""
    far = FarEnd()
    open_now: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_now.add(writer)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
            body = await reader.readexactly(length)
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


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def nobody_listens(channel: Channel) -> Channel:
    """The same channel, with its far end gone."""
    port = closed_port()
    changes: dict[str, Any] = {
        "pagerduty": {"base_url": f"https://127.0.0.1:{port}"},
        "webhook": {"url": SecretStr(f"http://127.0.0.1:{port}/{SECRETS[2]}")},
        "email": {"port": port},
    }[channel.kind]
    gone: Channel = channel.model_copy(update=changes)  # type: ignore[attr-defined]  # because every channel is a pydantic model
    return gone


Far = Callable[[Tls], AbstractAsyncContextManager[FarEnd]]
Deliver = Callable[[], Awaitable[Any]]
