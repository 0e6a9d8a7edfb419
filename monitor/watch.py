"""What the daemon knows of each target: its state, its snapshots and its baseline. Values only; the store keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from schemas.change import Finding, Impact
from schemas.document import ContentHash

TargetName = NewType("TargetName", str)
"""`integration/target` or `integration/target/member`, as configured: `salesforce-production/crm/Account`."""

SnapshotId = NewType("SnapshotId", int)
BaselineId = NewType("BaselineId", int)
WaiverId = NewType("WaiverId", int)


class TargetState(StrEnum):
    """The six states. Only a readable document touches the schema history."""

    OK = "ok"
    DRIFTED = "drifted"
    LEARNING = "learning"
    UNREADABLE = "unreadable"
    UNREACHABLE = "unreachable"
    HELD = "held"


BLIND = frozenset({TargetState.UNREADABLE, TargetState.UNREACHABLE, TargetState.HELD})
"""States without a readable document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetStatus:
    """Where one target stands. Times are aware UTC, None until they happened.

    `because` explains the state in one line, without secrets. `validators` go with the next conditional fetch.
    `judged` names what was last judged (baseline and content): the same again repeats its verdict.
    `clean` counts unconditional fetches in a row equal to the baseline. `failures` counts probes in a row without a
    readable document; `last_readable_at` is when the last one came. `last_full_at` is when the last unconditional fetch was
    answered with a document: a 304 is the vendor's word, and is checked at least daily.
    """

    name: TargetName
    integration: str
    state: TargetState = TargetState.LEARNING
    because: str = ""
    since: datetime | None = None
    next_due: datetime | None = None
    validators: Mapping[str, str] = field(default_factory=dict)
    judged: str = ""
    clean: int = 0
    failures: int = 0
    last_probe_at: datetime | None = None
    last_readable_at: datetime | None = None
    last_full_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A dated, content-addressed document. `first_seen` and `last_seen` bracket the probes that saw it."""

    id: SnapshotId
    target: TargetName
    hash: ContentHash
    size: int
    media_type: str | None
    first_seen: datetime
    last_seen: datetime


class Standing(StrEnum):
    """What a baseline row records: learned by itself, accepted by a person, refused by one, or taken back."""

    PROVISIONAL = "provisional"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A decision about one snapshot of a target: who, when and why. The newest provisional or accepted one is in force."""

    id: BaselineId
    target: TargetName
    snapshot: SnapshotId
    hash: ContentHash
    standing: Standing
    by: str
    because: str
    at: datetime


class Waives(StrEnum):
    """What a waiver names: one finding by its id, or every one at or below an address."""

    FINDING = "finding"
    PREFIX = "prefix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A part of a drift that a person accepted against one baseline, while that stays in force.

    `subject` is a finding's id or an address. `worst` is the worst that was accepted: a prefix covers later changes below it
    as well, and none that is worse. It counts before `until` (None: no end) and until it is undone.
    """

    id: WaiverId
    target: TargetName
    baseline: BaselineId
    kind: Waives
    subject: str
    worst: Impact
    by: str
    because: str
    at: datetime
    until: datetime | None = None
    undone_at: datetime | None = None
    undone_by: str = ""
    undone_because: str = ""

    def stands(self, now: datetime) -> bool:
        """Whether it neither ended nor was taken back."""
        return self.undone_at is None and (self.until is None or now < self.until)

    def covers(self, id: str, finding: Finding) -> bool:
        """Whether a finding, called `id`, is accepted by it."""
        if self.kind is Waives.FINDING:
            return id == self.subject
        return finding.impact <= self.worst and below(self.subject, finding.address)


def below(prefix: str, address: str) -> bool:
    """Whether an address is `prefix` or inside of it. Steps count whole: `schemas/pay` does not reach `schemas/payment`.

    >>> below("schemas/payment", "schemas/payment/properties/status"), below("schemas/pay", "schemas/payment")
    (True, False)
    """
    rest = address.removeprefix(prefix) if address.startswith(prefix) else None
    return rest is not None and (not rest or prefix.endswith(("/", ".")) or rest[0] in "/.")
