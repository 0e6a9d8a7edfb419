"""From a place to its view: composition resolved one level deep, so that every spelling of a value space reads the same.

A long file, because the keywords of composition are read in terms of each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from schemas import pointer
from schemas.engine.blank import blank, is_blank
from schemas.engine.book import UNRESOLVED, Book
from schemas.engine.complement import complement
from schemas.engine.disjoint import overlap
from schemas.engine.meet import meet_facets
from schemas.engine.own import Facets, dependents, own
from schemas.engine.same import text
from schemas.engine.settle import settle
from schemas.model import ANY, KINDS, NEVER, Array, Condition, Discriminator, Facet, Node, Number, Record, Said, View

if TYPE_CHECKING:
    from schemas.document import Json

MAX_COMPOSED = 60
"""Levels of composition through references that are looked into at one place."""
MAX_READ = 5000
"""Schemas that are read for one place in all: where each refers to the next one twice, their number doubles at each step."""
MAX_BRANCHES = 20_000
"""Alternatives of one union that are looked into; more count as one condition that nobody can prove anything of."""
MAX_PARTED = 3
"""`dependent*` members of one schema that are spelled out as alternatives where validators' rules hold."""
MAX_PRODUCT = 400
"""Alternatives of one kind that `allOf` over unions may multiply to."""

_NOWHERE = 1 << 30
EVERYTHING = View(facets={kind: (blank(kind, ""),) for kind in KINDS})
NOTHING = View(facets={})


