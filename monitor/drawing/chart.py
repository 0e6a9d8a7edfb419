"""What a drawing of the matrix shows: rules lead to lanes, a lane climbs its levels, and ends at the last resort."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alerts.matrix import Level, Matrix, Role, When
from alerts.priority import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One thing in the drawing: a heading and what stands below it."""

    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A lane with its levels. `climbs` is how long a P1 waits between two of them, empty where the lane never climbs."""

    name: str
    head: Box
    levels: tuple[Box, ...]
    climbs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The whole drawing. `leads` are (index of a rule, name of a lane). `ends` are what comes after a lane, in order."""

    version: str
    rules: tuple[Box, ...]
    rows: tuple[Row, ...]
    leads: tuple[tuple[int, str], ...]
    ends: tuple[Box, ...]


def of(matrix: Matrix) -> Chart:
    """The drawing's content, without anybody's address."""
    rules = [(condition(rule.when), rule.lanes) for rule in matrix.rules]
    added = [(f"{word} adds", pace.extra_lanes) for word, pace in matrix.priorities.items() if pace.extra_lanes]
    boxes = [Box(title=f"rule {number}", lines=(said,)) for number, (said, _) in enumerate(rules, start=1)]
    boxes += [Box(title="priority", lines=(said,)) for said, _ in added]
    leads = [(index, lane) for index, (_, lanes) in enumerate((*rules, *added)) for lane in lanes if lane in matrix.lanes]
    ends = [Box(title="last resort", lines=(matrix.last_resort,))] if matrix.last_resort else []
    ends += [Box(title="catch-all", lines=(matrix.catch_all,))] if matrix.catch_all else []
    return Chart(
        version=matrix.version,
        rules=tuple(boxes),
        rows=tuple(_rows(matrix)),
        leads=tuple(dict.fromkeys(leads)),
        ends=tuple(ends),
    )


def condition(when: When) -> str:
    """The conditions of a rule in words; `always` where it has none."""
    said = []
    for name in type(when).model_fields:
        value = getattr(when, name)
        if isinstance(value, tuple) and value:
            said.append(f"{name} is {' or '.join(str(each) for each in value)}")
        elif value and not isinstance(value, tuple):
            said.append(f"{name.replace('_', ' ')} {value}")
    return ", ".join(said) or "always"


def told(matrix: Matrix, level: Level) -> Box:
    """Who stands on a level, by name."""
    role = matrix.roles.get(level.role or "")
    return Box(title=str(level), lines=tuple(_role(role)) if role else ("by name",))


def _rows(matrix: Matrix) -> Iterator[Row]:
    wait = matrix.pace(Priority.P1).next_level
    for name, lane in matrix.lanes.items():
        clock = f"clock: {lane.clock}" if lane.clock else "clock: by its channel"
        through = (f"through {', '.join(lane.channels)}",) if lane.channels else ()
        head = Box(title=name, lines=(str(lane.mode), clock, *through))
        climbs = str(wait) if wait and lane.mode != "inform" else ""
        yield Row(name=name, head=head, levels=tuple(told(matrix, level) for level in lane.levels), climbs=climbs)


def _role(role: Role) -> Iterator[str]:
    if role.feed:
        yield f"feed {role.feed}"
    if role.rota:
        yield f"in turn: {', '.join(role.rota.weekly)}"
        yield f"hand-over {role.rota.handover} {role.rota.zone}"
    if role.contacts:
        yield ", ".join(role.contacts)
    if role.business_hours:
        yield f"{role.business_hours}{f', not on holidays of {role.calendar}' if role.calendar else ''}"
