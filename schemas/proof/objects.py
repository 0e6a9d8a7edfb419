"""Inclusion of objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from schemas.engine.complement import MOST
from schemas.engine.meet import meet_nodes, member
from schemas.engine.regex import Relation, relation
from schemas.model import ANY, NEVER, Node, Record

if TYPE_CHECKING:
    from schemas.engine.view import Reader
    from schemas.proof.within import Prover


def strict_member(record: Record, name: str) -> Node:
    """What a member must be, patterns included."""
    return member(record, name, strict=True)


def _open_names(prover: Prover, facet: Record) -> list[str] | None:
    """The names an old object's members can have, where `propertyNames` lists them; None if they are free."""
    if facet.names is None:
        return None
    texts = prover.old.view(facet.names).facets.get("string", ())
    if all(one.values is not None for one in texts):
        return sorted({str(value) for one in texts if one.values for value in one.values.value.values()})
    return None


def inside(prover: Prover, facet: Record, other: Record) -> bool:
    """Whether one object (old) is proven to lie within the other (new)."""
    if not set(other.required) <= set(facet.required):
        return False
    listed = _open_names(prover, facet)
    names = dict.fromkeys((*facet.properties, *other.properties, *(listed or ())))
    possible = []
    for name in names:
        if listed is not None and name not in listed:
            continue
        mine = strict_member(facet, name)
        if prover.void(mine):
            continue
        possible.append(name)
        if not prover.within(mine, strict_member(other, name)):
            return False
    closed = listed is not None or (
        prover.void(facet.rest) and not any(not prover.void(node) for node in facet.patterns.values())
    )
    if not closed and not _free_names(prover, facet, other):
        return False
    if not _counts(facet, other, len(possible) if closed else None):
        return False
    return other.names is None or _names(prover, facet, other.names, possible if closed else None)


def _free_names(prover: Prover, facet: Record, other: Record) -> bool:
    if not prover.void(facet.rest):
        if not prover.within(facet.rest, other.rest):
            return False
        if not all(prover.within(facet.rest, node) for pattern, node in other.patterns.items() if pattern not in facet.patterns):
            return False
    for pattern, node in facet.patterns.items():
        if prover.void(node):
            continue
        homes = [theirs for other_pattern, theirs in other.patterns.items() if _takes_in(other_pattern, pattern)]
        if not all(prover.within(node, theirs) for theirs in homes or [other.rest]):
            return False
        for other_pattern, theirs in other.patterns.items():
            if other_pattern in facet.patterns or theirs in homes:
                continue
            if not prover.within(node, theirs):
                return False
    return True


def _takes_in(wide: str, narrow: str) -> bool:
    return wide == narrow or relation(narrow, wide) in (Relation.EQUAL, Relation.WIDER)


def _counts(facet: Record, other: Record, possible: int | None) -> bool:
    least = max(facet.low.value if facet.low else 0, len(facet.required))
    most = facet.high.value if facet.high else None
    if possible is not None:
        most = possible if most is None else min(most, possible)
    if other.low and least < other.low.value:
        return False
    return not (other.high and (most is None or most > other.high.value))


def _names(prover: Prover, facet: Record, names: Node, possible: list[str] | None) -> bool:
    from schemas.proof.values import accepts

    if possible is not None:
        return all(accepts(prover.new, names, name) for name in possible)
    if facet.names is not None and prover.within(facet.names, names):
        return True
    return prover.within(Node(("/string",), ({"type": "string"},)), names)


def split(prover: Prover, facet: Record, others: Sequence[Record]) -> list[Record] | None:
    """The old object parted by one member that tells the new alternatives apart; None if there is none."""
    names = [name for name in facet.properties if any(name in other.properties for other in others)]
    names += [name for other in others for name in other.properties if name not in names]
    for name in dict.fromkeys(names):
        pieces = _by_member(prover, facet, name)
        if pieces is not None and len(pieces) > 1:
            return pieces
    wanted = [name for other in others for name in other.required if name not in facet.required]
    for name in dict.fromkeys(wanted):
        return [*_absent(facet, name), replace(facet, required={**facet.required, name: facet.at})]
    return None


def _absent(facet: Record, name: str) -> list[Record]:
    return [replace(facet, properties={**facet.properties, name: NEVER})] if name not in facet.required else []


def _by_member(prover: Prover, facet: Record, name: str) -> list[Record] | None:
    from schemas.proof.values import finite

    node = strict_member(facet, name)
    if node is ANY:
        return None
    view = prover.old.view(node)
    pieces: list[Record] = []
    for kind, alternatives in view.facets.items():
        for alternative in alternatives:
            values = finite(alternative)
            if values is not None and len(values) <= 4 * MOST:
                raws = [{"const": value} for value in values]
            elif len(alternatives) == 1:
                raws = [{"type": kind}]
            else:
                return None
            for raw in raws:
                mark = Node((f"/split {raw}",), (raw,))  # type: ignore[arg-type]  # made of JSON values
                narrowed = {**facet.properties, name: meet_nodes(node, mark)}
                pieces.append(replace(facet, properties=narrowed, required={**facet.required, name: facet.at}))
    return [*pieces, *_absent(facet, name)]


def allows(reader: Reader, facet: Record, value: dict[str, object]) -> bool:
    """Whether it is proven that the object allows a value."""
    from schemas.proof.values import accepts

    if any(name not in value for name in facet.required):
        return False
    if (facet.low and len(value) < facet.low.value) or (facet.high and len(value) > facet.high.value):
        return False
    if facet.names is not None and not all(accepts(reader, facet.names, name) for name in value):
        return False
    return all(accepts(reader, strict_member(facet, name), item) for name, item in value.items())
