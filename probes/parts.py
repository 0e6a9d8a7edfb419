"""What has to be fetched before a document is whole: which parts, how many at most, how deep they may import each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from probes.errors import Unfit
from schemas import formats
from schemas.document import Document, Import, Part

MOST_PARTS = 200
DEEPEST = 20
_LONGEST = 2000


class Gathering:
    """One bundle while it is put together. Ask `wanted` for the next parts, fetch each in whatever way, and `add` it.

    Each part is asked for once, so circles end. `max_bytes` is for all files together. Raises `Unfit` over any cap.
    """

    def __init__(self, document: Document, *, format: str | None, max_bytes: int) -> None:
        self._first = document
        self._format = format
        self._max_bytes = max_bytes
        self._parts: dict[str, Part] = {}
        self._unread: list[str] = [""]
        self._depth = 0

    @property
    def document(self) -> Document:
        """The bundle as far as it is known."""
        return replace(self._first, parts=tuple(sorted(self._parts.values(), key=lambda part: part.name)))

    @property
    def left(self) -> int:
        """The bytes that further parts may have."""
        return self._max_bytes - self.document.size

    def wanted(self) -> list[Import]:
        """What the parts added last import and nobody asked for yet; empty when the bundle is whole."""
        found: dict[str, Import] = {}
        for each in self._imports():
            if len(each.name) > _LONGEST:
                raise Unfit(f"{self._first.source} imports something by an address of more than {_LONGEST:,} characters")
            if each.name not in self._parts:
                found.setdefault(each.name, each)
        if not found:
            return []
        self._depth += 1
        source = self._first.source
        if self._depth > DEEPEST:
            raise Unfit(f"{source} imports parts that import parts, more than {DEEPEST} deep")
        if len(self._parts) + len(found) > MOST_PARTS:
            raise Unfit(f"{source} is made of more than {MOST_PARTS} parts; watch what is imported by itself")
        return list(found.values())

    def add(self, name: str, content: bytes | None, because: str = "") -> None:
        """A part that came, or (None) is not to be had, `because` of something."""
        self._parts[name] = Part(name=name, content=content, because=because)
        if content is not None:
            self._unread.append(name)
        if self.left < 0:
            raise Unfit(f"{self._first.source} and what it imports have more than {self._max_bytes:,} bytes together")

    def _imports(self) -> Iterator[Import]:
        document, self._unread, unread = self.document, [], self._unread
        for name in unread:
            yield from formats.imports(document, name, format=self._format)
