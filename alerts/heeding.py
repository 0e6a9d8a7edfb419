"""The step after every step: are the matrix's criteria met, and when may they be? What holds climbs, whoever has it."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.climbing import climb, held_until, page_again
from alerts.criteria import Criterion, Standing, met, moments
from alerts.draft import Draft
from alerts.escalation import ClockOwner, LaneState, Met, Sla, TimerKind
from alerts.routing import deadline
from alerts.snoozing import resume

_SOON = timedelta(minutes=1)


def heed(draft: Draft) -> None:
    """Store each criterion that holds by now with its facts, climb one level for them, and arm what may hold later."""
    primary, opened_at = draft.escalation.primary, draft.escalation.opened_at
    if primary is None or opened_at is None:
        return
    criteria, known = draft.desk.matrix.criteria, {each.name for each in draft.escalation.met}
    facts = _standing(draft, primary, opened_at)
    found = {name: said for name, each in criteria.items() if name not in known and (said := met(each, facts))}
    held = held_until(draft, primary.name) if found else None
    if found and held is None:
        draft.change(met=(*draft.escalation.met, *(Met(name=n, facts=said, at=draft.now) for n, said in found.items())))
        for name, said in found.items():
            draft.say("criterion.met", f"{name}: {said}")
        press(draft, primary, "; ".join(f"{name}: {said}" for name, said in found.items()))
    waiting = {name: each for name, each in criteria.items() if name not in known | found.keys()}
    _watch(draft, waiting, facts, {} if held is None else dict.fromkeys(found, max(held, draft.now + _SOON)))


def criterion_due(draft: Draft, event: object) -> None:
    """Nothing but what follows every step."""


def press(draft: Draft, lane: LaneState, because: str) -> None:
    """Climb, though it may be acknowledged. A vendor that has the clock rings nobody about that: we take the clock.

    A snooze ends with it, at any priority: whoever snoozed it spoke for their own level, and those paged now are to be paged
    again if they do not answer.
    """
    if lane.climbed_at is not None and draft.now - lane.climbed_at < _SOON:  # both were overdue, and one step is enough
        draft.say("step.spared", f"{lane.name} has just climbed: {because}")
        return
    if draft.escalation.snooze is not None:
        resume(draft, f"more was promised than a snooze may hold back: {because}")
        lane = draft.escalation.lane(lane.name) or lane
    if lane.clock is ClockOwner.PAGERDUTY:
        lane = draft.change_lane(lane.name, clock=ClockOwner.DRIFTPAGER, vendor_clock=False, level=max(lane.level, 1))
        draft.say("clock.taken", f"we climb lane {lane.name} now: {because}")
    if lane.exhausted:
        draft.occasion = because
        page_again(draft, lane.name)
    else:
        climb(draft, lane.name, because)


def _watch(draft: Draft, criteria: dict[str, Criterion], facts: Standing, held: dict[str, datetime]) -> None:
    first = ((name, min(moments(each, facts), default=None)) for name, each in criteria.items())
    wanted = {(name, at) for name, at in first if at is not None} | set(held.items())
    if set(draft.escalation.watched) == wanted:
        return
    draft.stop(TimerKind.CRITERION)
    draft.change(watched=tuple(sorted(wanted)))
    for name, at in sorted(wanted):
        draft.start_whole(TimerKind.CRITERION, at, subject=name)


def _standing(draft: Draft, primary: LaneState, opened_at: datetime) -> Standing:
    escalation, matrix = draft.escalation, draft.desk.matrix
    resolve = escalation.commitment(Sla.RESOLVE)
    return Standing(
        now=draft.now,
        opened_at=opened_at,
        priority=str(escalation.priority),
        customers=len(escalation.customers),
        interactions=escalation.interactions,
        resolve=(resolve.began, resolve.due_at) if resolve and resolve.met_at is None else None,
        after=lambda delay: deadline(matrix, primary.name, 1, delay, opened_at),
    )
