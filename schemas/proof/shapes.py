"""Values for findings of formats whose data is JSON, though their schemas are not: each member as a small JSON Schema of its own,
and a value that one side's takes and the other's refuses, confirmed by `jsonschema` on both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from schemas.change import Finding, Impact

if TYPE_CHECKING:
    from schemas.document import Json

MOST = 60
"""Findings of one comparison that a value is looked for."""
_TELLS_NOTHING = frozenset({"default.changed", "format.changed", "format.added", "format.removed"})
_LONGEST = 300
_SAMPLES: dict[str, list[Json]] = {
    "null": [None],
    "boolean": [True],
    "number": [0.5, 1e300],
    "string": ["a", ""],
    "object": [{}],
}

ShapeOf = Callable[[str], "Json"]
"""From the address of a member to the JSON Schema of an object that may hold nothing else, or of the value where it has no
owner; None where there is no telling."""


def holding(name: str, value: Json, *, needed: bool) -> Json:
    """The schema of an object with one member."""
    return {"type": "object", "properties": {name: value}, **({"required": [name]} if needed else {})}


def with_values(findings: Sequence[Finding], old: ShapeOf, new: ShapeOf) -> Iterator[Finding]:
    """The findings, those about data with a value where one is found."""
    left = MOST
    for finding in findings:
        if finding.witness is not None or finding.impact is Impact.SAFE or finding.rule in _TELLS_NOTHING or left <= 0:
            yield finding
            continue
        before, after = old(finding.address), new(finding.address)
        if before is None or after is None or before == after:
            yield finding
            continue
        left -= 1
        value = _shown(finding, before, after)
        yield finding if value is None else replace(finding, witness=value)


def _shown(finding: Finding, before: Json, after: Json) -> Json:
    """What was fine to send and is refused now, or never came and may come now: on the side that is hit the harder, of which
    what we send comes first."""
    from schemas.proof.witness import Judge, search

    tries = [value for value in _values(before, after) if _fits(finding.rule, value)]
    sides = [(finding.request, before, after), (finding.response, after, before)]
    for impact, accepting, refusing in sorted(sides, key=lambda side: -(side[0] or 0)):
        if impact:
            met, value = search(tries, Judge(accepting), Judge(refusing))
            if met:
                shown: Json = value
                return shown
    return None


def _fits(rule: str, value: Any) -> bool:
    """Whether a value is about what the rule says, and not about another edit of the same member."""
    held = next(iter(value.values()), None) if isinstance(value, dict) else value
    if rule.startswith("property."):
        return isinstance(value, dict) and not value
    return (held is None) == rule.startswith("null.") and bool(value != {})


def _values(*schemas: Any) -> Iterator[Any]:
    """Values that one of the schemas may take and another may not."""
    for schema in schemas:
        if not isinstance(schema, dict) or "properties" not in schema:
            yield from _of(schema)
            continue
        for name, inner in schema["properties"].items():
            yield from ({name: value} for value in _of(inner))
    yield {}


def _of(schema: Any) -> Iterator[Any]:
    if not isinstance(schema, dict):
        return
    for branch in schema.get("anyOf", ()):
        yield from _of(branch)
    yield from schema.get("enum", ())
    if schema.get("type") == "integer":
        least, most = schema["minimum"], schema["maximum"]
        yield from (0, least, most)
    yield from _SAMPLES.get(schema.get("type", ""), ())
    if (longest := schema.get("maxLength")) is not None and longest <= _LONGEST:
        yield from ("x" * longest, "x" * (longest + 1))
    if "items" in schema:
        yield from ([], *([value] for value in _of(schema["items"])))
    if isinstance(schema.get("additionalProperties"), dict):
        yield from ({"a": value} for value in _of(schema["additionalProperties"]))
