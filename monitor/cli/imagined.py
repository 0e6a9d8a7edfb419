"""A finding that nobody found, to play through the matrix."""

from __future__ import annotations

from datetime import datetime

from alerts.calendars.duty import Calendars
from alerts.channels import outlets
from alerts.desk import Desk
from alerts.escalation import Cause
from alerts.events import Sighting
from alerts.page import EscalationId
from alerts.priority import Criticality, Factor, Priority, Stakes, assess
from alerts.wording import About
from monitor.cli.exits import Misused
from monitor.config import Config
from monitor.drilling import impact_of
from monitor.nearest import nearest
from schemas.change import Impact
from schemas.rules import catalogue


def imagined(
    config: Config,
    calendars: Calendars,
    at: datetime,
    *,
    rule: str | None,
    priority: str | None,
    integration: str | None,
    use: str,
    customers: int,
) -> tuple[Sighting, Desk]:
    """What would be sighted, with what it would be decided by. The impact is the rule's worse one of what we send and
    what we read; without a rule it is breaking. Raises `Misused` for names that are none."""
    rules = catalogue()
    if rule is not None and rule not in rules:
        raise Misused(f"there is no rule {rule!r}; {nearest(rule, rules)}")
    if integration is not None and integration not in config.integrations:
        raise Misused(f"there is no integration {integration!r}; {nearest(integration, config.integrations)}")
    name = integration or next(iter(config.integrations), "an-integration")
    known = config.integrations.get(name)
    criticality = known.criticality if known else Criticality.NORMAL
    found = rules[rule] if rule is not None else None
    target = next((target.name for target in config.targets if target.integration == name), f"{name}/a-target")
    impact = str(impact_of(rule, used=use == "used") if rule is not None else Impact.BREAKING)
    cause = Cause(
        key="imagined",
        target=target,
        finding="imagined",
        rule=rule or "imagined.change",
        address="imagined",
        impact=impact,
        use=use,
        message=f"imagined: {found.condition.partition(' (')[0]}" if found else "imagined: something breaks",
        consequence="",
        confirmed=True,
    )
    affected = tuple(f"customer-{number}" for number in range(1, customers + 1))
    level, factors = assess([cause], Stakes(criticality=criticality, customers=affected))
    if priority is not None:
        level = Priority[priority]
        factors = (*factors, Factor(name="given", because=f"{priority}, as it was given", priority=level))
    sighting = Sighting(
        id=EscalationId("imagined"),
        environment=config.environment,
        integration=name,
        causes=(cause,),
        priority=level,
        factors=factors,
        customers=affected,
        changed_between=(None, at),
        practice=True,
    )
    about = About(integration=name, vendor=name, criticality=criticality)
    return sighting, Desk(matrix=config.matrix, outlets=outlets(config.channels), about=about, now=at, calendars=calendars)
