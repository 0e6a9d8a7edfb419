"""Steps that begin or widen an escalation: confirmation, causes that join, a priority that rises, the same cause again."""

from __future__ import annotations

from datetime import timedelta

from alerts import events as ev
from alerts.climbing import arm, arm_expiry, climb_to, dedup_key, open_lanes, start_over
from alerts.draft import Draft, Refused
from alerts.escalation import Cause, ClockOwner, Escalation, Fall, Mode, State, TimerKind
from alerts.keys import parse_dedup_key
from alerts.lowering import fall, forget_fall, holds_down
from alerts.page import Action
from alerts.priority import Factor, Priority
from alerts.reach import Destination
from alerts.snoozing import resume
from alerts.storm import joined

CONFIRM_AT_MOST = timedelta(minutes=15)


def confirmed(draft: Draft, event: ev.Confirmed) -> None:
    draft.stop(TimerKind.CONFIRM, TimerKind.SUPPRESSION)
    draft.change(suppression=None)
    escalation, floor = draft.escalation, draft.desk.matrix.floor
    if escalation.priority > floor:
        draft.change(state=State.RECORDED)
        draft.say("escalation.recorded", f"{escalation.priority} is below the paging floor {floor}")
        return
    draft.change(state=State.OPEN, opened_at=draft.now, openings=escalation.openings + 1, seen_before=event.seen_before)
    draft.say(
        "escalation.opened",
        f"confirmed, {escalation.priority}: {escalation.factors[0].because}" if escalation.factors else "confirmed",
    )
    open_lanes(draft)
    _owner_first(draft)


def still_unconfirmed(draft: Draft, event: ev.StillUnconfirmed) -> None:
    draft.stop(TimerKind.CONFIRM)
    wait = min(draft.desk.confirm_after * 2 ** min(draft.escalation.steps, 10), CONFIRM_AT_MOST)
    draft.start_whole(TimerKind.CONFIRM, draft.now + wait)
    draft.say("confirmation.failed", f"{event.because}; looking again in {int(wait.total_seconds())} s")


def joined_quietly(draft: Draft, event: ev.CausesJoined) -> None:
    """Before it pages, what joins only adds to what it will say; what was recorded is looked at anew."""
    _merge(draft, event)
    if draft.escalation.state is State.RECORDED and draft.escalation.priority <= draft.desk.matrix.floor:
        draft.change(state=State.DETECTED)
        await_confirmation(draft)


def joined_loudly(draft: Draft, event: ev.CausesJoined) -> None:
    """Pages again only where it raises the priority or adds a lane or a customer."""
    before = draft.escalation
    _merge(draft, event)
    tell_more(draft, before)


def tell_more(draft: Draft, before: Escalation) -> None:
    """It is about more than `before`: who has to hear of that does."""
    if draft.escalation.priority < before.priority:
        _raise(draft, before.priority)
        return
    fresh = [name for name in draft.escalation.customers if name not in before.customers]
    if fresh:
        draft.occasion = f"{len(fresh)} more customers are affected" if len(fresh) > 1 else "one more customer is affected"
    open_lanes(draft)
    if fresh:
        _update(draft)
    elif draft.escalation.total > before.total and before.digest_due is None:
        due = draft.now + draft.desk.digest_after
        draft.change(digest_due=due)
        draft.start_whole(TimerKind.DIGEST, due)


def causes_dropped(draft: Draft, event: ev.CausesDropped) -> None:
    """What is left may be less urgent: a person accepted the rest. Who was paged stays paged, and nobody is again."""
    before, floor = draft.escalation, draft.desk.matrix.floor
    waiting = before.state in (State.DETECTED, State.SUPPRESSED, State.RECORDED)
    draft.change(causes=event.causes, beyond=event.beyond)
    if event.by in ("", "driftpager"):
        fall(draft, Fall(priority=event.priority, factors=event.factors))
    else:
        priority = event.priority if waiting else max(before.priority, min(event.priority, floor))
        draft.change(priority=priority, factors=event.factors)
    gone = before.total - draft.escalation.total
    draft.say("causes.dropped", f"{gone} of {before.total} causes: {event.because}", event.by)


