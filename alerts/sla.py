"""The clocks of what was promised: to respond, to tell customers, to resolve. Pinned at opening; told at 50, 75, 90 and 100 %.

A commitment is the earlier of what the matrix and the affected customers' contracts say. A raised priority, or a customer who
joins with a shorter contract, moves a deadline nearer and never away; a fall moves nothing. `keep` holds the clocks after
every event, `sla_due` and `updates_due` are the steps of their moments, `left` is the share of the time that is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from zoneinfo import ZoneInfo

from alerts import events as ev
from alerts.availability import openings
from alerts.climbing import dedup_key, held_until
from alerts.customer import Customer
from alerts.delays import Delay
from alerts.desk import Desk
from alerts.draft import Draft, Refused
from alerts.escalation import WORKED, Commitment, Escalation, LaneState, Sla, State, TimerKind
from alerts.heeding import press
from alerts.keys import parse_dedup_key
from alerts.matrix import LAST_RESORT, Level, Reaction
from alerts.opening import priority_raised
from alerts.page import Action
from alerts.priority import Factor, Priority, Thresholds
from alerts.reach import Destination
from alerts.routing import deadline, level_hours
from alerts.wording import clean, when

PERCENTS = (50, 75, 90, 100)
SHORT = 75
"""From here on the time left is short enough to raise the priority."""

_AIM = MappingProxyType({Sla.RESPOND: "respond", Sla.UPDATE: "tell customers", Sla.RESOLVE: "resolve"})


def commitment(desk: Desk, lane: LaneState | None, clock: Sla, delay: Delay, because: str) -> Commitment:
    """A clock that begins now, in the business hours of the lane's level where the delay counts those."""
    name, level = (lane.name, lane.level) if lane else (LAST_RESORT, 1)
    due_at = deadline(desk.matrix, name, level, delay, desk.now)
    spec = desk.matrix.lanes.get(name)
    rung = spec.levels[min(max(level, 1), len(spec.levels)) - 1] if spec else Level(contact=desk.matrix.last_resort or "nobody")
    working = [(desk.now, due_at)]
    if not delay.elapsed:
        hours, zone, closed = level_hours(desk.matrix, rung)
        working = list(_until(openings(hours, ZoneInfo(zone), desk.now, closed), desk.now, due_at))
    total = sum((end - begin for begin, end in working), timedelta())
    half, three_quarters, most = (_after(working, total * percent / 100) for percent in PERCENTS[:3])
    return Commitment(clock=clock, began=desk.now, due_at=due_at, marks=(half, three_quarters, most), because=because)


