"""From a named type to the calls whose messages it is in, for formats that describe calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import NamedTuple

from schemas.change import Direction


class Edges(NamedTuple):
    """By the name of a type: the types that hold it, the calls that send it, and those that answer with it."""

    holders: Mapping[str, Set[str]]
    sent: Mapping[str, Set[str]]
    answered: Mapping[str, Set[str]]


class Reach:
    """What of a schema is sent and what is read. The edges are asked for on first use; each answer is kept."""

    def __init__(self, edges: Callable[[], Edges]) -> None:
        self._edges = edges
        self._built: Edges | None = None
        self._known: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        self._sorted: dict[str, tuple[str, ...]] = {}

    def to(self, name: str) -> tuple[str, ...]:
        """The calls whose request or answer holds the type, sorted."""
        if name not in self._sorted:
            sent, answered = self._of(name)
            self._sorted[name] = tuple(sorted(sent | answered))
        return self._sorted[name]

    def occurs(self, name: str) -> Direction:
        """Whether it is only ever sent or only ever read. What no call reaches (events, files) may be either."""
        sent, answered = self._of(name)
        if bool(sent) == bool(answered):
            return Direction.BOTH
        return Direction.REQUEST if sent else Direction.RESPONSE

    def _of(self, name: str) -> tuple[frozenset[str], frozenset[str]]:
        if name not in self._known:
            holders, *calls = self._built = self._built or self._edges()
            around, waiting = {name}, [name]
            while waiting:
                fresh = holders.get(waiting.pop(), frozenset()) - around
                around |= fresh
                waiting += fresh
            sent, answered = (frozenset(call for each in around for call in side.get(each, ())) for side in calls)
            self._known[name] = sent, answered
        return self._known[name]
