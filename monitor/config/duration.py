"""Durations as people write them: `15m`, `60s`, `2h`, `3d`."""

from __future__ import annotations

import re
from datetime import timedelta

PATTERN = r"^([0-9]+(ms|s|m|h|d|w))+$"
_PART = re.compile(r"([0-9]+)(ms|s|m|h|d|w)")
_WHOLE = re.compile(PATTERN[1:-1])
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_LONGEST = timedelta(days=3660)


def parse(text: str) -> timedelta | None:
    """The duration `text` names, None if it names none or one longer than ten years.

    >>> parse("1h30m")
    datetime.timedelta(seconds=5400)
    """
    if len(text) > 32 or not _WHOLE.fullmatch(text):
        return None
    total = timedelta()
    for number, unit in _PART.findall(text):
        if int(number) > _LONGEST / _UNITS[unit]:
            return None
        total += int(number) * _UNITS[unit]
    return total if total <= _LONGEST else None


def write(duration: timedelta) -> str:
    """The shortest way to write a duration that `parse` reads back, to the millisecond.

    >>> write(timedelta(seconds=5400))
    '1h30m'
    """
    rest = duration
    parts = []
    for unit in ("w", "d", "h", "m", "s", "ms"):
        count, rest = divmod(rest, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
