"""The bytes as served, and where they came from."""

from __future__ import annotations

import hashlib
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
class Document:
    """One served document. Never parsed here; a format does that.

    `source` is a URL without credentials or a file name, for people. `media_type` is lower case without parameters,
    None where the server named none. `headers` holds only those that matter later (validators, Deprecation, Sunset,
    Link), names in lower case.
    """

    content: bytes = field(repr=False)
    source: str = ""
    media_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def hash(self) -> ContentHash:
        """The identity of a snapshot: equal bytes are the same snapshot, whatever headers came with them."""
        return ContentHash(hashlib.sha256(self.content).hexdigest())