class Reader:
    """Reads the places of one book. Views are cached by place."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._strict = not book.dialect.contract
        self._views: dict[tuple[str, ...], View] = {}
        self._open: dict[str, int] = {}
        self._lowest = _NOWHERE
        self._read_here = 0

    def view(self, node: Node) -> View:
        """The place, read one level deep."""
        if node is ANY:
            return EVERYTHING
        if node is NEVER:
            return NOTHING
        cached = self._views.get(node.key)
        if cached is None:
            depth = len(self._open)
            if not depth:
                self._read_here = 0
            before, self._lowest = self._lowest, _NOWHERE
            cached = EVERYTHING
            for at, raw in zip(node.key, node.raws, strict=True):
                cached = self._meet(cached, self._read(at, raw))
            if self._lowest >= depth:  # nothing was left out because of what stands around this place
                self._views[node.key] = cached
            self._lowest = min(before, self._lowest if self._lowest < depth else _NOWHERE)
        return cached

    def _read(self, at: str, raw: Json) -> View:
        if raw is True:
            return EVERYTHING
        if raw is False:
            return NOTHING
        if not isinstance(raw, dict):
            return EVERYTHING
        if at.startswith(UNRESOLVED):
            return replace(EVERYTHING, exact=False, unresolved=(Said(str(raw.get("$ref")), at),))
        if at in self._open:
            self._lowest = min(self._lowest, self._open[at])
            return replace(EVERYTHING, exact=False)
        self._read_here += 1
        if len(self._open) >= MAX_COMPOSED or self._read_here > MAX_READ:
            self._lowest = 0
            return self._beyond(at, "allOf", f"deep {at}")
        self._open[at] = len(self._open)
        try:
            return self._compose(at, raw)
        finally:
            del self._open[at]

    def _beyond(self, at: str, keyword: str, mark: str) -> View:
        """What is not looked into: anything, under a condition that only compares equal to itself."""
        what = Condition(keyword=keyword, at=at, raw=mark if keyword == "many" else None, text=mark)
        return replace(EVERYTHING, exact=False, facets=_restrict(EVERYTHING.facets, (what,)))

    def _compose(self, at: str, written: Mapping[str, Json]) -> View:
        unknown = self.book.dialect.unknown
        raw = {word: value for word, value in written.items() if word not in unknown} if unknown else written
        refs = [str(raw[word]) for word in ("$ref", "$dynamicRef", "$recursiveRef") if isinstance(raw.get(word), str)]
        if refs and not self.book.dialect.siblings:
            return self.view(self.book.node(at, dict(raw)))
        facets = own(self.book, at, raw)
        related = dependents(self.book, at, raw)
        conditional = None
        if self._strict:
            conditional, facets = self._conditional(at, raw, facets)
        if related and "object" in facets and not (self._strict and len(related) <= MAX_PARTED):
            facets = {**facets, "object": _restrict({"object": facets["object"]}, related)["object"]}
        view = View(
            facets=facets,
            read_only=raw.get("readOnly") is True,
            write_only=raw.get("writeOnly") is True,
            deprecated=raw.get("deprecated") is True,
            default=Said(raw["default"], at) if self.book.dialect.contract and "default" in raw else None,
            discriminator=self._discriminator(at, raw),
        )
        if conditional is not None:
            view = self._meet(view, conditional)
        if self._strict and len(related) <= MAX_PARTED:
            for condition in related:
                view = self._meet(view, self._dependent(at, condition))
        for ref in refs:
            view = self._meet(view, self.view(self.book.node(at, {"$ref": ref})))
        for i, part in enumerate(_list(raw, "allOf")):
            view = self._meet(view, self.view(self.book.node(pointer.join(at, "allOf", i), part)))
        for word in ("anyOf", "oneOf"):
            branches = _list(raw, word)
            if branches:
                view = self._meet(view, self._union(at, word, branches))
        if "not" in raw and isinstance(raw["not"], dict | bool):
            view = self._without(view, self.book.node(pointer.join(at, "not"), raw["not"]))
        view = self._unevaluated(view, at, raw)
        if self.book.dialect.nullable and (raw.get("nullable") is True or raw.get("x-nullable") is True):
            view = replace(view, facets={**view.facets, "null": view.facets.get("null", (blank("null", at),))})
        return view

    def _discriminator(self, at: str, raw: Mapping[str, Json]) -> Discriminator | None:
        told = raw.get("discriminator")
        if not self.book.dialect.contract:
            return None
        if isinstance(told, str):
            return Discriminator(property=told, mapping={}, at=at)
        if not isinstance(told, dict) or not isinstance(told.get("propertyName"), str):
            return None
        mapping: dict[str, str] = {}
        named = told.get("mapping")
        for tag, target in named.items() if isinstance(named, dict) else ():
            if isinstance(target, str):
                full = target if "#" in target or "/" in target else f"#/components/schemas/{target}"
                mapping[tag] = self.book.resolve(full, at) or target
        for i, branch in enumerate((*_list(raw, "oneOf"), *_list(raw, "anyOf"))):
            node = self.book.node(f"{at}/oneOf/{i}", branch)
            ref = branch.get("$ref") if isinstance(branch, dict) else None
            if isinstance(ref, str) and node.at not in mapping.values():
                mapping[ref.rpartition("/")[2]] = node.at
        return Discriminator(property=str(told["propertyName"]), mapping=mapping, at=at)

    def _union(self, at: str, word: str, branches: list[Json], places: list[int] | None = None) -> View:
        """The alternatives of `branches`; `places` are their positions where not all of the list is meant."""
        if len(branches) > MAX_BRANCHES:
            content = hashlib.sha256(orjson.dumps(branches)).hexdigest()
            return self._beyond(at, "many", f"{word} of {len(branches)} alternatives, {content[:16]}")
        gathered: dict[str, list[Facet]] = {}
        seen: set[tuple[str, ...] | str] = set()
        exact = True
        unresolved: list[Said[str]] = []
        if word == "oneOf" and self._strict:
            told = self._one_of_twins(at, branches, places or list(range(len(branches))))
            if told is not None:
                return told
        if word == "anyOf" and len(branches) < 100 and len({text(branch) for branch in branches}) == 1:
            return self.view(self.book.node(pointer.join(at, word, 0), branches[0]))
        for i, branch in enumerate(branches):
            here = pointer.join(at, word, places[i] if places is not None else i)
            node = self.book.node(here, branch)
            mark: tuple[str, ...] | str = text(branch) if node.at == here else node.key
            if mark in seen and word == "anyOf":
                continue
            seen.add(mark)
            view = self._plain(self.view(node))
            exact = exact and view.exact
            unresolved.extend(view.unresolved)
            for kind, facets in view.facets.items():
                named = facets if node.at == here else tuple(replace(facet, path=(node.at, *facet.path)) for facet in facets)
                gathered.setdefault(kind, []).extend(named)
        crowded = word == "oneOf" and any(len(facets) > 1 for facets in gathered.values())
        if crowded and self._strict:
            crowded = any(overlap(self, facets) for facets in gathered.values())
        return View(
            facets={
                kind: tuple(gathered[kind]) if crowded and self._strict else _join(gathered[kind])
                for kind in KINDS
                if kind in gathered
            },
            exact=exact,
            exclusive=(Node((f"{at}/oneOf",), ({"oneOf": branches},)),) if crowded else (),
            composed=len(branches) > 1,
            unresolved=tuple(unresolved),
        )

    def _one_of_twins(self, at: str, branches: list[Json], places: list[int]) -> View | None:
        """A `oneOf` that holds a branch twice, or one that accepts everything: what fits such a branch fits too many."""
        nodes = [self.book.node(pointer.join(at, "oneOf", i), branch) for i, branch in zip(places, branches, strict=True)]
        anything = [i for i, node in enumerate(nodes) if node is ANY]
        marks = [text(branch) for branch in branches]
        twice = (
            [i for i, mark in enumerate(marks) if marks.count(mark) > 1]
            if len(set(marks)) < len(marks) and len(marks) < 200
            else []
        )
        if len(anything) > 1:
            return NOTHING
        if anything and len(branches) > 1:
            view = EVERYTHING
            for node in (node for node in nodes if node is not ANY):
                view = self._without(view, node)
            return view
        if not twice:
            return None
        rest = [i for i in range(len(branches)) if i not in twice]
        view = self._union(at, "oneOf", [branches[i] for i in rest], [places[i] for i in rest]) if rest else NOTHING
        for i in twice:
            view = self._without(view, nodes[i])
        return view

    def _plain(self, view: View) -> View:
        """The view with each `oneOf` that overlaps as a condition on its facets, so that it can be one branch of many."""
        if not view.exclusive or not self._strict:
            return view
        held = tuple(Condition(keyword="oneOf", at=group.at, raw=group.raw, text=text(group.raw)) for group in view.exclusive)
        return replace(view, exclusive=(), facets=_restrict(view.facets, held))

    def _without(self, view: View, node: Node) -> View:
        if node is ANY:
            return NOTHING
        inner = node.raw if len(node.raws) == 1 else None
        if isinstance(inner, dict) and set(inner) == {"not"} and isinstance(inner["not"], dict | bool):
            return self._meet(view, self.view(self.book.node(pointer.join(node.at, "not"), inner["not"])))
        banned = self.view(node)
        certain = banned.exact and not banned.exclusive
        left: Facets = {}
        for kind, facets in view.facets.items():
            against = banned.facets.get(kind)
            if against is None:
                left[kind] = facets
            elif certain and (self._strict or kind == "null") and any(is_blank(facet) for facet in against):
                continue
            elif certain and self._strict and (outside := self._outside(facets, against)) is not None:
                left[kind] = outside
            else:
                left[kind] = tuple(
                    kept for kept in (_exclude(facet, against, banned, node) for facet in facets) if kept is not None
                )
        return replace(view, facets={kind: facets for kind, facets in left.items() if facets})

    def _outside(self, facets: tuple[Facet, ...], against: tuple[Facet, ...]) -> tuple[Facet, ...] | None:
        """The facets without what `against` allows, said in facets; None where that cannot be said."""
        left = list(facets)
        for banned in against:
            outside = complement(banned)
            if outside is None or len(left) * len(outside) > MAX_PRODUCT:
                return None
            left = [met for facet in left for other in outside if (met := meet_facets(facet, other, strict=True)) is not None]
        return _join(left)

    def _conditional(self, at: str, raw: Mapping[str, Json], facets: Facets) -> tuple[View | None, Facets]:
        """`if` with its branches as plain alternatives, where what fails `if` can be said; else the facets keep the condition."""
        if "if" not in raw or not ("then" in raw or "else" in raw):
            return None, facets
        test = self.book.node(pointer.join(at, "if"), raw["if"])
        holds, fails = self.view(test), self._without(EVERYTHING, test)
        if not holds.exact:
            return None, facets
        then = self.view(self.book.node(pointer.join(at, "then"), raw.get("then", True)))
        otherwise = self.view(self.book.node(pointer.join(at, "else"), raw.get("else", True)))
        yes, no = self._meet(self._plain(holds), self._plain(then)), self._meet(fails, self._plain(otherwise))
        joined = {kind: _join((*yes.facets.get(kind, ()), *no.facets.get(kind, ()))) for kind in KINDS}
        plain = {
            kind: tuple(
                replace(facet, conditions=tuple(c for c in facet.conditions if c.keyword != "if" or c.at != at))
                for facet in found
            )
            for kind, found in facets.items()
        }
        view = View(
            facets={kind: found for kind, found in joined.items() if found},
            exact=yes.exact and no.exact,
            unresolved=(*yes.unresolved, *no.unresolved),
        )
        return view, plain

    def _dependent(self, at: str, condition: Condition) -> View:
        """`dependent*` of one member as alternatives: without the member, or with it and what it asks for."""
        raw = condition.raw
        assert isinstance(raw, dict)
        name = str(raw["if"])
        absent: Facet = Record(kind="object", at=at, properties={name: NEVER})
        if "required" in raw:
            names = raw["required"]
            more = {str(each): at for each in names} if isinstance(names, list) else {}
            then = EVERYTHING
        else:
            more = {}
            then = self._plain(self.view(self.book.node(f"{at}/dependentSchemas/{pointer.escape(name)}", raw["schema"])))
        present: Facet = Record(kind="object", at=at, required={name: at, **more})
        held = tuple(
            met for facet in then.facets.get("object", ()) if (met := meet_facets(facet, present, strict=True)) is not None
        )
        facets = {**EVERYTHING.facets, "object": (absent, *held)}
        return View(facets=facets, exact=then.exact, unresolved=then.unresolved)

    def _unevaluated(self, view: View, at: str, raw: Mapping[str, Json]) -> View:
        if "unevaluatedProperties" not in raw and "unevaluatedItems" not in raw:
            return view
        facets = dict(view.facets)
        for word, kind in (("unevaluatedProperties", "object"), ("unevaluatedItems", "array")):
            if not isinstance(raw.get(word), dict | bool) or raw[word] is True or kind not in facets:
                continue
            rest = NEVER if raw[word] is False else self.book.node(pointer.join(at, word), raw[word])
            facets[kind] = tuple(_fill(facet, rest, at) for facet in facets[kind])
        return replace(view, facets=facets)

    def _meet(self, one: View, other: View) -> View:
        if one is EVERYTHING:
            return other
        if other is EVERYTHING:
            return one
        exact, exclusive = one.exact and other.exact, (*one.exclusive, *other.exclusive)
        facets: Facets = {}
        for kind in KINDS:
            mine, theirs = one.facets.get(kind), other.facets.get(kind)
            if not mine or not theirs:
                continue
            if len(mine) * len(theirs) > MAX_PRODUCT and len(mine) > 1 and len(theirs) > 1:
                more, less = (mine, theirs) if len(mine) >= len(theirs) else (theirs, mine)
                marks = " ".join(sorted(facet.at for facet in less))
                what = Condition(keyword="allOf", at=less[0].at, raw=None, text=marks)
                facets[kind], exact = _restrict({kind: more}, (what,))[kind], False
                continue
            met = [found for a in mine for b in theirs if (found := meet_facets(a, b, strict=self._strict)) is not None]
            kept = tuple(met) if exclusive and self._strict else _join(met)
            if kept:
                facets[kind] = kept
        return View(
            facets=facets,
            exact=exact,
            exclusive=exclusive,
            composed=one.composed or other.composed,
            read_only=one.read_only or other.read_only,
            write_only=one.write_only or other.write_only,
            deprecated=one.deprecated or other.deprecated,
            default=one.default or other.default,
            discriminator=one.discriminator or other.discriminator,
            unresolved=(*one.unresolved, *other.unresolved),
        )


def _list(raw: Mapping[str, Json], word: str) -> list[Json]:
    found = raw.get(word)
    return found if isinstance(found, list) else []


def _restrict(facets: Mapping[str, tuple[Facet, ...]], more: tuple[Condition, ...]) -> Facets:
    return {
        kind: tuple(replace(facet, conditions=(*facet.conditions, *more)) for facet in alternatives)
        for kind, alternatives in facets.items()
    }


def _fill(facet: Facet, rest: Node, at: str) -> Facet:
    if isinstance(facet, Record) and facet.rest is ANY and not facet.rest_at:
        return replace(facet, rest=rest, rest_at=at)
    if isinstance(facet, Array) and facet.rest is ANY:
        return replace(facet, rest=rest)
    return facet


def _exclude(facet: Facet, against: tuple[Facet, ...], banned: View, node: Node) -> Facet | None:
    """The facet without what `node` accepts: listed values are taken out, anything else is noted as excluded."""
    if facet.values is not None and banned.exact and all(_only_values(other) for other in against):
        out = {key for other in against if other.values is not None for key in other.values.value}
        kept = {key: value for key, value in facet.values.value.items() if key not in out}
        return settle(replace(facet, values=Said(kept, facet.values.at)))
    return replace(facet, excluded=(*facet.excluded, node))


def _only_values(facet: Facet) -> bool:
    return (
        facet.values is not None
        and not facet.excluded
        and not facet.conditions
        and facet.kind in ("null", "boolean", "number", "string")
    )


def _join(facets: Iterable[Facet]) -> tuple[Facet, ...]:
    """The alternatives without those that another one covers at sight, lists of values folded into one."""
    found = list(facets)
    if len(found) < 2:
        return tuple(found)
    for facet in found:
        if is_blank(facet):
            return (facet,)
    kept: list[Facet] = []
    first: int | None = None
    values: dict[str, Json] = {}
    for facet in found:
        if facet.values is not None and _only_values(facet) and not facet.formats and not getattr(facet, "patterns", ()):
            values.update(facet.values.value)
            if first is not None:
                continue
            first = len(kept)
        kept.append(facet)
    if first is not None and kept[first].values is not None:
        told = kept[first].values
        assert told is not None
        if len(values) > len(told.value):
            one = kept[first]
            if isinstance(one, Number):
                one = replace(one, integer=False)  # of the first value alone
            folded = settle(replace(one, values=Said(values, told.at), path=(), title=None))
            assert folded is not None
            kept[first] = folded
    return tuple(kept)