def priority_raised(draft: Draft, event: ev.PriorityRaised) -> None:
    before = draft.escalation.priority
    if event.priority >= before:
        raise Refused(f"{event.priority} is not above {before}; it falls only by a person")
    draft.change(priority=event.priority, factors=event.factors)
    if draft.escalation.state in (State.DETECTED, State.SUPPRESSED):
        draft.say("priority.raised", f"{before} to {event.priority}")
    elif draft.escalation.state is State.RECORDED:
        if event.priority <= draft.desk.matrix.floor:
            draft.change(state=State.DETECTED)
            await_confirmation(draft)
    else:
        _raise(draft, before)


def _raise(draft: Draft, before: Priority) -> None:
    forget_fall(draft)
    if draft.escalation.snooze is not None:
        resume(draft, f"it is {draft.escalation.priority} now")
    escalation = draft.escalation
    draft.occasion = f"raised from {before} to {escalation.priority}: {reason(escalation.factors)}"
    draft.say("priority.raised", f"{before} to {escalation.priority}: {reason(escalation.factors)}")
    if before >= Priority.P3 and escalation.priority <= Priority.P2:
        start_over(draft, f"raised from {before} to {escalation.priority}")
        for lane in escalation.lanes:
            if lane.level:  # whoever was to be paged next is not paged later because it is more urgent
                arm(draft, lane.name, no_later_than=(None, lane.climb_due))
        return
    begin = draft.desk.matrix.pace(escalation.priority).start_level
    for lane in escalation.lanes:
        if lane.mode is Mode.INFORM or lane.acknowledged_by or lane.clock is ClockOwner.PAGERDUTY:
            continue
        if begin > lane.level:
            climb_to(draft, lane.name, begin, f"{escalation.priority} begins at level {begin}")
        else:
            arm(draft, lane.name, no_later_than=(lane.acknowledge_due, lane.climb_due))
    open_lanes(draft)
    if escalation.state is not State.OPEN:
        arm_expiry(draft)


def _update(draft: Draft) -> None:
    """The same page again with what is new, under the same keys, so that nothing new rings where it folds."""
    escalation = draft.escalation
    for channel, recipient, text in escalation.triggered:
        key = parse_dedup_key(text)
        lane = escalation.lane(key.lane) if key else None
        if key and lane and lane.mode is Mode.PRIMARY and key.generation == escalation.generation:
            way = Destination(channel=channel, contact="", recipient=recipient, because="you were paged about it")
            draft.queue(way, Action.TRIGGER, text, lane, nth=len(escalation.customers) + len(escalation.unaffected))


def suppressed(draft: Draft, event: ev.Suppressed) -> None:
    """Nobody is told; a timer sees to it that it is looked at again."""
    held = event.suppression
    draft.stop(TimerKind.CONFIRM, TimerKind.SUPPRESSION)
    draft.change(state=State.SUPPRESSED, suppression=held)
    draft.start_whole(TimerKind.SUPPRESSION, held.until)
    until = f"looked at again at {held.until:%Y-%m-%d %H:%M} UTC"
    draft.say("escalation.suppressed", f"{held.kind} {held.id}".strip() + f": {held.because}; {until}")


def digest_due(draft: Draft, event: ev.DigestDue) -> None:
    """Everybody who was paged hears once how much it has become. Where a page folds, its incident is only brought up to date."""
    escalation = draft.escalation
    draft.occasion = f"{escalation.total} changes by now, and it was paged for fewer"
    draft.change(digest_due=None)
    told: set[tuple[str, str]] = set()
    for channel, recipient, text in reversed(escalation.triggered):
        key, outlet = parse_dedup_key(text), draft.desk.outlets.get(channel)
        lane = escalation.lane(key.lane) if key else None
        if not key or not lane or outlet is None or key.generation != escalation.generation or (channel, recipient) in told:
            continue
        told.add((channel, recipient))
        way = Destination(channel=channel, contact="", recipient=recipient, because="you were paged about it")
        draft.queue(way, Action.TRIGGER if outlet.climbs else Action.NOTE, text, lane, nth=escalation.total)
    draft.say("digest.queued", f"{escalation.total} changes on {len(escalation.targets)} targets by now")


