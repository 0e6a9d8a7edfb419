"""The matrix, as `escalation.yml` writes it: who is told of what, through which lanes and levels, how fast.

`Matrix.model_validate(parsed_yaml)` reads it, `Matrix.version` names its content, `alerts.matrix_check.validate` checks that
every name in it leads somewhere, and `alerts.routing` answers what it says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from alerts.criteria import Criterion
from alerts.delays import Delay, DelayText
from alerts.escalation import Category, ClockOwner, Mode, Sla
from alerts.people import Contact as Contact
from alerts.people import Feed as Feed
from alerts.people import Name, Names, Part, as_tuple
from alerts.people import Role as Role
from alerts.people import Rota as Rota
from alerts.priority import Criticality, Priority

LAST_RESORT = "last-resort"
"""The lane an escalation takes when the matrix has no lane for it."""


class Level(Part):
    """One rung of a lane: a role or a contact."""

    role: Name | None = None
    contact: Name | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Level:
        if (self.role is None) == (self.contact is None):
            raise ValueError("a level names either a role or a contact")
        return self

    def __str__(self) -> str:
        return self.role or self.contact or ""


class Lane(Part):
    """A way up. `clock` says who climbs (default: PagerDuty where the lane pages through it on P1 and P2, else we do)."""

    mode: Mode = Mode.PRIMARY
    clock: ClockOwner | None = None
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]
    channels: Names = ()


class When(Part):
    """Conditions, all of which must hold; a list holds where one of it does. Those on a finding must hold on one and the same."""

    impact: Annotated[tuple[Literal["breaking", "risky"], ...], BeforeValidator(as_tuple)] = ()
    use: Annotated[tuple[Literal["used", "unused", "coarse", "undeclared"], ...], BeforeValidator(as_tuple)] = ()
    subject: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = ()
    rule: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = ()
    target: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = ()
    integration: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = ()
    criticality: Annotated[tuple[Criticality, ...], BeforeValidator(as_tuple)] = ()
    category: Annotated[tuple[Category, ...], BeforeValidator(as_tuple)] = ()
    priority: Annotated[tuple[Literal["P1", "P2", "P3", "P4"], ...], BeforeValidator(as_tuple)] = ()
    customers_at_least: int = Field(default=0, ge=0)


class Rule(Part):
    """Where the conditions hold, these lanes are told."""

    when: When = When()
    lanes: Annotated[Names, Field(min_length=1)]


class RecordRule(Part):
    """`channel` keeps a record of every escalation for which the conditions hold and, with `lane`, that has that lane."""

    channel: Name
    when: When = When()
    lane: Name | None = None


class Pace(Part):
    """The overlay of one priority. What is left out keeps the built-in pace of that priority.

    `acknowledge`: the same level is paged again; `next_level`: the lane climbs; `ack_expiry`: an acknowledgement without
    further action lapses; `update` and `resolve`: what customers are promised. `start_level` n pages levels 1 to n at once;
    `channels` and `extra_lanes` are added to what lanes and rules say.
    """

    acknowledge: DelayText | None = None
    next_level: DelayText | None = None
    ack_expiry: DelayText | None = None
    update: DelayText | None = None
    resolve: DelayText | None = None
    start_level: int = Field(default=1, ge=1)
    channels: Names = ()
    extra_lanes: Names = ()


class Reaction(StrEnum):
    """What happens when a share of a promised time has passed: `note` tells the timeline and the metrics, `inform` also those
    who have it and were paged about it, `climb` also pages the primary lane's next level, acknowledged or not."""

    NOTE = "note"
    INFORM = "inform"
    CLIMB = "climb"


class Marks(Part):
    """What happens at 50, 75, 90 and 100 % of a promised time."""

    at_50: Reaction = Reaction.NOTE
    at_75: Reaction = Reaction.NOTE
    at_90: Reaction = Reaction.INFORM
    at_100: Reaction = Reaction.CLIMB


class SlaCriteria(Part):
    """The three clocks. That nobody responds is acted upon by the lane's own pace already."""

    respond: Marks = Marks(at_90=Reaction.NOTE, at_100=Reaction.NOTE)
    update: Marks = Marks()
    resolve: Marks = Marks()

    def of(self, clock: Sla, percent: int) -> Reaction:
        """What to do at 50, 75, 90 or 100 % of a clock."""
        found = getattr(getattr(self, clock.value), f"at_{percent}")
        assert isinstance(found, Reaction)
        return found


def _named(value: Any) -> Any:
    """A channel's name alone: it keeps a record of each escalation."""
    return {"channel": value} if isinstance(value, str) else value


def _elapsed(**how_long: float) -> Delay:
    return Delay(elapsed=timedelta(**how_long))


DEFAULT_PACE: Mapping[Priority, Pace] = MappingProxyType(
    {
        Priority.P1: Pace(
            acknowledge=_elapsed(minutes=5),
            next_level=_elapsed(minutes=10),
            ack_expiry=_elapsed(minutes=30),
            update=_elapsed(hours=2),
            resolve=_elapsed(hours=4),
        ),
        Priority.P2: Pace(
            acknowledge=_elapsed(minutes=15),
            next_level=_elapsed(minutes=30),
            ack_expiry=_elapsed(hours=2),
            update=_elapsed(hours=4),
            resolve=_elapsed(hours=8),
        ),
        Priority.P3: Pace(
            acknowledge=Delay(business_hours=4),
            next_level=Delay(business_days=1),
            ack_expiry=Delay(business_days=1),
            update=_elapsed(days=1),
            resolve=Delay(business_days=3),
        ),
        Priority.P4: Pace(),
        Priority.RECORD: Pace(),
    }
)


class Matrix(Part):
    """The whole file.

    `channel` carries pages that nothing else chooses a channel for (default: the first that climbs by itself, PagerDuty,
    else the first configured); `fallback` takes over where a channel fails (default: another kind of channel).
    `last_resort` is paged when a lane is exhausted, `catch_all` (a channel with one fixed destination) when even they cannot be.
    Nothing less urgent than `paging_floor` pages. Each of the `criteria` that comes to hold makes the primary lane climb, even
    when somebody has acknowledged.
    `records` says which escalations have a ticket or thread where; left out, each channel that can keeps one of each.
    """

    contacts: dict[Name, Contact] = Field(default_factory=dict)
    roles: dict[Name, Role] = Field(default_factory=dict)
    feeds: dict[Name, Feed] = Field(default_factory=dict)
    lanes: dict[Name, Lane] = Field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    records: tuple[Annotated[RecordRule, BeforeValidator(_named)], ...] | None = None
    criteria: dict[Name, Criterion] = Field(default_factory=dict)
    last_resort: Name | None = None
    catch_all: Name | None = None
    channel: Name | None = None
    fallback: Name | None = None
    priorities: dict[Literal["P1", "P2", "P3", "P4"], Pace] = Field(default_factory=dict)
    paging_floor: Literal["P1", "P2", "P3", "P4"] = "P3"
    sla: SlaCriteria = SlaCriteria()

    @cached_property
    def version(self) -> str:
        """16 hexadecimal digits over the content: equal for two files that say the same in other words or order of keys."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    @property
    def floor(self) -> Priority:
        return Priority[self.paging_floor]

    def pace(self, priority: Priority) -> Pace:
        """The overlay in force for a priority: the built-in one with what the file sets laid over it."""
        base = DEFAULT_PACE[priority]
        written = self.priorities.get(str(priority))  # type: ignore[call-overload]  # because `record` is never a key
        return base.model_copy(update={name: getattr(written, name) for name in written.model_fields_set}) if written else base
