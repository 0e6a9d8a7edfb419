"""Who of a level is there at a moment (`who`), and when that changes (`changes`).

Business hours and quiet hours hold P3 and P4 only; leave counts for everything. Nobody is there: the caller falls back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import takewhile
from zoneinfo import ZoneInfo

from alerts.availability import ANCHOR, handovers, on_duty, openings, opens_at
from alerts.calendars.duty import NOTHING_FED, Calendars
from alerts.calendars.holidays import closed_on, name_of
from alerts.calendars.leave import absence, away_until, quiet, quiet_edges
from alerts.calendars.override import edges, exchanged
from alerts.matrix import Level, Matrix, Role, Rota
from alerts.priority import Priority
from alerts.routing import role_zone

LOOK_AHEAD = timedelta(days=60)
"""How far a next shift is looked for. What is held for longer than this is not held, but goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Who of a level is there, and why. Nobody: `opens_at` (UTC) is when someone will be for what can wait, None where that
    is not known or it cannot. `unsure`: a feed that would say it has no value for the moment.
    """

    contacts: tuple[str, ...]
    because: str
    opens_at: datetime | None = None
    unsure: bool = False


def who(matrix: Matrix, level: Level, at: datetime, priority: Priority, calendars: Calendars = NOTHING_FED) -> Present:
    """The contacts of a level who are there at `at`. P1 and P2 reach them outside business hours and in quiet hours too."""
    found = _there(matrix, level, at, priority, calendars)
    if found.contacts or priority <= Priority.P2:
        return found
    for moment in changes(matrix, level, at, priority, calendars):
        if moment > at + LOOK_AHEAD:
            break
        if _there(matrix, level, moment, priority, calendars).contacts:
            return Present(contacts=(), because=found.because, opens_at=moment, unsure=found.unsure)
    return found


def changes(
    matrix: Matrix, level: Level, after: datetime, priority: Priority, calendars: Calendars = NOTHING_FED
) -> Iterator[datetime]:
    """Every moment after `after` at which who is there may change, in order, some twice; it may never end."""
    role = matrix.roles.get(level.role or "")
    people = members(matrix, level, calendars)
    finite: list[datetime] = []
    endless: list[Iterator[datetime]] = []
    for name in people:
        contact = matrix.contacts[name]
        zone = ZoneInfo(contact.zone)
        finite += [edge for leave in contact.leave for edge in absence(leave, zone)]
        if contact.quiet_hours and priority >= Priority.P3:
            endless.append(quiet_edges(contact.quiet_hours, zone, after))
    if role is not None:
        if role.rota:
            finite += edges(role.rota.taken, ZoneInfo(role.rota.zone))
            if len(role.rota.weekly) > 1:
                endless.append(handovers(role.rota.handover, ZoneInfo(role.rota.zone), after))
        if fed := calendars.get(role.feed or ""):
            finite += [edge for duty in fed.duties for edge in (duty.start, duty.end)]
            finite += [edge for edge in (fed.since, fed.until) if edge is not None]
        if role.business_hours and priority >= Priority.P3:
            closed = closed_on(role.calendar)
            spans = openings(role.business_hours, ZoneInfo(role_zone(matrix, role)), after, closed)
            endless.append(edge for span in spans for edge in span if edge > after)
    return merge(sorted(edge for edge in finite if edge > after), *endless)


def changes_until(
    matrix: Matrix, level: Level, after: datetime, until: datetime, priority: Priority, calendars: Calendars
) -> Iterator[datetime]:
    """`changes` before `until`."""
    return takewhile(lambda moment: moment < until, changes(matrix, level, after, priority, calendars))


def members(matrix: Matrix, level: Level, calendars: Calendars = NOTHING_FED) -> tuple[str, ...]:
    """Everybody whom a level may ever mean, as far as is known."""
    if level.contact is not None:
        return (level.contact,) if level.contact in matrix.contacts else ()
    role = matrix.roles.get(level.role or "")
    if role is None:
        return ()
    turns = (*role.rota.weekly, *(each.contact for each in role.rota.overrides)) if role.rota else ()
    fed = calendars.get(role.feed or "")
    named = tuple(duty.contact for duty in fed.duties) if fed else ()
    return tuple(name for name in dict.fromkeys((*named, *turns, *role.contacts)) if name in matrix.contacts)


def on_leave(matrix: Matrix, name: str, at: datetime) -> datetime | None:
    """When the leave of a contact ends, None where they are not on leave."""
    contact = matrix.contacts[name]
    return away_until(contact.leave, ZoneInfo(contact.zone), at) if contact.leave else None


def _there(matrix: Matrix, level: Level, at: datetime, priority: Priority, calendars: Calendars) -> Present:
    if level.contact is not None:
        if level.contact not in matrix.contacts:
            return Present(contacts=(), because=f"there is no contact {level.contact}")
        return _awake(matrix, (level.contact,), f"{level.contact} is named", at, priority)
    role = matrix.roles.get(level.role or "")
    if role is None:
        return Present(contacts=(), because=f"there is no role {level.role}")
    if role.business_hours and priority >= Priority.P3:
        zone = ZoneInfo(role_zone(matrix, role))
        if opens_at(role.business_hours, zone, at, closed_on(role.calendar)) > at:
            holiday = name_of(role.calendar, at.astimezone(zone).date())
            because = f", and today is {holiday} ({role.calendar})" if holiday else ""
            return Present(contacts=(), because=f"{level.role} works {role.business_hours} ({zone}){because}")
    return _of_role(matrix, role, str(level.role), at, priority, calendars)


def _of_role(matrix: Matrix, role: Role, name: str, at: datetime, priority: Priority, calendars: Calendars) -> Present:
    fed = calendars.get(role.feed or "")
    unsure = bool(role.feed) and (fed is None or not fed.knows(at))
    shift = tuple(each for each in (fed.on_call(at) if fed else ()) if each in matrix.contacts)
    source = f"feed {role.feed}"
    if not shift and role.rota:
        shift, source = _turn(matrix, role.rota, at), "the rota"
    asked = tuple(dict.fromkeys((*shift, *(each for each in role.contacts if each in matrix.contacts))))
    if not asked:
        silent = f": feed {role.feed} says nothing about this time" if unsure else ""
        return Present(contacts=(), because=f"nobody is on duty for {name}{silent}", unsure=unsure)
    there = tuple(each for each in asked if on_leave(matrix, each, at) is None)
    said = f"on duty for {name}"
    if shift and role.feed:
        said += f" by {source}"
    if not there and role.rota and (stand_in := _stand_in(matrix, role.rota, shift, at)):
        there, said = (stand_in,), f"{', '.join(asked)} on leave, {stand_in} is next in turn for {name}"
    if not there:
        return Present(contacts=(), because=f"{_away(matrix, asked, at)}", unsure=unsure)
    found = _awake(matrix, there, said, at, priority)
    return Present(contacts=found.contacts, because=found.because, unsure=unsure and not found.contacts)


def _turn(matrix: Matrix, rota: Rota, at: datetime) -> tuple[str, ...]:
    zone = ZoneInfo(rota.zone)
    turn = on_duty(rota.weekly, rota.handover, zone, at, rota.start or ANCHOR)
    return tuple(name for name in exchanged(turn, rota.taken, zone, at) if name in matrix.contacts)


def _stand_in(matrix: Matrix, rota: Rota, shift: tuple[str, ...], at: datetime) -> str | None:
    """The next in turn after whoever has it by the rota's own order, and is not on leave."""
    turn = on_duty(rota.weekly, rota.handover, ZoneInfo(rota.zone), at, rota.start or ANCHOR)
    first = rota.weekly.index(turn[-1]) if turn else 0
    order = (*rota.weekly[first:], *rota.weekly[:first])
    return next(
        (name for name in order if name not in shift and name in matrix.contacts and on_leave(matrix, name, at) is None), None
    )


def _awake(matrix: Matrix, names: tuple[str, ...], said: str, at: datetime, priority: Priority) -> Present:
    """Those who are not on leave and, for what can wait, not in their quiet hours."""
    here = tuple(name for name in names if on_leave(matrix, name, at) is None)
    awake = tuple(name for name in here if priority <= Priority.P2 or not _quiet(matrix, name, at))
    return Present(contacts=awake, because=said if awake else _away(matrix, names, at))


def _quiet(matrix: Matrix, name: str, at: datetime) -> bool:
    contact = matrix.contacts[name]
    return contact.quiet_hours is not None and quiet(contact.quiet_hours, ZoneInfo(contact.zone), at)


def _away(matrix: Matrix, names: tuple[str, ...], at: datetime) -> str:
    """Why none of these is there, in words."""
    said = []
    for name in names:
        contact = matrix.contacts[name]
        if (until := on_leave(matrix, name, at)) is not None:
            said.append(f"{name} is on leave until {until.astimezone(ZoneInfo(contact.zone)):%Y-%m-%d %H:%M} ({contact.zone})")
        else:
            said.append(f"{name} has quiet hours, {contact.quiet_hours} ({contact.zone})")
    return ", ".join(said)
