"""How much people are told: what damps a vendor that flaps, how many pages a person gets, and when nobody is told at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field, model_validator

from alerts.availability import HoursText
from alerts.calendars.override import LocalTime
from alerts.escalation import Hush
from alerts.silences import Match, Silence, SilenceId
from alerts.windows import Once, Weekly, once
from monitor.config.section import Said, Written, Zone


class Noise(Written):
    """What keeps pages few enough to be read. Nothing here holds a P1 back but the flap hold, for as long as that lasts."""

    flap_hold: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(hours=1))] = timedelta(minutes=15)
    """A change that went within this time was a flap; the same one coming again waits for as long before it pages."""
    flapping_after: Annotated[int, Field(ge=2, le=100)] = 3
    """So many flaps of a target within `flapping_within` are a finding of their own."""
    flapping_within: Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(days=7))] = timedelta(days=1)
    """Over which time flaps are counted."""
    pages_per_hour: Annotated[int, Field(ge=1, le=1000)] = 12
    """How many pages a person gets in an hour; what is more goes into one digest. A P1 is never counted out."""
    digest_every: Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(hours=4))] = timedelta(minutes=15)
    """How often a person is given such a digest, at most."""


class WindowKeys(Written):
    """A time in which nobody is told: `weekly`, or once `from` and `until`. What stands at its end is told then."""

    weekly: HoursText | None = None
    """Every week: `Sat 22:00-02:00`, several separated by commas."""
    begin: Annotated[LocalTime | None, Field(validation_alias="from")] = None
    """The local time it begins: `2026-12-24 22:00`."""
    until: LocalTime | None = None
    """The local time it ends."""
    zone: Zone = "UTC"
    """The time zone of both."""
    because: Said
    """Why; people will read it."""
    rule: str = ""
    """Only this rule or subject (`enum.*`)."""
    address: str = ""
    """Only what is found there (`Account.*`)."""

    @model_validator(mode="after")
    def _one_of_two(self) -> WindowKeys:
        if (self.weekly is None) == (self.begin is None or self.until is None) or (self.begin is None) != (self.until is None):
            raise ValueError("a window is either 'weekly', or has 'from' and 'until'")
        if self.begin is not None and self.until is not None:
            once(self.begin, self.until, self.zone)
        return self

    def silence(self, kind: Hush, id: str, where: str) -> Silence:
        """What it keeps from being told."""
        window: Weekly | Once
        if self.weekly is not None:
            window = Weekly(hours=self.weekly, zone=self.zone)
        else:
            assert self.begin is not None
            assert self.until is not None
            window = once(self.begin, self.until, self.zone)
        match = Match(where=where, rule=self.rule, address=self.address)
        return Silence(id=SilenceId(id), kind=kind, match=match, window=window, because=self.because)


class MaintenanceKeys(WindowKeys):
    """Our own maintenance: what we or our administrators break on purpose."""

    where: Annotated[tuple[str, ...], Field(min_length=1)]
    """Integrations, blocks or targets with everything below them: `salesforce-production/crm`; `*` is any text within a step."""
