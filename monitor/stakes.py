"""From configuration and findings to what the escalation domain asks: causes, stakes, and what lies on its desk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.calendars.duty import Calendars
from alerts.channels import outlets
from alerts.desk import Desk
from alerts.escalation import WORKED, Category, Cause, Escalation, State
from alerts.priority import TABLE, Criticality, Factor, Priority, Row, Stakes, assess, row_of
from alerts.sla import left_of
from alerts.wording import About
from monitor.config import Config, Target
from monitor.report.moved import moved
from monitor.store import Transaction
from schemas.change import Finding
from schemas.fingerprint import cause_key, finding_id

REPEAT_WINDOW = timedelta(days=90)

_CATEGORIES = {
    "auth.refused": Category.AUTH,
    "server.version-retired": Category.WITHDRAWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What a set of findings amounts to."""

    causes: tuple[Cause, ...]
    customers: tuple[str, ...]
    priority: Priority
    factors: tuple[Factor, ...]


def causes_of(target: Target, findings: Sequence[Finding]) -> tuple[Cause, ...]:
    """The findings that an escalation can be about: all but what the priority table only records."""
    causes = (
        Cause(
            key=cause_key(target.integration, finding),
            target=target.name,
            finding=finding_id(target.name, finding),
            rule=finding.rule,
            address=finding.address,
            impact=str(finding.impact),
            use=str(finding.use),
            message=finding.message,
            consequence=finding.consequence,
            operations=finding.ours or finding.operations,
            adjusted=moved(finding),
        )
        for finding in findings
    )
    return tuple(cause for cause in causes if row_of(cause) not in (Row.SAFE, Row.UNUSED))


def category_of(finding: Finding) -> Category:
    """Told by the vendor instead of a document, or seen in one."""
    return category_named(finding.rule)


def category_named(rule: str) -> Category:
    """The same, of a rule."""
    return _CATEGORIES.get(rule, Category.DRIFT)


async def assessed(tx: Transaction, config: Config, target: Target, findings: Sequence[Finding], now: datetime) -> Assessment:
    """Priority and factors of findings, with the customers they touch and how often their causes came before."""
    causes = causes_of(target, findings)
    members = {f"{target.integration}:{member}" for finding in findings for member in finding.members}
    touched = [c for c in config.customers if target.integration in c.depends_on or members.intersection(c.depends_on)]
    before = await tx.escalations.by_cause([cause.key for cause in causes], now - REPEAT_WINDOW)
    repeats = [e for e in before if e.opened_at is not None and e.state in (State.RESOLVED, State.REVIEWED)]
    stakes = Stakes(
        criticality=config.integrations[target.integration].criticality,
        customers=tuple(customer.name for customer in touched),
        high_value=tuple(customer.name for customer in touched if customer.high_value),
        repeats=len(repeats),
        sla_left=await _sla_left(tx, target.integration, {category_of(finding) for finding in findings}, now),
    )
    priority, factors = assess(causes, stakes)
    return Assessment(causes=causes, customers=stakes.customers, priority=priority, factors=factors)


async def reassessed(
    tx: Transaction, config: Config, escalation: Escalation, causes: Sequence[Cause], now: datetime
) -> tuple[Priority, tuple[Factor, ...]]:
    """Priority and factors of an escalation that is only about `causes` now; the customers it touches stay the same."""
    known = config.integrations.get(escalation.integration)
    before = await tx.escalations.by_cause([cause.key for cause in causes], now - REPEAT_WINDOW)
    repeats = [e for e in before if e.opened_at is not None and e.state in (State.RESOLVED, State.REVIEWED)]
    valued = {customer.name for customer in config.customers if customer.high_value}
    stakes = Stakes(
        criticality=known.criticality if known else Criticality.NORMAL,
        customers=escalation.customers,
        high_value=tuple(name for name in escalation.customers if name in valued),
        repeats=len(repeats),
        sla_left=left_of(escalation, now),
    )
    return assess(causes, stakes)


async def touching(
    tx: Transaction, config: Config, escalation: Escalation, customers: tuple[str, ...], now: datetime
) -> tuple[Priority, tuple[Factor, ...]]:
    """Priority and factors of an escalation that touches these customers. What is about no findings keeps what it has."""
    if not escalation.causes or escalation.category is Category.BLIND:
        return escalation.priority, escalation.factors
    return await reassessed(tx, config, replace(escalation, customers=customers), escalation.causes, now)


async def _sla_left(tx: Transaction, integration: str, categories: Collection[Category], now: datetime) -> float | None:
    """The smallest share left of the time to resolve what is open already, and what these findings would join."""
    active = await tx.escalations.active(integration)
    known = [left_of(each, now) for each in active if each.category in categories and each.state in WORKED]
    return min((share for share in known if share is not None), default=None)


def worse(target: Target, before: Sequence[Finding], now: Sequence[Finding]) -> bool:
    """Whether anything of `now` was not there before, or counts for more than it did."""
    known = {cause.finding: _weight(cause) for cause in causes_of(target, before)}
    return any(cause.finding not in known or _weight(cause) < known[cause.finding] for cause in causes_of(target, now))


def _weight(cause: Cause) -> Priority:
    return TABLE[row_of(cause)][Criticality.CORE]


async def desk_of(tx: Transaction, config: Config, integration: str, now: datetime) -> Desk:
    """What a transition of this integration may look at. One that left the configuration keeps its name and defaults."""
    return desk_with(config, integration, now, await tx.feeds.of(config.matrix.feeds))


def desk_with(config: Config, integration: str, now: datetime, calendars: Calendars) -> Desk:
    """The same, with what is known of the feeds given."""
    known = config.integrations.get(integration)
    confirm_after = [target.confirm_after for target in config.targets if target.integration == integration]
    about = About(
        integration=integration,
        vendor=integration,
        criticality=known.criticality if known else Criticality.NORMAL,
        runbook=(known.runbook or "") if known else "",
        vendor_contact=tuple(known.vendor_contact.items()) if known else (),
        web=config.web.url or "",
        known_as=known.known_as[0] if known and known.known_as else "",
    )
    return Desk(
        matrix=config.matrix,
        outlets=outlets(config.channels),
        about=about,
        now=now,
        calendars=calendars,
        confirm_after=min(confirm_after, default=config.defaults.confirm_after),
        customers={customer.name: customer for customer in config.customers},
        texts=config.texts,
    )
