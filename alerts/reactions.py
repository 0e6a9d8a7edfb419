"""How fast people reacted: every step of an escalation's lanes, who was paged, who answered, and whether in the time promised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from alerts.acknowledging import SAME_ACT
from alerts.escalation import Escalation, LaneState, Mode
from alerts.page import Action, Page, PageId, PageState


class Verdict(StrEnum):
    """`waiting`: no answer, and time left; `undelivered`: no channel took it; `informed`: no answer was asked for."""

    IN_TIME = "in time"
    LATE = "late"
    UNANSWERED = "unanswered"
    WAITING = "waiting"
    UNDELIVERED = "undelivered"
    INFORMED = "informed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """One step of a lane: everybody who was paged at one moment. Times are UTC, None until they happened.

    `answer_by` is what the matrix promises for an answer, None where it asks for none. `answered_by` is empty where nobody
    answered before the lane went on.
    """

    lane: str
    level: int
    contacts: tuple[str, ...]
    channels: tuple[str, ...]
    paged_at: datetime
    taken_at: datetime | None
    answer_by: datetime | None
    answered_by: str
    answered_at: datetime | None
    verdict: Verdict


def reactions(
    escalation: Escalation, pages: Sequence[tuple[Page, PageState]], taken: Mapping[PageId, datetime], now: datetime
) -> tuple[Reaction, ...]:
    """The steps in order. `pages` are all of the escalation, `taken` says when a channel took each."""
    triggers = [page for page, _ in pages if page.action is Action.TRIGGER]
    triggers.sort(key=lambda page: (page.created_at, page.lane, page.level))
    steps = [
        list(group) for _, group in groupby(triggers, key=lambda page: (page.created_at, page.generation, page.lane, page.level))
    ]
    found = []
    for number, step in enumerate(steps):
        lane = escalation.lane(step[0].lane)
        later = (other[0] for other in steps[number + 1 :] if other[0].lane == step[0].lane)
        found.append(_reaction(step, lane, next(later, None), taken, escalation.resolved_at, now))
    return tuple(found)


def all_in_time(found: Sequence[Reaction]) -> bool:
    """Whether somebody was paged, and every answer that was asked for came in time."""
    return bool(found) and all(each.verdict in (Verdict.IN_TIME, Verdict.INFORMED) for each in found)


def _reaction(
    step: Sequence[Page],
    lane: LaneState | None,
    following: Page | None,
    taken: Mapping[PageId, datetime],
    over_at: datetime | None,
    now: datetime,
) -> Reaction:
    first = step[0]
    arrived = [taken[page.id] for page in step if page.id in taken]
    answered_at, by = (lane.acknowledged_at, lane.acknowledged_by) if lane is not None else (None, "")
    if answered_at is not None and not _answers(first, following, answered_at):
        answered_at, by = None, ""
    by = by if answered_at is not None else ""
    answer_by = max((page.answer_by for page in step if page.answer_by is not None), default=None)
    return Reaction(
        lane=first.lane,
        level=first.level,
        contacts=tuple(dict.fromkeys(page.contact for page in step if page.contact)),
        channels=tuple(dict.fromkeys(page.channel for page in step)),
        paged_at=first.created_at,
        taken_at=min(arrived, default=None),
        answer_by=answer_by,
        answered_by=by,
        answered_at=answered_at,
        verdict=_verdict(lane, bool(arrived), answered_at, answer_by, over=following is not None or over_at is not None, now=now),
    )


def _answers(page: Page, following: Page | None, at: datetime) -> bool:
    """An answer is one to what was paged last before it. A vendor may tell its moment in whole seconds."""
    return page.created_at - SAME_ACT <= at and (following is None or at < following.created_at - SAME_ACT)


def _verdict(
    lane: LaneState | None,
    arrived: bool,
    answered_at: datetime | None,
    answer_by: datetime | None,
    *,
    over: bool,
    now: datetime,
) -> Verdict:
    if lane is None or lane.mode is Mode.INFORM or (answer_by is None and answered_at is None):
        return Verdict.INFORMED if arrived else Verdict.UNDELIVERED
    if answered_at is not None:
        return Verdict.IN_TIME if answer_by is None or answered_at <= answer_by else Verdict.LATE
    if not over and (answer_by is None or now < answer_by):
        return Verdict.WAITING
    return Verdict.UNANSWERED if arrived else Verdict.UNDELIVERED
