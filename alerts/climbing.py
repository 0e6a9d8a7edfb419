"""How lanes open, are paged again, climb and end: the steps that transitions are made of, each a few lines, kept together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.delays import Delay
from alerts.draft import Draft
from alerts.escalation import Category, ClockOwner, LaneState, Mode, Sla, State, TimerKind
from alerts.keys import DedupKey, parse_dedup_key
from alerts.matrix import LAST_RESORT
from alerts.page import Action
from alerts.priority import Priority
from alerts.reach import Destination, Reach, instead, lane_outlets, reach
from alerts.routing import Facts, Routed, deadline, route
from alerts.unroutable import emergency
from alerts.wording import when

STEP_TIMERS = (TimerKind.ACKNOWLEDGE, TimerKind.NEXT_LEVEL)
WHOLE_TIMERS = (
    TimerKind.ACK_EXPIRY,
    TimerKind.CONFIRM_PAGE,
    TimerKind.SNOOZE,
    TimerKind.CRITERION,
    TimerKind.FALL,
    TimerKind.DIGEST,
)
"""Timers that a new generation starts without."""


def facts_of(draft: Draft) -> Facts:
    """What the matrix's rules match on, of the escalation as it is now."""
    escalation = draft.escalation
    return Facts(
        integration=escalation.integration,
        criticality=draft.desk.about.criticality,
        category=escalation.category,
        priority=escalation.priority,
        causes=escalation.causes,
        customers=escalation.customers,
    )


def open_lanes(draft: Draft) -> None:
    """Take the lanes the matrix gives and page the first level of each that is not open yet; close none.

    That nobody could be reached is told through no lane: those have just led nowhere.
    """
    known = {lane.name for lane in draft.escalation.lanes}
    has_primary = draft.escalation.primary is not None
    if draft.escalation.category is Category.UNROUTABLE:
        wanted: tuple[Routed, ...] = (Routed(lane=LAST_RESORT, mode=Mode.PRIMARY, because="its lanes reach nobody"),)
    else:
        wanted = route(draft.desk.matrix, facts_of(draft))
    fresh = [routed for routed in wanted if routed.lane not in known]
    for routed in fresh:
        mode = Mode.CONSULT if has_primary and routed.mode is Mode.PRIMARY else routed.mode
        lane = LaneState(name=routed.lane, mode=mode, clock=clock_of(draft, routed), because=routed.because)
        draft.change(lanes=(*draft.escalation.lanes, lane), matrix_version=draft.desk.matrix.version)
        draft.say("lane.opened", f"{routed.lane} ({mode}): {routed.because}")
    begin = draft.desk.matrix.pace(draft.escalation.priority).start_level
    ours = [
        routed
        for routed in fresh
        if routed.mode is not Mode.INFORM and _lane(draft, routed.lane).clock is not ClockOwner.PAGERDUTY
    ]
    if ours and begin > 1:
        draft.occasion += f"; a {draft.escalation.priority} pages levels 1 to {begin} at once"
    page_lanes(draft, [(routed.lane, begin) for routed in fresh])


def clock_of(draft: Draft, routed: Routed) -> ClockOwner:
    """PagerDuty owns a lane's clock on P1 and P2 where it carries the lane, unless the matrix keeps it with us."""
    matrix, priority = draft.desk.matrix, draft.escalation.priority
    spec = matrix.lanes.get(routed.lane)
    ours = routed.mode is Mode.INFORM or priority > Priority.P2 or routed.lane == LAST_RESORT
    if ours or (spec and spec.clock is ClockOwner.DRIFTPAGER):
        return ClockOwner.DRIFTPAGER
    climbs = any(outlet.climbs for outlet in lane_outlets(matrix, draft.desk.outlets, routed.lane, priority))
    return ClockOwner.PAGERDUTY if climbs else ClockOwner.DRIFTPAGER


