"""JSON pointers (RFC 6901) as plain text: the empty pointer is the whole document."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from schemas.document import Json


class _Missing:
    """What stands where a pointer leads nowhere; None is a JSON value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()


def escape(segment: str) -> str:
    """A member name as a pointer segment."""
    return segment.replace("~", "~0").replace("/", "~1") if "~" in segment or "/" in segment else segment


def unescape(segment: str) -> str:
    """A pointer segment as the member name it stands for."""
    return segment.replace("~1", "/").replace("~0", "~") if "~" in segment else segment


def join(pointer: str, *segments: str | int) -> str:
    """`pointer` extended by member names or positions."""
    for segment in segments:
        pointer += f"/{escape(segment) if isinstance(segment, str) else segment}"
    return pointer


def split(pointer: str) -> list[str]:
    """The member names along `pointer`."""
    return [unescape(segment) for segment in pointer.split("/")[1:]]


def from_fragment(fragment: str) -> str:
    """The pointer in the fragment of a reference, percent-decoded: `/a%20b` is `/a b`."""
    return unquote(fragment) if "%" in fragment else fragment


def find(tree: Json, pointer: str) -> Json | _Missing:
    """What `pointer` leads to, or `MISSING`."""
    here: Json | _Missing = tree
    for segment in split(pointer):
        if isinstance(here, _Missing):
            return here
        here = step(here, segment)
    return here


def step(here: Json, segment: str) -> Json | _Missing:
    """The member or item of one value that a segment names, or `MISSING`."""
    if isinstance(here, dict):
        return here.get(segment, MISSING)
    if isinstance(here, list) and segment.isascii() and segment.isdigit() and len(segment) < 10 and int(segment) < len(here):
        return here[int(segment)]
    return MISSING
