"""Equality as JSON means it: 1 and true differ, 1 and 1.0 do not, and the order of members means nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from schemas.document import Json

_MAYBE_FLOAT = re.compile(rb"[0-9][.eE]")


def text(value: Json) -> str:
    """The canonical JSON text of a value: the same for values that are equal as JSON, different for all others."""
    raw = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if _MAYBE_FLOAT.search(raw):
        raw = orjson.dumps(_whole(value), option=orjson.OPT_SORT_KEYS)
    return raw.decode()


def _whole(value: Json) -> Json:
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1 << 63 else value
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    return value


def same(one: Json, other: Json) -> bool:
    """Whether two raw trees are written alike. Fast for equal ones; 1 against 1.0 may count as different."""
    if one is other:
        return True
    if one != other:
        return False
    return orjson.dumps(one) == orjson.dumps(other) or (
        orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)
    )
