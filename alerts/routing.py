"""What the matrix answers: which lanes hear of it (`route`), and when is it due (`deadline`)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.availability import DEFAULT_HOURS, Closed, Hours, always_open, due
from alerts.calendars.holidays import closed_on
from alerts.delays import Delay
from alerts.escalation import Category, Cause, Mode
from alerts.matrix import LAST_RESORT, Level, Matrix, Role, When
from alerts.priority import Criticality, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What rules match on."""

    integration: str
    criticality: Criticality
    category: Category
    priority: Priority
    causes: tuple[Cause, ...]
    customers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """A lane that hears of it, in which mode, and why."""

    lane: str
    mode: Mode
    because: str


def route(matrix: Matrix, facts: Facts) -> tuple[Routed, ...]:
    """The lanes for `facts`, exactly one of them primary, in the order of the rules.

    The first primary lane stays primary and further ones consult, so that one person owns the escalation. Where no rule
    gives one, the matrix's first primary lane takes it, or else the last resort: a matching rule never leads to nobody.
    """
    chosen: dict[str, str] = {}
    for number, rule in enumerate(matrix.rules, start=1):
        if because := _matches(rule.when, facts):
            for lane in rule.lanes:
                chosen.setdefault(lane, f"rule {number}: {because}")
    for lane in matrix.pace(facts.priority).extra_lanes:
        chosen.setdefault(lane, f"{facts.priority} adds this lane")
    chosen = {name: because for name, because in chosen.items() if name in matrix.lanes}
    primary = next((name for name in chosen if matrix.lanes[name].mode is Mode.PRIMARY), None)
    if primary is None:
        primary = next((name for name, lane in matrix.lanes.items() if lane.mode is Mode.PRIMARY), LAST_RESORT)
        chosen = {primary: "no rule gives a primary lane", **chosen}
    return tuple(Routed(lane=name, mode=_mode(matrix, name, primary), because=because) for name, because in chosen.items())


def keeps_record(matrix: Matrix, channel: str, facts: Facts, lanes: Collection[str]) -> str:
    """Why the channel keeps a record of it, in words; empty where it keeps none. `lanes` are the names of those it has."""
    if matrix.records is None:
        return "every escalation"
    for rule in matrix.records:
        if rule.channel == channel and (rule.lane is None or rule.lane in lanes) and (met := _matches(rule.when, facts)):
            return met if rule.lane is None else f"lane {rule.lane}, {met}"
    return ""


def deadline(matrix: Matrix, lane: str, level: int, delay: Delay, now: datetime) -> datetime:
    """When `delay` is over, in the business hours of the level's role (a contact's own zone where it names one).

    Holidays of its calendar are no business hours.
    """
    spec = matrix.lanes.get(lane)
    rung = spec.levels[min(max(level, 1), len(spec.levels)) - 1] if spec else Level(contact=matrix.last_resort or "nobody")
    hours, zone, closed = level_hours(matrix, rung)
    return due(delay, now, hours, ZoneInfo(zone), closed)


def level_hours(matrix: Matrix, level: Level) -> tuple[Hours, str, Closed]:
    """The business hours a level counts in, their zone, and the days on which they do not hold."""
    role = matrix.roles.get(level.role or "")
    if role is not None:
        return role.business_hours or DEFAULT_HOURS, role_zone(matrix, role), closed_on(role.calendar)
    contact = matrix.contacts.get(level.contact or "")
    return DEFAULT_HOURS, contact.zone if contact else "UTC", always_open


def role_zone(matrix: Matrix, role: Role) -> str:
    """The role's zone: its own, else its rota's, else its first contact's, else UTC."""
    if role.zone:
        return role.zone
    if role.rota:
        return role.rota.zone
    first = matrix.contacts.get(role.contacts[0]) if role.contacts else None
    return first.zone if first else "UTC"


def _mode(matrix: Matrix, name: str, primary: str) -> Mode:
    if name == primary:
        return Mode.PRIMARY
    mode = matrix.lanes[name].mode
    return Mode.CONSULT if mode is Mode.PRIMARY else mode


def _matches(when: When, facts: Facts) -> str:
    """Why the conditions hold, in words; empty where they do not."""
    whole: tuple[tuple[str, tuple[object, ...], object], ...] = (
        ("integration", when.integration, facts.integration),
        ("criticality", when.criticality, facts.criticality),
        ("category", when.category, facts.category),
        ("priority", when.priority, str(facts.priority)),
    )
    said = []
    for name, wanted, value in whole:
        if wanted and value not in wanted:
            return ""
        if wanted:
            said.append(f"{name} is {value}")
    if len(facts.customers) < when.customers_at_least:
        return ""
    if when.customers_at_least:
        said.append(f"{len(facts.customers)} customers affected")
    if not (when.impact or when.use or when.subject or when.rule or when.target):
        return ", ".join(said) or "always"
    for cause in facts.causes:
        met = _of_cause(when, cause)
        if met:
            return ", ".join((*said, met))
    return ""


def _of_cause(when: When, cause: Cause) -> str:
    said = []
    for name, wanted, value in (
        ("impact", when.impact, cause.impact),
        ("use", when.use, cause.use),
        ("subject", when.subject, cause.rule.partition(".")[0]),
        ("rule", when.rule, cause.rule),
        ("target", when.target, cause.target),
    ):
        if wanted and value not in wanted:
            return ""
        if wanted:
            said.append(f"{name} is {value}")
    return ", ".join(said)
