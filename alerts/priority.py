"""How urgent: one table, a few steps up, every factor kept so that `explain` can say why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Priority(IntEnum):
    """P1 is the most urgent. `RECORD` is below the table: kept, never paged. The more urgent of two is their `min`."""

    P1 = 1
    P2 = 2
    P3 = 3
    P4 = 4
    RECORD = 9

    def __str__(self) -> str:
        return self.name if self is not Priority.RECORD else "record"


class Criticality(StrEnum):
    """How much of our business stands on an integration."""

    CORE = "core"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One reason for a priority, in words, with the priority it led to: `breaking, in use, core` -> P1."""

    name: str
    because: str
    priority: Priority
