"""Who would be paged, when and why, step by step until nobody is left: the real transitions on a clock that only jumps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.desk import Desk
from alerts.escalation import ClockOwner, Escalation, Mode, Timer, Transition
from alerts.events import Confirmed, Sighting, of_timer
from alerts.page import Page
from alerts.transitions import apply, detect

MOST_STEPS = 500
LONGEST = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What happens at one moment (UTC): the timeline's own words, and the pages that leave."""

    at: datetime
    said: tuple[tuple[str, str], ...]
    """(past-tense event name, text) in order."""
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A whole simulation: its steps, how the escalation stands at the end, and whether time was up before everybody was paged."""

    steps: tuple[Step, ...]
    escalation: Escalation
    cut_short: bool


def simulate(sighting: Sighting, desk: Desk) -> Played:
    """As if `sighting` were confirmed at `desk.now`, every page arrived, and nobody ever acknowledged anything."""
    seen = detect(sighting, desk)
    outcome = apply(seen.escalation, Confirmed(), desk)
    steps, timers = [_step(desk.now, outcome)], [*_kept(list(seen.arm), outcome), *outcome.arm]
    escalation, begun, cut_short = outcome.escalation, desk.now, False
    while timers and _somebody_is_left(escalation):
        timers.sort(key=lambda timer: (timer.due_at, timer.id))
        timer = timers.pop(0)
        if len(steps) >= MOST_STEPS or timer.due_at > begun + LONGEST:
            cut_short = True
            break
        event = of_timer(timer)
        if event is None:
            continue
        desk = replace(desk, now=max(desk.now, timer.due_at))
        outcome = apply(escalation, event, desk)
        escalation = outcome.escalation
        timers = [*_kept(timers, outcome), *outcome.arm]
        if not outcome.refused:
            steps.append(_step(desk.now, outcome))
    return Played(steps=tuple(_merged(steps)), escalation=escalation, cut_short=cut_short)


def _somebody_is_left(escalation: Escalation) -> bool:
    return any(
        (not lane.exhausted and lane.mode is not Mode.INFORM and lane.clock is ClockOwner.DRIFTPAGER) or not lane.level
        for lane in escalation.lanes
    )


def _kept(timers: list[Timer], outcome: Transition) -> Iterator[Timer]:
    for timer in timers:
        if not any(timer.kind is kind and subject in (None, timer.subject) for kind, subject in outcome.cancel):
            yield timer


def _step(at: datetime, outcome: Transition) -> Step:
    return Step(at=at, said=tuple((entry.kind, entry.text) for entry in outcome.entries), pages=outcome.pages)


def _merged(steps: list[Step]) -> Iterator[Step]:
    """Steps of the same moment as one."""
    held: Step | None = None
    for step in steps:
        if held is not None and held.at == step.at:
            held = Step(at=held.at, said=(*held.said, *step.said), pages=(*held.pages, *step.pages))
            continue
        if held is not None:
            yield held
        held = step
    if held is not None:
        yield held
