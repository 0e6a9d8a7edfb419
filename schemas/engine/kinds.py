"""Two places, kind by kind: which kinds of value come and go, then what each kind that stays may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.engine import unions
from schemas.engine.ledger import Spot
from schemas.engine.same import text
from schemas.engine.wire import as_text, takes_any_text
from schemas.model import KINDS, View

if TYPE_CHECKING:
    from schemas.engine.walk import Pair, Walk

_ALL = frozenset(KINDS)
_TEXTUAL = {"boolean", "number"}


def compare(walk: Walk, pair: Pair) -> None:
    """Report what differs at one place, and push the places below it."""
    old, new = walk.old.view(pair.old), walk.new.view(pair.new)
    if old.unresolved or new.unresolved:
        _unresolved(walk, pair, old, new)
        return
    _facts(walk, pair, old, new)
    if pair.way.loose:
        old, new = as_text(old, new)
    _kinds(walk, pair, old, new)
    for kind in KINDS:
        before, after = old.facets.get(kind), new.facets.get(kind)
        if before and after and kind != "null":
            unions.compare(walk, pair, old, new, before, after)
    unions.discriminators(walk, pair, old, new)


def _at(pair: Pair) -> tuple[str, str]:
    new_at = pair.new.at if pair.new.key and pair.new.at.startswith("/") else pair.place
    return pair.old.at if pair.old.at.startswith("/") else "", new_at if new_at or pair.old.at.startswith("/") else ""


def _unresolved(walk: Walk, pair: Pair, old: View, new: View) -> None:
    gone, was = {said.value for said in new.unresolved}, {said.value for said in old.unresolved}
    old_at, new_at = pair.old.at if pair.old.at.startswith("/") else "", pair.place or pair.new.at
    before, after = pair.old.raw, pair.new.raw
    for ref in sorted(gone - was):
        message = f"{{it}} refers to {ref}, which is nowhere in the document"
        walk.note(
            "schema.ref-unresolved", pair.way, Spot(old_at=old_at, new_at=new_at, before=before, after=after), message=message
        )
    if was and not gone:
        message = "{it} can be read now, so what changed in it is not known"
        walk.note("schema.unproven", pair.way, Spot(old_at=old_at, new_at=new_at, before=before, after=after), message=message)


def _facts(walk: Walk, pair: Pair, old: View, new: View) -> None:
    before, after = old.default, new.default
    if (before is None) != (after is None) or (before and after and text(before.value) != text(after.value)):
        now, was = _shown(after.value) if after else "gone", _shown(before.value) if before else "none"
        words = f"the default of {{it}} is now {now}, was {was}"
        rule = "param.default-changed" if pair.way.loose and pair.way.side == "request" else "default.changed"
        walk.note(
            rule,
            pair.way,
            Spot(
                old_at=before.at if before else "",
                new_at=after.at if after else "",
                before=before.value if before else None,
                after=after.value if after else None,
            ),
            message=words,
        )
    if new.deprecated and not old.deprecated:
        old_at, new_at = _at(pair)
        walk.note(
            "property.deprecated", pair.way, Spot(old_at=old_at, new_at=pair.place or new_at), message="{it} is deprecated now"
        )


def _shown(value: object) -> str:
    shown = text(value)  # type: ignore[arg-type]  # only JSON values get here
    return shown if len(shown) <= 60 else f"{shown[:60]}…"


def _names(view: View, kinds: frozenset[str] | set[str]) -> str:
    if kinds >= _ALL:
        return "anything"
    said = []
    for kind in KINDS:
        if kind in kinds:
            numbers = view.facets.get("number", ()) if kind == "number" else ()
            said.append("integer" if numbers and all(getattr(facet, "integer", False) for facet in numbers) else kind)
    return " or ".join(said) or "nothing"


def _kinds(walk: Walk, pair: Pair, old: View, new: View) -> None:
    before, after = set(old.facets), set(new.facets)
    added, removed = after - before, before - after
    if pair.way.loose:
        added = added - _TEXTUAL if takes_any_text(old) else added
        removed = removed - _TEXTUAL if takes_any_text(new) else removed
    if not added and not removed:
        return
    old_at, new_at = _at(pair)
    spot = Spot(
        old_at=old_at,
        new_at=new_at,
        before=pair.old.raw,
        after=pair.new.raw,
    )
    whole = before == _ALL or after == _ALL or not before or not after
    if "null" in added and not whole and before:
        walk.note("null.added", pair.way, spot, message="{it} may now be null")
        added = added - {"null"}
    if "null" in removed and not whole and after:
        walk.note("null.removed", pair.way, spot, message="{it} may no longer be null")
        removed = removed - {"null"}
    if not added and not removed:
        return
    was, now = _names(old, before - {"null"} if not whole else before), _names(new, after - {"null"} if not whole else after)
    if added and removed:
        walk.note("type.changed", pair.way, spot, message=f"{{it}} is now {now}, was {was}")
    elif added:
        rule = "union.branch-added" if old.composed and new.composed else "type.widened"
        walk.note(
            rule, pair.way, spot, what=_names(new, added), message=f"{{it}} may now be {_names(new, added)} as well as {was}"
        )
    else:
        rule = "union.branch-removed" if old.composed and new.composed else "type.narrowed"
        walk.note(
            rule, pair.way, spot, what=_names(old, removed), message=f"{{it}} may no longer be {_names(old, removed)}, only {now}"
        )
