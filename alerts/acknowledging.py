"""Steps of people: acknowledge, take it back, let it lapse, declare a workaround."""

from __future__ import annotations

from datetime import timedelta

from alerts import events as ev
from alerts.climbing import STEP_TIMERS, arm, arm_expiry, page_again, settle, start_over, wake
from alerts.draft import Draft, Refused
from alerts.escalation import ClockOwner, State, TimerKind
from alerts.page import Action

SAME_ACT = timedelta(seconds=2)
"""One act heard twice: what PagerDuty's REST tells is in whole seconds, what its webhooks tell is not."""


def acknowledged(draft: Draft, event: ev.Acknowledged) -> None:
    escalation = draft.escalation
    if not event.by:
        raise Refused("no person stands behind it")
    has_standing(draft, event.by, event.via)
    primary = escalation.primary
    if primary is not None and event.lane and event.lane != primary.name:
        acknowledged_beside(draft, event)
        return
    if escalation.unacknowledged_at is not None and event.at < escalation.unacknowledged_at:
        raise Refused("it was taken back later")
    known_at = escalation.acknowledged_at
    if known_at is not None and (event.at, event.by) <= (known_at, escalation.acknowledged_by):
        raise Refused(f"{escalation.acknowledged_by} has acknowledged it already")
    if known_at is not None and event.by == escalation.acknowledged_by and event.at - known_at < SAME_ACT:
        raise Refused(f"{escalation.acknowledged_by} has acknowledged it already")
    fresh = escalation.state is State.OPEN
    draft.change(
        state=State.ACKNOWLEDGED if fresh else escalation.state,
        owner=event.by,
        acknowledged_by=event.by,
        acknowledged_at=event.at,
        first_acknowledged_at=min(filter(None, (escalation.first_acknowledged_at, event.at))),
    )
    draft.say("escalation.acknowledged", f"{event.by} acknowledged through {event.via}", event.by)
    _taken(draft, event.by)
    if fresh and primary is not None:
        settle(draft, Action.ACKNOWLEDGE, generation=escalation.generation, lane=primary.name, but=event.dedup_key)


def acknowledged_beside(draft: Draft, event: ev.Acknowledged) -> None:
    lane = draft.escalation.lane(event.lane)
    if lane is None:
        raise Refused(f"there is no lane {event.lane}")
    if lane.acknowledged_by:
        raise Refused(f"{lane.acknowledged_by} has acknowledged lane {lane.name} already")
    draft.stop(*STEP_TIMERS, subject=lane.name)
    draft.change(steps=draft.escalation.steps + 1)
    draft.change_lane(lane.name, acknowledged_by=event.by, acknowledged_at=event.at, acknowledge_due=None, climb_due=None)
    settle(draft, Action.ACKNOWLEDGE, generation=draft.escalation.generation, lane=lane.name, but=event.dedup_key)
    draft.say(
        "lane.acknowledged", f"{event.by} acknowledged lane {lane.name} through {event.via}; the primary lane goes on", event.by
    )


def unacknowledged(draft: Draft, event: ev.Unacknowledged) -> None:
    escalation, primary = draft.escalation, draft.escalation.primary
    if primary is None:
        raise Refused("it has no primary lane")
    if event.lane not in ("", primary.name):
        lane = escalation.lane(event.lane)
        if lane is None or not lane.acknowledged_by:
            raise Refused(f"lane {event.lane} is not acknowledged")
        draft.change_lane(event.lane, acknowledged_by="", acknowledged_at=None)
        if lane.clock is ClockOwner.PAGERDUTY and not _is_pager(draft, event.via):
            page_again(draft, event.lane)
        arm(draft, event.lane)
        draft.say("lane.unacknowledged", f"lane {event.lane} was given back", event.by)
        return
    if escalation.unacknowledged_at is not None and event.at <= escalation.unacknowledged_at:
        raise Refused("known already")
    draft.change(unacknowledged_at=event.at)
    if escalation.acknowledged_at is None or event.at <= escalation.acknowledged_at:
        draft.say("escalation.unacknowledged", "an earlier acknowledgement was taken back; the present one stands", event.by)
        return
    _reopen_clock(draft, f"{event.by or event.via} took the acknowledgement back", vendor_pages=_is_pager(draft, event.via))


