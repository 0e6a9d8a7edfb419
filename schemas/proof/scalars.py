"""Numbers, texts and constants worth trying."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from schemas.engine.regex import example, matches
from schemas.engine.same import text
from schemas.engine.settle import in_range, plain
from schemas.model import Number, Text

if TYPE_CHECKING:
    from schemas.document import Json


def numbers(facet: Number, against: list[Number]) -> Iterator[Any]:
    points: list[Fraction] = [
        Fraction(0),
        Fraction(1),
        Fraction(-1),
        Fraction(3, 2),
        Fraction(2),
        Fraction(7),
        Fraction(10**9 + 7),
    ]
    step = facet.step.value if facet.step else Fraction(1)
    ends: list[Fraction] = []
    for number in (facet, *against):
        ends.extend(bound.value.value for bound in (number.low, number.high) if bound is not None)
        if number.step is not None:
            points += [number.step.value, number.step.value * 2, number.step.value * 3, number.step.value / 2]
        for value in number.values.value.values() if number.values else ():
            if isinstance(value, int | float):
                points += [Fraction(str(value)), Fraction(str(value)) + 1]
    for end in ends:
        points += [
            end,
            end + 1,
            end - 1,
            end + Fraction(1, 2),
            end - Fraction(1, 2),
            end + Fraction(1, 1000),
            end - Fraction(1, 1000),
        ]
        points += [(end // step) * step + step * k for k in (-1, 0, 1, 2)]
        points += [end + 100, end - 100, end * 10]
    for k in (1, 2, 3, 5, 7):
        points.append(step * k)
    seen = set()
    for point in sorted(dict.fromkeys(points), key=lambda p: (p not in ends, abs(p))):
        if in_range(facet, point) and point not in seen:
            seen.add(point)
            value = plain(point)
            if abs(value) < 1e15:
                yield value


def texts(facet: Text, against: list[Text], banned: list[Text]) -> Iterator[str]:
    least, most = facet.low.value if facet.low else 0, facet.high.value if facet.high else None
    lengths = {least, least + 1, 0, 1, 3}
    for other in (facet, *against):
        for end in (other.low, other.high):
            if end is not None:
                lengths |= {end.value - 1, end.value, end.value + 1}
    possible = sorted(n for n in lengths if least <= n <= 20_000 and (most is None or n <= most))
    made: list[str] = []
    listed = [value for other in against if other.values for value in other.values.value.values() if isinstance(value, str)]
    made += listed[:6]
    if facet.patterns:
        pattern = facet.patterns[0].value
        for other in against:
            for said in other.patterns:
                found = example(pattern, avoiding=said.value)
                made += [found] if found is not None else []
            for low, high in (
                (0, other.low.value - 1) if other.low else (None, None),
                (other.high.value + 1, None) if other.high else (None, None),
            ):
                if low is not None and (high or low) <= 64:
                    outside = f"^[\\s\\S]{{0,{low - 1}}}$" if high is None and low else f"^[\\s\\S]{{{(high or 0) + 1},}}$"
                    found = example(pattern, avoiding=outside)
                    made += [found] if found is not None else []
        for said in facet.patterns:
            made += _several(said.value, listed, _outside(least, most))
    else:
        made += ["x" * n for n in possible]
        for other in against:
            for said in other.patterns:
                for avoiding in [said.value]:
                    for wide in (f"^[\\s\\S]{{{min(least, 64)},{'' if most is None or most > 64 else most}}}$",):
                        found = example(wide, avoiding=avoiding)
                        made += [found] if found is not None else []
    for other in banned:
        for said in other.patterns:
            found = example(said.value, avoiding=_outside(least, most))
            made += [found] if found is not None else []
    made += ["a", "", "A1 é", "0", "zz top", "2020-01-01"]
    for value in dict.fromkeys(made):
        fits = least <= len(value) and (most is None or len(value) <= most)
        if fits and all(matches(said.value, value) is not False for said in facet.patterns):
            yield value


def _several(pattern: str, listed: list[str], outside: str | None) -> list[str]:
    """A few texts that the pattern matches, none of them among those listed, first of the lengths wanted."""
    made: list[str] = []
    for _ in range(4):
        known = "|".join(re.escape(value) for value in (*listed[:20], *made) if len(value) <= 40)
        parts = [part for part in (f"^(?:{known})$" if known else None, outside) if part]
        found = example(pattern, avoiding="|".join(parts) or None)
        if found is None:
            break
        made.append(found)
    return made or [found for found in (example(pattern),) if found is not None]


def _outside(least: int, most: int | None) -> str | None:
    """A pattern for the texts that are shorter or longer than wanted; None where there is none of a size to work with."""
    parts = [f"^[\\s\\S]{{0,{least - 1}}}$"] if 0 < least <= 64 else []
    parts += [f"^[\\s\\S]{{{most + 1},}}$"] if most is not None and most <= 64 else []
    return "|".join(parts) or None


def spread(built: list[Any], choice: list[Any]) -> list[Any]:
    """The items made distinct, by counting up where that is of their kind."""
    found, seen = [], set()
    for i, item in enumerate(built):
        value = item
        if text(item) in seen:
            counted = f"{item}{i}" if isinstance(item, str) else i + 10_000
            value = next((other for other in choice if text(other) not in seen), counted)
        seen.add(text(value))
        found.append(value)
    return found


def _constants(raws: Iterable[Json]) -> Iterator[Any]:
    for raw in raws:
        if isinstance(raw, dict):
            if "const" in raw:
                yield raw["const"]
            if isinstance(raw.get("enum"), list):
                yield from raw["enum"]  # type: ignore[misc]  # a list, as just asked


def hints(*roots: Json) -> dict[str, list[Any]]:
    """Constants that the schemas name for members, by member name: what conditions and tags turn on."""
    found: dict[str, dict[str, Any]] = {}
    work: list[tuple[Json, str | None]] = [(root, None) for root in roots]
    looked = 0
    while work and looked < 20_000:
        here, name = work.pop()
        looked += 1
        if isinstance(here, dict):
            if name is not None:
                for value in _constants([here]):
                    found.setdefault(name, {})[text(value)] = value
            for key, value in here.items():
                if key in ("properties", "patternProperties") and isinstance(value, dict):
                    work.extend((schema, member) for member, schema in value.items())
                elif isinstance(value, dict | list):
                    work.append((value, name if key in ("not", "anyOf", "oneOf", "allOf", "if", "then", "else") else None))
        elif isinstance(here, list):
            work.extend((value, name) for value in here if isinstance(value, dict | list))
    return {name: list(values.values()) for name, values in sorted(found.items())}
