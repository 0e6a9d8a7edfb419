"""Which line of a document a pointer leads to, by indentation: no second parse, and exact for text laid out as tools do it."""

from __future__ import annotations

import re
from functools import lru_cache

from schemas.pointer import split

_FIRST = re.compile(rb"\n( *)([^\s#])")
_FEWEST = 3
"""Line breaks a document must have for a line to tell anything."""


def line_of(content: bytes, at: str) -> int | None:
    """The line (from 1) where the member at pointer `at` is written, or of the closest one around it that is found.

    None where the text is written in a line or two. `content` is JSON or block-style YAML.
    """
    if content.count(b"\n", 0, 4096) < _FEWEST and content.count(b"\n") < _FEWEST:
        return None
    position, indent, end = 0, -1, len(content)
    for segment in split(at):
        found = _member(content, position, end, indent, segment)
        if found is None:
            break
        position, indent = found
        end = _end(content, position, end, indent)
    return content.count(b"\n", 0, position) + 1


def _member(content: bytes, start: int, end: int, indent: int, segment: str) -> tuple[int, int] | None:
    """Where the member begins, and how far it is indented."""
    first = _FIRST.search(content, start, end)
    if indent < 0 and not content[:1].isspace() and content[:1] not in (b"{", b"["):
        below = 0
    elif first is None:
        return None
    else:
        below = len(first[1])
    if below <= indent and not (below == indent and first is not None and first[2] == b"-"):
        return None
    if segment.isascii() and segment.isdigit() and first is not None and first[2] in (b"-", b"{", b"[", b'"'):
        for i, item in enumerate(_items(below).finditer(content, start, end)):
            if i == int(segment):
                return item.start() + 1, below
    name = re.escape(segment.encode())
    key = re.compile(rb"(?:\A|\n) {%d}(?:- )?[\"']?%b[\"']?\s*:" % (below, name)).search(content, start, end)
    if key is None:
        return None
    return key.start() + (content[key.start() : key.start() + 1] == b"\n"), below


@lru_cache(maxsize=64)
def _items(indent: int) -> re.Pattern[bytes]:
    return re.compile(rb"\n {%d}(?=[^\s#\]}])" % indent)


def _end(content: bytes, position: int, end: int, indent: int) -> int:
    """Where the block that begins at `position` ends: at the next line that is indented no further."""
    line = content.find(b"\n", position, end)
    if line < 0:
        return end
    closing = re.compile(rb"\n {0,%d}(?![\s#])(?!- )." % indent).search(content, line, end)
    return closing.start() if closing is not None else end
