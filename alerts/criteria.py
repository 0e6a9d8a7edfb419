"""Criteria of the matrix: facts that make an escalation climb even when somebody has it.

Customers affected, an SLA at risk, no resolution after so long, or after so many interactions. Pure: `met(criterion, facts)`
says why one holds, `moments(criterion, facts)` when it may begin to hold by the clock alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from alerts.delays import Delay, DelayText


def _share(value: object) -> object:
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            return float(value.strip()[:-1]) / 100
        except ValueError:
            return value
    return value


class Criterion(BaseModel):
    """Holds where one of its conditions does: the primary lane climbs one level, once a generation, even when acknowledged.

    `unresolved_for` is time since opening, in the business hours of the lane where it is written in them; `interactions`
    counts what people did (acknowledged, gave back, snoozed, handed over, closed at a channel); `sla_left_below` is a share of
    the time to resolve. `priority` limits it to escalations as urgent as those.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    customers_at_least: int = Field(default=0, ge=0)
    sla_left_below: Annotated[float | None, BeforeValidator(_share), Field(gt=0, lt=1)] = None
    unresolved_for: DelayText | None = None
    interactions: int = Field(default=0, ge=0)
    priority: Annotated[
        tuple[Literal["P1", "P2", "P3", "P4"], ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)
    ] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Criterion:
        if not (self.customers_at_least or self.sla_left_below or self.unresolved_for or self.interactions):
            raise ValueError("a criterion names 'customers_at_least', 'sla_left_below', 'unresolved_for' or 'interactions'")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What criteria look at. `resolve` is when the clock to resolve began and when it ends, None where nothing was promised.

    `after` gives the moment a delay from the opening is over.
    """

    now: datetime
    opened_at: datetime
    priority: str
    customers: int
    interactions: int
    resolve: tuple[datetime, datetime] | None
    after: Callable[[Delay], datetime]


def met(criterion: Criterion, facts: Standing) -> str:
    """Why it holds, with the facts; empty where it does not."""
    if criterion.priority and facts.priority not in criterion.priority:
        return ""
    if criterion.customers_at_least and facts.customers >= criterion.customers_at_least:
        return f"{facts.customers} customers are affected, {criterion.customers_at_least} or more count"
    if criterion.interactions and facts.interactions >= criterion.interactions:
        return f"not resolved after {facts.interactions} interactions, {criterion.interactions} count"
    if criterion.unresolved_for and facts.now >= facts.after(criterion.unresolved_for):
        return f"not resolved {criterion.unresolved_for} after it opened at {facts.opened_at:%Y-%m-%d %H:%M} UTC"
    if criterion.sla_left_below and facts.resolve and facts.now >= _short(criterion.sla_left_below, *facts.resolve):
        return (
            f"less than {criterion.sla_left_below:.0%} of the time to resolve is left, "
            f"which ends at {facts.resolve[1]:%Y-%m-%d %H:%M} UTC"
        )
    return ""


def moments(criterion: Criterion, facts: Standing) -> Iterator[datetime]:
    """Later moments at which it may begin to hold though nothing happens."""
    if criterion.priority and facts.priority not in criterion.priority:
        return
    if criterion.unresolved_for and (at := facts.after(criterion.unresolved_for)) > facts.now:
        yield at
    if criterion.sla_left_below and facts.resolve and (at := _short(criterion.sla_left_below, *facts.resolve)) > facts.now:
        yield at


def _short(share: float, began: datetime, ends: datetime) -> datetime:
    """When no more than a share of the time is left."""
    return ends - timedelta(seconds=(ends - began).total_seconds() * share)
