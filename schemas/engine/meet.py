"""What two schemas that both apply allow together."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from schemas.engine.blank import is_blank
from schemas.engine.regex import matches
from schemas.engine.settle import lcm, settle, tightest
from schemas.model import ANY, NEVER, Array, Bound, Facet, Node, Number, Record, Said, Text


def meet_nodes(one: Node, other: Node) -> Node:
    """The place where both apply."""
    if one is ANY or one.key == other.key:
        return other
    if other is ANY:
        return one
    if one is NEVER or other is NEVER:
        return NEVER
    more = [(key, raw) for key, raw in zip(other.key, other.raws, strict=True) if key not in one.key]
    return Node((*one.key, *(key for key, _ in more)), (*one.raws, *(raw for _, raw in more)))


def member(record: Record, name: str, *, strict: bool) -> Node:
    """What a member called `name` must be. `strict` lets patterns apply to listed members too, as validators do."""
    node = record.properties.get(name)
    if node is not None and not strict:
        return node
    fitting = [schema for pattern, schema in record.patterns.items() if matches(pattern, name)] if record.patterns else []
    if node is None and not fitting:
        return record.rest
    found = ANY if node is None else node
    for schema in fitting:
        found = meet_nodes(found, schema)
    return found


def meet_facets(one: Facet, other: Facet, *, strict: bool) -> Facet | None:
    """The facet that allows what both do; None if nothing is left. Both are of one kind."""
    if is_blank(other):
        return replace(one, path=(*one.path, *other.path), title=one.title or other.title)
    if is_blank(one):
        return replace(other, path=(*one.path, *other.path), title=one.title or other.title)
    shared: dict[str, Any] = {
        "path": (*one.path, *other.path),
        "title": one.title or other.title,
        "values": _values(one.values, other.values),
        "formats": (*one.formats, *(said for said in other.formats if said.value not in {mine.value for mine in one.formats})),
        "excluded": (*one.excluded, *(node for node in other.excluded if node.key not in {mine.key for mine in one.excluded})),
        "conditions": (*one.conditions, *(c for c in other.conditions if c.text not in {mine.text for mine in one.conditions})),
    }
    if isinstance(one, Number) and isinstance(other, Number):
        shared |= {
            "integer": one.integer or other.integer,
            "low": _bound(one.low, other.low, upper=False),
            "high": _bound(one.high, other.high, upper=True),
            "step": Said(lcm(one.step.value, other.step.value), one.step.at)
            if one.step and other.step
            else one.step or other.step,
        }
    elif isinstance(one, Text) and isinstance(other, Text):
        mine = {said.value for said in one.patterns}
        shared |= _counts(one, other) | {
            "patterns": (*one.patterns, *(said for said in other.patterns if said.value not in mine))
        }
    elif isinstance(one, Array) and isinstance(other, Array):
        shared |= _counts(one, other) | _arrays(one, other)
    elif isinstance(one, Record) and isinstance(other, Record):
        shared |= _counts(one, other) | _records(one, other, strict=strict)
    assert set(shared) <= {field.name for field in fields(one)}
    return settle(replace(one, **shared))


def _values(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return one or other
    return Said({key: value for key, value in one.value.items() if key in other.value}, one.at)


def _bound(one: Said[Bound] | None, other: Said[Bound] | None, *, upper: bool) -> Said[Bound] | None:
    if one is None or other is None:
        return one or other
    return one if tightest([one.value, other.value], upper=upper) == one.value else other


def _counts(one: Any, other: Any) -> dict[str, Any]:
    low = one.low or other.low
    if one.low and other.low:
        low = one.low if one.low.value >= other.low.value else other.low
    high = one.high or other.high
    if one.high and other.high:
        high = one.high if one.high.value <= other.high.value else other.high
    return {"low": low, "high": high}


def _arrays(one: Array, other: Array) -> dict[str, Any]:
    length = max(len(one.prefix), len(other.prefix))
    return {
        "prefix": tuple(meet_nodes(position(one, i), position(other, i)) for i in range(length)),
        "rest": meet_nodes(one.rest, other.rest),
        "unique": one.unique or other.unique,
        "contains": (
            *one.contains,
            *(more for more in other.contains if more.node.key not in {c.node.key for c in one.contains}),
        ),
    }


def position(array: Array, index: int) -> Node:
    """What the item at `index` must be."""
    return array.prefix[index] if index < len(array.prefix) else array.rest


def _records(one: Record, other: Record, *, strict: bool) -> dict[str, Any]:
    properties = {}
    for name in (*one.properties, *(name for name in other.properties if name not in one.properties)):
        if strict:
            properties[name] = meet_nodes(member(one, name, strict=True), member(other, name, strict=True))
        else:
            properties[name] = meet_nodes(one.properties.get(name, ANY), other.properties.get(name, ANY))
    patterns = dict(one.patterns)
    for pattern, node in other.patterns.items():
        patterns[pattern] = meet_nodes(patterns[pattern], node) if pattern in patterns else node
    names = one.names if other.names is None else other.names if one.names is None else meet_nodes(one.names, other.names)
    return {
        "properties": properties,
        "written": {**other.written, **one.written},
        "required": {**other.required, **one.required},
        "patterns": patterns,
        "rest": meet_nodes(one.rest, other.rest),
        "rest_at": one.rest_at or other.rest_at,
        "names": names,
    }
