"""From a rule and a place to a finding: the one spot where verdict, usage and hashes come together."""

from __future__ import annotations

import json
from collections.abc import Iterator

from schemas.change import Direction, Finding, Impact, Source, Use
from schemas.document import Json
from schemas.fingerprint import digest
from schemas.lens import Lens, Policy
from schemas.rules import of_one_format
from schemas.rules.policy import adjust
from schemas.rules.rule import Rule

_WRITE = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
"""Made once: to make it takes longer than to write a fragment."""


def found(
    rule: Rule,
    lens: Lens,
    *,
    address: str,
    message: str,
    consequence: str = "",
    members: tuple[str, ...] = (),
    before: Json = None,
    after: Json = None,
    source: Source = Source(),
    operations: tuple[str, ...] = (),
    occurs: Direction = Direction.BOTH,
    evidence: Impact = Impact.BREAKING,
) -> Iterator[Finding]:
    """The finding, or nothing where the rule does not apply in the directions looked at.

    `before` and `after` are all of the two sides that the rule looks at: their hashes are the finding's identity.
    `occurs` is where the changed thing occurs at all: a read-only field never in a request.
    `evidence` is the worst that what was seen can prove.
    """
    use = lens.usage.touch(members=members, address=address, operations=operations)
    used = use in (Use.USED, Use.COARSE)
    asked = (lens.direction, occurs)
    request = _impact(rule, "request", lens, used, evidence) if Direction.RESPONSE not in asked else None
    response = _impact(rule, "response", lens, used, evidence) if Direction.REQUEST not in asked else None
    if request is None and response is None:
        return
    yield Finding(
        rule=rule.id,
        impact=max(impact for impact in (request, response) if impact is not None),
        request=request,
        response=response,
        address=address,
        message=message,
        consequence=consequence,
        members=members,
        before=before,
        after=after,
        source=source,
        operations=operations,
        notice=rule.notice,
        before_hash=_hash(before),
        after_hash=_hash(after),
    )


def _impact(rule: Rule, side: str, lens: Lens, used: bool, evidence: Impact) -> Impact | None:
    impact = rule.impact(rule.request if side == "request" else rule.response, used=used)
    if impact is None:
        return None
    impact = min(impact, evidence)
    if not of_one_format(rule.id.partition(".")[0]):
        return adjust(lens.policy, rule, side, impact, guaranteed=False)
    if impact is Impact.RISKY and lens.policy is Policy.STRICT_CODEGEN:
        return Impact.BREAKING
    if side == "response" and rule.widens and lens.policy is Policy.LENIENT_READER:
        return Impact(max(impact - 1, Impact.SAFE))
    return impact


def _hash(fragment: Json) -> str:
    return digest(_WRITE(fragment))
