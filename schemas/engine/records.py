"""Two objects: members that come and go, what is required, what else may stand in them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemas.engine.lazy import Lazy
from schemas.engine.ledger import REQUEST, Spot, Way
from schemas.engine.meet import member
from schemas.engine.names import definition
from schemas.engine.renames import renames
from schemas.model import NEVER, Node, Record, View
from schemas.pointer import _Missing, join
from schemas.rules import Level

if TYPE_CHECKING:
    from schemas.document import Json
    from schemas.engine.book import Book
    from schemas.engine.walk import Pair, Walk


def compare(walk: Walk, pair: Pair, old: Record, new: Record) -> None:
    """Report what differs between two objects, and push what their members must be."""
    from schemas.engine.facets import limits  # facets dispatches to this module

    unchanged, likely = _unchanged(walk, old, new), _likely(walk, old, new)
    for name in (*old.properties, *(name for name in new.properties if name not in old.properties)):
        if name in unchanged:
            continue
        before, after = old.properties.get(name), new.properties.get(name)
        if before is not None and after is not None:
            _both(walk, pair, old, new, name)
        elif before is not None:
            _gone(walk, pair, old, new, name, likely.get(name))
        else:
            _come(walk, pair, old, new, name)
    _bare_required(walk, pair, old, new)
    _rest(walk, pair, old, new)
    _patterns(walk, pair, old, new)
    if old.names is not None and new.names is not None:
        walk.push(old.names, new.names, pair.way, join(new.at, "propertyNames"))
    elif new.names is not None:
        walk.note(
            "condition.added",
            pair.way,
            Spot(new_at=new.names.at or new.at, after=_raw(new.names)),
            message="names of members of {it} are restricted now",
        )
    elif old.names is not None:
        walk.note(
            "condition.removed",
            pair.way,
            Spot(old_at=old.names.at or old.at, before=_raw(old.names)),
            message="names of members of {it} are free now",
        )
    limits(walk, pair, old, new, ("minProperties", "maxProperties"))


def _unchanged(walk: Walk, old: Record, new: Record) -> set[str]:
    """The members that need no look: as much required, written alike, and leading to nothing that differs."""
    was, now = old.properties, new.properties
    if not isinstance(was, Lazy) or not isinstance(now, Lazy):
        return set()
    return {name for name in walk.unchanged(was.raws, now.raws) if (name in old.required) == (name in new.required)}


def _raw(node: Node) -> Json:
    return node.raw


def _hidden(view: View, way: Way) -> bool:
    """Whether a member takes no part on this way: read-only in requests, write-only in answers."""
    return view.read_only if way.side == REQUEST else view.write_only


def _written(book: Book, record: Record, name: str) -> tuple[str, Json]:
    at = record.written.get(name) or join(record.at, "properties", name)
    found = book.find(at)
    return at, None if isinstance(found, _Missing) else found


def _both(walk: Walk, pair: Pair, old: Record, new: Record, name: str) -> None:
    before, after = old.properties[name], new.properties[name]
    must, was = name in new.required, name in old.required
    if must == was and walk.clean(before, after):
        return
    (old_at, old_raw), (new_at, new_raw) = _written(walk.old.book, old, name), _written(walk.new.book, new, name)
    spot = Spot(old_at=old_at, new_at=new_at, before=old_raw, after=new_raw)
    hidden_before, hidden_after = _hidden(walk.old.view(before), pair.way), _hidden(walk.new.view(after), pair.way)
    if hidden_before and hidden_after:
        return
    request = pair.way.side == REQUEST
    if hidden_after:
        rule, words = ("mutability.read-only", "read-only") if request else ("mutability.write-only", "write-only")
        walk.note(rule, pair.way, spot, message=f"{{it}} is {words} now")
        return
    if hidden_before:
        lifted = "mutability.read-only-lifted" if must else "mutability.writable"
        words = "can be written now" + (" and is required" if must else "") if request else "can be read now"
        walk.note(lifted if request else "mutability.readable", pair.way, spot, message=f"{{it}} {words}")
        return
    if must and not was:
        home = _said_at(new.required[name], name, new_at)
        walk.note("property.became-required", pair.way, replace(spot, new_at=home), message="{it} is required now")
    elif was and not must:
        home = _said_at(old.required[name], name, new_at)
        walk.note(
            "property.became-optional",
            pair.way,
            replace(spot, new_at=home),
            message="{it} is no longer required",
            guaranteed=True,
        )
    walk.push(before, after, pair.way, new_at)


def _said_at(owner: str, name: str, written: str) -> str:
    """The place of a member that `owner` requires: where it is written, or below an owner that only refers to that."""
    return written if definition(owner) == definition(written) else join(owner, "properties", name)


def _likely(walk: Walk, old: Record, new: Record) -> dict[str, str]:
    """What members that went seem to be called now."""
    gone = [name for name in old.properties if name not in new.properties]
    come = [name for name in new.properties if name not in old.properties]
    if not gone or not come:
        return {}
    return renames(
        {name: _written(walk.old.book, old, name)[1] for name in gone},
        {name: _written(walk.new.book, new, name)[1] for name in come},
    )


def _gone(walk: Walk, pair: Pair, old: Record, new: Record, name: str, likely: str | None) -> None:
    before = old.properties[name]
    if _hidden(walk.old.view(before), pair.way):
        return
    takes = member(new, name, strict=False)
    if not walk.old.view(before).facets:
        if takes is new.rest and walk.new.view(new.rest).facets:
            at, raw = _written(walk.old.book, old, name)
            walk.note("type.widened", pair.way, Spot(old_at=at, before=raw), message="{it} may be present now")
        return
    if takes is not new.rest:
        walk.push(before, takes, pair.way, join(new.at, "properties", name))
        return
    at, raw = _written(walk.old.book, old, name)
    closed = not walk.new.view(new.rest).facets
    walk.note(
        "property.removed",
        pair.way,
        Spot(old_at=at, before=raw),
        request=Level.BREAKING if closed else None,
        guaranteed=name in old.required,
        message="{it} was removed" + (f"; `{likely}` looks like its new name" if likely is not None else ""),
    )


def _come(walk: Walk, pair: Pair, old: Record, new: Record, name: str) -> None:
    after = new.properties[name]
    view = walk.new.view(after)
    if _hidden(view, pair.way):
        return
    took = member(old, name, strict=False)
    at, raw = _written(walk.new.book, new, name)
    if took is not old.rest:
        walk.push(took, after, pair.way, at)
    if not view.facets:
        if took is old.rest and walk.old.view(old.rest).facets:
            walk.note("type.narrowed", pair.way, Spot(new_at=at, after=raw), message="{it} may not be present any more")
        return
    if name in new.required and name not in old.required:
        walk.note("property.required-added", pair.way, Spot(new_at=at, after=raw), message="{it} was added and is required")
    elif took is old.rest:
        walk.note("property.optional-added", pair.way, Spot(new_at=at, after=raw), message="{it} was added")


def _bare_required(walk: Walk, pair: Pair, old: Record, new: Record) -> None:
    """Names that are required and described nowhere: the description is incomplete, the service may be as it was."""
    known = {*old.properties, *new.properties}
    for name in sorted({*old.required} ^ {*new.required}):
        if name in known:
            continue
        if name in new.required:
            walk.note(
                "schema.unproven",
                pair.way,
                Spot(new_at=join(new.required[name], "required", name)),
                message="{it} now requires " + name + ", which it does not describe",
            )
        else:
            walk.note(
                "schema.unproven",
                pair.way,
                Spot(old_at=join(old.required[name], "required", name)),
                message="{it} no longer requires " + name + ", which it does not describe",
            )


def _rest(walk: Walk, pair: Pair, old: Record, new: Record) -> None:
    was_closed, is_closed = not walk.old.view(old.rest).facets, not walk.new.view(new.rest).facets
    spot = Spot(old_at=old.rest_at or old.at, new_at=new.rest_at or new.at)
    if is_closed and not was_closed:
        walk.note(
            "object.closed",
            pair.way,
            replace(spot, before=_raw(old.rest), after=False),
            message="{it} takes no additional members any more",
        )
    elif was_closed and not is_closed:
        walk.note(
            "object.opened",
            pair.way,
            replace(spot, before=False, after=_raw(new.rest)),
            message="{it} takes additional members now",
        )
    elif old.rest is not NEVER or new.rest is not NEVER:
        walk.push(old.rest, new.rest, pair.way, join(new.rest_at or new.at, "additionalProperties"))


def _patterns(walk: Walk, pair: Pair, old: Record, new: Record) -> None:
    for pattern in (*old.patterns, *(pattern for pattern in new.patterns if pattern not in old.patterns)):
        before, after = old.patterns.get(pattern, old.rest), new.patterns.get(pattern, new.rest)
        walk.push(before, after, pair.way, join(new.at, "patternProperties", pattern))