def page_lanes(draft: Draft, wanted: Iterable[tuple[str, int]]) -> None:
    """Page lanes at levels (1 to n at once for a level of n); a person in several lanes gets one page that names them all."""
    plans: list[tuple[LaneState, list[Destination]]] = []
    for name, begin in wanted:
        lane = _lane(draft, name)
        top = 1 if lane.clock is ClockOwner.PAGERDUTY or lane.mode is Mode.INFORM else begin
        found = [_reach(draft, name, level) for level in range(1, top + 1)]
        last = found[-1]
        if last.hold_until is not None and not any(each.to for each in found):
            _hold(draft, lane, last)
            continue
        lane = draft.change_lane(name, level=last.level, exhausted=last.exhausted, repeats=0)
        plans.append((lane, [way for each in found for way in each.to]))
    addressed = {name for name, outlet in draft.desk.outlets.items() if outlet.address}
    named: dict[tuple[str, str], tuple[str, ...]] = {}
    for lane, ways in plans:
        for way in ways:
            named[way.channel, way.recipient] = (*named.get((way.channel, way.recipient), ()), lane.name)
    for lane, ways in plans:
        for way in ways:
            lanes = tuple(dict.fromkeys(named[way.channel, way.recipient])) if way.channel in addressed else (lane.name,)
            if lanes[0] == lane.name:
                trigger(draft, lane.name, way, lanes=lanes)
        _told(draft, lane.name, ways)
        arm(draft, lane.name)


def trigger(draft: Draft, name: str, way: Destination, *, lanes: tuple[str, ...] = ()) -> None:
    """Queue a trigger for a lane as it stands, unless its key was triggered there already."""
    lane = _lane(draft, name)
    outlet = draft.desk.outlets.get(way.channel)
    if lane.clock is ClockOwner.PAGERDUTY and outlet is not None and outlet.climbs:
        way = replace(way, because=f"{way.because}; {way.channel} decides whom it rings and climbs from there")
    waits = lane.mode is not Mode.INFORM and not lane.acknowledged_by
    promised = draft.desk.matrix.pace(draft.escalation.priority).acknowledge
    answer_by = _due(draft, lane, promised) if waits else None
    draft.queue(way, Action.TRIGGER, dedup_key(draft, lane), lane, lanes=lanes, answer_by=answer_by)


def dedup_key(draft: Draft, lane: LaneState) -> str:
    """The key of the lane as it stands: with its level where we own the clock, and how often that was paged again."""
    level = 0 if lane.clock is ClockOwner.PAGERDUTY else max(lane.level, 1)
    escalation = draft.escalation
    return str(
        DedupKey(
            environment=escalation.environment,
            escalation=escalation.id,
            generation=escalation.generation,
            lane=lane.name,
            level=level,
            repeat=lane.repeats,
        )
    )


def page_again(draft: Draft, name: str) -> None:
    """Page the lane's present level once more, under a key of its own: an equal one would fold without a sound."""
    lane = _lane(draft, name)
    lane = draft.change_lane(name, repeats=lane.repeats + 1)
    found = _reach(draft, name, lane.level)
    if found.hold_until is not None:
        draft.say("page.held", f"level {lane.level} of {name} is not paged again before its next deadline: {found.because}")
        return
    for way in found.to:
        trigger(draft, name, way)
    _told(draft, name, found.to)


def climb(draft: Draft, name: str, because: str = "nobody acknowledged") -> None:
    """Page the lane's next level where somebody is there, or the last resort where nobody is left."""
    lane = _lane(draft, name)
    found = _reach(draft, name, lane.level + 1)
    if found.hold_until is not None:
        _hold(draft, lane, found)
        return
    if lane.level:
        draft.occasion = f"lane {name} climbs from level {lane.level} to {found.level}: {because}{since_given_back(draft)}"
    else:
        draft.occasion = f"lane {name} was held until somebody is there"
    draft.change_lane(name, level=found.level, exhausted=found.exhausted, repeats=0, climbed_at=draft.now)
    draft.say("lane.exhausted" if found.exhausted else "lane.climbed", f"{name} is at level {found.level}: {because}")
    for way in found.to:
        trigger(draft, name, way)
    _told(draft, name, found.to)
    arm(draft, name)


def climb_to(draft: Draft, name: str, level: int, because: str) -> None:
    """Page each of the lane's next levels up to `level` at once."""
    for _ in range(level - _lane(draft, name).level):
        lane = _lane(draft, name)
        if lane.level < level and not lane.exhausted:  # where nobody is there, one step may have gone further
            climb(draft, name, because)


def since_given_back(draft: Draft) -> str:
    """In words, when the last acknowledgement lapsed or was taken back; empty where one is in force, or none ever was."""
    escalation = draft.escalation
    gone = escalation.unacknowledged_at if escalation.acknowledged_at is None else None
    return f", since it was given back {when(gone)}" if gone else ""


def held_until(draft: Draft, name: str) -> datetime | None:
    """When somebody of the lane's next level is there, where nobody is now and it can wait."""
    return _reach(draft, name, _lane(draft, name).level + 1).hold_until


