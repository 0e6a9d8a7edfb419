"""Does every name in the matrix lead somewhere, and does a P1 reach someone: all problems at once, each with its path.

`validate(matrix, outlets)` is the one entry; the configuration loader turns paths into lines and columns.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

from alerts.delays import Delay
from alerts.escalation import ClockOwner, Mode
from alerts.matrix import LAST_RESORT, Matrix
from alerts.outlets import Outlet, Outlets
from alerts.priority import Priority
from alerts.reach import default_channel

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake. `path` are keys and indexes from the top of the file; `word` and `known` allow a nearest-word hint."""

    path: Path
    text: str
    word: str = ""
    known: tuple[str, ...] = ()


def validate(matrix: Matrix, outlets: Outlets) -> tuple[Problem, ...]:
    """Every problem of the matrix over the configured channels, in the order of the file; empty where it is sound."""
    return tuple(_problems(matrix, outlets))


def _problems(matrix: Matrix, outlets: Outlets) -> Iterator[Problem]:
    contacts, roles, lanes = matrix.contacts, matrix.roles, matrix.lanes
    for name, contact in contacts.items():
        yield from _unknown(contact.channels, outlets, ("contacts", name, "channels"), "channel")
    for name, role in roles.items():
        yield from _unknown(role.contacts, contacts, ("roles", name, "contacts"), "contact")
        if role.rota:
            yield from _unknown(role.rota.weekly, contacts, ("roles", name, "rota", "weekly"), "contact")
            for index, taken in enumerate(role.rota.overrides):
                place: Path = ("roles", name, "rota", "overrides", index)
                yield from _unknown([taken.contact], contacts, place, "contact", inline="contact")
                if taken.instead_of is not None:
                    yield from _unknown([taken.instead_of], contacts, place, "contact", inline="instead_of")
        yield from _unknown([role.feed] if role.feed else [], matrix.feeds, ("roles", name), "feed", inline="feed")
    for name, feed in matrix.feeds.items():
        yield from _unknown([feed.channel] if feed.channel else [], outlets, ("feeds", name), "channel", inline="channel")
        if (outlet := outlets.get(feed.channel or "")) and outlet.kind != "pagerduty":
            yield Problem(path=("feeds", name, "channel"), text=f"channel {outlet.name!r} keeps no schedules, PagerDuty does")
    for name, lane in lanes.items():
        at: Path = ("lanes", name)
        yield from _unknown(lane.channels, outlets, (*at, "channels"), "channel")
        for index, level in enumerate(lane.levels):
            yield from _unknown([level.role] if level.role else [], roles, (*at, "levels", index), "role", inline="role")
            yield from _unknown(
                [level.contact] if level.contact else [], contacts, (*at, "levels", index), "contact", inline="contact"
            )
        if name == LAST_RESORT:
            yield Problem(path=at, text=f"{LAST_RESORT!r} is a name of its own: it stands for the last resort contact")
        if lane.clock is ClockOwner.PAGERDUTY and not any(outlet.climbs for outlet in _of(lane.channels, matrix, outlets)):
            yield Problem(
                path=(*at, "clock"), text=f"lane {name!r} leaves its clock to PagerDuty but no channel of it is PagerDuty"
            )
    for index, rule in enumerate(matrix.rules):
        yield from _unknown(rule.lanes, lanes, ("rules", index, "lanes"), "lane")
    for index, rule_of in enumerate(matrix.records or ()):
        place = ("records", index)
        yield from _unknown([rule_of.channel], outlets, place, "channel", inline="channel")
        yield from _unknown([rule_of.lane] if rule_of.lane else [], lanes, place, "lane", inline="lane")
        if (outlet := outlets.get(rule_of.channel)) and not outlet.keeps_records:
            yield Problem(path=(*place, "channel"), text=f"channel {outlet.name!r} keeps no records: it only pages")
        elif outlet and outlet.public:
            text = f"channel {outlet.name!r} is read by customers: name it as a customer's channel, and promises write there"
            yield Problem(path=(*place, "channel"), text=text)
    yield from _mute(matrix, outlets)
    yield from _unproven(matrix, outlets)
    for word, pace in matrix.priorities.items():
        yield from _unknown(pace.channels, outlets, ("priorities", word, "channels"), "channel")
        yield from _unknown(pace.extra_lanes, lanes, ("priorities", word, "extra_lanes"), "lane")
    for key, value, known, kind in (
        ("last_resort", matrix.last_resort, contacts, "contact"),
        ("catch_all", matrix.catch_all, outlets, "channel"),
        ("channel", matrix.channel, outlets, "channel"),
        ("fallback", matrix.fallback, outlets, "channel"),
    ):
        yield from _unknown([value] if value else [], known, (), kind, inline=key)
    yield from _slower(matrix)
    yield from _dead_ends(matrix, outlets)


def _mute(matrix: Matrix, outlets: Outlets) -> Iterator[Problem]:
    """A channel that reaches nobody, where somebody is to be paged."""
    single = {key: getattr(matrix, key) for key in ("catch_all", "channel", "fallback")}
    places: list[tuple[Path, Collection[str]]] = [((key,), [name]) for key, name in single.items() if name]
    places += [(("contacts", name, "channels"), contact.channels) for name, contact in matrix.contacts.items()]
    places += [(("lanes", name, "channels"), lane.channels) for name, lane in matrix.lanes.items()]
    places += [(("priorities", word, "channels"), pace.channels) for word, pace in matrix.priorities.items()]
    for path, names in places:
        for name in names:
            if (outlet := outlets.get(name)) and not outlet.rings:
                yield Problem(path=path, text=f"channel {name!r} keeps records and reaches nobody: name it under records")


