"""Vendor text made harmless for a terminal, and values made short enough to read."""

from __future__ import annotations

import json
import math
import re

from schemas.document import Json

_HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL and C1: escape sequences, carriage returns, bells
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # what hides or reorders text, and odd line breaks
    "\ud800-\udfff"  # lone surrogates, which no output can encode
    "\U000e0000-\U000e007f]"  # tags: invisible ASCII
)


def clean(text: str) -> str:
    r"""One line that cannot steer a terminal, hide or reorder text: each such character becomes its `\x..` escape.

    >>> clean("Name\x1b[2J")
    'Name\\x1b[2J'
    """
    return _HARMFUL.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def value(fragment: Json, limit: int = 160) -> str:
    """A JSON fragment on one clean line of at most `limit` characters, cut with an ellipsis."""
    text = clean(compact(fragment))
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def quoted(text: str) -> list[tuple[str, bool]]:
    """The pieces of a message and whether each stood between backticks, as names do; without a pair nothing is quoted.

    >>> quoted("`a` is gone")
    [('a', True), (' is gone', False)]
    """
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return [(text, False)]
    return [(piece, index % 2 == 1) for index, piece in enumerate(pieces) if piece]


def compact(fragment: Json) -> str:
    """A JSON fragment as JSON, on one line."""
    return json.dumps(finite(fragment), ensure_ascii=False, separators=(", ", ": "))


def finite(fragment: Json) -> Json:
    """The fragment with `NaN` and infinities, which are no JSON, as text."""
    if isinstance(fragment, float) and not math.isfinite(fragment):
        return str(fragment)
    if isinstance(fragment, list):
        return [finite(item) for item in fragment]
    if isinstance(fragment, dict):
        return {key: finite(item) for key, item in fragment.items()}
    return fragment
