"""The escalation: its states, and what each event does to it. Pure: a transition says what to store, arm and send.

The whole aggregate is described in one place, so it is long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from alerts.page import EscalationId, Page
from alerts.priority import Factor, Priority

TimerId = NewType("TimerId", str)


class State(StrEnum):
    """`detected` waits for confirmation; `recorded` was below the paging floor; the rest as their names say."""

    DETECTED = "detected"
    RECORDED = "recorded"
    SUPPRESSED = "suppressed"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    MITIGATING = "mitigating"
    RESOLVED = "resolved"
    REVIEWED = "reviewed"


ACTIVE = frozenset({State.DETECTED, State.SUPPRESSED, State.OPEN, State.ACKNOWLEDGED, State.MITIGATING})
WORKED = frozenset({State.OPEN, State.ACKNOWLEDGED, State.MITIGATING})
"""Opened and not over: people are paged or at work, and what was promised counts."""


class Category(StrEnum):
    """What kind of trouble: a closed set, it is a metric label."""

    DRIFT = "drift"
    BLIND = "blind"
    AUTH = "auth"
    WITHDRAWN = "withdrawn"
    UNROUTABLE = "unroutable"
    SIGNAL = "signal"


class Mode(StrEnum):
    """Only the primary lane's acknowledgement stops the primary clock; `inform` lanes never climb."""

    PRIMARY = "primary"
    CONSULT = "consult"
    INFORM = "inform"


class ClockOwner(StrEnum):
    """Who climbs the lane: we do, or PagerDuty's own escalation policy does."""

    DRIFTPAGER = "driftpager"
    PAGERDUTY = "pagerduty"


class Hush(StrEnum):
    """Why nobody is told of something now: a closed set, it is a metric label. `release` is the vendor's, `maintenance` ours."""

    SILENCE = "silence"
    MAINTENANCE = "maintenance"
    RELEASE = "release"
    FLAP = "flap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """What keeps an escalation from opening until a moment (UTC). `id` names the silence or window, empty for a flap hold."""

    kind: Hush
    id: str
    because: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Snooze:
    """A flag on one that is open: its lanes are not paged again before `until`."""

    by: str
    because: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A hand-over that waits for `to` to accept it. The clock goes on meanwhile."""

    to: str
    by: str
    because: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A criterion of the matrix that holds, with the facts that made it true, in words."""

    name: str
    facts: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowered:
    """A person lowered the priority. What was assessed as `assessed` at that time does not raise it again by itself."""

    by: str
    because: str
    assessed: Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """What is left is less urgent: the priority falls to this when nothing else happens for a while."""

    priority: Priority
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One thing the escalation is about. `key` as `schemas.fingerprint.cause_key` gives it; the rest is for people.

    `adjusted` says, in words, what the impact was before a policy of our own moved it; empty where none did.
    `use` and `impact` are the words of `schemas.change`. `confirmed` once an unconditional fetch of its target gave the
    sighted content again: only confirmed causes count for the priority and are paged. The confirm timer's subject is the
    target, so causes of one escalation are confirmed target by target.
    """

    key: str
    target: str
    finding: str
    rule: str
    address: str
    impact: str
    use: str
    message: str
    consequence: str
    operations: tuple[str, ...] = ()
    confirmed: bool = False
    adjusted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneState:
    """Where one lane stands. `level` counts from 1, 0 while the first is held; `paged` are the contacts paged in this generation.

    `steps` counts how often the lane's timers were armed: it is their sequence, so a timer of an earlier arming is stale.
    `repeats` counts how often the present level was paged again. `acknowledge_due` and `climb_due` are the deadlines
    armed now, None for none, `climbed_at` when it last rose a level. `vendor_clock` remembers that PagerDuty owned the
    clock before a page failed there, `failed` which channels did not get through in this generation. `because` is why the matrix
    gives the lane, `acknowledged_at` when it was taken.
    """

    name: str
    mode: Mode
    clock: ClockOwner
    level: int = 0
    exhausted: bool = False
    acknowledged_by: str = ""
    paged: tuple[str, ...] = ()
    steps: int = 0
    repeats: int = 0
    climbed_at: datetime | None = None
    acknowledge_due: datetime | None = None
    climb_due: datetime | None = None
    vendor_clock: bool = False
    failed: tuple[str, ...] = ()
    because: str = ""
    acknowledged_at: datetime | None = None


