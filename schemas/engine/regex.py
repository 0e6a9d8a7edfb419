"""Patterns of schemas as finite automata: matching never backtracks, and two patterns can be compared.

Patterns are read as ECMA-262 means them (`\\d`, `\\w` and `\\s` are ASCII, `$` is the very end, a match may start anywhere), by
Python's own parser. What that does not read the same, or what a finite automaton cannot say (look-around,
back-references), is answered with None or `UNKNOWN`.
"""

from __future__ import annotations

import re._constants as sre  # type: ignore[import-not-found]  # the parser behind `re` has no stubs
import re._parser as sre_parse  # type: ignore[import-not-found]  # as above
from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any, TypeAlias

MAX_STATES = 3000
"""States of one automaton, and of the product of two; beyond, the question stays open."""
MAX_MOVES = 50_000
"""Steps that one automaton remembers."""
_TOP = 0x10FFFF

Ranges: TypeAlias = tuple[tuple[int, int], ...]
_ANY: Ranges = ((0, _TOP),)
_DIGIT: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Ranges = ((9, 13), (32, 32), (160, 160), (0xFEFF, 0xFEFF), (0x2028, 0x2029))
_NO_NEWLINE: Ranges = ((0, 9), (11, 12), (14, 0x2027), (0x202A, _TOP))


class Relation(Enum):
    """How a new set of values stands to an old one."""

    EQUAL = "equal"
    NARROWER = "narrower"
    WIDER = "wider"
    CROSSING = "crossing"
    UNKNOWN = "unknown"


class _Unsaid(Exception):
    """The pattern says what no automaton here can."""


@dataclass(slots=True)
class _Machine:
    """Edges by state: on characters, for free, at the start of the text only, at its end only."""

    edges: list[list[tuple[Ranges, int]]] = field(default_factory=list)
    free: list[list[int]] = field(default_factory=list)
    at_start: list[list[int]] = field(default_factory=list)
    at_end: list[list[int]] = field(default_factory=list)
    accept: int = 0
    moves: dict[tuple[frozenset[int], int], frozenset[int]] = field(default_factory=dict)

    def state(self) -> int:
        if len(self.edges) >= MAX_STATES:
            raise _Unsaid
        for table in (self.edges, self.free, self.at_start, self.at_end):
            table.append([])
        return len(self.edges) - 1

    def closure(self, states: frozenset[int] | set[int], *, start: bool = False, end: bool = False) -> frozenset[int]:
        found, work = set(states), list(states)
        while work:
            here = work.pop()
            for target in (*self.free[here], *(self.at_start[here] if start else ()), *(self.at_end[here] if end else ())):
                if target not in found:
                    found.add(target)
                    work.append(target)
        return frozenset(found)

    def step(self, states: frozenset[int], char: int) -> frozenset[int]:
        to = self.moves.get((states, char))
        if to is None:
            reached = set()
            for here in states:
                for ranges, target in self.edges[here]:
                    for low, high in ranges:
                        if low <= char <= high:
                            reached.add(target)
                            break
            to = self.closure(reached)
            if len(self.moves) < MAX_MOVES:
                self.moves[states, char] = to
        return to

    def accepts(self, states: frozenset[int], *, start: bool) -> bool:
        return self.accept in self.closure(states, start=start, end=True)


@lru_cache(maxsize=128)
def _machine(pattern: str) -> _Machine | None:
    if len(pattern) > 2000:
        return None
    try:
        tree = sre_parse.parse(pattern, 0)
        machine = _Machine()
        begin, end = machine.state(), machine.state()
        machine.accept = end
        machine.edges[begin].append((_ANY, begin))
        machine.edges[end].append((_ANY, end))
        machine.free[_sequence(machine, tree, begin)].append(end)
    except (_Unsaid, sre.error, RecursionError, OverflowError, ValueError):
        return None
    return machine


def _sequence(machine: _Machine, items: Any, here: int) -> int:
    for op, argument in items:
        here = _one(machine, op, argument, here)
    return here


def _one(machine: _Machine, op: Any, argument: Any, here: int) -> int:
    if op in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
        to = machine.state()
        machine.edges[here].append((_ranges(op, argument), to))
        return to
    if op is sre.SUBPATTERN:
        if argument[1] or argument[2]:
            raise _Unsaid
        return _sequence(machine, argument[3], here)
    if op is sre.BRANCH:
        to = machine.state()
        for branch in argument[1]:
            start = machine.state()
            machine.free[here].append(start)
            machine.free[_sequence(machine, branch, start)].append(to)
        return to
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        return _repeat(machine, argument, here)
    if op is sre.AT and argument in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING, sre.AT_END, sre.AT_END_STRING):
        to = machine.state()
        starts = argument in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING)
        (machine.at_start if starts else machine.at_end)[here].append(to)
        return to
    raise _Unsaid


