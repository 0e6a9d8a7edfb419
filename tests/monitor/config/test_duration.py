"""Durations read back as they are written."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import duration


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3660)))
def test_what_is_written_reads_back_to_the_millisecond(length: timedelta) -> None:
    whole = length - timedelta(microseconds=length.microseconds % 1000)
    assert whole == duration.parse(duration.write(whole))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("60s", 60), ("15m", 900), ("2h", 7200), ("3d", 259200), ("1w", 604800), ("1h30m", 5400), ("500ms", 0.5)],
)
def test_the_documented_forms_are_understood(text: str, seconds: float) -> None:
    assert timedelta(seconds=seconds) == duration.parse(text)


@pytest.mark.parametrize("text", ["", "15", "m", "15 m", "-5m", "1.5h", "15M", "٣m", "99999999999d", "9" * 40 + "s", "5m\n"])
def test_anything_else_is_no_duration(text: str) -> None:
    assert duration.parse(text) is None