def ack_expired(draft: Draft, event: ev.AckExpired) -> None:
    escalation = draft.escalation
    if escalation.ack_expires_at is None or draft.now < escalation.ack_expires_at:
        raise Refused("the owner has acted since")
    draft.change(unacknowledged_at=draft.now)  # the one that lapsed may still be heard of, late and by another way
    _reopen_clock(draft, f"nothing was heard of {escalation.owner} since they acknowledged", vendor_pages=False)


def _reopen_clock(draft: Draft, because: str, *, vendor_pages: bool) -> None:
    """Back to open at the same level with a full delay. A vendor that owns the clock and does not know is told by a new key."""
    primary = draft.escalation.primary
    draft.stop(TimerKind.ACK_EXPIRY)
    wake(draft)
    draft.change(state=State.OPEN, acknowledged_at=None, acknowledged_by="", ack_expires_at=None)
    draft.say("escalation.unacknowledged", because)
    if primary is None:
        return
    draft.change_lane(primary.name, acknowledged_by="", acknowledged_at=None)
    if primary.clock is ClockOwner.PAGERDUTY and not vendor_pages:
        start_over(draft, because)
    else:
        arm(draft, primary.name)


def mitigated(draft: Draft, event: ev.Mitigated) -> None:
    has_standing(draft, event.by, "")
    escalation = draft.escalation
    draft.change(
        state=State.MITIGATING,
        mitigated_at=escalation.mitigated_at or event.at,
        owner=event.by,
        acknowledged_by=escalation.acknowledged_by or event.by,
        acknowledged_at=escalation.acknowledged_at or event.at,
        first_acknowledged_at=escalation.first_acknowledged_at or event.at,
    )
    draft.say("escalation.mitigated", event.because, event.by)
    _taken(draft, event.by)
    if escalation.state is State.OPEN and escalation.primary is not None:
        settle(draft, Action.ACKNOWLEDGE, generation=escalation.generation, lane=escalation.primary.name)


def impact_declared(draft: Draft, event: ev.ImpactDeclared) -> None:
    """What customers may be told it means for them. It takes a person who has it: a machine's verdict speaks to no customer."""
    has_standing(draft, event.by, "")
    if not event.impact.strip():
        raise Refused("it says nothing")
    draft.change(impact=event.impact, impact_by=event.by)
    draft.say("impact.declared", event.impact, event.by)
    arm_expiry(draft)


def renew(draft: Draft, by: str) -> None:
    """Anything its owner does for it keeps it theirs for another full time."""
    if by == draft.escalation.owner and draft.escalation.ack_expires_at is not None:
        arm_expiry(draft)


def _taken(draft: Draft, by: str) -> None:
    """Somebody has it: the primary lane's clock stops, the acknowledgement's own begins. A snooze and an offer end."""
    primary, offer = draft.escalation.primary, draft.escalation.offer
    wake(draft)
    if offer is not None and offer.to == by:
        draft.change(offer=None)
    if primary is not None:
        draft.stop(*STEP_TIMERS, subject=primary.name)
        at = draft.escalation.acknowledged_at
        draft.change_lane(primary.name, acknowledged_by=by, acknowledged_at=at, acknowledge_due=None, climb_due=None)
    arm_expiry(draft)


def has_standing(draft: Draft, by: str, via: str) -> None:
    """Anybody whom a pager lets acknowledge has standing there; elsewhere it takes a contact of the matrix."""
    if not _is_pager(draft, via) and by not in draft.desk.matrix.contacts:
        raise Refused(f"{by!r} is no contact of the matrix: known are {', '.join(sorted(draft.desk.matrix.contacts))}")


def _is_pager(draft: Draft, via: str) -> bool:
    return any(outlet.climbs and via in (outlet.name, outlet.kind) for outlet in draft.desk.outlets.values())
