"""Builders for escalation tests: the matrix of the example, a desk at a moment, and an escalation moved along by events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import yaml

from alerts.desk import Desk
from alerts.escalation import Cause, Entry, Escalation, Timer, TimerKind, Transition
from alerts.events import Event, Sighting, of_timer
from alerts.matrix import Matrix
from alerts.outlets import Outlet
from alerts.page import Action, EscalationId, Page
from alerts.priority import Criticality, Factor, Priority
from alerts.transitions import apply, detect
from alerts.wording import About

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""11:00 in Berlin, 05:00 in New York."""

EXAMPLE = """
contacts:
  ana:  {pagerduty: PUSER1, slack: U1, email: ana@example.com, zone: Europe/Berlin}
  ben:  {pagerduty: PUSER2, email: ben@example.com, zone: America/New_York}
  cto:  {email: cto@example.com, zone: Europe/Berlin}
roles:
  tier-1: {rota: {weekly: [ana, ben], handover: "Mon 09:00", zone: Europe/Berlin}}
  integration-engineering: {business_hours: "Mon-Fri 09:00-18:00", calendar: DE, contacts: [ben]}
  customer-success: {business_hours: "Mon-Fri 08:00-18:00", contacts: [ana]}
lanes:
  security: {mode: consult, levels: [{contact: ben}]}
  sync: {mode: primary, clock: driftpager, levels: [{role: tier-1}, {role: integration-engineering}, {contact: cto}]}
  customers: {mode: inform, levels: [{role: customer-success}]}
rules:
  - {when: {impact: breaking}, lanes: [sync]}
  - {when: {customers_at_least: 1}, lanes: [customers]}
  - {when: {subject: auth}, lanes: [security]}
last_resort: cto
catch_all: slack-ops
"""
PAGERDUTY = Outlet(name="pagerduty", kind="pagerduty", climbs=True, reads_back=True)
EMAIL = Outlet(name="email", kind="email", address="email")
OPS = Outlet(name="slack-ops", kind="webhook")
ABOUT = About(
    integration="salesforce-production",
    vendor="Salesforce production",
    criticality=Criticality.CORE,
    runbook="https://wiki.example.com/salesforce",
    vendor_contact=(("support", "https://help.example.com"), ("account", "org 00D1")),
    web="https://drift.example.com",
)


def matrix(text: str = EXAMPLE, **changes: Any) -> Matrix:
    return Matrix.model_validate(_read(text) | changes)


@cache
def _read(text: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def desk(at: datetime = MONDAY, *, by: Matrix | None = None, outlets: tuple[Outlet, ...] = (PAGERDUTY, EMAIL, OPS)) -> Desk:
    return Desk(matrix=by or matrix(), outlets={each.name: each for each in outlets}, about=ABOUT, now=at)


def cause(key: str = "c1", **changes: Any) -> Cause:
    plain = Cause(
        key=key,
        target="salesforce-production/crm/Account",
        finding=f"f-{key}",
        rule="property.removed",
        address="Account.Industry",
        impact="breaking",
        use="used",
        message="Account.Industry was removed",
        consequence="reads of Account.Industry will fail",
    )
    return replace(plain, **changes)


def sighting(priority: Priority = Priority.P1, **changes: Any) -> Sighting:
    plain = Sighting(
        id=EscalationId("e1"),
        environment="production",
        integration="salesforce-production",
        causes=(cause(),),
        priority=priority,
        factors=(Factor(name="table", because="breaking, in use, core: Account.Industry was removed", priority=priority),),
    )
    return replace(plain, **changes)


@dataclass
class Story:
    """An escalation with its timers, pages and timeline, as a store would keep them, on a clock of its own."""

    desk: Desk
    escalation: Escalation
    timers: list[Timer] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    @classmethod
    def begin(cls, seen: Sighting | None = None, at: Desk | None = None) -> Story:
        at = at or desk()
        first = detect(seen or sighting(), at)
        story = cls(at, first.escalation)
        story._keep(first)
        return story

    def happens(self, event: Event, after: timedelta = timedelta()) -> Transition:
        self.desk = replace(self.desk, now=self.desk.now + after)
        outcome = apply(self.escalation, event, self.desk)
        self._keep(outcome)
        return outcome

    def passes(self, how_long: timedelta) -> Story:
        """Let time pass and every timer that comes due fire in order, as the daemon would."""
        until = self.desk.now + how_long
        while due := sorted((t for t in self.timers if t.due_at <= until and of_timer(t)), key=lambda t: (t.due_at, t.id)):
            timer = due[0]
            self.timers.remove(timer)
            self.desk = replace(self.desk, now=max(self.desk.now, timer.due_at))
            event = of_timer(timer)
            assert event is not None
            self.happens(event)
        self.desk = replace(self.desk, now=until)
        return self

    def passes_until(self, happened: Callable[[], bool], at_most: timedelta) -> Story:
        """Let time pass from one timer to the next until it happened, or that long."""
        end = self.desk.now + at_most
        while not happened() and (due := min((t.due_at for t in self.timers if of_timer(t)), default=end)) < end:
            self.passes(max(due - self.desk.now, timedelta()))
        return self

    def sent(self, action: Action = Action.TRIGGER) -> list[tuple[str, str]]:
        """(channel, contact or dedup key's end) of every page of an action, in order."""
        return [
            (page.channel, page.recipient or page.dedup_key.removeprefix("driftpager:production:e1:"))
            for page in self.pages
            if page.action is action
        ]

    @property
    def steps(self) -> list[Timer]:
        """The timers of lanes and of people, without the clocks of what was promised and the review's."""
        return [timer for timer in self.timers if timer.kind not in (TimerKind.SLA, TimerKind.REVIEW)]

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.entries]

    def _keep(self, outcome: Transition) -> None:
        assert not (outcome.refused and (outcome.pages or outcome.arm or outcome.cancel or outcome.escalation != self.escalation))
        for kind, subject in outcome.cancel:
            self.timers = [t for t in self.timers if t.kind is not kind or subject not in (None, t.subject)]
        known = {timer.id for timer in self.timers}
        assert not known & {timer.id for timer in outcome.arm}, "a timer was armed twice"
        self.timers += outcome.arm
        keys = {page.key for page in self.pages}
        assert not keys & {page.key for page in outcome.pages}, "a page was queued twice"
        self.pages += outcome.pages
        self.entries += outcome.entries
        self.escalation = replace(outcome.escalation, version=outcome.escalation.version + 1)


def opened(priority: Priority = Priority.P1, at: Desk | None = None, **changes: Any) -> Story:
    from alerts.events import Confirmed

    story = Story.begin(sighting(priority, **changes), at)
    story.happens(Confirmed(), timedelta(seconds=60))
    return story
