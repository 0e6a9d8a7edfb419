"""How urgent: one table, a few steps up, every factor kept so that `explain` can say why.

`assess(causes, stakes)` judges findings, `assess_blind(criticality)` a target that nobody can read any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Protocol


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


class Judged(Protocol):
    """What the table asks of a cause; `impact` and `use` are the words of `schemas.change`."""

    @property
    def impact(self) -> str: ...
    @property
    def use(self) -> str: ...
    @property
    def message(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stakes:
    """The business facts around an escalation.

    `customers` are the names of those affected, `high_value` the ones among them that are flagged so and depend on what
    broke. `repeats` counts earlier escalations of the same cause within the repeat window (90 days).
    `sla_left` is the smallest share (0 to 1) of an SLA budget still left, None where nobody promised anything.
    """

    criticality: Criticality
    customers: tuple[str, ...] = ()
    high_value: tuple[str, ...] = ()
    repeats: int = 0
    sla_left: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Where a fact begins to raise the priority. `sla_left` is a share: below it the budget is short."""

    customers: int = 5
    repeats: int = 1
    sla_left: float = 0.25


class Row(StrEnum):
    """The rows of the table: the finding's impact and whether our side uses what it touches."""

    IN_USE = "breaking, in use"
    USE_UNKNOWN = "breaking, use unknown"
    UNUSED = "breaking, not used by us"
    RISKY = "risky"
    SAFE = "safe"


_P1, _P2, _P3, _P4, _RECORD = Priority.P1, Priority.P2, Priority.P3, Priority.P4, Priority.RECORD
_COLUMNS = (Criticality.CORE, Criticality.HIGH, Criticality.NORMAL, Criticality.LOW)


def _row(*priorities: Priority) -> Mapping[Criticality, Priority]:
    return MappingProxyType(dict(zip(_COLUMNS, priorities, strict=True)))


TABLE: Mapping[Row, Mapping[Criticality, Priority]] = MappingProxyType(
    {
        #                      core     high     normal   low
        Row.IN_USE: _row(_P1, _P2, _P2, _P3),
        Row.USE_UNKNOWN: _row(_P2, _P3, _P3, _P4),
        Row.UNUSED: _row(_RECORD, _RECORD, _RECORD, _RECORD),
        Row.RISKY: _row(_P3, _P3, _P4, _RECORD),
        Row.SAFE: _row(_RECORD, _RECORD, _RECORD, _RECORD),
    }
)
BLIND = _row(_P2, _P3, _P4, _P4)


def row_of(cause: Judged) -> Row:
    """The table's row for one cause. A notice is a safe change, so it is recorded."""
    if cause.impact == "safe":
        return Row.SAFE
    if cause.use == "unused":
        return Row.UNUSED
    if cause.impact == "risky":
        return Row.RISKY
    return Row.IN_USE if cause.use == "used" else Row.USE_UNKNOWN


def assess(
    causes: Iterable[Judged], stakes: Stakes, thresholds: Thresholds = Thresholds()
) -> tuple[Priority, tuple[Factor, ...]]:
    """The priority of an escalation about `causes`, and every factor that made it, the table's first.

    Steps up and the floor are for breaking findings above `record` only; risky findings keep what the table says.
    No causes are `record`.
    """
    worst = sorted(((TABLE[row_of(cause)][stakes.criticality], _order(row_of(cause)), cause) for cause in causes), key=_first_two)
    if not worst:
        return Priority.RECORD, (Factor(name="table", because="nothing was found", priority=Priority.RECORD),)
    priority, _, cause = worst[0]
    row = row_of(cause)
    factors = [Factor(name="table", because=f"{row}, {stakes.criticality}: {cause.message}", priority=priority)]
    breaking = [(base, each) for base, _, each in worst if each.impact == "breaking" and base < Priority.RECORD]
    if breaking:
        raised = breaking[0][0]
        for name, because in _steps(stakes, thresholds):
            raised = Priority(max(Priority.P1, raised - 1))
            factors.append(Factor(name=name, because=because, priority=min(raised, priority)))
        if stakes.high_value:
            raised = min(raised, Priority.P2)
            because = f"high-value customers depend on it: {', '.join(stakes.high_value)}"
            factors.append(Factor(name="high-value", because=because, priority=min(raised, priority)))
        priority = min(raised, priority)
    return priority, tuple(factors)


def assess_blind(criticality: Criticality) -> tuple[Priority, tuple[Factor, ...]]:
    """The priority of a target without a readable document for long."""
    priority = BLIND[criticality]
    return priority, (Factor(name="blind", because=f"no readable document for long, {criticality}", priority=priority),)


def _steps(stakes: Stakes, thresholds: Thresholds) -> Iterable[tuple[str, str]]:
    if len(stakes.customers) >= thresholds.customers:
        yield "customers", f"{len(stakes.customers)} customers affected, {thresholds.customers} or more raise it"
    if stakes.sla_left is not None and stakes.sla_left < thresholds.sla_left:
        yield "sla", f"{stakes.sla_left:.0%} of the SLA budget left, less than {thresholds.sla_left:.0%} raises it"
    if stakes.repeats >= thresholds.repeats:
        yield "repeat", f"the same cause {stakes.repeats} time{'s' * (stakes.repeats > 1)} before within 90 days"


def _order(row: Row) -> int:
    return tuple(Row).index(row)


def _first_two(item: tuple[Priority, int, Judged]) -> tuple[int, int]:
    return item[0], item[1]
