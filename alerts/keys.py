"""Names derived from what they name, so that a step done twice after a crash is the same step: dedup keys, page keys, timers."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from alerts.escalation import TimerId, TimerKind
from alerts.page import Action, EscalationId, PageId

_DEDUP = re.compile(
    r"driftpager:(?P<environment>[^:]+):(?P<escalation>[^:]+):g(?P<generation>\d{1,9}):(?P<lane>[^:]+)"
    r"(?::l(?P<level>\d{1,9}))?(?::r(?P<repeat>\d{1,9}))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DedupKey:
    """What a channel folds on. `level` is 0 where the vendor owns the clock; `repeat` counts pagings of the same level again."""

    environment: str
    escalation: EscalationId
    generation: int
    lane: str
    level: int = 0
    repeat: int = 0

    def __str__(self) -> str:
        level = f":l{self.level}" if self.level else ""
        repeat = f":r{self.repeat}" if self.repeat else ""
        return f"driftpager:{self.environment}:{self.escalation}:g{self.generation}:{self.lane}{level}{repeat}"


def parse_dedup_key(text: str) -> DedupKey | None:
    """Back from the text; None where it is not one of ours."""
    found = _DEDUP.fullmatch(text)
    if not found:
        return None
    return DedupKey(
        environment=found["environment"],
        escalation=EscalationId(found["escalation"]),
        generation=int(found["generation"]),
        lane=found["lane"],
        level=int(found["level"] or 0),
        repeat=int(found["repeat"] or 0),
    )


def page_key(dedup_key: str, channel: str, recipient: str, action: Action, nth: int = 0) -> str:
    """The idempotency key of a page. `nth` tells apart pages of one action on one dedup key, such as updates."""
    return f"{dedup_key}|{channel}|{recipient}|{action}|{nth}"


def page_id(key: str) -> PageId:
    """A short id for a page key: 24 hexadecimal digits."""
    return PageId(hashlib.sha256(key.encode()).hexdigest()[:24])


def seen_id(changes: str) -> str:
    """A short digest of what a person was shown, to know it again: 12 hexadecimal digits."""
    return hashlib.sha256(changes.encode("utf-8", "replace")).hexdigest()[:12]


def timer_id(escalation: EscalationId, generation: int, subject: str, kind: TimerKind, sequence: int) -> TimerId:
    """`ESCALATION:gN:SUBJECT:KIND:SEQUENCE`."""
    return TimerId(f"{escalation}:g{generation}:{subject}:{kind}:{sequence}")
