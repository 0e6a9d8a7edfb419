"""Which line of a document a pointer leads to, by indentation: no second parse, and exact for text laid out as tools do it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import orjson

from schemas.pointer import _Missing, split, step

if TYPE_CHECKING:
    from schemas.document import Json

_FIRST = re.compile(rb"\n( *)(-(?=\s)|[^\s#])")
_KEY = re.compile(rb"""(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)')\s*:|([^\s"'{\[][^\n]*?)\s*:(?=\s|\Z)""")
_FEWEST = 3
"""Line breaks a document must have for a line to tell anything."""
_QUOTED = rb'"([^"\\\n]*(?:\\.[^"\\\n]*)*)"\s*:'
_MANY = 32
"""Members from which an object is searched as a whole, once a few of them were looked for by themselves."""
_FEW = 2
_NEAR = 1 << 16
"""Bytes over which a member that was found is held to stand in its object; farther off the layout is trusted."""
_BRACE = ord("{")
_STRETCH = 1 << 14
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
    searched: int = 0
    """How many members were looked for by themselves."""
    inside: _Inside | None = None
    blocks: dict[str, _Block] = field(default_factory=dict)


class Lines:
    """The lines of one document, JSON or block-style YAML, and its tree. Each level around what is asked for is searched once."""

    def __init__(self, content: bytes, tree: Json) -> None:
        self._content, self._tree = content, tree
        laid_out = content.count(b"\n", 0, 4096) >= _FEWEST or content.count(b"\n") >= _FEWEST
        self._before = [0]
        self._root = _Block(0, len(content), -1) if laid_out else None

    def of(self, at: str) -> int | None:
        """The line (from 1) where the member at pointer `at` is written, or of the closest one around it that is found.

        None where the text is written in a line or two.
        """
        if self._root is None:
            return None
        block, here = self._root, self._tree
        for segment in split(at):
            inner = step(here, segment)
            below = None if isinstance(inner, _Missing) else block.blocks.get(segment) or self._below(block, segment, here)
            if below is None or isinstance(inner, _Missing):
                break
            block, here = below, inner
        return self._line(block.start)

    def _line(self, position: int) -> int:
        stretch, before = position // _STRETCH, self._before
        while len(before) <= stretch:
            start = (len(before) - 1) * _STRETCH
            before.append(before[-1] + self._content.count(b"\n", start, start + _STRETCH))
        return before[stretch] + self._content.count(b"\n", stretch * _STRETCH, position) + 1

    def _below(self, block: _Block, segment: str, tree: Json) -> _Block | None:
        """The block of a member of `tree`, which stands in `block`."""
        if isinstance(tree, dict) and block.inside is None and (len(tree) < _MANY or block.searched < _FEW):
            block.searched += 1
            found = self._straight(block, segment)
            if found is not None:
                block.blocks[segment] = found
                return found
        if block.inside is None:
            block.inside = self._inside(block, tree)
        indent, starts, named = block.inside
        i = named.get(segment.encode(errors="surrogatepass"))
        if i is None and not named and segment.isascii() and segment.isdigit():
            i = int(segment)
        if i is None or i >= len(starts):
            return None
        last = i + 1 == len(starts)
        end = block.end if last else starts[i + 1] - 1
        block.blocks[segment] = _Block(starts[i], end, indent, loose=last and block.loose)
        return block.blocks[segment]

    def _straight(self, block: _Block, segment: str) -> _Block | None:
        """The member of a JSON object that opens at the end of a line, by plain search; None where it takes more to find it."""
        content = self._content
        if '"' in segment or "\\" in segment:
            return None
        opened = content.find(b"\n", block.start, block.end)
        first = _FIRST.match(content, opened, block.end) if opened > 0 and content[opened - 1] == _BRACE else None
        if first is None or first[2] != b'"' or len(first[1]) <= block.indent:
            return None
        start = content.find(b'\n%b"%b":' % (first[1], segment.encode(errors="surrogatepass")), opened, block.end)
        if start < 0 or (start - opened < _NEAR and content.find(b"\n" + b" " * max(block.indent, 0) + b"}", opened, start) >= 0):
            return None
        return _Block(start + 1, block.end, len(first[1]), loose=True)

    def _inside(self, block: _Block, tree: Json) -> _Inside:
        content = self._content
        first = _FIRST.search(content, block.start, block.end)
        if content[:1] == b"{" and isinstance(tree, dict) and first is not None and _KEY.match(content, first.end(1)):
            return self._quoted(block, len(first[1]), len(tree))
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
        each = re.compile(b"\n" + b" " * indent + (rb"-(?=\s)" if listed else rb"(?![\s#\]}]|-\s)"))
        starts = [found.start() + 1 for found in each.finditer(content, block.start, block.end)]
        if bare:
            starts.insert(0, 0)
        return _Inside(indent, starts, {} if listed else self._named(starts, indent))

    def _quoted(self, block: _Block, indent: int, count: int) -> _Inside:
        """The `count` members of an object in JSON: plain text to look for, which is fast."""
        if indent <= block.indent:
            return _Inside(0, [], {})
        starts: list[int] = []
        named: dict[bytes, int] = {}
        each = re.compile(b"\n" + b" " * indent + _QUOTED)
        for found in islice(each.finditer(self._content, block.start, block.end), count):
            named.setdefault(_unescaped(found[1]) if b"\\" in found[1] else found[1], len(starts))
            starts.append(found.start() + 1)
        return _Inside(indent, starts, named)

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