class Sla(StrEnum):
    """The three clocks: until somebody takes it, until customers hear the next word, until it is over. A metric label."""

    RESPOND = "respond"
    UPDATE = "update"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """One clock, pinned when it began. `marks` are the moments at which 50, 75 and 90 % of it have passed; at `due_at` all has.

    Where it counts business hours, so do the marks. `crossed` is the highest percentage that was told (0 for none),
    `because` who promised it, and how long. `met_at` is when what was promised happened, be it late; None until then.
    """

    clock: Sla
    began: datetime
    due_at: datetime
    marks: tuple[datetime, datetime, datetime]
    because: str
    crossed: int = 0
    met_at: datetime | None = None


class Ending(StrEnum):
    """How it came to be over. `accepted`: a person lives with what the vendor serves; `adapted`: and our side copes with it;
    `reverted`: the vendor took it back; `gone`: it was never confirmed; `practice`: there was nothing."""

    PERSON = "person"
    ACCEPTED = "accepted"
    ADAPTED = "adapted"
    REVERTED = "reverted"
    GONE = "gone"
    PRACTICE = "practice"


class Ends(StrEnum):
    """When practice ends by itself: with the last answer that is asked for, or only when its time is up."""

    ACKNOWLEDGED = "acknowledged"
    TIME = "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """Practice that a person asked for: by which scenario, who, and how long it goes on at most (UTC)."""

    scenario: str
    by: str
    until: datetime
    ends: Ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A record that a channel keeps about it, from the moment its first page was queued (`at`). `subject` as in
    `alerts.page.Record`; `state` is the one queued last. `reference` and `url` are empty until the channel took it.
    """

    channel: str
    at: datetime
    subject: str = ""
    state: str = ""
    reference: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """The aggregate, as stored. Times are aware UTC, None until they happened. `version` counts stored revisions.

    `changed_between` are the fetch times of the last clean and the first changed document. `triggered` lists every
    (channel, recipient, dedup key) a trigger was queued for in any generation: a resolve goes to each of them.
    `acknowledged_at` and `acknowledged_by` are the latest acknowledgement in force, `first_acknowledged_at` the first ever.
    `unacknowledged_at` is when the last acknowledgement was taken back: one made before it, arriving late, does not count.
    `ack_expires_at` is when the one in force lapses. `steps` counts the timers armed for the whole.
    `commitments` are the clocks of this opening. `impact` is what it means for customers, as the person `impact_by` declared
    it, empty before. `seen_before` are lines about reviewed escalations like it. `ending` is None until it is over,
    `review_due_at` None where it needs no review. `openings` counts how often it was opened. `practice` is about nothing that
    happened; `drill` says who asked for it, None where driftpager tries itself.

    `causes` are at most `alerts.storm.MOST_CAUSES`, the worst; `beyond` counts those that are not kept, by target.
    `interactions` counts what people did in this generation, `watched` are the (criterion, moment) timers armed for it.
    `records` are the tickets and threads that follow it, through all generations. `unaffected` are customers that a person took
    off it: nothing counts them again.
    """

    id: EscalationId
    environment: str
    integration: str
    category: Category
    state: State
    priority: Priority
    factors: tuple[Factor, ...]
    causes: tuple[Cause, ...]
    customers: tuple[str, ...]
    detected_at: datetime
    generation: int = 1
    matrix_version: str = ""
    lanes: tuple[LaneState, ...] = ()
    owner: str = ""
    changed_between: tuple[datetime | None, datetime] | None = None
    opened_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    mitigated_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str = ""
    resolution: str = ""
    triggered: tuple[tuple[str, str, str], ...] = ()
    practice: bool = False
    drill: Drill | None = None
    version: int = 0
    first_acknowledged_at: datetime | None = None
    unacknowledged_at: datetime | None = None
    ack_expires_at: datetime | None = None
    steps: int = 0
    commitments: tuple[Commitment, ...] = ()
    impact: str = ""
    impact_by: str = ""
    seen_before: tuple[str, ...] = ()
    ending: Ending | None = None
    review_due_at: datetime | None = None
    openings: int = 0
    suppression: Suppression | None = None
    snooze: Snooze | None = None
    offer: Offer | None = None
    met: tuple[Met, ...] = ()
    watched: tuple[tuple[str, datetime], ...] = ()
    interactions: int = 0
    lowered: Lowered | None = None
    fall: Fall | None = None
    beyond: tuple[tuple[str, int], ...] = ()
    digest_due: datetime | None = None
    records: tuple[Kept, ...] = ()
    unaffected: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """How many causes it is about, those that are not kept included."""
        return len(self.causes) + sum(count for _, count in self.beyond)

    @property
    def targets(self) -> frozenset[str]:
        """Every target it is about."""
        return frozenset(cause.target for cause in self.causes) | {target for target, _ in self.beyond}

    @property
    def primary(self) -> LaneState | None:
        """The lane whose acknowledgement is the escalation's; None before it is open."""
        return next((lane for lane in self.lanes if lane.mode is Mode.PRIMARY), None)

    def lane(self, name: str) -> LaneState | None:
        """The lane of that name, None where the escalation has none."""
        return next((lane for lane in self.lanes if lane.name == name), None)

    def record(self, channel: str, subject: str = "") -> Kept | None:
        """What a channel keeps about it for us, or for the customer `subject`; None where it keeps nothing yet."""
        return next((each for each in self.records if (each.channel, each.subject) == (channel, subject)), None)

    def commitment(self, clock: Sla) -> Commitment | None:
        """The commitment of that clock, None where nothing was promised."""
        return next((each for each in self.commitments if each.clock is clock), None)


