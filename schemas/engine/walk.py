"""The walk over pairs of places: each (old place, new place, way) is compared once, so cycles end and no path matters.

A long file, because the walks aside, which answer its questions, are walks themselves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import orjson

from schemas.engine import facets, kinds
from schemas.engine.book import Book
from schemas.engine.ledger import ERROR, REQUEST, RESPONSE, Draft, Ledger, Spot, Way
from schemas.engine.names import address, dotted, is_definition
from schemas.engine.regex import Relation
from schemas.engine.same import same
from schemas.engine.view import Reader
from schemas.model import ANY, NEVER, Facet, Node
from schemas.pointer import _Missing
from schemas.proof.candidates import shown
from schemas.proof.within import Prover
from schemas.rules import Level, rule

if TYPE_CHECKING:
    from schemas.document import Json
    from schemas.engine.taint import Taint

MAX_PAIRS = 200_000
"""Pairs that a side walk (to tell whether two places are alike) may look at in all; enough for any real document."""

MAX_ASIDE = 2
"""Side walks within side walks; a cycle through a union would go on for ever."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two places to compare; `place` is where the schema of the new one is written, before references are followed."""

    old: Node
    new: Node
    way: Way
    place: str


class Walk:
    """Compares pairs until none is left. A side walk has a ledger of its own and leaves shared definitions alone."""

    def __init__(self, old: Reader, new: Reader, taint: Taint, ledger: Ledger, *, main: Walk | None = None) -> None:
        self.old, self.new, self.taint, self.ledger, self.main = old, new, taint, ledger, main
        self.depth: int = main.depth + 1 if main is not None else 0
        self.current: Pair | None = None
        self._seen: set[tuple[tuple[str, ...], tuple[str, ...], Way]] = set()
        self._work: deque[Pair] = deque()
        self._alike: dict[tuple[tuple[str, ...], tuple[str, ...]], bool] = {}
        self._clean: dict[tuple[tuple[str, ...], tuple[str, ...]], bool] = {}
        self._unchanged: dict[tuple[int, int], tuple[Mapping[str, Json], Mapping[str, Json], set[str]]] = {}
        self._one_dialect = old.book.dialect == new.book.dialect

    def push(self, old: Node, new: Node, way: Way, place: str = "") -> None:
        """Compare two places, unless they cannot differ or were compared this way before."""
        mark = (old.key, new.key, way)
        if mark in self._seen:
            return
        self._seen.add(mark)
        if self.clean(old, new):
            return
        if self.main is not None and old.key == new.key and len(old.key) == 1 and is_definition(old.at):
            self.main.push(old, new, way, place)
            return
        self._work.append(Pair(old, new, way, place))

    def run(self) -> None:
        """Compare until nothing is left to compare."""
        while self._work:
            self._step(self._work.popleft())

    def _step(self, pair: Pair) -> None:
        if self._through(pair):
            return
        self.current = pair
        if self.main is None and self._retargeted(pair):
            self._retarget(pair)
        else:
            kinds.compare(self, pair)

    def _through(self, pair: Pair) -> bool:
        """Pass a definition that is written alike on both sides, straight to what it refers to; False if it must be read."""
        at = pair.old.at
        if pair.old.key != pair.new.key or not self.taint.passable(at, siblings=self.old.book.dialect.siblings):
            return False
        if not self._one_dialect:
            return False
        hit = [ref for ref in self.taint.new.refers[at] if self.taint.hits(ref)]
        if not all(self.taint.stands(ref) for ref in hit):
            return False
        for ref in hit:
            raw: Json = {"$ref": ref}
            self.push(self.old.book.node(at, raw), self.new.book.node(at, raw), pair.way, at)
        return True

    def clean(self, old: Node, new: Node) -> bool:
        """Whether two places are written alike and refer to nothing that differs."""
        if old is new:
            return True
        mark = (old.key, new.key)
        if mark not in self._clean:
            self._clean[mark] = self._is_clean(old, new)
        return self._clean[mark]

    def _is_clean(self, old: Node, new: Node) -> bool:
        if len(old.raws) != len(new.raws) or not self._one_dialect:
            return False
        return all(self.stays(before, after) for before, after in zip(old.raws, new.raws, strict=True))

    def stays(self, before: Json, after: Json) -> bool:
        """Whether two schemas are written alike and refer to nothing that differs, wherever each stands."""
        if not self._one_dialect or before != after:
            return False
        written = orjson.dumps(before)
        return (written == orjson.dumps(after) or same(before, after)) and not self.taint.reaches(written)

    def unchanged(self, before: Mapping[str, Json], after: Mapping[str, Json]) -> set[str]:
        """The names under which `stays` holds of the schemas of both, found once for all ways that lead to them."""
        mark = (id(before), id(after))
        if mark not in self._unchanged:  # what is named by its identity is kept, so that nothing else can come to have it
            self._unchanged[mark] = before, after, self._find_unchanged(before, after)
        return self._unchanged[mark][2]

    def _find_unchanged(self, before: Mapping[str, Json], after: Mapping[str, Json]) -> set[str]:
        equal = {name: raw for name, raw in before.items() if name in after and raw == after[name]} if self._one_dialect else {}
        written = orjson.dumps(equal)
        if written != orjson.dumps({name: after[name] for name in equal}):
            return {name for name, raw in equal.items() if self.stays(raw, after[name])}
        if not self.taint.reaches(written):
            return set(equal)
        return {name for name, raw in equal.items() if not self.taint.reaches(orjson.dumps(raw))}

    def alike(self, old: Node, new: Node) -> bool:
        """Whether two places accept the same, as far as the rules can tell: comparing them gives no finding either way."""
        mark = (old.key, new.key)
        if mark not in self._alike:
            if self.clean(old, new):
                self._alike[mark] = True
            else:
                self._alike[mark] = not self.aside(old, new, Way(REQUEST)).drafts
        return self._alike[mark]

    def alike_facets(self, pair: Pair, old: Facet, new: Facet) -> bool:
        """Whether two alternatives accept the same, as far as the rules can tell; too far aside, they count as different."""
        if self.depth >= MAX_ASIDE:
            return False
        walk = _Aside(self.old, self.new, self.taint, Ledger(), main=self)
        facets.compare(walk, Pair(pair.old, pair.new, Way(REQUEST), pair.place), old, new)
        walk.run()
        return not walk.ledger.drafts

    def relation(self, old: Node, new: Node) -> Relation:
        """How what `new` accepts stands to what `old` accepts."""
        if self.alike(old, new):
            return Relation.EQUAL
        before, after = self.strict
        forward, back = Prover(before, after, self.clean).within(old, new), Prover(after, before).within(new, old)
        if forward:
            return Relation.EQUAL if back else Relation.WIDER
        if back:
            return Relation.NARROWER
        return Relation.CROSSING if shown(before, after, old, new) and shown(after, before, new, old) else Relation.UNKNOWN

    @cached_property
    def strict(self) -> tuple[Reader, Reader]:
        """Readers of both documents that mean what validators mean, for proofs."""

        def exact(reader: Reader) -> Reader:
            dialect = reader.book.dialect
            return Reader(Book(reader.book.root, replace(dialect, contract=False))) if dialect.contract else reader

        return exact(self.old), exact(self.new)

    def aside(self, old: Node, new: Node, way: Way) -> Ledger:
        """What comparing two places would find, without recording it."""
        walk = _Aside(self.old, self.new, self.taint, Ledger(), main=self)
        for one in (way, way.flipped):
            walk.push(old, new, one)
            walk.run()
        return walk.ledger

    def _retargeted(self, pair: Pair) -> bool:
        """Whether one definition was replaced by another that was there before, or by a schema written in place."""
        old, new = pair.old, pair.new
        if not pair.place or old.key == new.key or len(old.key) != 1 or len(new.key) != 1:
            return False
        stays = is_definition(old.at) and not isinstance(self.new.book.find(old.at), _Missing)
        known = is_definition(new.at) and not isinstance(self.old.book.find(new.at), _Missing)
        if not stays and not known:
            return False
        return not _mentions(new.raw, old.at) and not _mentions(old.raw, new.at)

    def _retarget(self, pair: Pair) -> None:
        """A reference that leads elsewhere is one edit, told where the reference stands, by the worst it brings either way."""
        worst: Draft | None = None
        heaviest: tuple[int, str, str] = (1, "", "")
        levels = {REQUEST: Level.SAFE, RESPONSE: Level.SAFE}
        for side in (REQUEST, RESPONSE):
            found = _Retarget(self.old, self.new, self.taint, Ledger(), main=self)
            found.push(pair.old, pair.new, Way(side, pair.way.loose), "")
            found.run()
            for draft in found.ledger.drafts.values():
                level = draft.request if side == REQUEST else draft.response
                impact = rule(draft.rule).impact(level, used=True)
                if impact is None:
                    continue
                if impact > (rule(draft.rule).impact(levels[side], used=True) or 0):
                    levels[side] = level
                weight = (-impact, draft.address, draft.rule)
                if weight < heaviest:
                    worst, heaviest = draft, weight
        if worst is None:
            return
        self.note(
            worst.rule,
            pair.way,
            Spot(new_at=pair.place, before=_reference(pair.old), after=_reference(pair.new)),
            message=f"{{it}} is now {_short(pair.new)} instead of {_short(pair.old)}: {worst.message}",
            what=worst.what,
            request=levels[REQUEST],
            response=levels[RESPONSE],
        )

    def note(
        self,
        rule_id: str,
        way: Way,
        spot: Spot,
        *,
        message: str,
        what: str = "",
        request: Level | None = None,
        response: Level | None = None,
        guaranteed: bool = False,
    ) -> None:
        """Record an edit found on `way`. The address is that of the new side, or of the old one where the thing is gone."""
        at = spot.new_at or spot.old_at
        book = self.new.book if spot.new_at else self.old.book
        row = rule(rule_id)
        owner, path = dotted(at, book.labels)
        it = f"{owner}.{path}" if owner and path and "/" not in owner else path or owner or "the document"
        where = f" of {owner}" if path and "/" in owner else ""
        self.ledger.note(
            Draft(
                rule=rule_id,
                address=address(at, book.aliases),
                pointer=at,
                gone=not spot.new_at,
                message=message.replace("{it}", f"`{it}`{where}"),
                it=it,
                what=what,
                members=(f"{owner}.{path}",) if owner and path else (owner,) if owner else (path,) if path else (),
                before=spot.before,
                after=spot.after,
                request=row.request if request is None else request,
                response=row.response if response is None else response,
                guaranteed=guaranteed,
                pairs={(self.current.old.key, self.current.new.key): self.current} if self.current else {},
            ),
            (way.side,),
        )


