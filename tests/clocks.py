"""Clocks that tests set."""

from __future__ import annotations

from datetime import datetime, timedelta


class At:
    """A clock that stands where it is put; who sleeps by it moves it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
