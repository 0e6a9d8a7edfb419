"""Which line of a document a pointer leads to, by indentation: no second parse, and exact for text laid out as tools do it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

import orjson

from schemas.pointer import split

_FIRST = re.compile(rb"\n( *)(-(?=\s)|[^\s#])")
_KEY = re.compile(rb"""(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)')\s*:|([^\s"'{\[][^\n]*?)\s*:(?=\s|\Z)""")
_FEWEST = 3
"""Line breaks a document must have for a line to tell anything."""
_SMALL = 1 << 18
"""Bytes of a block up to which a member is looked for by itself."""
_BRACE = ord("{")
_STRETCH = 1 << 12
"""Bytes whose line breaks are counted together."""


class _Inside(NamedTuple):
    """What stands one level below a block: where the line of each begins, and which one has which name."""

    indent: int
    starts: list[int]
    named: dict[bytes, int]


@dataclass(slots=True)
class _Block:
    """A member with everything below it: the bytes from the start of its line to its end."""

    start: int
    end: int
    indent: int
    loose: bool = False
    """Whether `end` is that of a block around it."""
    inside: _Inside | None = None
    blocks: dict[str, _Block] = field(default_factory=dict)


class Lines:
    """The lines of one document, JSON or block-style YAML. Each level around what is asked for is searched once."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        laid_out = content.count(b"\n", 0, 4096) >= _FEWEST or content.count(b"\n") >= _FEWEST
        self._before: list[int] = []
        self._root = _Block(0, len(content), -1) if laid_out else None

    def of(self, at: str) -> int | None:
        """The line (from 1) where the member at pointer `at` is written, or of the closest one around it that is found.

        None where the text is written in a line or two.
        """
        if self._root is None:
            return None
        block = self._root
        for segment in split(at):
            below = block.blocks.get(segment) or self._below(block, segment)
            if below is None:
                break
            block = below
        return self._line(block.start)

    def _line(self, position: int) -> int:
        if not self._before:
            stretches = range(0, len(self._content), _STRETCH)
            counts = (self._content.count(b"\n", start, start + _STRETCH) for start in stretches)
            self._before = [0, *accumulate(counts)]
        stretch = position // _STRETCH
        return self._before[stretch] + self._content.count(b"\n", stretch * _STRETCH, position) + 1

    def _below(self, block: _Block, segment: str) -> _Block | None:
        if block.inside is None and block.end - block.start < _SMALL:
            found = self._straight(block, segment)
            if found is not None:
                block.blocks[segment] = found
                return found
        if block.inside is None:
            block.inside = self._inside(block)
        indent, starts, named = block.inside
        i = named.get(segment.encode(errors="surrogatepass"))
        if i is None and not named and segment.isascii() and segment.isdigit():
            i = int(segment)
        if i is None or i >= len(starts):
            return None
        start, end = starts[i], starts[i + 1] - 1 if i + 1 < len(starts) else block.end
        block.blocks[segment] = _Block(start, end, indent)
        return block.blocks[segment]

    def _straight(self, block: _Block, segment: str) -> _Block | None:
        """The member of a JSON object that opens at the end of a line, by plain search; None where it takes more to find it."""
        content = self._content
        opened = content.find(b"\n", block.start, block.end)
        first = _FIRST.match(content, opened, block.end) if opened > 0 and content[opened - 1] == _BRACE else None
        if first is None or first[2] != b'"' or len(first[1]) <= block.indent:
            return None
        start = content.find(b'\n%b"%b":' % (first[1], segment.encode(errors="surrogatepass")), opened, block.end)
        if start < 0 or content.find(b"\n" + b" " * block.indent + b"}", opened, start) >= 0:
            return None
        return _Block(start + 1, block.end, len(first[1]), loose=True)

    def _inside(self, block: _Block) -> _Inside:
        content = self._content
        if block.loose:
            after = re.compile(rb"\n {0,%d}\S" % block.indent).search(content, block.start, block.end)
            block.end, block.loose = after.start() if after is not None else block.end, False
        first = _FIRST.search(content, block.start, block.end)
        bare = block is self._root and not content[:1].isspace() and content[:1] not in (b"{", b"[")
        if first is None and not bare:
            return _Inside(0, [], {})
        indent, listed = (0, content[:2] == b"- ") if bare or first is None else (len(first[1]), first[2] == b"-")
        if indent < block.indent or (indent == block.indent and not listed):
            return _Inside(0, [], {})
        sibling = rb"-(?=\s)" if listed else rb"(?![\s#\]}]|-\s)"
        if content[:1] == b"{" and first is not None and _KEY.match(content, first.end(1)):
            sibling = b'"'  # an object in JSON: plain text to look for, twice as fast
        each = re.compile(b"\n" + b" " * indent + sibling)
        starts = [found.start() + 1 for found in each.finditer(content, block.start, block.end)]
        if bare:
            starts.insert(0, 0)
        return _Inside(indent, starts, {} if listed else self._named(starts, indent))

    def _named(self, starts: list[int], indent: int) -> dict[bytes, int]:
        """The names that stand at the starts; none in a list."""
        named: dict[bytes, int] = {}
        for i, start in enumerate(starts):
            key = _KEY.match(self._content, start + indent)
            if key is not None and key.lastindex is not None:
                name = key[key.lastindex]
                named.setdefault(_unescaped(name) if key.lastindex == 1 and b"\\" in name else name, i)
        return named


def _unescaped(name: bytes) -> bytes:
    try:
        return str(orjson.loads(b'"%b"' % name)).encode(errors="surrogatepass")
    except orjson.JSONDecodeError:
        return name


def line_of(content: bytes, at: str) -> int | None:
    """One line of a document; who asks for many keeps a `Lines`."""
    return Lines(content).of(at)
