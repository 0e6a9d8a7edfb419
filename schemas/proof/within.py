"""Proofs that everything one place accepts, another accepts too. `False` means only that no proof was found.

Longer than most files, because each step of a proof may need any other below it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import orjson

from schemas.engine.disjoint import disjoint, overlap
from schemas.engine.format_names import formats_within
from schemas.engine.regex import Relation, relation
from schemas.engine.same import same
from schemas.model import ANY, NEVER, Array, Bound, Condition, Facet, Node, Number, Record, Said, Text, View
from schemas.proof import arrays, objects
from schemas.proof.values import accepts, allows, finite

if TYPE_CHECKING:
    from schemas.engine.view import Reader

STEPS = 30_000
"""Pairs of places and facets that one question may look at, unless told otherwise."""
_SPLITS = 2
_DEEPEST = 80
"""Questions that one hangs on; a condition may ask again for the very object it stands in."""


class Prover:
    """Proves inclusion of places of `old` in places of `new`. Pairs under question count as proven below themselves: a
    counterexample is finite, and each step goes down into it."""

    def __init__(self, old: Reader, new: Reader, alike: Callable[[Node, Node], bool] | None = None) -> None:
        self.old, self.new = old, new
        self.alike = alike or _same_place
        self.steps = 0
        self._deep = 0
        self.most = STEPS
        self._known: dict[tuple[tuple[str, ...], tuple[str, ...]], bool] = {}
        self._open: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
        self._empty: dict[tuple[int, tuple[str, ...]], bool] = {}
        self._lowest = 1 << 30

    def allow(self, steps: int) -> None:
        """Grant the next question its own number of steps; what is known from earlier ones stays known."""
        self.steps, self.most = 0, steps

    def within(self, old: Node, new: Node) -> bool:
        """Whether it is proven that `new` accepts all that `old` accepts."""
        if new is ANY or old is NEVER or self.alike(old, new):
            return True
        mark = (old.key, new.key)
        if mark in self._known:
            return self._known[mark]
        if mark in self._open:
            self._lowest = min(self._lowest, self._open[mark])
            return True
        self.steps += 1
        if self.steps > self.most or len(self._open) > 80:
            return False
        depth = len(self._open)
        self._open[mark] = depth
        before, self._lowest = self._lowest, 1 << 30
        answer = self._views(self.old.view(old), self.new.view(new))
        del self._open[mark]
        if not answer or self._lowest >= depth:
            self._known[mark] = answer
        self._lowest = min(before, self._lowest if self._lowest < depth else 1 << 30)
        return answer

    def _views(self, old: View, new: View) -> bool:
        if new.unresolved or not new.exact:
            return False
        for kind, facets in old.facets.items():
            others = new.facets.get(kind, ())
            shared = all(any(self.alike(mine, group) for mine in old.exclusive) for group in new.exclusive)
            if len(others) > 1 and not shared and overlap(self.new, others):
                return False
            if not all(self.covered(facet, others) for facet in facets):
                return False
        return True

    def covered(self, facet: Facet, others: Sequence[Facet], splits: int = _SPLITS) -> bool:
        """Whether every value of `facet` (old) fits one of `others` (new)."""
        self._deep += 1
        try:
            return self._deep <= _DEEPEST and self._covered(facet, others, splits)
        finally:
            self._deep -= 1

    def _covered(self, facet: Facet, others: Sequence[Facet], splits: int) -> bool:
        self.steps += 1
        if self.steps > self.most:
            return False
        if self.empty(facet):
            return True
        listed = finite(facet)
        if listed is not None:
            return all(any(self.admits(other, value) for other in others) for value in listed)
        if any(self.inside(facet, other) for other in others):
            return True
        if splits and others and (len(others) > 1 or any(other.conditions for other in others)):
            pieces = self._split(facet, others)
            return pieces is not None and all(self.covered(piece, others, splits - 1) for piece in pieces)
        return False

    def _split(self, facet: Facet, others: Sequence[Facet]) -> Sequence[Facet] | None:
        if isinstance(facet, Number):
            return _cut_number(facet, [other for other in others if isinstance(other, Number)])
        if isinstance(facet, Text):
            return _cut_text(facet, [other for other in others if isinstance(other, Text)])
        if isinstance(facet, Record):
            return objects.split(self, facet, [other for other in others if isinstance(other, Record)])
        return None

    def empty(self, facet: Facet) -> bool:
        """Whether it is proven that the facet (old) allows nothing."""
        if facet.values is not None:
            return all(any(self.holds(node, value) for node in facet.excluded) for value in facet.values.value.values())
        if isinstance(facet, Number) and facet.low and facet.high:
            low, high = facet.low.value, facet.high.value
            if facet.step is not None or facet.integer:
                step = facet.step.value if facet.step else Fraction(1)
                first = -((-low.value) // step) * step
                if low.open and first == low.value:
                    first += step
                return first > high.value or (first == high.value and high.open)
            return low.value > high.value
        if isinstance(facet, Record):
            return any(self.void(objects.strict_member(facet, name)) for name in facet.required) or (
                facet.high is not None and len(facet.required) > facet.high.value
            )
        if isinstance(facet, Array) and (facet.low is not None or facet.contains):
            most = arrays.longest(self, facet)
            least = max([held.low for held in facet.contains], default=0)
            return most is not None and most < max(facet.low.value if facet.low else 0, least)
        return False

    def void(self, node: Node) -> bool:
        """Whether it is proven that an old place accepts nothing."""
        if node is ANY:
            return False
        if node is NEVER:
            return True
        mark = (0, node.key)
        if mark not in self._empty:
            self._empty[mark] = False  # a cycle through required members is not looked through
            view = self.old.view(node)
            self._empty[mark] = all(self.empty(facet) for facets in view.facets.values() for facet in facets)
        return self._empty[mark]

    def count(self, node: Node) -> int | None:
        """How many values an old place accepts at most; None if that is not known."""
        if node is ANY:
            return None
        listed = [finite(facet) for facets in self.old.view(node).facets.values() for facet in facets]
        return sum(len(values) for values in listed if values is not None) if None not in listed else None

    def inside(self, facet: Facet, other: Facet) -> bool:
        """Whether the one facet (old) is proven to lie within the other (new)."""
        if other.values is not None or not formats_within(facet.formats, other.formats):
            return False
        if not all(self._avoids(facet, node) for node in other.excluded):
            return False
        if not all(self._meets(facet, condition) for condition in other.conditions):
            return False
        if isinstance(facet, Number) and isinstance(other, Number):
            return _number_inside(facet, other)
        if isinstance(facet, Text) and isinstance(other, Text):
            return _text_inside(facet, other)
        if isinstance(facet, Array) and isinstance(other, Array):
            return arrays.inside(self, facet, other)
        if isinstance(facet, Record) and isinstance(other, Record):
            return objects.inside(self, facet, other)
        return True

    def _avoids(self, facet: Facet, banned: Node) -> bool:
        against = self.new.view(banned).facets.get(facet.kind, ())
        if all(disjoint(facet, other, self.old, self.new) for other in against):
            return True
        if any(self.alike(mine, banned) for mine in facet.excluded):
            return True
        back = Prover(self.new, self.old, lambda one, other: self.alike(other, one))
        back.allow(max(0, self.most - self.steps - STEPS // 12))
        return any(back.within(banned, mine) for mine in facet.excluded)

    def _meets(self, facet: Facet, condition: Condition) -> bool:
        """Whether all of the facet meets a condition of the new side."""
        mine = {held.text for held in facet.conditions}
        if condition.keyword == "allOf":
            return False
        if condition.text in mine and self.alike(
            Node((f"{condition.at}/",), (condition.raw,)), Node((f"{condition.at}/",), (condition.raw,))
        ):
            return True
        raw = condition.raw
        if not isinstance(raw, dict):
            return False
        if condition.keyword == "dependent" and isinstance(facet, Record):
            name = str(raw["if"])
            if self.void(objects.strict_member(facet, name)):
                return True
            needed = raw.get("required")
            if isinstance(needed, list):
                given = set(facet.required)
                for held in facet.conditions:
                    theirs = held.raw.get("required") if isinstance(held.raw, dict) else None
                    if (
                        held.keyword == "dependent"
                        and isinstance(held.raw, dict)
                        and held.raw.get("if") == name
                        and isinstance(theirs, list)
                    ):
                        given |= {str(one) for one in theirs}
                return {str(one) for one in needed} <= given
            return self._lies(facet, condition, f"{condition.at}/dependentSchemas/{name}", raw["schema"])
        if condition.keyword != "if":  # an overlapping `oneOf`, or what was too deep to read
            return False
        then, other = raw.get("then", True), raw.get("else", True)
        return self._lies(facet, condition, f"{condition.at}/then", then) and self._lies(
            facet, condition, f"{condition.at}/else", other
        )

    def _lies(self, facet: Facet, condition: Condition, at: str, raw: object) -> bool:
        node = self.new.book.node(at, raw)  # type: ignore[arg-type]  # a schema of a JSON document
        view = self.new.view(node)
        if view.unresolved or not view.exact or view.exclusive:
            return False
        return self.covered(facet, view.facets.get(facet.kind, ()), 0)

    def admits(self, other: Facet, value: object) -> bool:
        """Whether a facet of the new side is proven to allow a value."""
        return allows(self.new, other, value)

    def holds(self, node: Node, value: object) -> bool:
        """Whether an old place is proven to accept a value."""
        return accepts(self.old, node, value)


def _same_place(old: Node, new: Node) -> bool:
    """Whether two places are the same text that refers to nothing."""
    if len(old.raws) != len(new.raws):
        return False
    return all(same(a, b) and b"$" not in orjson.dumps(a) for a, b in zip(old.raws, new.raws, strict=True))


def _number_inside(facet: Number, other: Number) -> bool:
    if other.integer and not facet.integer:
        return False
    if other.low and (
        not facet.low or (facet.low.value.value, facet.low.value.open) < (other.low.value.value, other.low.value.open)
    ):
        return False
    if other.high and (
        not facet.high
        or (facet.high.value.value, not facet.high.value.open) > (other.high.value.value, not other.high.value.open)
    ):
        return False
    if other.step is not None:
        step = facet.step.value if facet.step else Fraction(1) if facet.integer else None
        return step is not None and (step / other.step.value).denominator == 1
    return True


def _text_inside(facet: Text, other: Text) -> bool:
    least, most = facet.low.value if facet.low else 0, facet.high.value if facet.high else None
    if (
        other.low
        and least < other.low.value
        and not any(_implies_length(said.value, other.low.value, None) for said in facet.patterns)
    ):
        return False
    if (
        other.high
        and (most is None or most > other.high.value)
        and not any(_implies_length(said.value, None, other.high.value) for said in facet.patterns)
    ):
        return False
    for said in other.patterns:
        if not any(_pattern_within(mine.value, said.value) for mine in facet.patterns) and not _length_within(
            least, most, said.value
        ):
            return False
    return True


def _pattern_within(mine: str, other: str) -> bool:
    return mine == other or relation(mine, other) in (Relation.EQUAL, Relation.WIDER)


def _implies_length(pattern: str, low: int | None, high: int | None) -> bool:
    wanted = f"^[\\s\\S]{{{low or 0},{'' if high is None else high}}}$"
    return _small(low, high) and _pattern_within(pattern, wanted)


def _length_within(low: int, high: int | None, pattern: str) -> bool:
    return _small(low, high) and _pattern_within(f"^[\\s\\S]{{{low},{'' if high is None else high}}}$", pattern)


def _small(low: int | None, high: int | None) -> bool:
    return (low or 0) <= 64 and (high or 0) <= 64


def _cut_number(facet: Number, others: Sequence[Number]) -> list[Facet] | None:
    cuts = sorted({(end.value.value, low) for other in others for end, low in ((other.low, True), (other.high, False)) if end})
    if not cuts or len(cuts) > 12:
        return None
    pieces: list[Facet] = [facet]
    for value, _ in cuts:
        parted: list[Facet] = []
        for piece in pieces:
            assert isinstance(piece, Number)
            parted.extend(_part(piece, value))
        pieces = parted
    return pieces if len(pieces) > 1 else None


def _part(piece: Number, value: Fraction) -> list[Facet]:
    parts: list[Facet] = []
    for low, high in ((None, Bound(value, True)), (Bound(value, False), Bound(value, False)), (Bound(value, True), None)):
        from schemas.engine.meet import meet_facets

        narrowed = Number(
            kind="number", at=piece.at, low=Said(low, piece.at) if low else None, high=Said(high, piece.at) if high else None
        )
        met = meet_facets(piece, narrowed, strict=True)
        if met is not None:
            parts.append(met)
    return parts


def _cut_text(facet: Text, others: Sequence[Text]) -> list[Facet] | None:
    cuts = sorted(
        {
            end
            for other in others
            for end in ((other.low.value if other.low else None), (other.high.value + 1 if other.high else None))
            if end
        }
    )
    least, most = facet.low.value if facet.low else 0, facet.high.value if facet.high else None
    inner = [cut for cut in cuts if cut > least and (most is None or cut <= most)]
    if not inner or len(inner) > 12:
        return None
    edges = [least, *inner]
    pieces: list[Facet] = []
    for i, low in enumerate(edges):
        high = edges[i + 1] - 1 if i + 1 < len(edges) else most
        pieces.append(
            replace(facet, low=Said(low, facet.at) if low else None, high=Said(high, facet.at) if high is not None else None)
        )
    return pieces
