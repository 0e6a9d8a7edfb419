"""The matrix looked at for the next 90 days: who would get a page at each moment, and where nobody of a lane would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from alerts.calendars.duty import Calendars
from alerts.channels import outlets
from alerts.coverage import Gap, Lack, gaps
from alerts.priority import Priority
from monitor.calendars import told
from monitor.config import Config

AHEAD = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """`holes` make a configuration unfit: a P1 that only the last resort would get, or a page that nobody would. `notes` are
    worth a second thought."""

    holes: tuple[Gap, ...]
    notes: tuple[str, ...]


def look_ahead(config: Config, calendars: Calendars, now: datetime) -> Ahead:
    """What the next 90 days hold, by what is known of the feeds."""
    start = now.replace(second=0, microsecond=0)
    found = gaps(config.matrix, outlets(config.channels), calendars, start, start + AHEAD)
    holes = tuple(gap for gap in found if _is_hole(gap))
    return Ahead(holes=holes, notes=(*_of_feeds(config, calendars, now), *_of_gaps(found, holes)))


def spelled(gap: Gap) -> str:
    """One gap in one line, with its exact span."""
    left = "nobody at all would be paged" if gap.lack is Lack.NOBODY else "only the last resort would be paged"
    return f"{gap.priority} in lane {gap.lane} from {_minute(gap.start)} to {_minute(gap.end)}: {left}; {gap.because}"


def _is_hole(gap: Gap) -> bool:
    return gap.lack is Lack.NOBODY or (gap.priority is Priority.P1 and gap.lack is Lack.LAST_RESORT)


def _of_feeds(config: Config, calendars: Calendars, now: datetime) -> Iterator[str]:
    for feed in told(config.matrix, calendars, now):
        if not feed.fine:
            yield f"feed {feed.name}: {feed.text}"


def _of_gaps(found: tuple[Gap, ...], holes: tuple[Gap, ...]) -> Iterator[str]:
    """One line a lane, priority and kind of gap; what a more urgent priority lacks as well is told there."""
    known = {(hole.lane, hole.start, hole.end) for hole in holes}
    rest = [gap for gap in found if gap not in holes and (gap.lane, gap.start, gap.end) not in known]
    rest.sort(key=lambda gap: (gap.priority, gap.lane, gap.lack, gap.start))
    told_of: set[tuple[str, datetime, datetime]] = set()
    for (priority, lane, lack), group in groupby(rest, key=lambda gap: (gap.priority, gap.lane, gap.lack)):
        several = [gap for gap in group if (gap.lane, gap.start, gap.end) not in told_of]
        told_of |= {(gap.lane, gap.start, gap.end) for gap in several}
        if not several:
            continue
        first = several[0]
        often = f"{len(several)} times in 90 days, first " if len(several) > 1 else ""
        span = f"from {_minute(first.start)} to {_minute(first.end)}"
        left = (
            "the last resort is paged"
            if lack is Lack.LAST_RESORT
            else "nobody is known to be there, and a feed may name somebody"
        )
        yield f"{priority} in lane {lane}: {often}{span}: {left}; {first.because}"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