class _Aside(Walk):
    """A side walk that only asks whether two places are alike: it follows every pair itself."""

    def push(self, old: Node, new: Node, way: Way, place: str = "") -> None:
        if self.ledger.drafts or len(self._seen) > MAX_PAIRS:
            return
        mark = (old.key, new.key, way)
        if mark not in self._seen:
            self._seen.add(mark)
            if not self.clean(old, new):
                self._work.append(Pair(old, new, way, place))

    def alike(self, old: Node, new: Node) -> bool:
        """Nested questions take the cheap answer, so that they cannot feed on each other."""
        return self.clean(old, new) or (old.key == new.key and is_definition(old.at))


class _Retarget(Walk):
    """A side walk under a reference that leads elsewhere: definitions that both sides share answer for themselves."""


def _mentions(raw: Json, at: str) -> bool:
    """Whether a schema is composed of the definition at `at`, as a wrapper around it is."""
    if not isinstance(raw, dict):
        return False
    if raw.get("$ref") == f"#{at}":
        return True
    branches = [branch for word in ("allOf", "anyOf", "oneOf") if isinstance(listed := raw.get(word), list) for branch in listed]
    return any(_mentions(branch, at) for branch in branches)


def _reference(node: Node) -> Json:
    if node is ANY or node is NEVER:
        return node is ANY
    return {"$ref": f"#{node.at}"} if is_definition(node.at) else node.raw


def _short(node: Node) -> str:
    return f"`{node.at.rpartition('/')[2]}`" if is_definition(node.at) else "a schema written in place"


__all__ = ["ERROR", "REQUEST", "Pair", "Walk", "Way"]
