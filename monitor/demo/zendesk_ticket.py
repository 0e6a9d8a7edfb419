"""What the Zendesk stand-in keeps: people, tickets, requests as they came, and the ways in which it can fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Trouble(StrEnum):
    """How the stand-in fails. `hang` does what is asked and never answers; `race` lets somebody else change the ticket first."""

    HANG = "hang"
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    FORBIDDEN = "forbidden"
    UNREADABLE = "unreadable"
    RACE = "race"


@dataclass(slots=True, kw_only=True)
class User:
    """A person. `role` is end-user, agent or admin."""

    id: int
    name: str
    email: str
    role: str = "end-user"
    organization_id: int | None = None


@dataclass(slots=True, kw_only=True)
class Comment:
    """What somebody wrote. Whoever may see the ticket outside reads it where it is `public`."""

    id: int
    author: int
    html: str
    public: bool
    at: datetime


@dataclass(slots=True, kw_only=True)
class Ticket:
    """A ticket, as far as anybody here looks at it; `audits` are as the API shows them."""

    id: int
    requester: int
    subject: str
    created_at: datetime
    updated_at: datetime
    status: str = "new"
    priority: str | None = None
    type: str | None = None
    external_id: str | None = None
    assignee: int | None = None
    follows: int | None = None
    group_id: int | None = None
    tags: list[str] = field(default_factory=list)
    ccs: list[str] = field(default_factory=list)
    custom_fields: dict[int, Any] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    audits: list[dict[str, Any]] = field(default_factory=list)


def change(number: int, name: str, value: Any, before: Any) -> dict[str, Any]:
    """One change of a field, as audits show it."""
    return {"id": number, "type": "Change", "field_name": name, "value": value, "previous_value": before}


def stamp(at: datetime) -> str:
    """A time as Zendesk writes it."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
