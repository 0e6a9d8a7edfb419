"""Patterns of schemas. Hostile ones must not hang: nothing here backtracks without bound."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

_RISKY = re.compile(r"[+*}]\)?[+*{]|\([^)]*[+*][^)]*\)[+*{]|\\[1-9]")
_LONGEST = 300


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    if len(pattern) > _LONGEST or _RISKY.search(pattern):
        return None
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None


def matches(pattern: str, text: str) -> bool | None:
    """Whether `pattern` is found in `text`; None where that is not to be decided safely."""
    found = _compiled(pattern)
    if found is None or len(text) > _LONGEST:
        return None
    return found.search(text) is not None


class Relation(Enum):
    """How a new set of values stands to an old one."""

    EQUAL = "equal"
    NARROWER = "narrower"
    WIDER = "wider"
    CROSSING = "crossing"
    UNKNOWN = "unknown"


def relation(old: str, new: str) -> Relation:
    """How what `new` matches stands to what `old` matches."""
    return Relation.EQUAL if old == new else Relation.UNKNOWN
