"""What can happen to an escalation. Each is a value; `alerts.transitions.apply` says what it leads to. A long table of them.

`via` names where a person spoke: a configured channel or its kind (`pagerduty`), else `cli`, `web` or `chat`. It is long as it is
the whole list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alerts.channels import Reply
from alerts.escalation import Category, Cause, Drill, Sla, Suppression, Timer, TimerKind
from alerts.keys import parse_dedup_key
from alerts.page import EscalationId, Page
from alerts.priority import Factor, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Findings on a readable document, for which there is no escalation yet. `id` is given in; ids hold no colon."""

    id: EscalationId
    environment: str
    integration: str
    causes: tuple[Cause, ...]
    priority: Priority
    factors: tuple[Factor, ...]
    category: Category = Category.DRIFT
    customers: tuple[str, ...] = ()
    changed_between: tuple[datetime | None, datetime] | None = None
    practice: bool = False
    drill: Drill | None = None
    beyond: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """An unconditional fetch gave the sighted content again. `seen_before` are lines about reviewed escalations like it.

    `because` says why it is told now where that is not the reason; empty where it is.
    """

    seen_before: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StillUnconfirmed:
    """The fetch to confirm gave no readable document; look again later."""

    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What was sighted is no longer there, or is told elsewhere now, before it was confirmed."""

    because: str = "gone before it was confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """A silence, a window or a flap hold matches all of it: nobody is told before it is looked at again."""

    suppression: Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozed:
    """A contact wants to hear no more of it until a moment."""

    by: str
    because: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverOffered:
    """A contact asks another one to take it."""

    by: str
    to: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverAccepted:
    """The contact it was offered to takes it."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityLowered:
    """A contact says that it is less urgent, and why."""

    by: str
    priority: Priority
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """A person took it. `lane` empty is the primary lane; `dedup_key` is where they did it, empty for none."""

    by: str
    via: str
    generation: int
    at: datetime
    lane: str = ""
    dedup_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unacknowledged:
    """An acknowledgement was taken back, by a person or by the channel's own time-out (`by` empty)."""

    by: str
    via: str
    generation: int
    at: datetime
    lane: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mitigated:
    """A workaround or hotfix is declared by a contact."""

    by: str
    because: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactDeclared:
    """A contact says in words for customers what it means for them."""

    by: str
    impact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A contact closes the review. P1 and P2 need all three texts."""

    by: str
    cause: str
    action: str
    learning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDue:
    """The time for the review is over, and it is not closed."""

    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTouched:
    """Somebody changed a ticket or thread of ours: `what` is annotated, resolved or reopened; `text` is what they wrote.

    `by` is empty where no person stands behind it. A contact who resolves it resolves the escalation: that is a `ResolvedBy`.
    `subject` is the customer whose own ticket it is, and `reference` what the channel calls that; both empty for ours.
    """

    by: str
    via: str
    channel: str
    what: str
    at: datetime
    text: str = ""
    subject: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedBy:
    """A person closes it with us, with a reason."""

    by: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedAtChannel:
    """Somebody or something closed it at a channel while the drift stands. That resolves nothing here."""

    by: str
    via: str
    generation: int
    lane: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineAccepted:
    """A person accepted what the vendor serves now. `adapted`: and our side copes, so customers are told that it is over."""

    by: str
    because: str = ""
    adapted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapted:
    """A contact says that our side copes with what was accepted before: customers hear that it is over."""

    by: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanTwice:
    """Two unconditional fetches equal to the baseline, one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CausesJoined:
    """More findings of the same integration. `priority` and `factors` are assessed over all causes together."""

    causes: tuple[Cause, ...]
    customers: tuple[str, ...]
    priority: Priority
    factors: tuple[Factor, ...]
    beyond: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CausesDropped:
    """Some of it is accepted or gone, and `causes` are what is left: at least one. `priority` and `factors` are theirs."""

    causes: tuple[Cause, ...]
    priority: Priority
    factors: tuple[Factor, ...]
    by: str
    because: str
    beyond: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersJoined:
    """`tickets` of customers speak of it, found by us: (customer, the channel it is in, what that calls it, its address), at
    least one. `customers` are those that count as affected with them; `theirs` those of our configuration whose ticket is taken
    up for what they are promised. `priority` and `factors` are assessed with all customers."""

    tickets: tuple[tuple[str, str, str, str], ...]
    customers: tuple[str, ...]
    theirs: frozenset[str]
    priority: Priority
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersLeft:
    """A contact says that a customer is not affected after all, and why. `priority` and `factors` are assessed without them;
    `tickets` are the (channel, reference) that were taken up for them."""

    by: str
    because: str
    customer: str
    tickets: frozenset[tuple[str, str]]
    priority: Priority
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityRaised:
    """A fact changed and makes it more urgent."""

    priority: Priority
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened:
    """The same cause again within 72 hours of its resolution; it is confirmed before it pages, like every sighting."""

    causes: tuple[Cause, ...]
    customers: tuple[str, ...]
    priority: Priority
    factors: tuple[Factor, ...]
    changed_between: tuple[datetime | None, datetime] | None = None
    beyond: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementDue:
    """A lane's commitment to acknowledge has passed."""

    lane: str
    generation: int
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NextLevelDue:
    """It is time for the lane's next level, or for a held page."""

    lane: str
    generation: int
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AckExpired:
    """Nothing was heard of the owner since they acknowledged."""

    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaDue:
    """A share of the time to respond or to resolve has passed."""

    clock: Sla
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SnoozeOver:
    """The moment a snooze was set to has come."""

    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatesDue:
    """A share (50, 75, 90 or 100 %) of the time to tell these customers has passed. `due_at` is the earliest of theirs."""

    customers: tuple[str, ...]
    percent: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionDue:
    """A criterion of the matrix may hold by now."""

    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FallDue:
    """What was left when the rest was gone has been quiet long enough."""

    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestDue:
    """More joined since it was paged: time to say how much it is by now."""

    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillOver:
    """The time of a practice escalation is up, in whichever generation it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSent:
    """A channel took a page. `reference` and `url` are what it gave for it (`alerts.channels.Receipt`)."""

    page: Page
    reference: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageConfirmed:
    """Reading back showed that the page has become an incident."""

    page: Page


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFailed:
    """A page is dead, out of its deadline, or taken by the channel without anybody being paged."""

    page: Page
    because: str


Event = (
    Confirmed
    | StillUnconfirmed
    | Gone
    | Suppressed
    | Snoozed
    | SnoozeOver
    | HandOverOffered
    | HandOverAccepted
    | PriorityLowered
    | CriterionDue
    | FallDue
    | DigestDue
    | Acknowledged
    | Unacknowledged
    | Mitigated
    | ImpactDeclared
    | Reviewed
    | ReviewDue
    | RecordTouched
    | ResolvedBy
    | ClosedAtChannel
    | BaselineAccepted
    | Adapted
    | CleanTwice
    | CausesJoined
    | CausesDropped
    | CustomersJoined
    | CustomersLeft
    | PriorityRaised
    | Reopened
    | AcknowledgementDue
    | NextLevelDue
    | AckExpired
    | SlaDue
    | UpdatesDue
    | DrillOver
    | PageSent
    | PageConfirmed
    | PageFailed
)


def of_timer(
    timer: Timer,
) -> AcknowledgementDue | NextLevelDue | AckExpired | SnoozeOver | CriterionDue | FallDue | DigestDue | SlaDue | DrillOver | None:
    """The event of a timer that is due; None for those that need a look elsewhere (at the vendor, into the store)."""
    match timer.kind:
        case TimerKind.ACKNOWLEDGE:
            return AcknowledgementDue(lane=timer.subject, generation=timer.generation, sequence=timer.sequence)
        case TimerKind.NEXT_LEVEL:
            return NextLevelDue(lane=timer.subject, generation=timer.generation, sequence=timer.sequence)
        case TimerKind.ACK_EXPIRY:
            return AckExpired(generation=timer.generation)
        case TimerKind.SNOOZE:
            return SnoozeOver(generation=timer.generation)
        case TimerKind.CRITERION:
            return CriterionDue(generation=timer.generation)
        case TimerKind.FALL:
            return FallDue(generation=timer.generation)
        case TimerKind.DIGEST:
            return DigestDue(generation=timer.generation)
        case TimerKind.SLA:
            return SlaDue(clock=Sla(timer.subject), generation=timer.generation)
        case TimerKind.DRILL:
            return DrillOver()
        case TimerKind.CONFIRM | TimerKind.CONFIRM_PAGE | TimerKind.SUPPRESSION | TimerKind.PROMISE | TimerKind.REVIEW:
            return None


def of_reply(reply: Reply) -> tuple[EscalationId, Acknowledged | Unacknowledged | ClosedAtChannel] | None:
    """Whose escalation a reply of a pager is about and what it means; None where it is not ours or means nothing to us (a note).

    What people do in tickets and threads means more: see `alerts.records.of_reply`.
    """
    key = parse_dedup_key(reply.dedup_key)
    if key is None:
        return None
    where = {"by": reply.by, "via": reply.source, "lane": key.lane}
    match reply.kind:
        case "acknowledged":
            return key.escalation, Acknowledged(**where, generation=key.generation, at=reply.at, dedup_key=reply.dedup_key)
        case "unacknowledged":
            return key.escalation, Unacknowledged(**where, generation=key.generation, at=reply.at)
        case "resolved":
            return key.escalation, ClosedAtChannel(**where, generation=key.generation, at=reply.at)
        case _:
            return None
