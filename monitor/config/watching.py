"""How driftpager itself is watched: a sign of life to somebody outside, a practice page each hour, and a last way to call."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from monitor.config.section import Written


class HeartbeatKeys(Written):
    """A POST to a watcher outside (a dead man's switch), which pages when none comes. It is sent only while the engine moves:
    no timer overdue, no page stuck, every loop going round. It carries the head of the audit's chain."""

    url: SecretStr
    """Where to, with the key that such addresses have in them."""
    every: Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(hours=1))] = timedelta(seconds=60)
    """How often. Let the watcher outside wait for three of them."""
    private: bool = False
    """Allow a watcher at a private or loopback address."""

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("https://", "http://")):
            raise ValueError("an address that starts with https:// or http:// is needed")
        return url


class CanaryKeys(Written):
    """A target of our own that breaks on purpose, carried through probe, comparison, matrix and outbox each time."""

    every: Annotated[timedelta, Field(ge=timedelta(seconds=10), le=timedelta(days=1))] = timedelta(hours=1)
    """How often."""
    channel: str | None = None
    """The channel that gets its practice page, one that rings nobody; without one the page is made and not sent."""
    contact: str | None = None
    """Whom of the matrix to address it to, where the channel needs somebody."""


class EmergencyKeys(Written):
    """The page for when the database is gone. It needs nothing but this file, and is sent past the store."""

    channel: str | None = None
    """The channel to try first; the others follow, those that reach somebody without being told whom before the rest."""
    contact: str | None = None
    """Whom of the matrix to address it to, where a channel needs somebody; default the last resort."""
    after: Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(hours=1))] = timedelta(seconds=60)
    """For how long nothing can be stored before it is sent."""


class ReceiptKeys(Written):
    """A word to each contact by each of their addresses, in their own working hours, where no page got there for so long: a way
    that nobody used is a way that nobody knows to work."""

    every: Annotated[timedelta, Field(ge=timedelta(days=1), le=timedelta(days=90))] = timedelta(days=7)
    """How long a way may be silent."""


class WatchKeys(Written):
    """Who notices when driftpager itself fails."""

    heartbeat: HeartbeatKeys | None = None
    """The sign of life; none is sent without it."""
    canary: CanaryKeys = CanaryKeys()
    emergency: EmergencyKeys = EmergencyKeys()
    receipts: ReceiptKeys | None = ReceiptKeys()
    """The word to every contact now and then; `null` sends none."""
