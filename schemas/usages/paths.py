"""From a path as called to the path template of a description: `/orders/17` is a call of `/orders/{id}`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote

T = TypeVar("T")

_VARIABLE = re.compile(r"\{[^{}/]*\}")
_LITERAL, _PARTLY, _FREE = 0, 1, 2


@dataclass(slots=True)
class _Step(Generic[T]):
    """One position in the tree of templates. `partly` are segments with a fixed part, such as `{id}.json`."""

    literal: dict[str, _Step[T]] = field(default_factory=dict)
    partly: dict[str, tuple[re.Pattern[str], _Step[T]]] = field(default_factory=dict)
    free: _Step[T] | None = None
    ends: list[T] = field(default_factory=list)


class Templates(Generic[T]):
    """Path templates with what each stands for. The most literal template comes first, as OpenAPI has it."""

    def __init__(self, templates: Iterable[tuple[str, T]]) -> None:
        self._root: _Step[T] = _Step()
        for template, stands_for in templates:
            step = self._root
            for segment in _segments(template):
                step = _down(step, segment)
            step.ends.append(stands_for)

    def matches(self, path: str) -> list[T]:
        """What the templates that `path` fits stand for, the most literal first. Templates fit themselves."""
        found = sorted(self._walk(self._root, _segments(path), 0, ()), key=lambda pair: pair[0])
        return [each for _, ends in found for each in ends]

    def _walk(
        self, step: _Step[T], segments: list[str], at: int, freedom: tuple[int, ...]
    ) -> Iterator[tuple[tuple[int, ...], list[T]]]:
        if at == len(segments):
            if step.ends:
                yield freedom, step.ends
            return
        segment = segments[at]
        if segment in step.literal:
            yield from self._walk(step.literal[segment], segments, at + 1, (*freedom, _LITERAL))
        for pattern, below in step.partly.values():
            if pattern.fullmatch(segment):
                yield from self._walk(below, segments, at + 1, (*freedom, _PARTLY))
        if step.free is not None and segment:
            yield from self._walk(step.free, segments, at + 1, (*freedom, _FREE))


def _segments(path: str) -> list[str]:
    """Decoded one by one, so that an encoded slash stays inside its segment; a slash at the end means nothing."""
    return [unquote(segment) for segment in path.partition("?")[0].partition("#")[0].strip("/").split("/")]


def _down(step: _Step[T], segment: str) -> _Step[T]:
    if _VARIABLE.fullmatch(segment):
        step.free = step.free or _Step()
        return step.free
    if _VARIABLE.search(segment):
        unnamed = _VARIABLE.sub("{}", segment)
        if unnamed not in step.partly:
            pattern = ".+?".join(re.escape(part) for part in unnamed.split("{}"))
            step.partly[unnamed] = (re.compile(pattern), _Step())
        return step.partly[unnamed][1]
    return step.literal.setdefault(segment, _Step())
