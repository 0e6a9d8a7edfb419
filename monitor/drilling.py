"""Practice: an escalation about nothing, through the real matrix, timers and channels. A command stores it, the daemon begins it.

It is kept apart by the store (`escalations.practice`): nothing real ever joins, repeats, ends or hides behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from alerts import events as ev
from alerts.desk import Desk
from alerts.draft import Refused
from alerts.escalation import Category, Cause, Drill, Escalation, State, Timer, TimerKind, Transition
from alerts.page import EscalationId
from alerts.priority import Criticality, Factor, Priority, Stakes, assess, assess_blind
from alerts.transitions import detect
from monitor.acting import act, new_id
from monitor.config import Config
from monitor.config.scenario import BLIND, Scenario
from monitor.stakes import category_named, desk_of
from monitor.store import Transaction
from schemas.change import Impact
from schemas.fingerprint import digest
from schemas.rules import catalogue

BEGUN_WITHIN = timedelta(minutes=2)
"""A daemon that comes later than this begins no practice that somebody asked for then."""

_CRITICAL_FIRST = (Criticality.CORE, Criticality.HIGH, Criticality.NORMAL, Criticality.LOW)


def sighting(config: Config, scenario: Scenario, name: str, *, by: str, now: datetime) -> ev.Sighting:
    """What is pretended to be seen. Raises `Refused` where nobody would be paged for it."""
    where = scenario.integration or _most_critical(config)
    criticality = config.integrations[where].criticality
    made = new_id(where, f"drill {name}", now)
    cause = _cause(scenario, made, next((each.name for each in config.targets if each.integration == where), where))
    category = Category.BLIND if scenario.finding == BLIND else category_named(scenario.finding)
    priority, factors = _assessed(config, scenario, cause, criticality)
    if scenario.priority is not None:
        priority = Priority[scenario.priority]
        factors = (*factors, Factor(name="given", because=f"the scenario says {priority}", priority=priority))
    if priority > config.paging_floor:
        raise Refused(f"it would be {priority}, and nobody is paged below {config.paging_floor}: give the scenario a 'priority'")
    said = Factor(name="practice", because=f"practice: {by} asked for the drill {name}, nothing is broken", priority=priority)
    return ev.Sighting(
        id=made,
        environment=config.environment,
        integration=where,
        causes=(cause,),
        priority=priority,
        factors=(said, *factors),
        category=category,
        customers=scenario.customers,
        practice=True,
        drill=Drill(scenario=name, by=by, until=now + scenario.lasts, ends=scenario.ends),
    )


async def begin(tx: Transaction, config: Config, scenario: Scenario, name: str, *, by: str, now: datetime) -> Escalation:
    """Store it for the daemon to begin. Raises `Refused` where one is going on already, or nobody would be paged."""
    for other in await tx.escalations.drills():
        if other.drill is not None:
            raise Refused(f"drill {other.id} ({other.drill.scenario}) is going on: wait, or end it with --end")
    seen = sighting(config, scenario, name, by=by, now=now)
    desk: Desk = replace(await desk_of(tx, config, seen.integration, now), confirm_after=timedelta(0))
    stored = await tx.escalations.save(detect(seen, desk))
    detail = {"scenario": name, "priority": str(seen.priority), "integration": seen.integration}
    await tx.audit.append(by, "drill.begun", str(seen.id), detail, now)
    return stored


async def withdraw(tx: Transaction, config: Config, id: EscalationId, now: datetime) -> bool:
    """Take it back where no daemon has begun it: nobody was told. False where one has."""
    found = await tx.escalations.get(id)
    if found is None or found.state is not State.DETECTED:
        return False
    await act(tx, config, found, ev.Gone(because="no daemon was there to begin it"), now)
    return True


async def end(tx: Transaction, config: Config, *, by: str, now: datetime) -> list[Transition]:
    """End what is going on; whoever was paged hears of it."""
    ended = []
    for drill in await tx.escalations.drills():
        if drill.drill is not None:
            over = ev.ResolvedBy(by=by, because=f"{by} ended the practice")
            ended.append(await act(tx, config, drill, over, now))
            await tx.audit.append(by, "drill.ended", str(drill.id), {"scenario": drill.drill.scenario}, now)
    return ended


def due(escalation: Escalation, timer: Timer, now: datetime) -> ev.Event | None:
    """What a timer of a drill leads to, where it leads elsewhere than that of something real; None where it does not."""
    drill = escalation.drill
    if drill is None:
        return None
    if timer.kind is TimerKind.DRILL or drill.until <= now:  # a daemon that was away goes on with no practice of yesterday
        return ev.DrillOver()
    if timer.kind is TimerKind.CONFIRM:
        if now - timer.due_at > BEGUN_WITHIN:
            return ev.Gone(because="no daemon was there to begin it in time")
        return ev.Confirmed(because=f"{drill.by} asked for the drill {drill.scenario}")
    return None


def impact_of(rule: str, *, used: bool) -> Impact:
    """The worse one of what a rule means for what we send and for what we read. Raises KeyError for no rule."""
    found = catalogue()[rule]
    impacts = [found.impact(level, used=used) for level in (found.request, found.response)]
    return max((each for each in impacts if each is not None), default=Impact.SAFE)


def _assessed(config: Config, scenario: Scenario, cause: Cause, criticality: Criticality) -> tuple[Priority, tuple[Factor, ...]]:
    if scenario.finding == BLIND:
        return assess_blind(criticality)
    valued = {customer.name for customer in config.customers if customer.high_value}
    touched = tuple(name for name in scenario.customers if name in valued)
    return assess([cause], Stakes(criticality=criticality, customers=scenario.customers, high_value=touched))


def _cause(scenario: Scenario, id: EscalationId, target: str) -> Cause:
    impact = Impact.BREAKING if scenario.finding == BLIND else impact_of(scenario.finding, used=scenario.use == "used")
    return Cause(
        key=digest("practice", id),
        target=target,
        finding=digest("practice", "finding", id),
        rule=scenario.finding,
        address="practice",
        impact=str(impact),
        use=scenario.use,
        message=scenario.title,
        consequence=scenario.consequence,
        confirmed=True,
    )


def _most_critical(config: Config) -> str:
    found: Mapping[str, Criticality] = {name: each.criticality for name, each in config.integrations.items()}
    if not found:
        raise Refused("no integration is configured")
    return min(found, key=lambda name: _CRITICAL_FIRST.index(found[name]))
