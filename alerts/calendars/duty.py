"""On-call times that somebody else's calendar knows, as values: what was fetched, when, and how far it reaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Duty:
    """A contact is on call from `start` until before `end`, both UTC."""

    start: datetime
    end: datetime
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fed:
    """What a feed says, as it was last read: all of it between `since` and `until`, and nothing outside.

    `fetched_at` None: it was never read, and nothing is known. `tried_at` is the last try; `trouble` why that one failed,
    empty where it did not; `failures` counts failed tries in a row. `strangers` counts entries that name no contact of ours.
    """

    duties: tuple[Duty, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    fetched_at: datetime | None = None
    tried_at: datetime | None = None
    trouble: str = ""
    failures: int = 0
    strangers: int = 0

    def knows(self, at: datetime) -> bool:
        """Whether it says anything about that moment."""
        return self.since is not None and self.until is not None and self.since <= at < self.until

    def on_call(self, at: datetime) -> tuple[str, ...]:
        """Who is on call, in the order in which they came on; nobody where it does not know."""
        if not self.knows(at):
            return ()
        return tuple(dict.fromkeys(duty.contact for duty in sorted(self.duties) if duty.start <= at < duty.end))

    def age(self, now: datetime) -> timedelta | None:
        """How old what it says is; None where it was never read."""
        return None if self.fetched_at is None else max(now - self.fetched_at, timedelta())


Calendars = Mapping[str, Fed]
"""What is known of each feed of the matrix, by its name."""

NOTHING_FED: Calendars = MappingProxyType({})
