"""A plan for promises in the making: what changes, leaves and is told on the way."""

from __future__ import annotations

from collections.abc import Iterable

from alerts import events as ev
from alerts.desk import Desk
from alerts.escalation import Commitment, Entry, Escalation, Timer, TimerKind
from alerts.keys import timer_id
from alerts.page import Page
from alerts.promise import OPEN, Plan, Promise, PromiseId, next_moment, promise_id


class Ledger:
    """A plan in the making; `plan()` gives the value."""

    def __init__(self, escalation: Escalation, promises: Iterable[Promise], desk: Desk) -> None:
        self.escalation, self.desk = escalation, desk
        self.all = {promise.id: promise for promise in promises}
        self.events: list[ev.UpdatesDue] = []
        self.rearm = False
        self._changed: dict[PromiseId, None] = {}
        self._pages: list[Page] = []
        self._entries: list[Entry] = []

    def open(self) -> list[Promise]:
        return [promise for promise in self.all.values() if promise.standing in OPEN]

    def put(self, promise: Promise) -> None:
        self.all[promise.id] = promise
        self._changed[promise.id] = None

    def add(self, customer: str, due: Commitment, *, final: bool = False) -> Promise:
        sequence = 1 + max((each.sequence for each in self.all.values() if each.customer == customer), default=0)
        made = Promise(
            id=promise_id(self.escalation.id, customer, sequence),
            escalation=self.escalation.id,
            customer=customer,
            sequence=sequence,
            due=due,
            final=final,
        )
        self.put(made)
        return made

    def say(self, kind: str, text: str, actor: str = "driftpager") -> None:
        self._entries.append(Entry(at=self.desk.now, kind=kind, text=text, actor=actor or "driftpager"))

    def queue(self, page: Page) -> None:
        self._pages.append(page)

    def plan(self) -> Plan:
        arm: tuple[Timer, ...] = ()
        moments = [at for promise in self.open() if (at := next_moment(promise)) is not None]
        moving = self.rearm or bool(self._changed)
        if moving and moments:
            it, kind = self.escalation, TimerKind.PROMISE
            name = timer_id(it.id, it.generation, "", kind, 1)
            due_at = max(min(moments), self.desk.now)
            arm = (Timer(id=name, escalation=it.id, generation=it.generation, subject="", kind=kind, sequence=1, due_at=due_at),)
        return Plan(
            promises=tuple(self.all[name] for name in self._changed),
            arm=arm,
            cancel=((TimerKind.PROMISE, None),) if moving else (),
            pages=tuple(self._pages),
            entries=tuple(self._entries),
            events=tuple(self.events),
        )
