"""On which line of a JSON text a place stands. Asked only when something is wrong there."""

from __future__ import annotations

import json
import re

from schemas.pointer import split

_SPACE = re.compile(r"\s*")


def line_of(text: str, pointer: str) -> int:
    """The line (from 1) of the value at `pointer` in valid JSON, or of the nearest place above it that is there."""
    decoder = json.JSONDecoder()
    at = _after(text, 0)
    for segment in split(pointer):
        found = _member(text, at, segment, decoder) if text[at] == "{" else _item(text, at, segment, decoder)
        if found is None:
            break
        at = found
    return text.count("\n", 0, at) + 1


def _after(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match is not None else at


def _member(text: str, at: int, name: str, decoder: json.JSONDecoder) -> int | None:
    at = _after(text, at + 1)
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        at = _after(text, _after(text, at) + 1)  # the colon
        if key == name:
            return at
        at = _next(text, decoder.raw_decode(text, at)[1])
    return None


def _item(text: str, at: int, index: str, decoder: json.JSONDecoder) -> int | None:
    if text[at] != "[" or not index.isdigit():
        return None
    at, left = _after(text, at + 1), int(index)
    while text[at] != "]":
        if not left:
            return at
        left -= 1
        at = _next(text, decoder.raw_decode(text, at)[1])
    return None


def _next(text: str, at: int) -> int:
    at = _after(text, at)
    return _after(text, at + 1) if text[at] == "," else at
