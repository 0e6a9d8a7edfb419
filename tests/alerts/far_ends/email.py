"""The far end of `email`: a real SMTP server."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from pydantic import SecretStr

from alerts.channels.email import Email
from monitor.demo.serve import Tls
from tests.alerts.far_ends.far_end import SECONDS, SECRETS, Cue, FarEnd


@asynccontextmanager
async def far_end(tls: Tls) -> AsyncIterator[FarEnd]:
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


def at_port(port: int) -> dict[str, Any]:
    return {"port": port}


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
