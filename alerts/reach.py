"""How a level is reached: who is there, through which channels, and what takes over where nobody or nothing is.

`reach` gives the pages of a level, `instead` those of a page that did not get through.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from alerts.calendars.duty import NOTHING_FED, Calendars
from alerts.escalation import ClockOwner, Mode
from alerts.matrix import Matrix
from alerts.outlets import Outlet, Outlets, ringing
from alerts.presence import on_leave, who
from alerts.priority import Priority
from alerts.routing import deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One page's way: a channel, the contact it is for, and their address there. Both are empty at a fixed destination."""

    channel: str
    contact: str
    recipient: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where a level's pages go. `level` may be above the one asked for, where nobody was there.

    `exhausted`: the lane had nobody left. `hold_until`: nobody yet, and it can wait. No destinations and no hold: unroutable.
    `because` says why a level is held, and `passed` why each level before this one was passed over. `unsure`: a feed that
    might have named somebody has no value for the moment.
    """

    level: int
    to: tuple[Destination, ...]
    exhausted: bool = False
    hold_until: datetime | None = None
    because: str = ""
    passed: tuple[str, ...] = ()
    unsure: bool = False


def reach(
    matrix: Matrix,
    outlets: Outlets,
    lane: str,
    level: int,
    at: datetime,
    priority: Priority,
    calendars: Calendars = NOTHING_FED,
    *,
    resolve_by: datetime | None = None,
) -> Reach:
    """The pages of one level of a lane, or of the next one where nobody is there, or of the last resort after the last.

    P3 and P4 wait for the next shift instead of climbing past it, where that begins before `resolve_by` (default: what the
    priority promises, counted from `at`). A service that owns the lane's clock is paged whoever is there: it rings by its own.
    """
    outlets = ringing(outlets)
    spec = matrix.lanes.get(lane)
    levels = spec.levels if spec else ()
    wanted = (*(spec.channels if spec else ()), *matrix.pace(priority).channels)
    passed: list[str] = []
    unsure = False
    for number in range(max(level, 1), len(levels) + 1):
        present = who(matrix, levels[number - 1], at, priority, calendars)
        because = f"level {number} of {lane}: {present.because}"
        if present.opens_at is not None and _can_wait(matrix, lane, number, at, priority, present.opens_at, resolve_by):
            return Reach(level=number, to=(), hold_until=present.opens_at, because=present.because, passed=tuple(passed))
        if to := tuple(_ways(matrix, outlets, present.contacts, wanted, "; ".join((because, *passed)))):
            return Reach(level=number, to=to, passed=tuple(passed))
        unsure = unsure or present.unsure
        passed.append(because if not present.contacts else f"level {number} of {lane}: no channel reaches who is there")
    if level <= 1 and (services := tuple(_deciding(matrix, outlets, lane, priority))):
        said = "; ".join(("it has a schedule of its own", *passed))
        to = tuple(Destination(channel=each.name, contact="", recipient="", because=said) for each in services)
        return Reach(level=1, to=to, passed=tuple(passed))
    because = "; ".join((f"nobody is left in lane {lane}", *passed))
    to = last_resort(matrix, outlets, because, at=at)
    return Reach(level=len(levels) + 1, to=to, exhausted=True, passed=tuple(passed), unsure=unsure)


def _deciding(matrix: Matrix, outlets: Outlets, lane: str, priority: Priority) -> Iterator[Outlet]:
    """The services that own the lane's clock at this priority: whom they ring, they know better than our calendars."""
    spec = matrix.lanes.get(lane)
    if spec is not None and spec.mode is not Mode.INFORM and spec.clock is not ClockOwner.DRIFTPAGER and priority <= Priority.P2:
        yield from (each for each in lane_outlets(matrix, outlets, lane, priority) if each.climbs and not each.address)


def _can_wait(
    matrix: Matrix, lane: str, level: int, at: datetime, priority: Priority, until: datetime, resolve_by: datetime | None
) -> bool:
    promised = matrix.pace(priority).resolve
    if resolve_by is None and promised is not None:
        resolve_by = deadline(matrix, lane, level, promised, at)
    return resolve_by is None or until < resolve_by


