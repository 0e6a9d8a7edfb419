"""Values made of the words and numbers that two schemas mention, without understanding either: tried when all aim failed.

Aimed values follow one place at a time; what only two members together, or a value three levels down, brings to light is
found more surely by trying many small values. Always the same ones in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, islice
from typing import TYPE_CHECKING, Any

from schemas.engine.regex import example
from schemas.engine.same import text
from schemas.proof.scalars import hints

if TYPE_CHECKING:
    from schemas.document import Json

_LOOKED = 5_000
"""Places of a schema that are looked at for words."""
_NAMES, _SCALARS, _FEW = 8, 28, 10
_PLAIN: tuple[Any, ...] = ("a", 1, None, True, "", 0, 2, -1, 1.5, False, "b", "ab", 3, 0.5, 7, "abcd")
_MIXED = 1_200
_NUMBERS = frozenset(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"))
_LENGTHS = frozenset(("minLength", "maxLength"))
_NAMED = frozenset(("properties", "dependentRequired", "dependentSchemas", "dependencies"))


def values(*roots: Json) -> Iterator[Any]:
    """Small values, the smallest first."""
    names, scalars = _words(roots)
    yield from ([], {}, *scalars)
    yield from _constants(roots)
    few = scalars[:_FEW]
    small: list[Any] = [
        *([one] for one in scalars),
        *({name: one} for name in names for one in scalars),
    ]
    yield from small
    pairs: list[Any] = [
        *({name: one, other: two} for name, other in combinations(names, 2) for one in few for two in few[:6]),
        *([one, two] for one in few for two in few),
        *([one, one, two] for one in few[:4] for two in few[:4]),
    ]
    yield from pairs
    for name in names:
        yield from ({name: one} for one in small[:: max(1, len(small) // 40)])
    yield from ([one] for one in small)
    yield from islice(_mixed(names, scalars), _MIXED)


def _constants(roots: Iterable[Json]) -> Iterator[Any]:
    """Objects of two or more members, each with a value that the schemas name for it."""
    named = [(name, held[:4]) for name, held in hints(*roots).items()][:_NAMES]
    for (name, held), (other, theirs) in combinations(named, 2):
        yield from ({name: one, other: two} for one in held for two in theirs)
    yield {name: held[0] for name, held in named}


def _words(roots: Iterable[Json]) -> tuple[list[str], list[Any]]:
    """The names of members, and the scalars on both sides of every limit, that the schemas mention; the commonest first."""
    names: dict[str, int] = {}
    said: dict[str, Any] = {}
    work = list(roots)
    looked = 0
    while work and looked < _LOOKED:
        here = work.pop(0) if looked < 200 else work.pop()
        looked += 1
        if isinstance(here, dict):
            for word, told in here.items():
                if word in _NAMED and isinstance(told, dict):
                    for name in told:
                        names[name] = names.get(name, 0) + 1
                elif word == "required" and isinstance(told, list):
                    for name in (one for one in told if isinstance(one, str)):
                        names[name] = names.get(name, 0) + 1
                elif word == "patternProperties" and isinstance(told, dict):
                    for name in (made for made in map(example, islice(told, 4)) if made is not None):
                        names[name] = names.get(name, 0) + 1
                for value in _near(word, told):
                    said[text(value)] = value
                if isinstance(told, dict | list):
                    work.append(told)
        elif isinstance(here, list):
            work.extend(one for one in here if isinstance(one, dict | list))
    chosen = sorted(names, key=lambda name: (-names[name], name))[:_NAMES]
    plain = {text(value): value for value in _PLAIN}
    first = {text(value) for value in _PLAIN[:4]}
    mentioned = [said[key] for key in sorted(said, key=lambda key: (key in plain, key)) if key not in first]
    scalars = {text(value): value for value in (*_PLAIN[:4], *mentioned[:_SCALARS], *_PLAIN)}
    return [*chosen, "zz0"], list(scalars.values())


def _near(word: str, told: Json) -> list[Any]:
    if word == "const":
        return [told] if len(text(told)) < 200 else []
    if word == "enum" and isinstance(told, list):
        return [one for one in told[:6] if len(text(one)) < 200]
    if word == "pattern" and isinstance(told, str):
        made = example(told)
        return [made] if made is not None else []
    if isinstance(told, bool) or not isinstance(told, int | float) or abs(told) > 1e12:
        return []
    if word in _NUMBERS:
        return [told, told + 1, told - 1, told + 0.5, told * 2]
    if word in _LENGTHS and 0 <= told <= 200:
        return ["x" * length for length in {int(told) - 1, int(told), int(told) + 1} if length >= 0]
    return []


def _mixed(names: list[str], scalars: list[Any]) -> Iterator[Any]:
    """Values of up to three levels, chosen by a counter that is stirred well."""
    state = 1

    def pick(below: int) -> int:
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (state >> 33) % below

    def made(depth: int) -> Any:
        kind = pick(5) if depth else 0
        if kind < 2:
            return scalars[pick(len(scalars))]
        if kind == 2:
            return [made(depth - 1) for _ in range(pick(4))]
        return {names[pick(len(names))]: made(depth - 1) for _ in range(pick(4))}

    while True:
        value = made(3)
        if isinstance(value, dict | list):
            yield value
