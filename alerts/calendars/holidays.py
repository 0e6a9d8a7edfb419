"""Public holidays by country and subdivision, as the `holidays` library knows them: `DE`, `DE-BE`, `US-CA`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from alerts.availability import Closed, always_open


def closed_on(calendar: str | None) -> Closed:
    """Which days a calendar closes; None closes none. The calendar is one that `known_calendar` lets pass."""
    if calendar is None:
        return always_open
    return lambda day: day in _holidays(calendar, day.year)


def name_of(calendar: str | None, day: date) -> str:
    """What the holiday is called, empty on other days."""
    return _holidays(calendar, day.year).get(day, "") if calendar else ""


def known_calendar(name: str) -> str:
    """`name` itself. Raises ValueError, with what there is, where the library has no such country or subdivision."""
    import holidays  # a fifth of a second, and most matrices name no calendar

    country, _, subdivision = name.partition("-")
    supported = holidays.list_supported_countries(include_aliases=True)
    if country not in supported:
        raise ValueError(f"{name!r} is no holiday calendar: write an ISO 3166 code such as DE, or DE-BE for a part of a country")
    if subdivision and subdivision not in supported[country]:
        valid = ", ".join(supported[country]) or "none"
        raise ValueError(f"{name!r} is no holiday calendar: {country} has the parts {valid}")
    if name.endswith("-"):
        raise ValueError(f"{name!r} is no holiday calendar: write {country}, or {country}- and the code of a part")
    return name


@cache
def _holidays(calendar: str, year: int) -> Mapping[date, str]:
    import holidays

    country, _, subdivision = calendar.partition("-")
    return dict(holidays.country_holidays(country, subdiv=subdivision or None, years=year, language="en_US"))


CalendarName = Annotated[
    str, AfterValidator(known_calendar), WithJsonSchema({"type": "string", "examples": ["DE", "DE-BE", "US-CA"]})
]
