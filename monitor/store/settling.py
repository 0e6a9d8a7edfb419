"""What a resolve or an acknowledgement does to the pages before it. Pure: rows of one fold in, what becomes of each out.

A fold is what a channel joins into one thing: its channel, recipient and dedup key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from alerts.page import Action, PageState

_ARRIVED = frozenset({PageState.LEASED, PageState.UNKNOWN, PageState.SENT, PageState.CONFIRMED})
_OVER = frozenset({PageState.SENT, PageState.CONFIRMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A page's place in its fold. `doubtful`: some attempt may have arrived. `waiting`: an attempt is still to come."""

    seq: int
    action: Action
    state: PageState
    doubtful: bool
    waiting: bool


class Fate(StrEnum):
    """`DROP`: never sent, never will be. `LAST`: the attempt under way, if any, was the last one."""

    DROP = "drop"
    LAST = "last"


def settle(lines: Sequence[Line]) -> dict[int, Fate]:
    """What becomes of each page (by seq) now that the newest resolve or acknowledgement stands; pages not named stay as they are.

    A trigger that never left and its resolve cancel out. One that is leaving, or may have arrived, is not tried again,
    and the resolve follows it. An acknowledgement does the same: nobody is rung about what somebody has taken.
    """
    resolves = [line for line in lines if line.action is Action.RESOLVE]
    since = resolves[-1].seq if resolves else -1
    return _resolved(lines, resolves) | _acknowledged([line for line in lines if line.seq > since])


def _acknowledged(lines: Sequence[Line]) -> dict[int, Fate]:
    acknowledgements = [line for line in lines if line.action is Action.ACKNOWLEDGE]
    if not acknowledgements:
        return {}
    triggers = [line for line in lines if line.action is Action.TRIGGER and line.seq < acknowledgements[-1].seq]
    fates = {line.seq: Fate.DROP if line.state is PageState.PENDING else Fate.LAST for line in triggers if line.waiting}
    if triggers and not any(line.state in _ARRIVED or line.doubtful for line in triggers):
        fates |= {line.seq: Fate.DROP for line in acknowledgements if line.waiting and line.state is PageState.PENDING}
    return fates


def _resolved(lines: Sequence[Line], resolves: Sequence[Line]) -> dict[int, Fate]:
    if not resolves:
        return {}
    last = resolves[-1]
    earlier = max((line.seq for line in resolves[:-1] if line.state in _OVER or line.doubtful), default=-1)
    between = [line for line in lines if earlier < line.seq < last.seq and line.action in (Action.TRIGGER, Action.ACKNOWLEDGE)]
    fates: dict[int, Fate] = {}
    for line in between:
        if line.waiting:
            fates[line.seq] = Fate.DROP if line.state is PageState.PENDING else Fate.LAST
    triggers = [line for line in between if line.action is Action.TRIGGER]
    arrived = any(line.state in _ARRIVED or line.doubtful for line in triggers)
    if triggers and not arrived and last.waiting and last.state is PageState.PENDING:
        fates[last.seq] = Fate.DROP
    return fates
