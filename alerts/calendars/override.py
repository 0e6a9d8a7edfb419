"""A weekly rota with its exceptions: a person takes a span of another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from alerts.availability import ends, starts

_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """`contact` is there instead of `instead_of` (None: of whoever it is) between two local times."""

    contact: str
    begin: datetime
    end: datetime
    instead_of: str | None = None


def exchanged(people: tuple[str, ...], taken: tuple[Taken, ...], zone: ZoneInfo, at: datetime) -> tuple[str, ...]:
    """Who is on duty at `at` once exceptions count, a later one over an earlier one.

    While an ambiguous beginning or end lasts, both are: whoever takes over comes at its first occurrence and leaves at its
    last, the other goes at the last and is back at the first.
    """
    for each in taken:
        met = tuple(name for name in people if each.instead_of in (None, name))
        if not (starts(each.begin, zone) <= at < ends(each.end, zone)) or (each.instead_of and not met):
            continue
        alone = ends(each.begin, zone) <= at < starts(each.end, zone)
        left = tuple(name for name in people if not (alone and name in met))
        people = tuple(dict.fromkeys((each.contact, *left)))
    return people


def edges(taken: tuple[Taken, ...], zone: ZoneInfo) -> Iterator[datetime]:
    """Every moment at which an exception begins or ends, in no order."""
    for each in taken:
        for local in (each.begin, each.end):
            yield starts(local, zone)
            yield ends(local, zone)


def _read_local(value: Any) -> datetime:
    text = value.isoformat(" ") if isinstance(value, datetime) else str(value).strip()
    try:
        if not _LOCAL.fullmatch(text):
            raise ValueError
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no local time: write 2026-12-24 09:00") from None


LocalTime = Annotated[
    datetime,
    BeforeValidator(_read_local),
    PlainSerializer(lambda value: value.isoformat(" ", "minutes"), return_type=str),
    WithJsonSchema({"type": "string", "examples": ["2026-12-24 09:00"]}),
]
"""A local time without a zone: whose it is, the rota says."""