def last_resort(matrix: Matrix, outlets: Outlets, because: str, *, at: datetime | None = None) -> tuple[Destination, ...]:
    """The last resort contact, else the catch-all channel, else nobody at all (which is an alarm of its own).

    They are paged by what pages in general and on a channel that reaches them in person: a service may ring someone else.
    Where they are on leave at `at`, the catch-all is paged as well, and they all the same: nobody else is left.
    """
    outlets = ringing(outlets)
    name = matrix.last_resort
    if name is None or name not in matrix.contacts:
        return catch_all(matrix, outlets, because)
    in_person = [
        outlet.name for outlet in outlets.values() if outlet.address and getattr(matrix.contacts[name], outlet.address, "")
    ]
    wanted = matrix.contacts[name].channels or (*default_channel(matrix, outlets), *in_person[:1])
    ways = tuple(_ways(matrix, outlets, (name,), wanted, f"last resort: {because}"))
    if not ways or (at is not None and on_leave(matrix, name, at) is not None):
        others = catch_all(matrix, outlets, because)
        taken = {(way.channel, way.recipient) for way in ways}
        ways = (*ways, *(way for way in others if (way.channel, way.recipient) not in taken))
    return ways


def catch_all(matrix: Matrix, outlets: Outlets, because: str) -> tuple[Destination, ...]:
    """The channel that is always there, where one is configured."""
    found = outlets.get(matrix.catch_all or "")
    if found is None or found.address or not found.rings:
        return ()
    return (Destination(channel=found.name, contact="", recipient="", because=f"catch-all: {because}"),)


def instead(
    matrix: Matrix, outlets: Outlets, failed: Collection[str], contacts: Iterable[str], because: str
) -> tuple[Destination, ...]:
    """Where to page when the channels `failed` did not get through: the fallback channel, the last resort, or the catch-all.

    Without a configured fallback, a channel of another kind goes before one of the same.
    """
    left = [outlet for outlet in ringing(outlets).values() if outlet.name not in failed]
    kinds = {outlets[name].kind for name in failed if name in outlets}
    others = sorted((each for each in left if each.name != matrix.catch_all), key=lambda each: each.kind in kinds)
    chosen = [each for each in left if each.name == matrix.fallback]
    people = tuple(contacts)
    for outlet in (*chosen, *others):
        if to := tuple(_on(outlet, matrix, people, f"fallback: {because}")):
            return to
    ways = tuple(way for way in last_resort(matrix, outlets, because) if way.channel not in failed)
    return ways or tuple(way for way in catch_all(matrix, outlets, because) if way.channel not in failed)


def lane_outlets(matrix: Matrix, outlets: Outlets, lane: str, priority: Priority) -> tuple[Outlet, ...]:
    """The channels of a lane at a priority, before any contact's own wish."""
    outlets = ringing(outlets)
    spec = matrix.lanes.get(lane)
    wanted = (*(spec.channels if spec else ()), *matrix.pace(priority).channels)
    return tuple(outlets[name] for name in dict.fromkeys(wanted or default_channel(matrix, outlets)) if name in outlets)


def default_channel(matrix: Matrix, outlets: Outlets) -> tuple[str, ...]:
    """What carries a page nothing else chooses for: the configured default, else PagerDuty, else the first channel."""
    outlets = ringing(outlets)
    if matrix.channel and matrix.channel in outlets:
        return (matrix.channel,)
    climbing = [name for name, outlet in outlets.items() if outlet.climbs]
    return tuple((climbing or list(outlets))[:1])


def _ways(
    matrix: Matrix, outlets: Outlets, contacts: tuple[str, ...], wanted: tuple[str, ...], because: str
) -> Iterator[Destination]:
    """Each contact through what lane and priority want, else what they prefer, else the default, else anything."""
    seen: set[tuple[str, str]] = set()
    for contact in contacts:
        preferred = wanted or matrix.contacts[contact].channels or default_channel(matrix, outlets)
        ways = [
            way for name in dict.fromkeys(preferred) if name in outlets for way in _on(outlets[name], matrix, (contact,), because)
        ]
        if not ways:
            ways = [way for outlet in outlets.values() for way in _on(outlet, matrix, (contact,), because)][:1]
        for way in ways:
            if (way.channel, way.recipient) not in seen:
                seen.add((way.channel, way.recipient))
                yield way


def _on(outlet: Outlet, matrix: Matrix, contacts: tuple[str, ...], because: str) -> Iterator[Destination]:
    if not outlet.address:
        yield Destination(channel=outlet.name, contact=", ".join(contacts), recipient="", because=because)
        return
    for name in contacts:
        contact = matrix.contacts.get(name)
        address = getattr(contact, outlet.address, "") if contact else ""
        if address:
            yield Destination(channel=outlet.name, contact=name, recipient=address, because=because)
