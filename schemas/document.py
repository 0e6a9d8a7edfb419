"""The bytes as served, and where they came from: one file, or a bundle of those that import each other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NewType, TypeAlias

if TYPE_CHECKING:
    Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
else:
    Json = Any  # the recursive alias is for the type checker; tools that build codecs from annotations recurse for ever on it

ContentHash = NewType("ContentHash", str)
"""SHA-256 of the raw bytes, 64 lower-case hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """That a file names another one. `name` is what the bundle calls it, `at` where it is, as seen from the bundle's first file.

    `within` is the folder, seen from there as well, below which all that a file may name is kept.
    """

    name: str
    at: str
    within: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A further file of a bundle, called as the files that import it name it. `content` None: it is not to be had.

    `because` says why it is not; what is stored does not say it again.
    """

    name: str
    content: bytes | None = field(repr=False)
    because: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One served document. Never parsed here; a format does that.

    `source` is a URL without credentials or a file name, for people. `media_type` is lower case without parameters,
    None where the server named none. `headers` holds only those that matter later (validators, Deprecation, Sunset,
    Link), names in lower case. `parts` are the files that it imports, sorted by name.
    """

    content: bytes = field(repr=False)
    source: str = ""
    media_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()

    @property
    def hash(self) -> ContentHash:
        """The identity of a snapshot: equal bytes are the same snapshot, whatever headers came with them."""
        return ContentHash(hashlib.sha256(self.packed()).hexdigest())

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return len(self.content) + sum(len(part.content or b"") for part in self.parts)

    def alike(self, other: Document) -> bool:
        """Whether every file is the same, to the byte."""
        return self.content == other.content and self.parts == other.parts

    def packed(self) -> bytes:
        """All files as one: just the content where it is alone, else a line that lists them, and them one after the other."""
        if not self.parts:
            return self.content
        sizes = [[part.name, None if part.content is None else len(part.content)] for part in self.parts]
        head = json.dumps([len(self.content), sizes], separators=(",", ":")).encode()
        return b"".join((head, b"\n", self.content, *(part.content or b"" for part in self.parts)))


def unpacked(raw: bytes) -> tuple[bytes, tuple[Part, ...]]:
    """What `Document.packed` made of a bundle; raises `ValueError` for anything else."""
    head, _, rest = raw.partition(b"\n")
    first, sizes = json.loads(head)
    content, at, parts = rest[:first], first, list[Part]()
    for name, size in sizes:
        parts.append(Part(name=name, content=None if size is None else rest[at : at + size]))
        at += size or 0
    if at != len(rest):
        raise ValueError("the files are not as long as the list of them says")
    return content, tuple(parts)
