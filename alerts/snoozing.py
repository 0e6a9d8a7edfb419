"""Steps of a snooze: a flag that keeps the lanes of an open escalation from being paged again, until a moment."""

from __future__ import annotations

from datetime import timedelta

from alerts import events as ev
from alerts.acknowledging import has_standing
from alerts.climbing import STEP_TIMERS, arm, arm_expiry, page_again, page_lanes, settle, start_over, wake
from alerts.draft import Draft, Refused
from alerts.escalation import ClockOwner, Mode, Snooze, State, TimerKind
from alerts.page import Action

SNOOZE_AT_MOST = timedelta(hours=24)


def snoozed(draft: Draft, event: ev.Snoozed) -> None:
    """No lane is paged again before the moment. A vendor that has a lane's clock is told that it is taken care of."""
    has_standing(draft, event.by, "")
    if not draft.now < event.until <= draft.now + SNOOZE_AT_MOST:
        raise Refused(f"a snooze ends within {SNOOZE_AT_MOST.total_seconds() / 3600:.0f} hours, and not in the past")
    draft.stop(*STEP_TIMERS, TimerKind.SNOOZE, TimerKind.ACK_EXPIRY)
    draft.change(
        snooze=Snooze(by=event.by, because=event.because, until=event.until),
        ack_expires_at=None,
        steps=draft.escalation.steps + 1,
    )
    for lane in draft.escalation.lanes:
        draft.change_lane(lane.name, acknowledge_due=None, climb_due=None)
        if lane.clock is ClockOwner.PAGERDUTY and not lane.acknowledged_by and draft.escalation.state is State.OPEN:
            settle(draft, Action.ACKNOWLEDGE, generation=draft.escalation.generation, lane=lane.name)
    draft.start_whole(TimerKind.SNOOZE, event.until)
    because = f": {event.because}" if event.because else ""
    draft.say("escalation.snoozed", f"until {event.until:%Y-%m-%d %H:%M} UTC{because}", event.by)


def snooze_over(draft: Draft, event: ev.SnoozeOver) -> None:
    snooze = draft.escalation.snooze
    if snooze is None or draft.now < snooze.until:
        raise Refused("it is not snoozed any more")
    resume(draft, "the snooze is over")


def resume(draft: Draft, because: str) -> None:
    """Awake again: what nobody has acknowledged is paged anew at its level, with a full delay."""
    wake(draft)
    draft.occasion = because
    draft.say("escalation.woke", because)
    escalation = draft.escalation
    if escalation.state is not State.OPEN:
        arm_expiry(draft)
    elif any(lane.clock is ClockOwner.PAGERDUTY and not lane.acknowledged_by for lane in escalation.lanes):
        start_over(draft, because)  # what was acknowledged at the vendor folds without a sound
        return
    for lane in escalation.lanes:
        if lane.mode is Mode.INFORM and lane.level:
            continue
        if lane.acknowledged_by or (lane.mode is Mode.PRIMARY and escalation.state is not State.OPEN):
            continue
        if lane.level:
            page_again(draft, lane.name)
            arm(draft, lane.name)
        else:  # it was held before
            page_lanes(draft, [(lane.name, 1)])