def _repeat(machine: _Machine, argument: Any, here: int) -> int:
    least, most, body = argument
    for _ in range(least):
        here = _sequence(machine, body, here)
        if len(machine.edges) >= MAX_STATES:
            raise _Unsaid
    if most is sre.MAXREPEAT:
        loop = machine.state()
        machine.free[here].append(loop)
        machine.free[_sequence(machine, body, loop)].append(loop)
        return loop
    end = machine.state()
    machine.free[here].append(end)
    for _ in range(most - least):
        here = _sequence(machine, body, here)
        machine.free[here].append(end)
    return end


def _ranges(op: Any, argument: Any) -> Ranges:
    if op is sre.LITERAL:
        return ((argument, argument),)
    if op is sre.NOT_LITERAL:
        return _outside(((argument, argument),))
    if op is sre.ANY:
        return _NO_NEWLINE
    found: list[tuple[int, int]] = []
    negated = False
    for kind, value in argument:
        if kind is sre.NEGATE:
            negated = True
        elif kind is sre.LITERAL:
            found.append((value, value))
        elif kind is sre.RANGE:
            found.append(value)
        elif kind is sre.CATEGORY:
            found.extend(_category(value))
        else:
            raise _Unsaid
    return _outside(tuple(found)) if negated else tuple(found)


def _category(value: Any) -> Ranges:
    known = {
        sre.CATEGORY_DIGIT: _DIGIT,
        sre.CATEGORY_NOT_DIGIT: _outside(_DIGIT),
        sre.CATEGORY_WORD: _WORD,
        sre.CATEGORY_NOT_WORD: _outside(_WORD),
        sre.CATEGORY_SPACE: _SPACE,
        sre.CATEGORY_NOT_SPACE: _outside(_SPACE),
    }
    if value not in known:
        raise _Unsaid
    return known[value]


def _outside(ranges: Ranges) -> Ranges:
    found, start = [], 0
    for low, high in sorted(ranges):
        if low > start:
            found.append((start, low - 1))
        start = max(start, high + 1)
    if start <= _TOP:
        found.append((start, _TOP))
    return tuple(found)


def _letters(*machines: _Machine) -> list[int]:
    """One character for each class that the machines tell apart, plain ones first."""
    cuts = {0}
    for machine in machines:
        for edges in machine.edges:
            for ranges, _ in edges:
                for low, high in ranges:
                    cuts.update((low, high + 1))
    starts = sorted(cut for cut in cuts if cut <= _TOP)
    chosen = []
    for i, low in enumerate(starts):
        high = starts[i + 1] - 1 if i + 1 < len(starts) else _TOP
        fit = next((c for c in (97, 48, 65, 95, 45, 32, 35) if low <= c <= high), low)
        if not 0xD800 <= fit <= 0xDFFF:
            chosen.append(fit)
    return sorted(chosen, key=lambda c: (not 32 <= c < 127, c))


def matches(pattern: str, text: str) -> bool | None:
    """Whether `pattern` is found in `text`; None where that cannot be told."""
    machine = _machine(pattern)
    if machine is None or len(text) * len(machine.edges) > 2_000_000:
        return None
    here = machine.closure({0}, start=True)
    for char in text:
        here = machine.step(here, ord(char))
    return machine.accepts(here, start=not text)


@lru_cache(maxsize=512)
def difference(one: str, other: str, *, first: bool = False) -> tuple[str | None, str | None, bool]:
    """A text that only `one` matches, a text that only `other` matches, and whether the search was complete.

    With `first`, a text that only `one` matches is enough."""
    a, b = _machine(one), _machine(other)
    if a is None or b is None:
        return None, None, False
    letters = _letters(a, b)
    start = (a.closure({0}, start=True), b.closure({0}, start=True))
    seen = {start: ""}
    work = deque([start])
    only_a: str | None = None
    only_b: str | None = None
    if len(letters) > 300:
        return None, None, False
    while work:
        here = work.popleft()
        text = seen[here]
        in_a, in_b = a.accepts(here[0], start=not text), b.accepts(here[1], start=not text)
        if in_a and not in_b and only_a is None:
            only_a = text
        if in_b and not in_a and only_b is None:
            only_b = text
        if only_a is not None and (first or only_b is not None):
            return only_a, only_b, True
        for char in letters:
            there = (a.step(here[0], char), b.step(here[1], char))
            if there not in seen:
                if len(seen) >= MAX_STATES:
                    return only_a, only_b, False
                seen[there] = text + chr(char)
                work.append(there)
    return only_a, only_b, True


def relation(old: str, new: str) -> Relation:
    """How what `new` matches stands to what `old` matches."""
    if old == new:
        return Relation.EQUAL
    lost, won, complete = difference(old, new)
    if lost is not None and won is not None:
        return Relation.CROSSING
    if not complete:
        return Relation.UNKNOWN
    if lost is None and won is None:
        return Relation.EQUAL
    return Relation.NARROWER if won is None else Relation.WIDER


def example(pattern: str, *, avoiding: str | None = None) -> str | None:
    """A text that `pattern` matches (and `avoiding` does not); None if none was found."""
    return difference(pattern, avoiding if avoiding is not None else "[^\\s\\S]", first=True)[0]
