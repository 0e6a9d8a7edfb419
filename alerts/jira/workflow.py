"""How an issue gets where an escalation stands: by the transitions its workflow offers, found by the status they lead to.

Ids and names of transitions differ from workflow to workflow; every status has one of three categories, which do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

TO_DO, IN_PROGRESS, DONE = "new", "indeterminate", "done"
CATEGORY = MappingProxyType({"open": TO_DO, "acknowledged": IN_PROGRESS, "mitigating": IN_PROGRESS, "resolved": DONE})
"""The category of the statuses in which an issue says how its escalation stands."""

USUAL_RESOLUTIONS = ("done", "fixed", "resolved")


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A status with the key of its category."""

    id: str
    name: str
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Where an issue is to get: `name` is the configured status, empty for any of the category. `resolution` may be empty."""

    category: str
    name: str = ""
    resolution: str = ""

    @classmethod
    def of(cls, state: str, names: Mapping[str, str], resolution: str) -> Goal:
        """The goal for a state of an escalation."""
        return cls(category=CATEGORY[state], name=names.get(state, ""), resolution=resolution)

    def reached(self, at: Status) -> bool:
        """Whether an issue is there."""
        return at.name.casefold() == self.name.casefold() if self.name else at.category == self.category

    def __str__(self) -> str:
        return self.name or {TO_DO: "to do", IN_PROGRESS: "in progress", DONE: "done"}[self.category]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One transition to take, with what its screen wants filled in."""

    id: str
    to: Status
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """No transition leads on."""

    because: str


def next_step(offered: Iterable[Mapping[str, Any]], at: Status, goal: Goal) -> Step | Stuck:
    """The transition to take now: to the goal, else halfway (in progress). Raises KeyError, TypeError, AttributeError where
    the offer is not as described."""
    leading = [(status_of(each["to"]), each) for each in offered]
    direct = [(to, each) for to, each in leading if goal.reached(to)]
    halfway = [(to, each) for to, each in leading if to.category == IN_PROGRESS]
    chosen = direct or (halfway if IN_PROGRESS not in (at.category, goal.category) else [])
    if not chosen:
        return Stuck(because="its workflow offers this account no way there")
    open_fields: list[str] = []
    for to, each in chosen:
        asked = each.get("fields") or {}
        wanting = [
            name
            for name, field in asked.items()
            if field.get("required") and not field.get("hasDefaultValue") and name not in ("resolution", "comment")
        ]
        if not wanting:
            return Step(id=str(each["id"]), to=to, fields=_filled(asked, goal))
        open_fields += wanting
    return Stuck(because=f"the way there asks for {', '.join(sorted(set(open_fields))[:5])}")


def status_of(given: Mapping[str, Any]) -> Status:
    """A status as Jira tells it. Raises KeyError, TypeError or AttributeError where it is not as described."""
    return Status(id=str(given["id"]), name=str(given["name"]), category=str(given["statusCategory"]["key"]))


def _filled(asked: Mapping[str, Any], goal: Goal) -> Mapping[str, Any]:
    """The resolution, where the screen has one: the configured one, else, where it must be, a usual one."""
    if "resolution" not in asked:
        return {}
    if goal.resolution:
        return {"resolution": {"name": goal.resolution}}
    field = asked["resolution"]
    if not field.get("required") or field.get("hasDefaultValue"):
        return {}
    names = [str(value["name"]) for value in field.get("allowedValues") or () if value.get("name")]
    usual = [name for name in names if name.casefold() in USUAL_RESOLUTIONS]
    return {"resolution": {"name": name}} if (name := next(iter(usual or names), "")) else {}
