"""The people of the matrix: contacts, and the roles, rotas and feeds that say whose turn it is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from alerts.availability import HandoverText, HoursText, ZoneName
from alerts.calendars.holidays import CalendarName
from alerts.calendars.leave import LeaveText
from alerts.calendars.override import LocalTime, Taken
from alerts.outlets import MAIL_ADDRESS

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]
"""A name of ours. It becomes part of dedup keys, so it holds no colon."""


def as_tuple(value: Any) -> Any:
    """A single item where a list is meant."""
    return (value,) if isinstance(value, (str, int, date)) else value


Names = Annotated[tuple[Name, ...], BeforeValidator(as_tuple)]


class Part(BaseModel):
    """What everything in the matrix shares: frozen, and unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Contact(Part):
    """A person: the addresses each channel knows them by, their own zone, and the channels they prefer (default: the lane's).

    On `leave` (days in their zone, the last included) they are not there for anything. In `quiet_hours` only P1 and P2
    reach them; what is less urgent waits, as long as the time to resolve allows.
    """

    email: str = Field(default="", pattern=rf"^$|{MAIL_ADDRESS}")
    pagerduty: str = ""
    slack: str = ""
    jira: str = ""
    zendesk: str = ""
    zone: ZoneName = "UTC"
    channels: Names = ()
    leave: Annotated[tuple[LeaveText, ...], BeforeValidator(as_tuple), Field(max_length=500)] = ()
    quiet_hours: HoursText | None = None


class Override(Part):
    """A person takes a span of the rota, in its zone: that of one other (`instead_of`), or of whoever has it."""

    contact: Name
    begin: LocalTime = Field(alias="from")
    end: LocalTime = Field(alias="until")
    instead_of: Name | None = None

    @model_validator(mode="after")
    def _takes_time(self) -> Override:
        if self.end <= self.begin:
            raise ValueError("an override ends after it begins")
        return self


class Rota(Part):
    """A weekly rota: contacts take turns, from one hand-over to the next. `start` is a day of the first contact's first week.

    Who has the turn and is on leave is stood in for by the next in turn who is not. Of two `overrides` the later one counts.
    """

    weekly: Annotated[Names, Field(min_length=1)]
    handover: HandoverText = Field(default=..., validate_default=True)
    zone: ZoneName = "UTC"
    start: date | None = None
    overrides: Annotated[tuple[Override, ...], Field(max_length=500)] = ()

    @property
    def taken(self) -> tuple[Taken, ...]:
        """The overrides as `alerts.calendars.override` reads them."""
        return tuple(
            Taken(contact=each.contact, begin=each.begin, end=each.end, instead_of=each.instead_of) for each in self.overrides
        )


class Feed(Part):
    """On-call times kept elsewhere. `ical` is the address of an iCalendar file, a secret: whoever has it reads the calendar.

    Or a `schedule` of PagerDuty, by its id, through a configured `channel` with a token. An entry of a calendar is about
    the contacts whose e-mail address attends it, or whose name or address stands in its title; times without a zone are in
    `zone`. It is read again `every` so often; where it cannot be, its last value goes on.
    """

    ical: SecretStr | None = None
    private: bool = False
    channel: Name | None = None
    schedule: str = Field(default="", pattern=r"^$|^[A-Za-z0-9]{1,40}$")
    zone: ZoneName = "UTC"
    every: Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(days=7))] = timedelta(minutes=15)

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Feed:
        if (self.ical is None) == (self.channel is None):
            raise ValueError("a feed is either the address of an 'ical', or a 'channel' and a 'schedule' of it")
        if (self.channel is None) != (not self.schedule):
            raise ValueError("'channel' and 'schedule' go together")
        if self.ical is not None and not self.ical.get_secret_value().startswith(("https://", "http://")):
            raise ValueError("'ical' must be an address that starts with https:// or http://")
        return self


class Role(Part):
    """A team, by rota, by a feed or as a list. `business_hours` (in `zone`, default the rota's, then the first contact's)
    hold P3 pages, and end on the holidays of `calendar` (an ISO 3166 code: `DE`, `DE-BE`).

    Where a role has several of the three: whoever the `feed` names, else the rota's turn where it names nobody, and with
    them everybody in `contacts`.
    """

    rota: Rota | None = None
    feed: Name | None = None
    contacts: Names = ()
    business_hours: HoursText | None = None
    zone: ZoneName | None = None
    calendar: CalendarName | None = None

    @model_validator(mode="after")
    def _has_people(self) -> Role:
        if self.rota is None and self.feed is None and not self.contacts:
            raise ValueError("a role needs a rota or contacts, or a feed")
        return self
