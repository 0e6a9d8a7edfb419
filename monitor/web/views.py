"""What the pages and the API show, read from the store in one transaction. Values only: no markup, no words about time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.escalation import Entry, Escalation, LaneState, Mode, State, Timer, TimerKind
from alerts.page import EscalationId, Page, PageState
from alerts.promise import Promise
from alerts.review import Review
from alerts.wording import worst_first
from monitor.config import Integration
from monitor.store import Transaction
from monitor.watch import Baseline, Snapshot, TargetName, TargetState, TargetStatus
from schemas.change import Finding, Impact

RECENT = 5
HISTORY = 50
LOUD = (TargetState.DRIFTED, TargetState.UNREADABLE, TargetState.UNREACHABLE, TargetState.HELD, TargetState.LEARNING)
CLIMBING = frozenset({TimerKind.ACKNOWLEDGE, TimerKind.NEXT_LEVEL, TimerKind.ACK_EXPIRY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """What happens next by itself, and when (UTC)."""

    kind: TimerKind
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """An escalation in a few words. `who` has it, or is being paged for it; `next` is None when nothing waits. `failed`
    counts pages that were given up."""

    escalation: Escalation
    headline: str
    more: int
    who: tuple[str, ...]
    next: Deadline | None
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A finding as it stands open, since `first_seen`."""

    finding: Finding
    first_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A target and its open findings, worst first."""

    status: TargetStatus
    drifts: tuple[Drift, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The first page. `counts` names every state; `drifted` are the targets with something open, worst first."""

    briefs: tuple[Brief, ...]
    recent: tuple[Brief, ...]
    drifted: tuple[Watched, ...]
    targets: tuple[TargetStatus, ...]
    counts: Mapping[TargetState, int]

    @property
    def troubled(self) -> bool:
        """Whether any target is not seen as it should be."""
        return any(self.counts[state] for state in (TargetState.UNREADABLE, TargetState.UNREACHABLE, TargetState.HELD))

    @property
    def loud(self) -> tuple[TargetStatus, ...]:
        """Targets that are not as they were accepted, what matters most first."""
        return tuple(sorted((s for s in self.targets if s.state in LOUD), key=lambda s: (LOUD.index(s.state), s.name)))

    @property
    def quiet(self) -> tuple[TargetStatus, ...]:
        """The others."""
        return tuple(status for status in self.targets if status.state not in LOUD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A page and what became of it; `error` is the last one, empty for none."""

    page: Page
    state: PageState
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationView:
    """One escalation with everything known of it. `about` is None once its integration left the configuration."""

    brief: Brief
    escalation: Escalation
    about: Integration | None
    timeline: tuple[Entry, ...]
    pages: tuple[Sent, ...]
    timers: tuple[Timer, ...]
    promises: tuple[Promise, ...] = ()
    review: Review | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetView:
    """One target with its baseline in force, its open findings, and its history, the newest first."""

    status: TargetStatus
    about: Integration | None
    baseline: Baseline | None
    drifts: tuple[Drift, ...]
    decisions: tuple[Baseline, ...]
    snapshots: tuple[Snapshot, ...]
    escalations: tuple[Brief, ...]


async def overview(tx: Transaction) -> Overview:
    """Everything at a glance."""
    targets = await tx.targets.all()
    active = sorted(await tx.escalations.active(), key=lambda each: each.practice)  # what is real comes first
    ended = await tx.escalations.list({State.RESOLVED, State.REVIEWED}, limit=RECENT)
    counted = Counter(status.state for status in targets)
    return Overview(
        briefs=tuple([await _brief(tx, each) for each in active]),
        recent=tuple(brief(each) for each in ended),
        drifted=_drifted(targets, await _open(tx)),
        targets=tuple(targets),
        counts={state: counted[state] for state in TargetState},
    )


async def escalation(tx: Transaction, id: EscalationId, integrations: Mapping[str, Integration]) -> EscalationView | None:
    """None for an unknown one."""
    found = await tx.escalations.get(id)
    if found is None:
        return None
    timers = await tx.timers.of(id)
    pages = await _pages(tx, id)
    return EscalationView(
        brief=brief(found, timers, pages),
        escalation=found,
        about=integrations.get(found.integration),
        timeline=tuple(await tx.escalations.timeline(id)),
        pages=pages,
        timers=tuple(timers),
        promises=tuple(await tx.promises.of(id)),
        review=await tx.reviews.get(id),
    )


async def target(tx: Transaction, name: TargetName, integrations: Mapping[str, Integration]) -> TargetView | None:
    """None for an unknown one."""
    status = await tx.targets.get(name)
    if status is None:
        return None
    active = await tx.escalations.active(status.integration)
    mine = [each for each in active if any(cause.target == name for cause in each.causes)]
    return TargetView(
        status=status,
        about=integrations.get(status.integration),
        baseline=await tx.baselines.current(name),
        drifts=_worst((await _open(tx)).get(name, ())),
        decisions=tuple(await tx.baselines.history(name)),
        snapshots=tuple(await tx.snapshots.history(name, HISTORY)),
        escalations=tuple([await _brief(tx, each) for each in mine]),
    )


async def _brief(tx: Transaction, escalation: Escalation) -> Brief:
    return brief(escalation, await tx.timers.of(escalation.id), await _pages(tx, escalation.id))


async def _pages(tx: Transaction, id: EscalationId) -> tuple[Sent, ...]:
    return tuple(Sent(page=page, state=state, error=error) for page, state, error in await tx.outbox.pages(id))


def brief(escalation: Escalation, timers: Sequence[Timer] = (), pages: Sequence[Sent] = ()) -> Brief:
    """The few words, from the escalation, what it waits for and what became of its pages."""
    causes = worst_first(escalation.causes)
    waiting = min((timer for timer in timers if _tells(timer, escalation)), key=lambda timer: timer.due_at, default=None)
    return Brief(
        escalation=escalation,
        headline=causes[0].message if causes else "",
        more=max(0, len(causes) - 1),
        who=_who(escalation),
        next=Deadline(kind=waiting.kind, due_at=waiting.due_at) if waiting is not None else None,
        failed=sum(sent.state is PageState.DEAD for sent in pages),
    )


def _tells(timer: Timer, escalation: Escalation) -> bool:
    return timer.kind in CLIMBING or (timer.kind is TimerKind.CONFIRM and escalation.state is State.DETECTED)


def _who(escalation: Escalation) -> tuple[str, ...]:
    holder = escalation.owner or escalation.acknowledged_by
    if holder and escalation.state not in {State.DETECTED, State.OPEN}:
        return (holder,)
    primary: list[LaneState] = [lane for lane in escalation.lanes if lane.mode is Mode.PRIMARY]
    return tuple(dict.fromkeys(contact for lane in primary for contact in lane.paged))


async def _open(tx: Transaction) -> Mapping[TargetName, Sequence[Drift]]:
    found: dict[TargetName, list[Drift]] = defaultdict(list)
    for name, _, finding, first_seen in await tx.findings.all_open():
        found[name].append(Drift(finding=finding, first_seen=first_seen))
    return found


def _drifted(targets: Sequence[TargetStatus], drifts: Mapping[TargetName, Sequence[Drift]]) -> tuple[Watched, ...]:
    found = (Watched(status=status, drifts=_worst(drifts[status.name])) for status in targets if status.name in drifts)
    return tuple(sorted(found, key=lambda each: (-_rank(each.drifts), each.status.name)))


def _rank(drifts: Sequence[Drift]) -> Impact:
    return max(drift.finding.impact for drift in drifts)


def _worst(drifts: Sequence[Drift]) -> tuple[Drift, ...]:
    return tuple(sorted(drifts, key=lambda each: (-each.finding.impact, each.finding.address, each.finding.rule)))
