"""Real local servers for the stand-ins: uvicorn on a free loopback port, with TLS where a client insists on https."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme
import uvicorn


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """A certificate for 127.0.0.1 and localhost, and the file of the authority that signed it."""

    certificate: Path
    authority: Path

    @classmethod
    def make(cls, folder: Path) -> Tls:
        """A fresh authority and a certificate of it, written as PEM files into `folder`."""
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "authority.pem"))
        authority.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
        return cls(certificate=folder / "server.pem", authority=folder / "authority.pem")


class Quiet(uvicorn.Server):
    """A server that leaves the process's signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@asynccontextmanager
async def serve(app: Any, *, tls: Tls | None = None, port: int = 0) -> AsyncIterator[str]:
    """Serve an ASGI app on 127.0.0.1 while the block runs; gives its base URL without a trailing slash."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    options: dict[str, Any] = {"ssl_certfile": str(tls.certificate)} if tls else {}
    server = Quiet(
        uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", timeout_graceful_shutdown=1, **options)
    )
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if running.done():
                running.result()
            await asyncio.sleep(0.01)
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listener.close()
