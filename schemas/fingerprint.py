"""Names that outlive a restart: of a finding, and of its cause."""

from __future__ import annotations

import hashlib
from typing import NewType

from schemas.change import Finding

FindingId = NewType("FindingId", str)
CauseKey = NewType("CauseKey", str)


def digest(*parts: str) -> str:
    """24 hexadecimal digits over the parts, length-prefixed so that no two lists of parts collide by concatenation.

    Any text has one, the lone surrogates that JSON can spell included.
    """
    joined = b"".join(len(raw).to_bytes(4, "big") + raw for raw in (part.encode(errors="surrogatepass") for part in parts))
    return hashlib.sha256(joined).hexdigest()[:24]


_TOLD_BY_THE_DAY = {"op.removed-early": "op.removed", "op.removed-on-sunset": "op.removed"}
"""Rules that only today's date tells apart: what was accepted on one day is the same change on the next."""


def finding_id(target: str, finding: Finding) -> FindingId:
    """The finding's identity: target, rule, address and both sides' hashes; never the text of its message."""
    rule = _TOLD_BY_THE_DAY.get(finding.rule, finding.rule)
    return FindingId(digest("finding", target, rule, finding.address, finding.before_hash, finding.after_hash))


def cause_key(integration: str, finding: Finding) -> CauseKey:
    """What an escalation is about: integration, rule's subject and address. No target and no values are in it."""
    return CauseKey(digest("cause", integration, finding.subject, finding.address))