def _until(spans: Iterable[tuple[datetime, datetime]], begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The part of working time between two moments."""
    for start, finish in spans:
        if start >= end:
            return
        yield max(start, begin), min(finish, end)


def _after(working: list[tuple[datetime, datetime]], how_long: timedelta) -> datetime:
    """The moment at which so much of the working time has passed."""
    for begin, end in working:
        if how_long <= end - begin:
            return begin + how_long
        how_long -= end - begin
    return working[-1][1]


def reached(promised: Commitment, now: datetime) -> int:
    """The highest of the percentages that has passed, 0 for none."""
    return max((percent for percent, at in zip(PERCENTS, _moments(promised), strict=True) if at <= now), default=0)


def next_mark(promised: Commitment) -> datetime | None:
    """The next moment to tell of; None where all were told or what was promised has happened."""
    if promised.met_at is not None:
        return None
    return next((at for percent, at in zip(PERCENTS, _moments(promised), strict=True) if percent > promised.crossed), None)


def left(promised: Commitment, now: datetime) -> float:
    """The share of the time that is left, 0 to 1: of business hours where it counts those."""
    if now >= promised.due_at:
        return 0.0
    known = [(0, promised.began), *zip(PERCENTS, _moments(promised), strict=True)]
    for (low, begin), (high, end) in pairwise(known):
        if now < end:
            share = max(now - begin, timedelta()) / (end - begin)
            return 1 - (low + share * (high - low)) / 100
    return 0.0


def left_of(escalation: Escalation, now: datetime) -> float | None:
    """The share left of the time to resolve; None where nothing is promised, or it is over."""
    promised = escalation.commitment(Sla.RESOLVE)
    return left(promised, now) if promised and promised.met_at is None else None


def kept(promised: Commitment) -> bool | None:
    """Whether it was kept; None while it runs."""
    return None if promised.met_at is None else promised.met_at <= promised.due_at


def terms(desk: Desk, priority: Priority, customers: Iterable[str]) -> Iterator[tuple[Sla, Delay, str]]:
    """Everything that is promised on the two clocks of the whole, and by whom: the matrix, then each contract."""
    pace = desk.matrix.pace(priority)
    found = [(str(priority), pace.acknowledge, pace.resolve)]
    known = [desk.customers[name] for name in customers if name in desk.customers]
    found += [(_contract(each), each.terms.respond, each.terms.resolve) for each in known]
    for because, respond, resolve in found:
        for clock, delay in ((Sla.RESPOND, respond), (Sla.RESOLVE, resolve)):
            if delay is not None:
                yield clock, delay, f"{because}: {delay}"


def _contract(customer: Customer) -> str:
    return f"the contract of {clean(customer.name, 120)}"


def keep(draft: Draft, before: Escalation) -> None:
    """After any event: clocks begin at an opening, come nearer with what makes it more urgent, and stop when they are met."""
    after = draft.escalation
    if after.state not in WORKED:
        if before.state in WORKED:
            draft.change(commitments=tuple(_met(each, draft.now) for each in after.commitments))
        return
    if before.state not in WORKED:
        draft.change(commitments=())
        _nearer(draft, after.customers)
    elif after.priority < before.priority:
        _nearer(draft, after.customers)
    elif fresh := [name for name in after.customers if name not in before.customers]:
        _nearer(draft, fresh, contracts_only=True)
    if after.state in (State.ACKNOWLEDGED, State.MITIGATING):
        at = after.acknowledged_at or draft.now
        draft.change(
            commitments=tuple(_met(each, at) if each.clock is Sla.RESPOND else each for each in draft.escalation.commitments)
        )
    if draft.escalation.commitments != before.commitments or after.generation != before.generation:
        _arm(draft)


def _nearer(draft: Draft, customers: Iterable[str], *, contracts_only: bool = False) -> None:
    """Each clock at the earliest of what it says and what is promised from now on; one that has run out stays as it is."""
    escalation = draft.escalation
    chosen: dict[Sla, Commitment] = {each.clock: each for each in escalation.commitments}
    for clock, delay, because in terms(draft.desk, escalation.priority, customers):
        if contracts_only and because.startswith(f"{escalation.priority}:"):
            continue
        offered, known = commitment(draft.desk, escalation.primary, clock, delay, because), chosen.get(clock)
        if known is None or (known.met_at is None and offered.due_at < known.due_at):
            chosen[clock] = offered
    draft.change(commitments=tuple(chosen[clock] for clock in Sla if clock in chosen))


def _met(promised: Commitment, at: datetime) -> Commitment:
    return promised if promised.met_at is not None else replace(promised, met_at=at)


def _arm(draft: Draft) -> None:
    draft.stop(TimerKind.SLA)
    for promised in draft.escalation.commitments:
        if (at := next_mark(promised)) is not None:
            draft.start_whole(TimerKind.SLA, max(at, draft.now), subject=promised.clock)


def sla_due(draft: Draft, event: ev.SlaDue) -> None:
    """A share of the time has passed: told once, however many were slept through."""
    promised = draft.escalation.commitment(event.clock)
    if promised is None or promised.met_at is not None:
        raise Refused("there is nothing left to wait for")
    percent = reached(promised, draft.now)
    if percent <= promised.crossed:
        raise Refused("it was told already, or the deadline has moved")
    others = draft.escalation.commitments
    draft.change(commitments=tuple(replace(each, crossed=percent) if each is promised else each for each in others))
    because = f"{_passed(percent)} of the time to {_AIM[event.clock]} ({promised.because}), due {when(promised.due_at)}"
    draft.say(f"sla.{event.clock}.{percent}", because)
    if event.clock is Sla.RESOLVE and percent >= SHORT:
        _raised_by_shortness(draft, left(promised, draft.now))
    if draft.escalation.generation == event.generation:  # else everybody is being paged anew already
        react(draft, event.clock, percent, because)


def updates_due(draft: Draft, event: ev.UpdatesDue) -> None:
    """The same of updates to customers: those that come due together are told, and climb, together."""
    names = ", ".join(clean(name, 80) for name in event.customers[:5])
    more = f" and {len(event.customers) - 5} more" if len(event.customers) > 5 else ""
    because = f"{_passed(event.percent)} of the time to tell {names}{more}, due {when(event.due_at)}"
    draft.say(f"sla.{Sla.UPDATE}.{event.percent}", because)
    react(draft, Sla.UPDATE, event.percent, because)


def _passed(percent: int) -> str:
    return "all" if percent == 100 else f"{percent} %"


def _raised_by_shortness(draft: Draft, share: float) -> None:
    """One step up, once, for what is breaking: see `alerts.priority`."""
    escalation = draft.escalation
    breaking = any(cause.impact == "breaking" and cause.use != "unused" for cause in escalation.causes)
    counted = any(factor.name == "sla" for factor in escalation.factors)
    if not breaking or counted or escalation.priority in (Priority.P1, Priority.RECORD):
        return
    raised = Priority(escalation.priority - 1)
    because = f"{share:.0%} of the time to resolve is left, {Thresholds().sla_left:.0%} or less raises it"
    factor = Factor(name="sla", because=because, priority=raised)
    priority_raised(draft, ev.PriorityRaised(priority=raised, factors=(*escalation.factors, factor)))


def react(draft: Draft, clock: Sla, percent: int, because: str) -> None:
    """What the matrix says to do about it. Once it is over nobody is rung: those who had it are told."""
    wanted = draft.desk.matrix.sla.of(clock, percent)
    if wanted is not Reaction.NOTE:
        inform(draft, because)
    if wanted is Reaction.CLIMB and draft.escalation.state in WORKED:
        _higher(draft, because)


def _higher(draft: Draft, because: str) -> None:
    """The primary lane's next level is paged, acknowledged or not, if somebody is there; else those informed know."""
    primary = draft.escalation.primary
    if primary is not None and held_until(draft, primary.name) is None:
        press(draft, primary, because)


def inform(draft: Draft, because: str) -> None:
    """A note to whoever has it and to everybody who was paged about it, each once, where the channel can carry one."""
    escalation, primary = draft.escalation, draft.escalation.primary
    if primary is None:
        return
    draft.occasion = because
    nth, told = draft.escalation.steps + 1, set[tuple[str, str]]()
    draft.change(steps=nth)
    mine = [*_in_person(draft, escalation.owner or escalation.acknowledged_by)]
    ways = list(mine)
    for channel, recipient, text in escalation.triggered:
        key = parse_dedup_key(text)
        if key is not None and key.generation == escalation.generation:
            ways.append((channel, recipient, text))
    for channel, recipient, text in ways:
        outlet = draft.desk.outlets.get(channel)
        if outlet is None or not outlet.takes_notes or (channel, recipient) in told:
            continue
        told.add((channel, recipient))
        own = (channel, recipient) in {(where, to) for where, to, _ in mine}
        said = "you have it" if own else "you were paged about it"
        way = Destination(channel=channel, contact="", recipient=recipient, because=said)
        draft.queue(way, Action.NOTE, text, primary, nth=nth)


def _in_person(draft: Draft, name: str) -> Iterator[tuple[str, str, str]]:
    """The first channel that reaches a contact at an address of their own."""
    contact, primary = draft.desk.matrix.contacts.get(name), draft.escalation.primary
    for outlet in draft.desk.outlets.values():
        address = getattr(contact, outlet.address, "") if contact and outlet.address else ""
        if address and primary is not None:
            yield outlet.name, address, dedup_key(draft, primary)
            return


def _moments(promised: Commitment) -> tuple[datetime, ...]:
    return (*promised.marks, promised.due_at)
