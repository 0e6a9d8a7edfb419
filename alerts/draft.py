"""A transition in the making: the aggregate as it will be, and what is armed, cancelled, queued and told on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from alerts.desk import Desk
from alerts.escalation import Entry, Escalation, LaneState, Timer, TimerKind, Transition
from alerts.keys import page_id, page_key, timer_id
from alerts.page import Action, Page, Record, Why
from alerts.priority import Priority
from alerts.reach import Destination
from alerts.wording import clean, content, reasons


class Refused(Exception):
    """Why an event changes nothing here."""


class Draft:
    """Mutable while one event is applied and nowhere else; `done()` gives the value."""

    def __init__(self, escalation: Escalation, desk: Desk, *, occasion: str = "") -> None:
        self.escalation = escalation
        self.desk = desk
        self.occasion = occasion
        """Why what is queued from here on is paged now; a step that knows it better sets it."""
        self._arm: list[Timer] = []
        self._cancel: list[tuple[TimerKind, str | None]] = []
        self._pages: list[Page] = []
        self._entries: list[Entry] = []

    @property
    def now(self) -> datetime:
        return self.desk.now

    def change(self, **changes: Any) -> None:
        """Set fields of the aggregate."""
        self.escalation = replace(self.escalation, **changes)

    def change_lane(self, name: str, **changes: Any) -> LaneState:
        """Set fields of one lane; gives it as it is then."""
        changed = tuple(replace(lane, **changes) if lane.name == name else lane for lane in self.escalation.lanes)
        self.change(lanes=changed)
        return next(lane for lane in changed if lane.name == name)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What was said so far."""
        return tuple(self._entries)

    def say(self, kind: str, text: str, actor: str = "driftpager") -> None:
        """A line of the timeline."""
        self._entries.append(Entry(at=self.now, kind=kind, text=text, actor=actor or "driftpager"))

    def start(self, kind: TimerKind, due_at: datetime, *, subject: str, sequence: int) -> None:
        """Arm a timer of the present generation."""
        of, generation = self.escalation.id, self.escalation.generation
        self._arm.append(
            Timer(
                id=timer_id(of, generation, subject, kind, sequence),
                escalation=of,
                generation=generation,
                subject=subject,
                kind=kind,
                sequence=sequence,
                due_at=due_at,
            )
        )

    def start_whole(self, kind: TimerKind, due_at: datetime, subject: str = "") -> None:
        """Arm a timer counted by the escalation's own steps."""
        self.change(steps=self.escalation.steps + 1)
        self.start(kind, due_at, subject=subject, sequence=self.escalation.steps)

    def stop(self, *kinds: TimerKind, subject: str | None = None) -> None:
        """Cancel timers of these kinds, of one subject or (None) of any, among them what this draft armed before."""
        self._cancel += [(kind, subject) for kind in kinds]
        self._arm = [t for t in self._arm if t.kind not in kinds or subject not in (None, t.subject)]

    def queue(
        self,
        to: Destination,
        action: Action,
        dedup_key: str,
        lane: LaneState,
        *,
        lanes: tuple[str, ...] = (),
        nth: int = 0,
        answer_by: datetime | None = None,
        record: Record | None = None,
    ) -> bool:
        """Queue one page. False where it was queued before: a trigger is queued once for a key, updates once for each `nth`."""
        escalation = self.escalation
        where = (to.channel, to.recipient, dedup_key)
        key = page_key(dedup_key, to.channel, to.recipient, action, nth)
        triggered_before = action is Action.TRIGGER and where in escalation.triggered and not nth
        if triggered_before or any(page.key == key for page in self._pages):
            return False
        urgent = action is Action.TRIGGER and escalation.priority <= Priority.P2
        outlet = self.desk.outlets.get(to.channel)
        beside = "|notes" if action is Action.NOTE and outlet is not None and outlet.keeps_incidents else ""
        beside = "|record" if action is Action.RECORD else beside
        self._pages.append(
            Page(
                id=page_id(key),
                key=key,
                escalation=escalation.id,
                generation=escalation.generation,
                lane=lane.name,
                level=lane.level,
                priority=int(escalation.priority),
                action=action,
                channel=to.channel,
                contact=to.contact,
                recipient=to.recipient,
                dedup_key=dedup_key,
                order_key=f"{escalation.id}|{to.channel}|{to.recipient}{beside}",  # neither holds a page up
                content=content(
                    escalation, self.desk.about, action=action, because=to.because, occasion=self.occasion, lanes=lanes
                ),
                created_at=self.now,
                deadline=self.now + self.desk.page_within if urgent else None,
                practice=escalation.practice,
                why=Why(priority=reasons(escalation), you=_whose(to, lane), now=clean(self.occasion)),
                answer_by=answer_by,
                record=record,
            )
        )
        if action is Action.TRIGGER:
            if where not in escalation.triggered:
                self.change(triggered=(*escalation.triggered, where))
            self.say("page.queued", f"{to.contact or 'whoever is there'} through {to.channel}: {to.because}")
        return True

    def done(self) -> Transition:
        return Transition(
            escalation=self.escalation,
            arm=tuple(self._arm),
            cancel=tuple(self._cancel),
            pages=tuple(self._pages),
            entries=tuple(self._entries),
        )


def _whose(to: Destination, lane: LaneState) -> str:
    """Why this recipient: their place in the lane, and why the lane hears of it at all."""
    return clean("; ".join(filter(None, (to.because, f"lane {lane.name} by {lane.because}" if lane.because else ""))))
