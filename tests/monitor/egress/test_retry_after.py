"""Retry-After in both its forms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.egress.retry_after import retry_after

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "wish"),
    [
        ("0", timedelta(0)),
        ("120", timedelta(minutes=2)),
        (" 7 ", timedelta(seconds=7)),
        ("Mon, 23 Nov 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Mon, 23 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("Monday, 23-Nov-26 12:00:30 GMT", timedelta(seconds=30)),
        ("99999999999999999999", timedelta(days=7)),
        ("Mon, 23 Nov 2099 12:00:00 GMT", timedelta(days=7)),
        (None, None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("²", None),
        ("Mon, 23 Nov 2026 12:00:00 +99999999999999", None),
        ("Mon, 01 Jan 0001 00:00:00 +2300", timedelta(0)),
        ("Fri, 31 Dec 9999 23:59:59 -2300", timedelta(days=7)),
    ],
)
def test_a_wish_is_read_in_seconds_or_as_a_date(value: str | None, wish: timedelta | None) -> None:
    assert retry_after(value, now=NOW) == wish


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_or_holds_us_for_more_than_a_week(value: str) -> None:
    wish = retry_after(value, now=NOW)
    assert wish is None or timedelta(0) <= wish <= timedelta(days=7)
