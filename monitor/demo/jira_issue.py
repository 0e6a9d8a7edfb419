"""What the Jira stand-in keeps: issues with their history, the statuses of its workflow, and the ways in which it can fail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class Trouble(StrEnum):
    """How the stand-in fails. `hang` does what was asked and never answers; `sign-in` answers 200 with a web page."""

    HANG = "hang"
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    CONFLICT = "conflict"
    FORBIDDEN = "forbidden"
    SIGN_IN = "sign-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as it came, and the status it was answered with (0: never answered)."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    status: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account of the site; `app` for what acts by itself."""

    id: str
    name: str
    email: str = ""
    app: bool = False

    def as_json(self, *, cloud: bool = True) -> dict[str, Any]:
        shown = {"displayName": self.name, "active": True, **({"emailAddress": self.email} if self.email else {})}
        if not cloud:
            return {"name": self.id, "key": f"JIRAUSER{self.id}", **shown}
        return {"accountId": self.id, "accountType": "app" if self.app else "atlassian", **shown}


US = Person(id="712020:driftpager", name="driftpager", email="driftpager@example.com")
ANA = Person(id="712020:ana", name="Ana", email="ana@example.com")
RULE = Person(id="557058:rule", name="Automation for Jira", app=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A status of the workflow, with the key of its category."""

    id: str
    name: str
    category: str

    def as_json(self) -> dict[str, Any]:
        number = {"new": 2, "indeterminate": 4, "done": 3}[self.category]
        category = {"id": number, "key": self.category, "name": self.category, "colorName": "blue-gray"}
        return {"id": self.id, "name": self.name, "statusCategory": category}


TO_DO = Status(id="10000", name="To Do", category="new")
IN_PROGRESS = Status(id="10001", name="In Progress", category="indeterminate")
DONE = Status(id="10002", name="Done", category="done")


@dataclass(slots=True, kw_only=True)
class Way:
    """A transition: from the statuses named (none: from any other) to one. `asks` are fields of its screen."""

    id: str
    name: str
    to: Status
    begins: frozenset[str] = frozenset()
    asks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


SIMPLE = (
    Way(id="11", name="To Do", to=TO_DO),
    Way(id="21", name="In Progress", to=IN_PROGRESS),
    Way(id="31", name="Done", to=DONE),
)
"""Every status from every other, as a new team's project has it."""


@dataclass(slots=True, kw_only=True)
class Issue:
    """An issue. `history` and `comments` are as the site tells them, the oldest first."""

    id: int
    key: str
    status: Status
    created: datetime
    fields: dict[str, Any]
    properties: dict[str, Any] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    links: dict[str, dict[str, Any]] = field(default_factory=dict)
    former: str = ""

    @property
    def labels(self) -> list[str]:
        labels: list[str] = self.fields.get("labels") or []
        return labels


def stamp(at: datetime) -> str:
    """`2026-11-23T10:00:00.000+0000`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}+0000"
