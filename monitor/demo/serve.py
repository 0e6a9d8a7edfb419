"""Real local servers for the stand-ins: uvicorn on a free loopback port, with TLS where a client insists on https."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
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
    """A server that leaves the process's signals to whoever runs it, and stops at once.

    uvicorn's own way looks ten times a second whether to stop, then sleeps and waits for open requests: a fifth of a
    second for each of the hundreds of servers that a test run starts, and a second where a stand-in hangs on purpose.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Ask `serve` to end."""
        self.should_exit = True
        self._stop.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def main_loop(self) -> None:
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), 0.1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
            if not connection.transport.is_closing():
                connection.transport.abort()
        # A request under way learns of the hang-up and ends by itself; one that does not listen is cancelled.
        _, deaf = await asyncio.wait(self.server_state.tasks, timeout=0.05) if self.server_state.tasks else (set(), set())
        for request in deaf:
            request.cancel()
        await asyncio.gather(*deaf, return_exceptions=True)
        await asyncio.sleep(0)  # closed transports say good-bye one turn of the loop later


@asynccontextmanager
async def serve(app: Any, *, tls: Tls | None = None, port: int = 0) -> AsyncIterator[str]:
    """Serve an ASGI app on 127.0.0.1 while the block runs; gives its base URL without a trailing slash."""
    # With the protocol named, asyncio switches Nagle's algorithm off: without, each answer of two writes takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    options: dict[str, Any] = {"ssl_certfile": str(tls.certificate)} if tls else {}
    server = Quiet(uvicorn.Config(app, log_config=None, log_level="error", access_log=False, lifespan="off", **options))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if running.done():
                running.result()
            await asyncio.sleep(0.01)
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.stop()
        await running
        listener.close()
