"""What is read from files that show our use, before any schema is known. Shapes and names, never values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from schemas.usage import Usage

if TYPE_CHECKING:
    from schemas.document import Json

MAX_DEPTH = 60
"""Levels of a body that are looked into. Recordings only prove, so what lies deeper is merely not proven."""

MAX_ALIKE = 200
"""Different shapes of items that one list keeps."""

ANYTHING = "anything"
"""The kind of a shape that somebody wrote down by name and not by value."""

_ID = re.compile(r"[0-9a-f-]{16,}|.*\d{3,}.*|\d+|.*[@%=].*|.{33,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of one JSON value: its kind, the members of an object, the different shapes among a list's items."""

    kind: str
    members: tuple[tuple[str, Shape], ...] = ()
    items: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A GraphQL document of ours. `source` is the file for people."""

    source: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One recorded exchange. `origin` is `https://host` in lower case, empty where the recording names no host.

    `path` is as called and may hold identifiers: it is matched, never told; `shown` is fit to be told. `query` and
    `headers` are names alone. `status` is 0 where none is known. `sent` and `got` are the shapes of the bodies, None where
    there is none or it is not understood. `source` is the file, `label` what the file calls the exchange.
    """

    method: str
    path: str = field(repr=False)
    origin: str = ""
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    sent_type: str = ""
    sent: Shape | None = None
    status: int = 0
    got_type: str = ""
    got: Shape | None = None
    source: str = ""
    label: str = ""

    @property
    def shown(self) -> str:
        """The call with what looks like an identifier left out."""
        return f"{self.method} {'/'.join('…' if _ID.fullmatch(part) else part for part in self.path.split('/'))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a source means in a schema: the use it makes, and what was not matched as (what, why).

    `matched` counts the calls or operations that were.
    """

    usage: Usage = Usage()
    unmatched: tuple[tuple[str, str], ...] = ()
    matched: int = 0


def shape_of(value: Json, *, depth: int = 0) -> Shape:
    """The shape of a JSON value."""
    if depth > MAX_DEPTH:
        return Shape(ANYTHING)
    if isinstance(value, dict):
        return Shape("object", tuple((name, shape_of(member, depth=depth + 1)) for name, member in value.items()))
    if isinstance(value, list):
        alike: dict[Shape, None] = {}
        for item in value:
            if len(alike) >= MAX_ALIKE:
                break
            alike.setdefault(shape_of(item, depth=depth + 1))
        return Shape("array", items=tuple(alike))
    if value is None or isinstance(value, bool):
        return Shape("null" if value is None else "boolean")
    return Shape("string" if isinstance(value, str) else "number")


def form_shape(names: Iterable[str]) -> Shape:
    """The shape of a form by the names of its fields; `card[number]` and `items[0][price]` are members of members."""
    tree: dict[str, dict[str, object]] = {}
    for name in names:
        here: dict[str, object] = tree  # type: ignore[assignment]  # because a tree of trees has no finite type
        for step in [part.rstrip("]") for part in name.split("[")][:MAX_DEPTH]:
            if step and not step.isdigit():
                here = here.setdefault(step, {})  # type: ignore[assignment]  # as above
    return _of_tree(tree)


def _of_tree(tree: Mapping[str, object]) -> Shape:
    return Shape(ANYTHING, tuple((name, _of_tree(below)) for name, below in tree.items() if isinstance(below, dict)))


def body_shape(content: str, media_type: str) -> Shape | None:
    """The shape of a body given as text; None where it is empty or in no media type whose members have names."""
    import orjson

    if "json" in media_type:
        try:
            return shape_of(orjson.loads(content))
        except orjson.JSONDecodeError:
            return None
    if media_type == "application/x-www-form-urlencoded":
        return form_shape(name for name, _ in parse_qsl(content, keep_blank_values=True))
    return None


def plain_type(header: object) -> str:
    """A media type without parameters, in lower case; empty for what is no text."""
    return header.partition(";")[0].strip().lower() if isinstance(header, str) else ""
