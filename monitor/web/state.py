"""What the web pages need of the daemon, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from alerts.matrix import Matrix
from monitor.clock import Clock
from monitor.config import Integration
from monitor.metrics import Metrics
from monitor.store import Store


class Settings(Protocol):
    """The part of the configuration that the pages show. A reload may give another value at any time."""

    @property
    def environment(self) -> str: ...

    @property
    def integrations(self) -> Mapping[str, Integration]: ...

    @property
    def matrix(self) -> Matrix: ...


class State(Protocol):
    """The daemon, as its web pages see it."""

    @property
    def store(self) -> Store: ...

    @property
    def metrics(self) -> Metrics: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def config(self) -> Settings: ...

    async def receive(self, source: str, headers: Mapping[str, str], raw_body: bytes, query: Mapping[str, str]) -> int:
        """A webhook for the channel `source`, not yet trusted: the body as it came, header names in lower case, the
        URL's query. Gives the
        HTTP status to answer with: 2xx once the effect is stored (again for a repeat), 401 for a bad signature, 404 for a
        channel that takes no webhooks, 5xx to be sent it again."""

    def ready(self) -> tuple[bool, tuple[str, ...]]:
        """Whether everything moves; if not, one line for each thing that does not."""