def _unproven(matrix: Matrix, outlets: Outlets) -> Iterator[Problem]:
    """A channel that never says whether a page is there, where it would be all that pages a P1."""
    if all(outlet.proves for outlet in outlets.values()):
        return
    single = {key: getattr(matrix, key) for key in ("catch_all", "channel", "fallback")}
    places: list[tuple[Path, Collection[str]]] = [((key,), [name]) for key, name in single.items() if name]
    places += [(("contacts", name, "channels"), contact.channels) for name, contact in matrix.contacts.items()]
    for name, lane in matrix.lanes.items():
        if lane.mode is not Mode.INFORM:
            places.append((("lanes", name, "channels"), (*lane.channels, *matrix.pace(Priority.P1).channels)))
    unchosen = any(lane.mode is not Mode.INFORM and not lane.channels for lane in matrix.lanes.values())
    if unchosen and matrix.channel is None and not matrix.pace(Priority.P1).channels:
        places.append(((), default_channel(matrix, outlets)))
    for path, names in places:
        chosen = [outlets[name] for name in names if name in outlets and outlets[name].rings]
        if chosen and not any(outlet.proves for outlet in chosen):
            said = f"channel {chosen[0].name!r} never says whether a page is there, so it must not be all that pages a P1"
            yield Problem(path=path, text=f"{said}: name another beside it")


def _slower(matrix: Matrix) -> Iterator[Problem]:
    """A more urgent priority that takes longer than a less urgent one: raising it would take people their pages."""
    for urgent, calm in pairwise((Priority.P1, Priority.P2, Priority.P3)):
        for key in ("acknowledge", "next_level"):
            ours, theirs = getattr(matrix.pace(urgent), key), getattr(matrix.pace(calm), key)
            if theirs is not None and (ours is None or _longer(ours, theirs)):
                named = urgent if key in _written(matrix, urgent) else calm
                text = f"{urgent} has {ours or 'none'} and {calm} has {theirs}: what is more urgent must not take longer"
                yield Problem(path=("priorities", str(named), key), text=f"{key} of {text}")


def _written(matrix: Matrix, priority: Priority) -> Collection[str]:
    written = matrix.priorities.get(str(priority))  # type: ignore[call-overload]  # because `record` is never a key
    return written.model_fields_set if written else ()


def _longer(one: Delay, other: Delay) -> bool:
    """Where only one counts working time, that one: it stands still at night."""
    return (one.business_days, one.business_hours, one.elapsed) > (other.business_days, other.business_hours, other.elapsed)


def _dead_ends(matrix: Matrix, outlets: Outlets) -> Iterator[Problem]:
    """A matrix that could fall silent."""
    if not any(lane.mode is Mode.PRIMARY for lane in matrix.lanes.values()):
        yield Problem(path=("lanes",), text="no lane is primary: nobody would own an escalation")
    if not any(outlet.rings for outlet in outlets.values()):
        yield Problem(path=(), text="no channel is configured that reaches a person: nothing could be paged")
        return
    if matrix.catch_all and (found := outlets.get(matrix.catch_all)) and found.address:
        yield Problem(
            path=("catch_all",),
            text=f"channel {matrix.catch_all!r} writes to a contact's {found.address}; the catch-all needs one fixed destination",
        )
    if matrix.last_resort is None and matrix.catch_all is None:
        yield Problem(path=(), text="neither last_resort nor catch_all is set: an exhausted lane would end in silence")
    named = {level.contact for lane in matrix.lanes.values() for level in lane.levels if level.contact}
    named |= {name for role in matrix.roles.values() for name in (*role.contacts, *(role.rota.weekly if role.rota else ()))}
    named |= {taken.contact for role in matrix.roles.values() if role.rota for taken in role.rota.overrides}
    named |= {matrix.last_resort} if matrix.last_resort else set()
    named |= set(matrix.contacts) if any(role.feed for role in matrix.roles.values()) else set()  # it may name anybody
    for name, contact in matrix.contacts.items():
        if name in named and not any(not outlet.address or getattr(contact, outlet.address, "") for outlet in outlets.values()):
            wanted = sorted({outlet.address for outlet in outlets.values()})
            yield Problem(path=("contacts", name), text=f"no configured channel can reach {name!r}: add {' or '.join(wanted)}")


def _of(names: Collection[str], matrix: Matrix, outlets: Outlets) -> tuple[Outlet, ...]:
    chosen = names or ([matrix.channel] if matrix.channel else list(outlets))
    return tuple(outlets[name] for name in chosen if name in outlets)


def _unknown(names: Collection[str], known: Collection[str], path: Path, kind: str, inline: str = "") -> Iterator[Problem]:
    """One problem for each name that is not known; `inline` is the key of a single value, else names are a list."""
    for index, name in enumerate(names):
        if name not in known:
            at = (*path, inline) if inline else (*path, index)
            valid = f"; known are {', '.join(sorted(known))}" if known else "; none is configured"
            yield Problem(path=at, text=f"no {kind} is called {name!r}{valid}", word=name, known=tuple(sorted(known)))