class TimerKind(StrEnum):
    """Why something is to be looked at again."""

    CONFIRM = "confirm"
    ACKNOWLEDGE = "acknowledge"
    NEXT_LEVEL = "next-level"
    ACK_EXPIRY = "ack-expiry"
    CONFIRM_PAGE = "confirm-page"
    SUPPRESSION = "suppression"
    SNOOZE = "snooze"
    CRITERION = "criterion"
    FALL = "fall"
    DIGEST = "digest"
    SLA = "sla"
    PROMISE = "promise"
    REVIEW = "review"
    DRILL = "drill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A row. Unique per (escalation, generation, subject, kind, sequence); `subject` is a lane's name, or empty for the whole."""

    id: TimerId
    escalation: EscalationId
    generation: int
    subject: str
    kind: TimerKind
    sequence: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the timeline. `kind` is a past-tense event name (`page.queued`), `text` says it to a person, with why."""

    at: datetime
    kind: str
    text: str
    actor: str = "driftpager"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """What an event leads to, to be stored in one transaction: the new aggregate and its consequences.

    Timers are cancelled first and armed then: the same kind may be in both. Pages are queued in their order.
    `cancel` names timers to delete by (kind, subject); None for any subject. `refused` tells why nothing happened, empty
    when something did: a refused event is logged and changes nothing but the timeline.
    """

    escalation: Escalation
    arm: tuple[Timer, ...] = ()
    cancel: tuple[tuple[TimerKind, str | None], ...] = ()
    pages: tuple[Page, ...] = ()
    entries: tuple[Entry, ...] = ()
    refused: str = ""
