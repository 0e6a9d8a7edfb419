"""Times and values as a tired reader needs them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from alerts.escalation import TimerKind
from monitor.web import wording
from schemas.change import Use
from schemas.document import Json

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=59.9), "59 s"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h 00 min"),
        (timedelta(hours=23, minutes=5), "23 h 05 min"),
        (timedelta(days=1), "1 d 0 h"),
        (timedelta(days=400, hours=3), "400 d 3 h"),
    ],
)
def test_a_length_is_told_in_the_units_that_matter(length: timedelta, said: str) -> None:
    assert wording.span(length) == said


def test_a_clock_a_little_ahead_of_ours_is_now() -> None:
    assert wording.ago(NOON + timedelta(seconds=3), NOON) == "just now"


def test_a_moment_that_passed_is_overdue() -> None:
    assert wording.ahead(NOON - timedelta(minutes=3), NOON) == "overdue by 3 min"
    assert wording.ahead(NOON + timedelta(minutes=3), NOON) == "in 3 min"


def test_moments_are_told_in_utc() -> None:
    assert wording.stamp(NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))) == "2026-03-04 12:00:00 UTC"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "null"),
        ("a\u202eb", '"a\\u202eb"'),
        ({"a": ["ü", 1]}, '{\n  "a": [\n    "ü",\n    1\n  ]\n}'),
    ],
)
def test_a_piece_of_a_document_is_written_as_json(value: Json, said: str) -> None:
    assert wording.fragment(value) == said


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("`a.b` was removed", "<code>a.b</code> was removed"),
        ("`a` and `b`", "<code>a</code> and <code>b</code>"),
        ("`<i>` & <b>", "<code>&lt;i&gt;</code> &amp; &lt;b&gt;"),
        ("an odd ` one <out>", "an odd ` one &lt;out&gt;"),
        ("two\nlines", "two lines"),
    ],
)
def test_names_are_set_as_code_and_everything_is_escaped(text: str, markup: str) -> None:
    assert str(wording.coded(text)) == markup


def test_a_long_piece_is_cut() -> None:
    assert len(wording.fragment("x" * 100_000)) == wording.FRAGMENT_LENGTH


@pytest.mark.parametrize(("octets", "said"), [(999, "999 B"), (417_000, "417 kB"), (12_400_000, "12.4 MB")])
def test_sizes_are_told_in_thousands(octets: int, said: str) -> None:
    assert wording.size(octets) == said


def test_there_are_words_for_every_use_and_every_timer() -> None:
    assert set(wording.USE) == set(Use)
    assert set(wording.NEXT) == set(TimerKind)
