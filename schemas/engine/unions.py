"""Alternatives of one kind: which belongs to which, which came, which went."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from schemas.engine import facets
from schemas.engine.disjoint import overlap
from schemas.engine.ledger import Spot
from schemas.engine.names import definition
from schemas.engine.same import text
from schemas.model import Facet, Node, Record, View
from schemas.pointer import _Missing

if TYPE_CHECKING:
    from schemas.engine.walk import Pair, Walk

_CAREFUL = 2500
"""Pairs of leftover alternatives that are compared in full to find equal content; beyond, only written text counts."""


def compare(walk: Walk, pair: Pair, old: View, new: View, before: Sequence[Facet], after: Sequence[Facet]) -> None:
    """Compare the alternatives of one kind that belong together, and report those that came or went."""
    if len(before) == 1 and len(after) == 1:
        facets.compare(walk, pair, before[0], after[0])
        return
    pairs, gone, come = match(walk, pair, old, new, before, after)
    for one, other in pairs:
        facets.compare(walk, pair, one, other)
    new_at = pair.place or (pair.new.at if pair.new.at.startswith("/") else "")
    if come:
        said = _labels(come)
        message = f"{{it}} may now also be {said}"
        walk.note("union.branch-added", pair.way, Spot(old_at=pair.old.at, new_at=_home(pair)), what=said, message=message)
    if gone:
        said = _labels(gone)
        message = f"{{it}} may no longer be {said}"
        walk.note("union.branch-removed", pair.way, Spot(old_at=pair.old.at, new_at=_home(pair)), what=said, message=message)
    if (
        new.exclusive
        and not old.exclusive
        and old.composed
        and not gone
        and not come
        and new.discriminator is None
        and overlap(walk.new, after)
    ):
        message = "a value of {it} may now fit one alternative only"
        walk.note("union.any-to-one", pair.way, Spot(old_at=pair.old.at, new_at=_home(pair) or new_at), message=message)


def _home(pair: Pair) -> str:
    return pair.new.at if pair.new.at.startswith("/") else pair.place


def _labels(alternatives: Sequence[Facet]) -> str:
    return ", ".join(sorted({_label(facet) for facet in alternatives}))


def _label(facet: Facet) -> str:
    for at in facet.path:
        if definition(at) == at:
            return f"`{at.rpartition('/')[2]}`"
    return facet.title or (f"one of {', '.join(sorted(facet.values.value)[:5])}" if facet.values else f"another {facet.kind}")


def match(
    walk: Walk, pair: Pair, old: View, new: View, before: Sequence[Facet], after: Sequence[Facet]
) -> tuple[list[tuple[Facet, Facet]], list[Facet], list[Facet]]:
    """Pairs of alternatives that belong together, then those only in the old and those only in the new."""
    pairs: list[tuple[Facet, Facet]] = []
    gone, come = list(before), list(after)
    tags_before, tags_after = _tags(old), _tags(new)
    const = _tag_member(gone, come)
    for key_before, key_after in (
        (_path, _path),
        (lambda f: _tag_of(f, tags_before), lambda f: _tag_of(f, tags_after)),
        (lambda f: _const_of(f, const), lambda f: _const_of(f, const)),
        (lambda f: f.title, lambda f: f.title),
    ):
        _pair_by(pairs, gone, come, key_before, key_after)
    if gone and come:
        _pair_alike(walk, pair, pairs, gone, come)
    if gone and come:
        _pair_similar(walk, pairs, gone, come)
    return pairs, gone, come


def _pair_by(
    pairs: list[tuple[Facet, Facet]],
    gone: list[Facet],
    come: list[Facet],
    key_before: Callable[[Facet], Hashable],
    key_after: Callable[[Facet], Hashable],
) -> None:
    waiting: dict[Hashable, list[Facet]] = {}
    for facet in come:
        key = key_after(facet)
        if key is not None and key != ():
            waiting.setdefault(key, []).append(facet)
    if not waiting:
        return
    left = []
    for facet in gone:
        key = key_before(facet)
        if key is not None and waiting.get(key):
            pairs.append((facet, waiting[key].pop(0)))
        else:
            left.append(facet)
    taken = {id(other) for _, other in pairs}
    gone[:] = left
    come[:] = [facet for facet in come if id(facet) not in taken]


def _path(facet: Facet) -> Hashable:
    return facet.path


def _tags(view: View) -> dict[str, str]:
    return {target: tag for tag, target in view.discriminator.mapping.items()} if view.discriminator else {}


def _tag_of(facet: Facet, tags: dict[str, str]) -> Hashable:
    return next((tags[at] for at in facet.path if at in tags), None)


def _constants(facet: Facet) -> dict[str, str]:
    found = {}
    for name, node in facet.properties.items() if isinstance(facet, Record) else ():
        for raw in node.raws:
            if not isinstance(raw, dict):
                continue
            enum = raw.get("enum")
            if "const" in raw:
                found[name] = text(raw["const"])
            elif isinstance(enum, list) and len(enum) == 1:
                found[name] = text(enum[0])
    return found


def _tag_member(gone: Sequence[Facet], come: Sequence[Facet]) -> str | None:
    """The member that is a constant of its own in every alternative of a side, on both sides."""
    for side in (gone, come):
        if not side or not all(isinstance(facet, Record) for facet in side):
            return None
    before, after = [_constants(facet) for facet in gone], [_constants(facet) for facet in come]
    shared = set.intersection(*(set(found) for found in (*before, *after)))
    for name in sorted(shared):
        if all(len({found[name] for found in side}) == len(side) for side in (before, after)):
            return name
    return None


def _const_of(facet: Facet, name: str | None) -> Hashable:
    return _constants(facet).get(name) if name is not None else None


def _outline(facet: Facet) -> Hashable:
    if isinstance(facet, Record):
        return frozenset(facet.properties), frozenset(facet.required)
    return facet.kind, frozenset(facet.values.value) if facet.values else None


def _pair_alike(walk: Walk, pair: Pair, pairs: list[tuple[Facet, Facet]], gone: list[Facet], come: list[Facet]) -> None:
    careful = len(gone) * len(come) <= _CAREFUL
    waiting: dict[Hashable, list[Facet]] = {}
    for facet in come:
        waiting.setdefault(_outline(facet), []).append(facet)
    for facet in list(gone):
        candidates = waiting.get(_outline(facet), [])
        for other in candidates[: None if careful else 1]:
            if walk.alike_facets(pair, facet, other):
                pairs.append((facet, other))
                candidates.remove(other)
                gone.remove(facet)
                come.remove(other)
                break


def _stays(walk: Walk, one: Facet, other: Facet) -> bool:
    """Whether two named alternatives are two different definitions rather than one renamed."""
    mine, theirs = one.path[:1], other.path[:1]
    if not mine or not theirs:
        return False
    return not isinstance(walk.new.book.find(mine[0]), _Missing) or not isinstance(walk.old.book.find(theirs[0]), _Missing)


def _likeness(one: Facet, other: Facet) -> float:
    if not isinstance(one, Record) or not isinstance(other, Record):
        return 1.0 if (one.values is None) == (other.values is None) else 0.2
    names, others = set(one.properties) | set(one.required), set(other.properties) | set(other.required)
    return len(names & others) / len(names | others) if names | others else 1.0


def _pair_similar(walk: Walk, pairs: list[tuple[Facet, Facet]], gone: list[Facet], come: list[Facet]) -> None:
    """What is left pairs by likeness, best first; a lone couple pairs however unlike, unless both have names of their own."""
    if len(gone) * len(come) > _CAREFUL:
        return
    lone = len(gone) == len(come) == 1
    ranked: list[Any] = sorted(
        (
            (-_likeness(one, other), i, j)
            for i, one in enumerate(gone)
            for j, other in enumerate(come)
            if not _stays(walk, one, other)
        )
    )
    used_before: set[int] = set()
    used_after: set[int] = set()
    for score, i, j in ranked:
        if i in used_before or j in used_after or (-score < 0.5 and not lone):
            continue
        used_before.add(i)
        used_after.add(j)
        pairs.append((gone[i], come[j]))
    gone[:] = [facet for i, facet in enumerate(gone) if i not in used_before]
    come[:] = [facet for j, facet in enumerate(come) if j not in used_after]


def discriminators(walk: Walk, pair: Pair, old: View, new: View) -> None:
    """The tag field, and its values where the alternatives stayed the same in number: a new alternative claims its tag."""
    was, now = old.discriminator, new.discriminator
    if was is None and now is None:
        return
    if was is None or now is None:
        said = was or now
        assert said is not None
        message = f"{{it}} {'is' if now else 'is no longer'} told apart by `{said.property}`"
        walk.note(
            "schema.unclassified",
            pair.way,
            Spot(
                old_at=was.at if was else "",
                new_at=now.at if now else "",
                before=was.property if was else None,
                after=now.property if now else None,
            ),
            message=message,
        )
        return
    spot = Spot(old_at=was.at, new_at=now.at)
    if was.property != now.property:
        message = f"{{it}} is told apart by `{now.property}` now, was `{was.property}`"
        walk.note("discriminator.property", pair.way, replace(spot, before=was.property, after=now.property), message=message)
    if len(old.facets.get("object", ())) != len(new.facets.get("object", ())):
        return
    # Only among alternatives that both sides have: a tag whose alternative was renamed leads where it did.
    led, leads = set(was.mapping.values()), set(now.mapping.values())
    moved = sorted(
        tag
        for tag, target in was.mapping.items()
        if now.mapping.get(tag, target) != target and target in leads and now.mapping[tag] in led
    )
    if moved:
        said_moved = ", ".join(moved)
        walk.note(
            "discriminator.mapping-removed",
            pair.way,
            replace(spot, before=[was.mapping[tag] for tag in moved], after=[now.mapping[tag] for tag in moved]),
            what=said_moved,
            message=f"tag {said_moved} of {{it}} means another alternative now",
        )
    gone, come = sorted(set(was.mapping) - set(now.mapping)), sorted(set(now.mapping) - set(was.mapping))
    if gone:
        said_gone = ", ".join(gone)
        walk.note(
            "discriminator.mapping-removed",
            pair.way,
            replace(spot, before=list(gone)),
            what=said_gone,
            message=f"tag {said_gone} of {{it}} is gone",
        )
    if come:
        said_come = ", ".join(come)
        walk.note(
            "discriminator.mapping-added",
            pair.way,
            replace(spot, after=list(come)),
            what=said_come,
            message=f"{{it}} may be tagged {said_come}",
        )


__all__ = ["Node", "compare", "discriminators", "match"]
