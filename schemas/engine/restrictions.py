"""What restricts a kind beyond its plain facts: `not`, conditions, patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas.engine.ledger import Spot
from schemas.engine.regex import Relation, relation
from schemas.engine.same import text
from schemas.model import ANY, Condition, Facet, Node, Text
from schemas.pointer import _Missing, join
from schemas.rules import Level

if TYPE_CHECKING:
    from schemas.engine.book import Book
    from schemas.engine.walk import Pair, Walk


def compare(walk: Walk, pair: Pair, old: Facet, new: Facet) -> None:
    """`not` and conditional keywords of two alternatives."""
    _excluded(walk, pair, old, new)
    _conditions(walk, pair, old, new)


def _excluded(walk: Walk, pair: Pair, old: Facet, new: Facet) -> None:
    was = [node for node in old.excluded if not any(walk.alike(node, other) for other in new.excluded)]
    now = [node for node in new.excluded if not any(walk.alike(other, node) for other in old.excluded)]
    if not was and not now:
        return
    spot = Spot(
        old_at=was[0].at if was else "",
        new_at=now[0].at if now else "",
        before=was[0].raw if was else None,
        after=now[0].raw if now else None,
    )
    if not was:
        walk.note("not.tightened", pair.way, spot, message="{it} now excludes more")
    elif not now:
        walk.note("not.loosened", pair.way, spot, message="{it} excludes less now")
    else:
        verdict = walk.relation(was[0], now[0]) if len(was) == len(now) == 1 else Relation.UNKNOWN
        if verdict is Relation.WIDER:
            walk.note("not.tightened", pair.way, spot, message="{it} now excludes more")
        elif verdict is Relation.NARROWER:
            walk.note("not.loosened", pair.way, spot, message="{it} excludes less now")
        elif verdict is Relation.CROSSING:
            walk.note("not.tightened", pair.way, spot, response=Level.BREAKING, message="{it} now excludes other values")
        elif verdict is Relation.UNKNOWN:
            walk.note("schema.unproven", pair.way, spot, message="what {it} excludes changed in a way nobody can prove safe")


def _conditions(walk: Walk, pair: Pair, old: Facet, new: Facet) -> None:
    before = {condition.text: condition for condition in old.conditions}
    after = {condition.text: condition for condition in new.conditions}
    for condition in before.values():
        if condition.text not in after:
            continue
        if condition.keyword == "allOf":  # too deep to read from here: a place of its own
            walk.push(_home(walk.old.book, condition), _home(walk.new.book, condition), pair.way, condition.at)
        else:
            _referred(walk, pair, condition, after[condition.text])
    gone = [condition for key, condition in before.items() if key not in after]
    come = [condition for key, condition in after.items() if key not in before]
    for condition in list(gone):
        twin = next((other for other in come if _subject(other) == _subject(condition)), None)
        if twin is None and condition.keyword == "if":
            twin = next((other for other in come if other.keyword == "if"), None)
            if twin is not None and not _same_test(condition, twin):
                gone.remove(condition)
                come.remove(twin)
                _rewritten(walk, pair, condition, twin)
                continue
        if twin is None:
            continue
        gone.remove(condition)
        come.remove(twin)
        _changed(walk, pair, condition, twin)
    for condition in come:
        message = f"a condition on {{it}} was added ({_told(condition)})"
        walk.note("condition.added", pair.way, Spot(new_at=condition.at, after=condition.raw), message=message)
    for condition in gone:
        message = f"a condition on {{it}} was lifted ({_told(condition)})"
        walk.note("condition.removed", pair.way, Spot(old_at=condition.at, before=condition.raw), message=message)


def _referred(walk: Walk, pair: Pair, old: Condition, new: Condition) -> None:
    """A condition written alike on both sides may still refer to what changed."""
    before, after = _part(walk.old.book, old, "if"), _part(walk.new.book, new, "if")
    if old.keyword == "if" and before is not None and after is not None and not walk.clean(before, after):
        _rewritten(walk, pair, old, new)
        return
    for part in ("then", "else", "schema", "contentSchema"):
        before, after = _part(walk.old.book, old, part), _part(walk.new.book, new, part)
        if before is not None and after is not None:
            walk.push(before, after, pair.way, after.at)


def _subject(condition: Condition) -> tuple[str, ...]:
    raw = condition.raw
    if isinstance(raw, dict):
        return condition.keyword, text(raw.get("if")), "required" if "required" in raw else "schema"
    return (condition.keyword,)


def _told(condition: Condition) -> str:
    raw = condition.raw
    return f"where {raw['if']} is present" if condition.keyword == "dependent" and isinstance(raw, dict) else condition.keyword


def _changed(walk: Walk, pair: Pair, old: Condition, new: Condition) -> None:
    spot = Spot(old_at=old.at, new_at=new.at, before=old.raw, after=new.raw)
    if new.keyword == "many":
        walk.note(
            "schema.unproven", pair.way, spot, message="{it} has more alternatives than can be looked into, and they changed"
        )
        return
    if isinstance(old.raw, dict) and isinstance(new.raw, dict) and "required" in old.raw and "required" in new.raw:
        was, now = _texts(old.raw["required"]), _texts(new.raw["required"])
        if now > was:
            walk.note("condition.added", pair.way, spot, message=f"more members of {{it}} are required {_told(new)}")
        elif was > now:
            walk.note("condition.removed", pair.way, spot, message=f"fewer members of {{it}} are required {_told(new)}")
        else:
            walk.note(
                "condition.added",
                pair.way,
                spot,
                response=Level.BREAKING,
                message=f"other members of {{it}} are required {_told(new)}",
            )
        return
    for part in ("then", "else", "schema", "contentSchema"):
        before, after = _part(walk.old.book, old, part), _part(walk.new.book, new, part)
        if before is not None and after is not None:
            walk.push(before, after, pair.way, after.at)
        elif after is not None:
            walk.note("condition.added", pair.way, spot, message="a condition on {it} was added (" + part + ")")
        elif before is not None:
            walk.note("condition.removed", pair.way, spot, message="a condition on {it} was lifted (" + part + ")")


def _same_test(one: Condition, other: Condition) -> bool:
    return isinstance(one.raw, dict) and isinstance(other.raw, dict) and text(one.raw["if"]) == text(other.raw["if"])


def _rewritten(walk: Walk, pair: Pair, old: Condition, new: Condition) -> None:
    """A condition with another test: what it takes in as a whole decides."""
    spot = Spot(old_at=old.at, new_at=new.at, before=old.raw, after=new.raw)
    words = "the condition on {it} is another one now"
    verdict = walk.relation(Node((f"{old.at}/",), (old.raw,)), Node((f"{new.at}/",), (new.raw,)))
    if verdict is Relation.NARROWER:
        walk.note("condition.added", pair.way, spot, message=words)
    elif verdict is Relation.WIDER:
        walk.note("condition.removed", pair.way, spot, message=words)
    elif verdict is Relation.CROSSING:
        walk.note("condition.added", pair.way, spot, response=Level.BREAKING, message=words)
    elif verdict is Relation.UNKNOWN:
        walk.note("schema.unproven", pair.way, spot, message=words)


def _home(book: Book, condition: Condition) -> Node:
    raw = book.find(condition.at)
    return ANY if isinstance(raw, _Missing) else book.node(condition.at, raw)


def _part(book: Book, condition: Condition, part: str) -> Node | None:
    raw = condition.raw
    if not isinstance(raw, dict) or part not in raw:
        return None
    at = join(condition.at, "dependentSchemas", str(raw["if"])) if part == "schema" else join(condition.at, part)
    return book.node(at, raw[part])


def _texts(names: Any) -> set[str]:
    return {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()


def patterns(walk: Walk, pair: Pair, old: Text, new: Text) -> None:
    """The patterns of two string alternatives; a replaced one is judged by what it provably takes in."""
    was = [said for said in old.patterns if said.value not in {other.value for other in new.patterns}]
    now = [said for said in new.patterns if said.value not in {other.value for other in old.patterns}]
    if not was and not now:
        return
    spot = Spot(
        old_at=was[0].at if was else "",
        new_at=now[0].at if now else (pair.new.at if pair.new.at.startswith("/") else ""),
        before=was[0].value if was else None,
        after=now[0].value if now else None,
    )
    words = f"the pattern of {{it}} is now {now[0].value if now else 'gone'}, was {was[0].value if was else 'none'}"
    if not was:
        walk.note("pattern.tightened", pair.way, spot, message=words)
        return
    if not now:
        walk.note("pattern.loosened", pair.way, spot, message=words)
        return
    verdict = relation(was[0].value, now[0].value) if len(was) == len(now) == 1 else Relation.UNKNOWN
    if verdict is Relation.NARROWER:
        walk.note("pattern.tightened", pair.way, spot, message=words)
    elif verdict is Relation.WIDER:
        walk.note("pattern.loosened", pair.way, spot, message=words)
    elif verdict is Relation.CROSSING:
        walk.note("pattern.tightened", pair.way, spot, response=Level.BREAKING, message=words)
    elif verdict is Relation.UNKNOWN:
        walk.note("schema.unproven", pair.way, spot, message=words)
