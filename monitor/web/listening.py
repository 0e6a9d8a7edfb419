"""Sockets and servers: the pages on this machine alone, and what machines ask for where it is wanted."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

from monitor.web.app import create_app, create_machines
from monitor.web.security import refuse_exposure
from monitor.web.state import State


class PortTaken(Exception):
    """An address cannot be listened on, mostly because its port is taken; the text says why and what to do."""


@asynccontextmanager
async def listening(state: State, *, listen: str, machines: str | None = None, url: str | None = None) -> AsyncIterator[str]:
    """Serve the pages at `listen` (HOST:PORT, port 0 for any free one) while the block runs; gives their base URL without a
    trailing slash. `machines` is a second address for `create_machines`. Raises `Exposed` and `PortTaken`."""
    refuse_exposure(listen.rpartition(":")[0])
    async with AsyncExitStack() as stack:
        pages = stack.enter_context(_socket(listen, "web.listen"))
        asked = stack.enter_context(_socket(machines, "web.machines")) if machines else None
        await stack.enter_async_context(_serving(create_app(state, url=url), pages))
        if asked is not None:
            await stack.enter_async_context(_serving(create_machines(state), asked))
        host, port = pages.getsockname()[:2]
        yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _socket(address: str, setting: str) -> Generator[socket.socket, None, None]:
    host, _, port = address.rpartition(":")
    bare = host.strip("[]")
    with socket.socket(socket.AF_INET6 if ":" in bare else socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((bare, int(port)))
            listener.listen(128)
        except OSError as error:
            raise PortTaken(_told(error, address, setting)) from error
        yield listener


def _told(error: OSError, address: str, setting: str) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"{setting}: {address} is taken by another program (another driftpager?); stop that, or set another port"
        case errno.EACCES:
            return f"{setting}: {address} may not be listened on by this user; set a port over 1023"
        case _:
            return f"{setting}: {address} cannot be listened on ({error.strerror or error}); set an address of this machine"


@asynccontextmanager
async def _serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    settings = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,  # nobody's word is taken for where a request comes from
        server_header=False,
        limit_concurrency=256,
        timeout_graceful_shutdown=2,
    )
    server = _Quiet(settings)
    running = asyncio.create_task(server.serve(sockets=[listener]), name="web")
    try:
        yield  # the socket listens already: who connects before the server runs is only answered a moment later
    finally:
        server.should_exit = True
        await running


class _Quiet(uvicorn.Server):
    """Leaves the process's signals to the daemon."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