def arm(draft: Draft, name: str, *, no_later_than: tuple[datetime | None, datetime | None] = (None, None)) -> None:
    """Arm the lane's two deadlines from now, with a full delay, but never later than the two given.

    None where we do not climb: an `inform` lane, one that PagerDuty climbs, or one that is acknowledged or snoozed.
    """
    lane = _lane(draft, name)
    draft.stop(*STEP_TIMERS, subject=name)
    if lane.mode is Mode.INFORM or lane.clock is ClockOwner.PAGERDUTY or lane.acknowledged_by or draft.escalation.snooze:
        draft.change_lane(name, acknowledge_due=None, climb_due=None)
        return
    pace = draft.desk.matrix.pace(draft.escalation.priority)
    again, higher = (_due(draft, lane, delay) for delay in (pace.acknowledge, pace.next_level))
    if lane.exhausted:  # paged again ever more slowly, but never given up while nobody has it
        step = (higher or draft.now + timedelta(hours=1)) - draft.now
        again, higher, no_later_than = draft.now + step * 2 ** min(lane.repeats, 4), None, (no_later_than[0], None)
    again, higher = (_earlier(ours, theirs, draft.now) for ours, theirs in zip((again, higher), no_later_than, strict=True))
    lane = draft.change_lane(name, steps=lane.steps + 1, acknowledge_due=again, climb_due=higher)
    if again is not None:
        draft.start(TimerKind.ACKNOWLEDGE, again, subject=name, sequence=lane.steps)
    if higher is not None:
        draft.start(TimerKind.NEXT_LEVEL, higher, subject=name, sequence=lane.steps)


def arm_expiry(draft: Draft) -> None:
    """An acknowledgement lapses where nothing more is heard of its owner."""
    pace, lane = draft.desk.matrix.pace(draft.escalation.priority), draft.escalation.primary
    draft.stop(TimerKind.ACK_EXPIRY)
    expires = _due(draft, lane, pace.ack_expiry) if lane else None
    draft.change(ack_expires_at=expires, steps=draft.escalation.steps + 1)
    if expires is not None:
        draft.start_whole(TimerKind.ACK_EXPIRY, expires)


def wake(draft: Draft) -> None:
    """No longer snoozed; what follows of that is for the caller to do."""
    if draft.escalation.snooze is not None:
        draft.stop(TimerKind.SNOOZE)
        draft.change(snooze=None)


def start_over(draft: Draft, because: str) -> None:
    """The next generation: every lane is paged anew at its level, or at the priority's start level where that is higher, then
    the old keys are resolved where a state is kept."""
    old = draft.escalation
    draft.stop(*STEP_TIMERS, *WHOLE_TIMERS)
    begin = draft.desk.matrix.pace(old.priority).start_level
    levels = [(lane.name, max(lane.level, begin)) for lane in old.lanes]
    draft.change(
        state=State.OPEN,
        generation=old.generation + 1,
        acknowledged_at=None,
        acknowledged_by="",
        unacknowledged_at=None,
        ack_expires_at=None,
        snooze=None,
        watched=(),
        fall=None,
        digest_due=None,
        lanes=tuple(
            LaneState(
                name=lane.name,
                mode=lane.mode,
                clock=clock_of(draft, Routed(lane=lane.name, mode=lane.mode, because="")),
                steps=lane.steps,
                because=lane.because,
            )
            for lane in old.lanes
        ),
    )
    draft.occasion = f"everybody is paged anew: {because}"
    draft.say("generation.started", f"generation {old.generation + 1}: {because}")
    page_lanes(draft, levels)
    settle(draft, Action.RESOLVE, generation=old.generation, channels_with_state_only=True)
    open_lanes(draft)


def settle(
    draft: Draft,
    action: Action,
    *,
    generation: int,
    lane: str = "",
    but: str = "",
    channels_with_state_only: bool = False,
) -> None:
    """Tell everything triggered in a generation (of one lane, or all) that it was acknowledged or is over.

    A fixed destination hears of each key, a person once. `but` is a key that need not hear of it. Each acknowledgement is
    told anew, the end of a generation once.
    """
    nth = draft.escalation.steps if action is Action.ACKNOWLEDGE else 0
    told: set[tuple[str, str]] = set()
    for channel, recipient, text in reversed(draft.escalation.triggered):
        key = parse_dedup_key(text)
        if key is None or key.generation != generation or text == but or lane not in ("", key.lane):
            continue
        if recipient and (channels_with_state_only or (channel, recipient) in told):
            continue
        told.add((channel, recipient))
        state = draft.escalation.lane(key.lane)
        if state is not None:
            way = Destination(channel=channel, contact="", recipient=recipient, because="you were paged about it")
            draft.queue(way, action, text, state, nth=nth)


