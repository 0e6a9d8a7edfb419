"""Every clock change of 2020 to 2035 in the installed zone data: nobody is missing, and two are there no longer than it says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from alerts.availability import Handover, Hours, Span, ends, on_duty, opens_at, starts
from alerts.calendars.leave import Leave, absence, quiet
from alerts.calendars.override import Taken, exchanged
from tests.alerts.zones import ClockChange, changes_of, kinds_of_change

MINUTE = timedelta(minutes=1)


def local_times(change: ClockChange) -> Iterator[datetime]:
    """The local times that matter: both ends of what comes twice or not at all, its middle, and one clear of it."""
    first, last = change.odd
    yield from (first, first + (last - first) // 2, last - MINUTE, last, last + timedelta(hours=3))


def around(local: datetime, change: ClockChange) -> list[datetime]:
    """The moments at which anything about that local time could change, with the minute before each."""
    readings = {local.replace(tzinfo=change.zone, fold=fold).timestamp() for fold in (0, 1)}
    edges = {datetime.fromtimestamp(each, tz=change.moment.tzinfo) for each in readings} | {change.moment}
    edges |= {change.moment + abs(change.after - change.before), change.moment - abs(change.after - change.before)}
    return sorted({edge + by for edge in edges for by in (-MINUTE, timedelta())})


def documented(local: datetime, change: ClockChange) -> timedelta:
    """How long two are on duty: as long as the clock goes back where it shows the local time twice, else not at all."""
    first, last = change.odd
    back = change.before - change.after
    return back if back > timedelta() and first <= local < last else timedelta()


def test_there_are_clock_changes_of_every_sort_to_look_at() -> None:
    assert sum(change.times for change in kinds_of_change()) > 6000
    assert {change.after > change.before for change in kinds_of_change()} == {True, False}
    assert {timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2)} <= {abs(c.after - c.before) for c in kinds_of_change()}
    assert any(change.odd[0].date() != change.odd[1].date() for change in kinds_of_change())  # it is about midnight


@pytest.mark.parametrize(
    ("zone", "by", "count"),
    [("Europe/Berlin", 60, 32), ("Australia/Lord_Howe", 30, 32), ("Antarctica/Troll", 120, 32), ("Asia/Kolkata", 0, 0)],
)
def test_the_changes_found_are_those_that_are_known(zone: str, by: int, count: int) -> None:
    found = changes_of(ZoneInfo(zone))
    assert len(found) == count
    assert {abs(change.after - change.before) for change in found} == ({timedelta(minutes=by)} if count else set())


def test_a_hand_over_at_a_clock_change_leaves_no_gap_and_the_documented_overlap() -> None:
    for change in kinds_of_change():
        for local in local_times(change):
            handover = Handover(weekday=local.weekday(), minute=local.hour * 60 + local.minute)
            overlap = documented(local, change)
            assert ends(local, change.zone) - starts(local, change.zone) == overlap
            for moment in around(local, change):
                there = on_duty(["a", "b", "c"], handover, change.zone, moment)
                both = starts(local, change.zone) <= moment < starts(local, change.zone) + overlap
                assert len(there) == (2 if both else 1), (change, local, moment)


def test_two_teams_that_divide_the_day_at_a_clock_change_leave_no_gap() -> None:
    for change in kinds_of_change():
        for local in local_times(change):
            minute = local.hour * 60 + local.minute
            before, after = hours(minute - 720, minute), hours(minute, minute + 720)
            for moment in around(local, change):
                opened = [opens_at(each, change.zone, moment) == moment for each in (before, after)]
                assert any(opened), (change, local, moment)
                assert not all(opened) or documented(local, change) or (documented(local - timedelta(hours=12), change))


def test_who_takes_a_span_at_a_clock_change_leaves_no_gap() -> None:
    for change in kinds_of_change():
        for local in local_times(change):
            coming = Taken(contact="b", begin=local, end=local + timedelta(days=2))
            going = Taken(contact="b", begin=local - timedelta(days=2), end=local)
            for moment in around(local, change):
                for taken in (coming, going):
                    there = exchanged(("a",), (taken,), change.zone, moment)
                    over = moment >= ends(local, change.zone)
                    both = starts(local, change.zone) <= moment and not over
                    alone = "b" if over is (taken is coming) else "a"
                    assert set(there) == ({"a", "b"} if both else {alone}), (change, local, moment)


def test_nobody_is_absent_for_longer_than_written() -> None:
    for change in kinds_of_change():
        for local in local_times(change):
            midnight = datetime.combine(local.date(), datetime.min.time())
            begin, end = absence(Leave(first=midnight.date(), last=midnight.date()), change.zone)
            assert end - begin <= timedelta(days=1) + max(change.before - change.after, timedelta())
            assert {begin.astimezone(change.zone).date(), (end - MINUTE).astimezone(change.zone).date()} == {midnight.date()}
            minute = local.hour * 60 + local.minute
            to, since = hours(minute - 300, minute), hours(minute, minute + 300)
            for moment in around(local, change):
                assert not (quiet(to, change.zone, moment) and quiet(since, change.zone, moment)), (change, local, moment)
                wall = moment.astimezone(change.zone).replace(tzinfo=None)
                if quiet(since, change.zone, moment):
                    assert wall >= local
                if quiet(to, change.zone, moment):
                    assert wall < local or local < change.odd[1]


def hours(start: int, end: int) -> Hours:
    """The same time of every day, in minutes that may lie beyond midnight."""
    start, end = start % 1440, end % 1440
    return Hours(spans=tuple(Span(weekday=day, start=start, end=end) for day in range(7)), text="as told")
