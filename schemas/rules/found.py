"""From a rule and a place to a finding: the one spot where verdict, usage and hashes come together."""

from __future__ import annotations

import json
from collections.abc import Iterator

from schemas.change import Direction, Finding, Source, Use
from schemas.document import Json
from schemas.fingerprint import digest
from schemas.lens import Lens
from schemas.rules.rule import Rule


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
) -> Iterator[Finding]:
    """The finding, or nothing where the rule does not apply in the directions looked at.

    `before` and `after` are all of the two sides that the rule looks at: their hashes are the finding's identity.
    """
    use = lens.usage.touch(members=members, address=address, operations=operations)
    verdict = rule.judge(lens, touched=use in (Use.USED, Use.COARSE), occurs=occurs)
    if verdict is None:
        return
    yield Finding(
        rule=rule.id,
        impact=verdict.impact,
        request=verdict.request,
        response=verdict.response,
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


def _hash(fragment: Json) -> str:
    return digest(json.dumps(fragment, sort_keys=True, separators=(",", ":")))