def fall_back(draft: Draft, name: str, failed: str, contacts: Iterable[str], because: str) -> None:
    """Page through another channel what did not get through one, and take the clock from a vendor we could not tell."""
    draft.occasion = f"{failed} did not get it through: {because}"
    lane = _lane(draft, name)
    lane = draft.change_lane(name, failed=tuple(dict.fromkeys((*lane.failed, failed))))
    if lane.clock is ClockOwner.PAGERDUTY:
        lane = draft.change_lane(name, clock=ClockOwner.DRIFTPAGER, vendor_clock=True, level=max(lane.level, 1))
        draft.say("clock.taken", f"we climb lane {name} now: {because}")
        arm(draft, name)
    ways = instead(draft.desk.matrix, draft.desk.outlets, lane.failed, contacts, because)
    if not ways and draft.escalation.category is Category.UNROUTABLE:
        ways = emergency(draft.desk.matrix, draft.desk.outlets, lane.failed)
    for way in ways:
        trigger(draft, name, way)
    if not ways:
        draft.say("escalation.unroutable", f"no channel is left for lane {name}: {because}")


def _reach(draft: Draft, name: str, level: int) -> Reach:
    """`reach`, with the fallback beside every channel of the lane that failed in this generation."""
    desk, lane = draft.desk, _lane(draft, name)
    if draft.escalation.category is Category.UNROUTABLE:
        return Reach(level=1, to=emergency(desk.matrix, desk.outlets, lane.failed), exhausted=True)
    found = reach(
        desk.matrix,
        desk.outlets,
        name,
        level,
        draft.now,
        draft.escalation.priority,
        desk.calendars,
        resolve_by=_resolve_by(draft, name, level),
    )
    ways = list(found.to)
    for way in found.to:
        if way.channel in lane.failed:
            others = instead(desk.matrix, desk.outlets, lane.failed, _people(way), f"{way.channel} did not get through")
            ways += [other for other in others if other not in ways]
    return replace(found, to=tuple(ways))


def _resolve_by(draft: Draft, name: str, level: int) -> datetime | None:
    """When it is to be over: as it was pinned, or before that the earliest of what matrix and contracts promise from now on."""
    desk, escalation = draft.desk, draft.escalation
    pinned = escalation.commitment(Sla.RESOLVE)
    if pinned is not None and pinned.met_at is None:
        return pinned.due_at
    contracts = [desk.customers[each].terms.resolve for each in escalation.customers if each in desk.customers]
    promised = [delay for delay in (desk.matrix.pace(escalation.priority).resolve, *contracts) if delay is not None]
    return min((deadline(desk.matrix, name, level, delay, draft.now) for delay in promised), default=None)


def _hold(draft: Draft, lane: LaneState, found: Reach) -> None:
    """Nobody is there yet and it can wait: a timer pages that level when they are."""
    until = found.hold_until or draft.now
    draft.stop(*STEP_TIMERS, subject=lane.name)
    held = draft.change_lane(lane.name, level=found.level - 1, steps=lane.steps + 1, acknowledge_due=None, climb_due=until)
    draft.start(TimerKind.NEXT_LEVEL, until, subject=lane.name, sequence=held.steps)
    draft.say("page.held", f"level {found.level} of {lane.name} waits until {until:%Y-%m-%d %H:%M} UTC: {found.because}")


def _told(draft: Draft, name: str, ways: Iterable[Destination]) -> None:
    lane, ways = _lane(draft, name), tuple(ways)
    people = [person for way in ways for person in _people(way)]
    draft.change_lane(name, paged=tuple(dict.fromkeys((*lane.paged, *people))))
    if not ways:
        draft.say("escalation.unroutable", f"lane {name} reaches nobody: no contact, last resort or catch-all is there")


def _people(way: Destination) -> tuple[str, ...]:
    return tuple(filter(None, way.contact.split(", ")))


def _lane(draft: Draft, name: str) -> LaneState:
    lane = draft.escalation.lane(name)
    if lane is None:
        raise KeyError(f"escalation {draft.escalation.id} has no lane {name}")
    return lane


def _due(draft: Draft, lane: LaneState, delay: Delay | None) -> datetime | None:
    return deadline(draft.desk.matrix, lane.name, lane.level, delay, draft.now) if delay else None


def _earlier(ours: datetime | None, theirs: datetime | None, now: datetime) -> datetime | None:
    if theirs is None or ours is None:
        return ours
    return max(min(ours, theirs), now)
