"""Two arrays: positions, the items after them, lengths, uniqueness, `contains`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from schemas.engine.ledger import Spot
from schemas.engine.meet import position
from schemas.model import Array
from schemas.pointer import join

if TYPE_CHECKING:
    from schemas.engine.walk import Pair, Walk


def compare(walk: Walk, pair: Pair, old: Array, new: Array) -> None:
    """Report what differs between two arrays, and push what their items must be."""
    from schemas.engine.facets import limits  # facets dispatches to this module

    limits(walk, pair, old, new, ("minItems", "maxItems"))
    if (old.unique is None) != (new.unique is None):
        rule = "limit.unique-items" if new.unique else "limit.unique-items-lifted"
        at = Spot(old_at=old.unique.at if old.unique else "", new_at=new.unique.at if new.unique else "")
        words = "may no longer repeat" if new.unique else "may repeat now"
        walk.note(
            rule,
            pair.way,
            replace(at, before=old.unique is not None, after=new.unique is not None),
            message=f"items of {{it}} {words}",
        )
    if old.prefix and new.prefix and len(old.prefix) != len(new.prefix):
        message = f"{{it}} has {len(new.prefix)} positions, had {len(old.prefix)}"
        walk.note(
            "tuple.length-changed",
            pair.way,
            Spot(old_at=old.at, new_at=new.at, before=len(old.prefix), after=len(new.prefix)),
            message=message,
        )
    elif old.prefix or new.prefix:
        for i in range(max(len(old.prefix), len(new.prefix))):
            walk.push(position(old, i), position(new, i), pair.way, join(new.at, "prefixItems", i))
    for i in range(min(len(old.prefix), len(new.prefix))):
        walk.push(old.prefix[i], new.prefix[i], pair.way, join(new.at, "prefixItems", i))
    walk.push(old.rest, new.rest, pair.way, join(new.at, "items"))
    _contains(walk, pair, old, new)


def _contains(walk: Walk, pair: Pair, old: Array, new: Array) -> None:
    for i in range(max(len(old.contains), len(new.contains))):
        was = old.contains[i] if i < len(old.contains) else None
        now = new.contains[i] if i < len(new.contains) else None
        spot = Spot(old_at=old.at, new_at=new.at)
        if was is None:
            walk.note("contains.tightened", pair.way, spot, message="{it} must now contain an item of its own kind")
        elif now is None:
            walk.note("contains.loosened", pair.way, spot, message="{it} need not contain an item of its own kind any more")
        else:
            tighter = now.low > was.low or (now.high is not None and (was.high is None or now.high < was.high))
            looser = now.low < was.low or (was.high is not None and (now.high is None or now.high > was.high))
            words = f"{{it}} must contain {now.low} to {now.high} such items, was {was.low} to {was.high}"
            if tighter:
                walk.note("contains.tightened", pair.way, spot, message=words)
            if looser:
                walk.note("contains.loosened", pair.way, spot, message=words)
            if not walk.alike(was.node, now.node):
                _needle(walk, pair, was, now, spot)


def _needle(walk: Walk, pair: Pair, was: Any, now: Any, spot: Spot) -> None:
    from schemas.engine.regex import Relation
    from schemas.rules import Level

    verdict = walk.relation(was.node, now.node)
    if was.high is not None or now.high is not None:
        verdict = Relation.UNKNOWN
    words = "what {it} must contain changed"
    if verdict is Relation.NARROWER:
        walk.note("contains.tightened", pair.way, spot, message=words)
    elif verdict is Relation.WIDER:
        walk.note("contains.loosened", pair.way, spot, message=words)
    elif verdict is Relation.CROSSING:
        walk.note("contains.tightened", pair.way, spot, response=Level.BREAKING, message=words)
    elif verdict is Relation.UNKNOWN:
        walk.note("schema.unproven", pair.way, spot, message=words)
