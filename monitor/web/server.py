"""Serves the web pages, the metrics and the webhooks over the running engine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from monitor.clock import Clock
from monitor.config import Config
from monitor.engine import Engine
from monitor.loops import Health
from monitor.metrics import Metrics
from monitor.replies import receive
from monitor.store import Store
from monitor.web.app import create_app
from monitor.web.security import refuse_exposure


class PortTaken(Exception):
    """The address in `web.listen` cannot be listened on; the text says why and what to do."""


class Running:
    """The engine, as the web pages see it."""

    def __init__(self, engine: Engine, health: Health) -> None:
        self._engine = engine
        self._health = health

    @property
    def store(self) -> Store:
        return self._engine.store

    @property
    def metrics(self) -> Metrics:
        return self._engine.metrics

    @property
    def clock(self) -> Clock:
        return self._engine.clock

    @property
    def config(self) -> Config:
        return self._engine.config

    async def receive(self, source: str, headers: Mapping[str, str], raw_body: bytes) -> int:
        """See `monitor.replies.receive`."""
        return await receive(self._engine, source, headers, raw_body)

    def ready(self) -> tuple[bool, tuple[str, ...]]:
        """Ready while every loop goes round."""
        reasons = self._health.reasons()
        return not reasons, reasons


@asynccontextmanager
async def serve(engine: Engine, health: Health) -> AsyncIterator[str]:
    """Listen while the block runs; gives the address to open. Raises `Exposed` and `PortTaken`."""
    host, _, port = engine.config.web.listen.rpartition(":")
    refuse_exposure(host)
    listener = listen(host.strip("[]"), int(port))
    app = create_app(Running(engine, health), url=engine.config.web.url)
    options = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2)
    server = Server(options)
    running = asyncio.create_task(server.serve(sockets=[listener]), name="web")
    try:
        while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn tells of its start by a flag only
            await asyncio.sleep(0.01)
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listener.close()


class Server(uvicorn.Server):
    """A server that leaves the process's signals to the daemon."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; raises `PortTaken` in words."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise PortTaken(f"web.listen: cannot listen on {host}:{port} ({error.strerror}); choose another port") from None
    return listener
