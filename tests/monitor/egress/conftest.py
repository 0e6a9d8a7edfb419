"""A vendor on a loopback port, and a client that may go there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from monitor.demo.serve import serve
from monitor.demo.vendor import Vendor
from monitor.egress import Egress


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
async def base(vendor: Vendor) -> AsyncIterator[str]:
    async with serve(vendor) as url:
        yield url
        vendor.let_go()


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    """A client as the daemon has it: private networks only where a request says so."""
    async with Egress() as client:
        yield client


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def speaking(talk: Talk) -> AsyncIterator[str]:
    """A server below HTTP: `talk` says whatever it likes, then the connection is closed. Gives its base URL."""

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
