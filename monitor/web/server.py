"""The running daemon's web: its engine and its health, as the pages see them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from monitor import replies
from monitor.clock import Clock
from monitor.config import Config
from monitor.engine import Engine
from monitor.loops import Health
from monitor.metrics import Metrics
from monitor.store import Store
from monitor.web.listening import PortTaken as PortTaken
from monitor.web.listening import listening


class Running:
    """The engine of the moment; a reload is seen by the next request."""

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

    async def receive(self, source: str, headers: Mapping[str, str], raw_body: bytes, query: Mapping[str, str]) -> int:
        return await replies.receive(self._engine, source, headers, raw_body, query)

    def ready(self) -> tuple[bool, tuple[str, ...]]:
        reasons = self._health.reasons()
        return not reasons, reasons


@asynccontextmanager
async def serve(engine: Engine, health: Health) -> AsyncIterator[str]:
    """Serve while the block runs; gives the pages' base URL. Where we listen is read once: a reload does not move it.
    Raises `Exposed` and `PortTaken`, each with text fit for a terminal."""
    web = engine.config.web
    async with listening(Running(engine, health), listen=web.listen, machines=web.machines, url=web.url) as base:
        yield base
