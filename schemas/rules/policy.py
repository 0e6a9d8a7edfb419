"""How a policy moves the levels of the catalogue."""

from __future__ import annotations

from schemas.change import Impact
from schemas.lens import Policy
from schemas.rules.rule import Rule

_DATA = frozenset(
    [
        "property",
        "null",
        "type",
        "format",
        "const",
        "default",
        "mutability",
        "limit",
        "pattern",
        "object",
        "tuple",
        "contains",
        "union",
        "discriminator",
        "not",
        "condition",
    ]
) | {"schema", "enum"}
_NEVER_LENIENT = frozenset(
    ("type.changed", "format.changed", "const.changed", "null.added", "tuple.length-changed", "discriminator.property")
)


def adjust(policy: Policy, rule: Rule, side: str, impact: Impact, *, guaranteed: bool) -> Impact:
    """`impact` of `rule` on a side (request, response, error) as the policy sees it.

    strict-codegen: every risky verdict about data is breaking. lenient-reader: widened responses drop one level, except
    changed types, null added, and a property gone that was `guaranteed` (required).
    """
    subject = rule.id.partition(".")[0]
    if subject not in _DATA:
        return impact
    if policy is Policy.STRICT_CODEGEN and impact is Impact.RISKY and side != "error":
        return Impact.BREAKING
    if policy is Policy.LENIENT_READER and side != "request" and rule.id not in _NEVER_LENIENT and not guaranteed:
        return Impact(max(impact - 1, Impact.SAFE))
    return impact