def reopened(draft: Draft, event: ev.Reopened) -> None:
    escalation = draft.escalation
    if escalation.resolved_at is None or draft.now - escalation.resolved_at > draft.desk.reopen_within:
        raise Refused(f"it was resolved longer ago than {draft.desk.reopen_within}: this is a new one")
    draft.change(
        state=State.DETECTED,
        generation=escalation.generation + 1,
        causes=merged((), event.causes),
        beyond=event.beyond,
        customers=with_more(escalation, event.customers),
        priority=min(escalation.priority, event.priority),
        factors=(*event.factors, *_kept(escalation, event.priority)),
        changed_between=event.changed_between or escalation.changed_between,
        lanes=(),
        acknowledged_at=None,
        acknowledged_by="",
        unacknowledged_at=None,
        mitigated_at=None,
        suppression=None,
        met=(),
        interactions=0,
        lowered=None,
        resolved_at=None,
        resolved_by="",
        resolution="",
        ending=None,
        review_due_at=None,
        impact="",
        impact_by="",
    )
    draft.say("escalation.reopened", f"the same cause again, generation {escalation.generation + 1}")
    await_confirmation(draft)


def await_confirmation(draft: Draft) -> None:
    escalation = draft.escalation
    draft.say("escalation.detected", f"{escalation.total} causes, {escalation.priority}: {reason(escalation.factors)}")
    draft.start_whole(TimerKind.CONFIRM, draft.now + draft.desk.confirm_after)


def _owner_first(draft: Draft) -> None:
    """A reopened escalation starts with its last owner too, where the matrix knows them."""
    owner, primary = draft.desk.matrix.contacts.get(draft.escalation.owner), draft.escalation.primary
    if draft.escalation.generation == 1 or owner is None or primary is None or draft.escalation.owner in primary.paged:
        return
    for outlet in draft.desk.outlets.values():
        address = getattr(owner, outlet.address, "") if outlet.address else ""
        if address:
            way = Destination(channel=outlet.name, contact=draft.escalation.owner, recipient=address, because="you owned it last")
            draft.queue(way, Action.TRIGGER, dedup_key(draft, primary), primary)
            return


def _merge(draft: Draft, event: ev.CausesJoined) -> None:
    escalation = draft.escalation
    causes, beyond = joined(escalation.causes, escalation.beyond, event.causes, event.beyond)
    draft.change(causes=causes, beyond=beyond, customers=with_more(escalation, event.customers))
    fresh = draft.escalation.total - escalation.total
    if not holds_down(draft, event.priority, fresh=bool(fresh)):
        if event.priority <= escalation.priority:
            draft.change(priority=event.priority, factors=event.factors)
        if event.priority < escalation.priority:
            draft.change(lowered=None)
    forget_fall(draft)
    draft.say("causes.joined", f"{fresh} new causes, {draft.escalation.total} in all")


def with_more(escalation: Escalation, customers: tuple[str, ...]) -> tuple[str, ...]:
    """Its customers and these, without those that a person took off."""
    every = dict.fromkeys((*escalation.customers, *customers))
    return tuple(name for name in every if name not in escalation.unaffected)


def merged(known: tuple[Cause, ...], more: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """One cause a (key, target): a second edit of the same field replaces what is said of it, in its old place."""
    by_place = {(cause.key, cause.target): cause for cause in known}
    by_place |= {(cause.key, cause.target): cause for cause in more}
    return tuple(by_place.values())


def _kept(escalation: Escalation, now: Priority) -> tuple[Factor, ...]:
    if now <= escalation.priority:
        return ()
    return (Factor(name="reopened", because=f"it was {escalation.priority} before", priority=escalation.priority),)


def reason(factors: tuple[Factor, ...]) -> str:
    return factors[-1].because if factors else "no reason was given"
