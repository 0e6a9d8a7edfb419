"""How well escalations go: within what was promised, how fast, how often the same again, and how much of it was noise. Pure.

`measure` counts what opened or was resolved in a span; practice never counts. A share or a mean of nothing is None, not zero.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.escalation import Ending, Escalation, Sla
from alerts.promise import Promise, Standing
from alerts.sla import kept

REPEAT_WINDOW = timedelta(days=90)
NIGHT = (22, 7)
"""Sleeping hours: from the first hour of the day to the second, by a person's own clock."""

BEST_SCORE = 5
MOST_REPEATS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An escalation, and when the first page about it got through (None: none did)."""

    escalation: Escalation
    paged_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """A page that got through to a person, whose clock is `zone`."""

    at: datetime
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How satisfied a customer was after an escalation: 1 to 5."""

    score: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`part` of `whole`."""

    part: int
    whole: int

    @property
    def ratio(self) -> float | None:
        """0 to 1; None of nothing."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Mean and ninetieth percentile (nearest rank) of `count` durations, None of none."""

    count: int = 0
    mean: timedelta | None = None
    p90: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """One cause that was escalated `times` times: its rule and address, of the vendor."""

    integration: str
    rule: str
    address: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpis:
    """`detect` is the most it can have been: from the last clean look to the first changed one. `noise` is the share of those
    over that were reverted, or accepted, without anybody having taken them."""

    since: datetime
    until: datetime
    opened: int
    resolved: int
    within_sla: Share
    detect: Times
    page: Times
    acknowledge: Times
    resolve: Times
    csat: float | None
    csat_answers: int
    repeated: Share
    repeats: tuple[Repeat, ...]
    by_category: Mapping[str, int]
    by_vendor: Mapping[str, int]
    noise: Share
    sleeping: Share
    updates: Mapping[str, int]


def measure(
    cases: Iterable[Case],
    rings: Iterable[Ring],
    promises: Iterable[Promise],
    scores: Iterable[Score],
    *,
    since: datetime,
    until: datetime,
) -> Kpis:
    """The figures of [`since`, `until`). `cases` reach back `REPEAT_WINDOW` before, so that repeats are seen."""
    known = [case for case in cases if not case.escalation.practice and case.escalation.opened_at is not None]

    def inside(moment: datetime | None) -> bool:
        return moment is not None and since <= moment < until

    opened = [case for case in known if inside(case.escalation.opened_at)]
    resolved = [case.escalation for case in known if inside(case.escalation.resolved_at)]
    promised = [verdict for it in resolved if (verdict := _kept(it)) is not None]
    answers = [score.score for score in scores if inside(score.at)]
    rung = [ring for ring in rings if inside(ring.at)]
    settled = Counter(str(each.standing) for each in promises if inside(each.settled_at))
    repeated = [case for case in opened if _again(case.escalation, known)]
    return Kpis(
        since=since,
        until=until,
        opened=len(opened),
        resolved=len(resolved),
        within_sla=Share(part=sum(promised), whole=len(promised)),
        detect=_times([_between(*it.changed_between) for case in opened if (it := case.escalation).changed_between]),
        page=_times([_between(case.escalation.detected_at, case.paged_at) for case in opened]),
        acknowledge=_times([_between(case.escalation.opened_at, case.escalation.first_acknowledged_at) for case in opened]),
        resolve=_times([_between(it.opened_at, it.resolved_at) for it in resolved]),
        csat=sum(answers) / len(answers) if answers else None,
        csat_answers=len(answers),
        repeated=Share(part=len(repeated), whole=len(opened)),
        repeats=_repeats(repeated, known, until),
        by_category=_counted(str(case.escalation.category) for case in opened),
        by_vendor=_counted(case.escalation.integration for case in opened),
        noise=Share(part=sum(map(noise, resolved)), whole=len(resolved)),
        sleeping=Share(part=sum(map(asleep, rung)), whole=len(rung)),
        updates={str(word): settled[str(word)] for word in (Standing.KEPT, Standing.LATE, Standing.MISSED)},
    )


def noise(escalation: Escalation) -> bool:
    """Over without anybody having done anything: the vendor took it back, or a person just accepted it."""
    nobody = escalation.first_acknowledged_at is None and escalation.mitigated_at is None
    return nobody and escalation.ending in (Ending.REVERTED, Ending.ACCEPTED)


def asleep(ring: Ring) -> bool:
    """Whether the person was rung in sleeping hours."""
    hour = ring.at.astimezone(ZoneInfo(ring.zone)).hour
    return hour >= NIGHT[0] or hour < NIGHT[1]


def _kept(escalation: Escalation) -> bool | None:
    promised = escalation.commitment(Sla.RESOLVE)
    return kept(promised) if promised else None


def _again(it: Escalation, known: Sequence[Case]) -> bool:
    """Whether one of its causes was escalated before, lately: as another escalation, or as an earlier opening of this one."""
    keys = {cause.key for cause in it.causes}
    return it.openings > 1 or any(_before(other.escalation, it, keys) for other in known)


def _before(other: Escalation, it: Escalation, keys: set[str]) -> bool:
    if other.id == it.id or other.opened_at is None or it.opened_at is None:
        return False
    lately = timedelta() < it.opened_at - other.opened_at <= REPEAT_WINDOW
    return lately and any(cause.key in keys for cause in other.causes)


def _repeats(repeated: Sequence[Case], known: Sequence[Case], until: datetime) -> tuple[Repeat, ...]:
    """The causes that came again, the most frequent first."""
    wanted = {cause.key: (case.escalation.integration, cause) for case in repeated for cause in case.escalation.causes}
    times = Counter(
        key
        for case in known
        if case.escalation.opened_at is not None and case.escalation.opened_at < until
        for key in {cause.key for cause in case.escalation.causes}
    )
    found = [
        Repeat(integration=integration, rule=cause.rule, address=cause.address, times=times[key])
        for key, (integration, cause) in wanted.items()
        if times[key] > 1
    ]
    return tuple(sorted(found, key=lambda each: (-each.times, each.integration, each.address, each.rule))[:MOST_REPEATS])


def _counted(words: Iterable[str]) -> Mapping[str, int]:
    """The most frequent first."""
    return dict(sorted(Counter(words).items(), key=lambda item: (-item[1], item[0])))


def _between(start: datetime | None, end: datetime | None) -> timedelta | None:
    return max(end - start, timedelta()) if start is not None and end is not None else None


def _times(found: Iterable[timedelta | None]) -> Times:
    took = sorted(each for each in found if each is not None)
    if not took:
        return Times()
    return Times(count=len(took), mean=sum(took, timedelta()) / len(took), p90=took[math.ceil(0.9 * len(took)) - 1])
