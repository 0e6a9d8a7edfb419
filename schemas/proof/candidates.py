"""Values worth trying: those that one place seems to accept, with an eye on what another would refuse.

Nothing here is proof. A value counts only after a validator has looked at it against both whole schemas. Longer than most
files, because values of one kind are made of values of every other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Any

from schemas.engine.blank import is_blank
from schemas.engine.meet import meet_nodes, position
from schemas.engine.own import kind_of
from schemas.engine.regex import example, matches
from schemas.engine.same import text
from schemas.model import ANY, Array, Facet, Node, Number, Record, Text
from schemas.proof.objects import strict_member
from schemas.proof.scalars import numbers, spread, texts
from schemas.proof.values import accepts, rejects

if TYPE_CHECKING:
    from schemas.engine.view import Reader

MOST = 48
"""Values tried at one place."""
DEEPEST = 6
LONGEST = 130
"""Items, members or characters of a made-up value beyond what a length of the schemas asks for."""
WORK = 5000
"""Places that one search may make values for in all."""
_NONE = object()
_PLAIN: dict[str, list[Any]] = {
    "null": [None],
    "boolean": [True, False],
    "number": [0, 1, -1, 1.5, 2, 3, 100],
    "string": ["", "a", "ab", "A1", "zzz", "é"],
}


class Maker:
    """Makes values for the places of `mine`, looking at the places of `theirs`; `hints` are constants by member name."""

    def __init__(self, mine: Reader, theirs: Reader, hints: dict[str, list[Any]], left: int = WORK) -> None:
        self.mine, self.theirs, self.hints = mine, theirs, hints
        self.left = left
        self._samples: dict[tuple[str, ...], list[Any]] = {}
        self._open: set[tuple[str, ...]] = set()

    def samples(self, node: Node, depth: int = 0) -> list[Any]:
        """A few values that the place seems to accept, plain ones first."""
        if node is ANY:
            return [0, "a", None, True, 1.5, [], {}, {"zzz": 1}, ["a", "a"]]
        if node.key in self._samples:
            return self._samples[node.key]
        if node.key in self._open or depth > DEEPEST or self.left <= 0:
            return []
        self.left -= 1
        self._open.add(node.key)
        found: list[Any] = []
        for facets in self.mine.view(node).facets.values():
            for facet in facets[:8]:
                found.extend(islice(self._of(facet, (), depth), 8))
        self._open.discard(node.key)
        self._samples[node.key] = found = _distinct(found)[:24]
        return found

    def aimed(self, node: Node, other: Node, depth: int = 0) -> list[Any]:
        """Values that the place seems to accept and the other one may not."""
        mark = (*node.key, "|", *other.key)
        if mark in self._open or depth > DEEPEST or self.left <= 0:
            return []
        self.left -= 1
        self._open.add(mark)
        mine, theirs = self.mine.view(node), self.theirs.view(other)
        most = MOST if depth else 20 * MOST
        sure: list[Any] = []
        tried: list[list[Any]] = []
        for kind, facets in mine.facets.items():
            against = theirs.facets.get(kind, ())
            if any(is_blank(facet) for facet in against) and not theirs.exclusive:
                continue
            for facet in facets[:12]:
                if not against:
                    sure.extend(islice(self._of(facet, (), depth), 6))
                else:
                    tried.append(list(islice(self._of(facet, against, depth), most)))
        turns = (value for turn in zip_longest(*tried, fillvalue=_NONE) for value in turn if value is not _NONE)
        self._open.discard(mark)
        return _distinct((*sure, *turns))[: 2 * most]

    def _of(self, facet: Facet, against: tuple[Facet, ...], depth: int) -> Iterator[Any]:
        yield from self._banned(facet, against, depth)
        if facet.excluded and self.left > 0 and depth < DEEPEST:
            alone = Maker(self.mine, self.mine, self.hints)
            alone.left, self.left = self.left // 2, self.left // 2
            for node in facet.excluded[:4]:
                yield from (value for value in alone.aimed(ANY, node, depth + 1)[:12] if kind_of(value) == facet.kind)
        if facet.values is not None:
            listed = [other.values.value for other in against if other.values is not None]
            ordered = sorted(facet.values.value.items(), key=lambda item: sum(item[0] in values for values in listed))
            yield from (value for _, value in ordered)
        elif isinstance(facet, Number):
            yield from numbers(facet, [other for other in against if isinstance(other, Number)])
        elif isinstance(facet, Text):
            banned = [
                text for other in against for node in other.excluded for text in self.theirs.view(node).facets.get("string", ())
            ]
            yield from texts(
                facet, [other for other in against if isinstance(other, Text)], [b for b in banned if isinstance(b, Text)]
            )
        elif isinstance(facet, Array):
            yield from self._arrays(facet, [other for other in against if isinstance(other, Array)], depth)
        elif isinstance(facet, Record):
            yield from self._records(facet, [other for other in against if isinstance(other, Record)], depth)
        else:
            yield from _PLAIN[facet.kind]

    def _banned(self, facet: Facet, against: tuple[Facet, ...], depth: int) -> Iterator[Any]:
        """Values that the other side excludes: of its own making, and such as this side does not exclude."""
        places = [banned for other in against for banned in other.excluded]
        if not places or self.left <= 0:
            return
        flipped = Maker(self.theirs, self.mine, self.hints)
        flipped.left, self.left = self.left // 2, self.left // 2
        for banned in places[:6]:
            for value in (
                *(v for mine in facet.excluded for v in flipped.aimed(banned, mine, depth + 1)),
                *flipped.samples(banned, depth + 1),
            ):
                if kind_of(value) == facet.kind:
                    yield value

    def _arrays(self, facet: Array, against: list[Array], depth: int) -> Iterator[Any]:
        least = facet.low.value if facet.low else 0
        for held in facet.contains:
            least = max(least, held.low)
        items = self.samples(facet.rest, depth + 1)
        needles = [
            value
            for held in facet.contains
            for value in self.samples(meet_nodes(facet.rest, held.node), depth + 1)[:1]
            for _ in range(min(held.low, LONGEST))
        ]

        def made(length: int, fill: list[Any]) -> list[Any] | None:
            built: list[Any] = list(needles[:length]) if not facet.prefix else []
            choice = fill
            for i in range(len(built), length):
                choice = self.samples(position(facet, i), depth + 1) if i < len(facet.prefix) else fill
                if not choice:
                    return None
                built.append(choice[0] if i < len(facet.prefix) else choice[i % len(choice)])
            if facet.unique and len({text(value) for value in built}) < len(built):
                built = spread(built, choice)
            return built

        lengths = {least, least + 1, least + 2, 0, 1, 2, 3, len(facet.prefix), len(facet.prefix) + 1}
        ends = [end.value for array in (facet, *against) for end in (array.low, array.high) if end is not None]
        lengths |= {length for end in ends for length in (end - 1, end, end + 1)}
        lengths |= {length for other in against for length in (len(other.prefix), len(other.prefix) + 1)}
        for other in against:
            for held in other.contains:
                lengths |= {held.low - 1, held.low, (held.high or 0) + 1}
        possible = sorted(n for n in lengths if least <= n <= 2000 and (facet.high is None or n <= facet.high.value))
        for length in possible:
            for fill in (items, items[:1], items[1:2], items[2:3]):
                built = made(length, fill) if fill or not length else None
                if built is not None:
                    yield built
        for other in against:
            length = max(len(facet.prefix), len(other.prefix), 1)
            for i in range(min(length + 1, 12)):
                for value in self.aimed(position(facet, i), position(other, i), depth + 1):
                    base = made(max(least, i + 1), items)
                    if base is not None and (facet.high is None or len(base) <= facet.high.value):
                        yield [*base[:i], value, *base[i + 1 :]]
            for held in other.contains:
                for place in (facet.rest, *(meet_nodes(facet.rest, mine.node) for mine in facet.contains)):
                    for value in self.aimed(place, held.node, depth + 1)[:8]:
                        if least <= 2000:
                            yield [value] * max(least, 1)

    def base(self, facet: Record, depth: int, *, full: bool = False) -> dict[str, Any] | None:
        """An object with what is required, or with every described member."""
        made: dict[str, Any] = {}
        for name in facet.required:
            choice = self._values_of(facet, name, depth)
            if not choice:
                return None
            made[name] = choice[0]
        for name in facet.properties if full else ():
            choice = self._values_of(facet, name, depth)
            if choice and name not in made and (facet.high is None or len(made) < facet.high.value):
                made[name] = choice[0]
        fresh = self._fresh(facet, depth)
        while facet.low is not None and len(made) < min(facet.low.value, LONGEST):
            extra = next(((name, value) for name, value in fresh if name not in made), None)
            if extra is None:
                more = next((name for name in facet.properties if name not in made and self._values_of(facet, name, depth)), None)
                if more is None:
                    return None
                extra = more, self._values_of(facet, more, depth)[0]
            made[extra[0]] = extra[1]
        return made

    def _values_of(self, facet: Record, name: str, depth: int) -> list[Any]:
        node = strict_member(facet, name)
        return self.samples(node, depth + 1) if node is not ANY else [*self.hints.get(name, [])[:1], "a", 0]

    def _fresh(self, facet: Record, depth: int) -> Iterator[tuple[str, Any]]:
        for pattern, node in facet.patterns.items():
            name = example(pattern)
            values = self.samples(node, depth + 1)
            if name is not None and values:
                yield name, values[0]
        for value in self.samples(facet.rest, depth + 1)[:1]:
            for name in self._free_names(facet):
                yield name, value

    def _free_names(self, facet: Record) -> Iterator[str]:
        if facet.names is not None:
            yield from (str(value) for value in self.samples(facet.names) if isinstance(value, str))
        for i in range(LONGEST):
            name = f"zz{i}"
            if name not in facet.properties and not any(matches(pattern, name) for pattern in facet.patterns):
                yield name

    def _records(self, facet: Record, against: list[Record], depth: int) -> Iterator[Any]:
        bases = [made for full in (False, True) for made in (self.base(facet, depth, full=full),) if made is not None]
        yield from bases
        if not bases:
            return
        least, most = bases[0], bases[-1]
        room = facet.high.value if facet.high else 1 << 30
        for other in against:
            yield from self._by_member(facet, other, least, most, room, depth)
        wanted = dict.fromkeys((*facet.properties, *(name for other in against for name in (*other.properties, *other.required))))
        for name in islice(wanted, 60):
            for value in self._values_of(facet, name, depth)[: 3 if depth < 2 else 1]:
                if len({**least, name: value}) <= room:
                    yield {**least, name: value}
            if name in most and name not in facet.required:
                yield {key: value for key, value in most.items() if key != name}
        if against:
            yield from self._counted(facet, against, least, room, depth)
            yield from self._hinted(facet, least, most, room, depth)

    def _by_member(
        self, facet: Record, other: Record, least: dict[str, Any], most: dict[str, Any], room: int, depth: int
    ) -> Iterator[Any]:
        made = [example(pattern) for pattern in (*facet.patterns, *other.patterns)]
        names = (
            *facet.properties,
            *other.properties,
            *(name for name in made if name is not None),
            next(self._free_names(facet), "zz0"),
        )
        tried = (
            [(name, value) for value in self.aimed(strict_member(facet, name), strict_member(other, name), depth + 1)]
            for name in dict.fromkeys(names)
        )
        for turn in zip_longest(*tried):
            for name, value in (pair for pair in turn if pair is not None):
                if len({**least, name: value}) <= room:
                    yield {**least, name: value}
                if name in most and most is not least and depth < 2:
                    yield {**most, name: value}
        for name_made in self._odd_names(facet, other):
            for value in self._values_of(facet, name_made, depth)[:1]:
                yield {**least, name_made: value}

    def _odd_names(self, facet: Record, other: Record) -> Iterable[str]:
        if other.names is None:
            return ()
        made = self.aimed(facet.names, other.names) if facet.names is not None else []
        refused = [said for said in self.aimed(ANY, other.names) if isinstance(said, str)]
        return [name for name in (*made, *refused, "zz0", "", "A B", "x" * 40) if isinstance(name, str)][:16]

    def _counted(self, facet: Record, against: list[Record], least: dict[str, Any], room: int, depth: int) -> Iterator[Any]:
        ends = {end.value for other in against for end in (other.low, other.high) if end is not None}
        if not ends:
            return
        fresh = [*self._fresh(facet, depth)]
        described = [(name, values[0]) for name in facet.properties if (values := self._values_of(facet, name, depth))]
        for count in sorted({n for end in ends for n in (end - 1, end, end + 1)}):
            made = dict(least)
            for name, value in (*described, *fresh):
                if len(made) >= min(count, room):
                    break
                made.setdefault(name, value)
            if len(made) == count:
                yield made

    def _hinted(self, facet: Record, least: dict[str, Any], most: dict[str, Any], room: int, depth: int) -> Iterator[Any]:
        if depth > 1:
            return
        for name, values in islice(self.hints.items(), 20):
            for value in values[:6]:
                for base in (least, most):
                    if name in facet.properties or len(base) < room:
                        yield {**base, name: value}
        names = [name for name in self.hints if name in facet.properties][:4]
        for one in names:
            for other in facet.properties:
                for value in self.hints[one][:3]:
                    for theirs in self._values_of(facet, other, depth)[:2]:
                        if other != one and len({**least, one: value, other: theirs}) <= room:
                            yield {**least, one: value, other: theirs}
                    if other not in facet.required and other != one and other in most:
                        yield {key: held for key, held in {**most, one: value}.items() if key != other}


def _distinct(values: Iterable[Any]) -> list[Any]:
    return list({text(value): value for value in values}.values())


def shown(mine: Reader, theirs: Reader, node: Node, other: Node) -> bool:
    """Whether a value is known that the place of `mine` accepts and that of `theirs` refuses, both proven by the normal form."""
    maker = Maker(mine, theirs, {}, WORK // 5)
    return any(
        accepts(mine, node, value) and rejects(theirs, other, value)
        for value in (*maker.aimed(node, other), *maker.samples(node))
    )
