"""What the PagerDuty stand-in keeps: incidents, requests as they came, and the ways in which it can fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Trouble(StrEnum):
    """How the stand-in fails.

    `hang` takes the event and never answers, `lost` takes nothing and never answers, `swallow` says 202 but makes no incident.
    """

    HANG = "hang"
    LOST = "lost"
    SWALLOW = "swallow"
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    UNREADABLE = "unreadable"
    ANOTHER_KEY = "another-key"


@dataclass(slots=True, kw_only=True)
class Incident:
    """An incident, as far as anybody here looks at it.

    `key` is the dedup key of its first alert, `alerts` the keys of all, each with whether it is still open.
    `acknowledgements` are (person, when). `merged_into` is the incident that has its alerts now, empty for none.
    """

    id: str
    number: int
    service: str
    key: str
    title: str
    severity: str
    created_at: datetime
    changed_at: datetime
    changed_by: str = ""
    status: str = "triggered"
    urgency: str = "high"
    priority: str = ""
    merged_into: str = ""
    triggers: int = 1
    alerts: dict[str, bool] = field(default_factory=dict)
    acknowledgements: list[tuple[str, datetime]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    status_updates: list[tuple[str, str]] = field(default_factory=list)
    details: Mapping[str, Any] = field(default_factory=dict)
    links: list[Mapping[str, str]] = field(default_factory=list)
