"""From a sight to pages: every function here works in the transaction it is given, so nothing is known and not armed.

sight -> detected -> confirmed -> open, with lanes, timers and pages -> acknowledged -> resolved. What each step means is
decided in `alerts.transitions`; here it is decided *which* escalation a sight, a person
or a timer is about, and all of that in one place: hence its length.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts import events as ev
from alerts.escalation import ACTIVE, Category, Cause, Entry, Escalation, Hush, State, Timer, TimerKind, Transition
from alerts.flapping import RULE as FLAPPING
from alerts.flapping import is_flapping
from alerts.page import EscalationId, Page
from alerts.priority import Priority, assess_blind
from alerts.promise import promise_of
from alerts.transitions import detect
from monitor import changes, drilling, promises, silencing
from monitor.acting import act
from monitor.acting import new_id as new_id
from monitor.config import Config, Target
from monitor.holding import reverted, sighted_at, still_there, unheld
from monitor.stakes import Assessment, assessed, category_of, causes_of, desk_of, reassessed
from monitor.store import Transaction
from monitor.watch import BLIND, Baseline, Standing, TargetName, TargetState
from schemas.change import Finding
from schemas.document import Json
from schemas.fingerprint import digest

WORKED = frozenset({State.OPEN, State.ACKNOWLEDGED, State.MITIGATING})
REOPEN_WITHIN = timedelta(hours=72)
UNCONFIRMED_AT_MOST = timedelta(minutes=15)
"""A vendor that cannot be asked again for this long after a sight does not keep us from paging it."""

_AWAY = timedelta(minutes=2)
"""A timer that late was not missed by a vendor: the daemon was down, or the clock was set."""

UNTOLD = frozenset({State.DETECTED, State.SUPPRESSED})
"""Nobody was paged so far: a newer sight takes the place of these."""

_TOLD = frozenset({Category.AUTH, Category.WITHDRAWN})


async def sight(
    tx: Transaction, config: Config, target: Target, findings: Sequence[Finding], *, since: datetime | None, now: datetime
) -> None:
    """Findings on `target`, seen for the first time: something waits for confirmation when this transaction commits.

    What is known of an open escalation already only refreshes it; what was sighted of this target and not confirmed yet is
    replaced. `since` is when the target was last seen without them.
    """
    active = await tx.escalations.near(target.integration, target.name)
    for waiting in active:
        replaced = waiting.category is not Category.BLIND and not is_flapping(waiting)
        if replaced and waiting.state in UNTOLD and _only_of(waiting, target.name):
            await act(tx, config, waiting, ev.Gone(), now)
    categories = dict.fromkeys(category_of(finding) for finding in findings)
    for told in active:
        over = told.category in _TOLD and told.category not in categories and told.state in WORKED
        if over and _about(told, target.name) and not await _drift_elsewhere(tx, config, told, target.name):
            await act(tx, config, told, ev.ResolvedBy(by="driftpager", because="the vendor serves us again"), now)
    for category in categories:
        share = [finding for finding in findings if category_of(finding) is category]
        found = await assessed(tx, config, target, share, now)
        if found.priority is not Priority.RECORD:
            await _detect(tx, config, target, category, found, active, since=since, now=now)
        else:
            await changes.recorded(tx, config, target, share, now)


async def _detect(
    tx: Transaction,
    config: Config,
    target: Target,
    category: Category,
    found: Assessment,
    active: Sequence[Escalation],
    *,
    since: datetime | None,
    now: datetime,
) -> None:
    worked = next((e for e in active if e.category is category and e.state in WORKED), None)
    known = {(cause.key, cause.target) for cause in worked.causes} if worked else set()
    if worked and {(cause.key, cause.target) for cause in found.causes} <= known and found.priority >= worked.priority:
        await act(tx, config, worked, _joined(found), now)
        return
    between = (since, now)
    if worked is None and (resolved := await reopenable(tx, category, found.causes, now)):
        again = ev.Reopened(
            causes=found.causes,
            customers=found.customers,
            priority=found.priority,
            factors=found.factors,
            changed_between=between,
        )
        await act(tx, config, resolved, again, now)
        return
    sighting = ev.Sighting(
        id=new_id(target.name, category, now),
        environment=config.environment,
        integration=target.integration,
        causes=found.causes,
        priority=found.priority,
        factors=found.factors,
        category=category,
        customers=found.customers,
        changed_between=between,
    )
    await tx.escalations.save(detect(sighting, await desk_of(tx, config, target.integration, now)))


async def confirm(tx: Transaction, config: Config, target: Target, *, now: datetime) -> None:
    """The sighted content came again: what waits for it opens, or joins what is open of this integration."""
    await tx.escalations.lock(target.integration)
    for waiting in await tx.escalations.near(target.integration, target.name):
        if waiting.state is State.DETECTED and _only_of(waiting, target.name):
            await tell(tx, config, waiting, "", now)


async def tell(
    tx: Transaction, config: Config, waiting: Escalation, because: str, now: datetime, *, flaps: bool = True, remark: str = ""
) -> None:
    """It pages, or joins what does; without what nobody is to be told of now. `because` says why it pages now, where it was not
    simply confirmed, `remark` what else is to be noted."""
    left = await unheld(tx, config, waiting, now, flaps=flaps)
    if left is None:
        return
    waiting = left
    active = await tx.escalations.near(waiting.integration, "")
    worked = next((e for e in active if e.category is waiting.category and e.state in WORKED), None)
    if worked is None:
        await act(tx, config, waiting, ev.Confirmed(because=because), now, remark=remark)
        return
    joined = ev.CausesJoined(
        causes=waiting.causes,
        beyond=waiting.beyond,
        customers=waiting.customers,
        priority=waiting.priority,
        factors=waiting.factors,
    )
    await act(tx, config, worked, joined, now)
    await act(tx, config, waiting, ev.Gone(because=f"joined escalation {worked.id}"), now)


async def _look_again(tx: Transaction, config: Config, suppressed: Escalation, now: datetime) -> None:
    """What held it is over, or was put off: it is told now if it is still there."""
    await tx.escalations.lock(suppressed.integration)
    if not await still_there(tx, suppressed):
        await act(tx, config, suppressed, ev.Gone(because="gone while nobody was told of it"), now)
        return
    flap = suppressed.suppression is not None and suppressed.suppression.kind is Hush.FLAP
    await tell(tx, config, suppressed, f"what held it is over, and it still stands{_held(suppressed)}", now, flaps=not flap)


async def seen_clean(tx: Transaction, config: Config, target: Target, *, times: int, now: datetime) -> None:
    """The target equals its baseline, `times` unconditional fetches in a row. Call it before its drift is closed.

    What was never confirmed is gone at once. What is open resolves when every target it is about was clean twice.
    """
    for escalation in await tx.escalations.near(target.integration, target.name):
        if escalation.category is Category.BLIND or not _about(escalation, target.name) or is_flapping(escalation):
            continue
        if times == 1:
            flapping = await reverted(tx, config, target, escalation, now)
            if flapping is not None:
                await tell(tx, config, flapping, "it went back and forth once more", now)
        if escalation.state in UNTOLD and _only_of(escalation, target.name):
            await act(tx, config, escalation, ev.Gone(), now)
        elif times >= 2 and not await _drift_elsewhere(tx, config, escalation, target.name):
            await act(tx, config, escalation, ev.CleanTwice(), now)
    if times >= 2:
        await lessened(tx, config, target, (), by="", because=f"{target.name} is clean, seen twice", now=now)


async def lessened(
    tx: Transaction,
    config: Config,
    target: Target,
    findings: Sequence[Finding],
    *,
    by: str,
    because: str,
    now: datetime,
    adapted: bool = False,
) -> None:
    """Only `findings` are left of the target's drift: accepted, judged anew, or gone. The rest counts for nothing any more,
    and an escalation that was about nothing else is over. `by` is empty where no person did it."""
    left = {cause.key: cause for cause in causes_of(target, findings)}
    for escalation in await tx.escalations.near(target.integration, target.name):
        if escalation.category is Category.BLIND:
            continue
        kept = tuple(
            left.get(cause.key, cause) if cause.target == target.name else cause
            for cause in escalation.causes
            if cause.target != target.name or cause.key in left or cause.rule == FLAPPING
        )
        beyond = tuple((name, count) for name, count in escalation.beyond if name != target.name)
        if len(beyond) < len(escalation.beyond):  # of a storm not all was kept: what is left of this target is known whole
            known = {(cause.key, cause.target) for cause in kept}
            kept = (*kept, *(cause for cause in left.values() if (cause.key, cause.target) not in known))
        kept, beyond = await counted_no_more(tx, config, kept, beyond)
        if len(kept) + sum(count for _, count in beyond) == escalation.total:
            continue
        if not kept:
            accepted = ev.BaselineAccepted(by=by, because=because, adapted=adapted)
            over = accepted if by else ev.ResolvedBy(by="driftpager", because=because)
            await act(tx, config, escalation, over, now)
            continue
        priority, factors = await reassessed(tx, config, escalation, kept, now)
        dropped = ev.CausesDropped(causes=kept, priority=priority, factors=factors, by=by or "driftpager", because=because)
        await act(tx, config, escalation, replace(dropped, beyond=beyond), now)


async def counted_no_more(
    tx: Transaction, config: Config, kept: tuple[Cause, ...], beyond: tuple[tuple[str, int], ...]
) -> tuple[tuple[Cause, ...], tuple[tuple[str, int], ...]]:
    """Where nothing is kept by name, what was only counted of the next target is looked up and takes its place."""
    while beyond and not kept:
        (name, _), *others = beyond
        known = next((each for each in config.targets if each.name == name), None)
        kept, beyond = causes_of(known, await tx.findings.open(known.name)) if known else (), tuple(others)
    return kept, beyond


async def let_in(tx: Transaction, config: Config, target: Target, *, now: datetime) -> None:
    """A target that is not learned yet gave a document: what its vendor told us instead before is over."""
    if not await tx.findings.drifts(target.name):
        return
    await tx.findings.replace(target.name, target.integration, None, (), now)
    for told in await tx.escalations.active(target.integration):
        if told.category is Category.BLIND or not _about(told, target.name):
            continue
        if told.state in UNTOLD and _only_of(told, target.name):
            await act(tx, config, told, ev.Gone(), now)
        elif not await _drift_elsewhere(tx, config, told, target.name):
            await act(tx, config, told, ev.ResolvedBy(by="driftpager", because="the vendor serves us now"), now)


async def accept(
    tx: Transaction, config: Config, target: Target, *, by: str, because: str, now: datetime, adapted: bool = False
) -> Baseline | None:
    """A person accepts what the target serves now. Its drift is closed, and with it what was only about it.

    `adapted`: our side copes with it, so customers hear that it is over; else what they were promised goes on. None when there
    is no snapshot to accept.
    """
    snapshot = await tx.snapshots.latest(target.name)
    if snapshot is None:
        return None
    drift = list(await tx.findings.open(target.name))
    baseline = await tx.baselines.set(target.name, snapshot, Standing.ACCEPTED, by, because, now)
    await changes.accepted(tx, config, target, drift, by=by, because=because, now=now)
    await _settle_baseline(tx, config, target, ev.BaselineAccepted(by=by, because=because, adapted=adapted), now)
    detail: dict[str, Json] = {"because": because, "content": snapshot.hash, "adapted": adapted}
    await tx.audit.append(by, "baseline.accepted", target.name, detail, now)
    return baseline


async def _settle_baseline(tx: Transaction, config: Config, target: Target, event: ev.BaselineAccepted, now: datetime) -> None:
    await tx.findings.replace(target.name, target.integration, None, (), now)
    for escalation in await tx.escalations.active(target.integration):
        if _about(escalation, target.name) and escalation.category is not Category.BLIND:
            if await _drift_elsewhere(tx, config, escalation, target.name):
                note = Entry(at=now, kind="baseline.accepted", text=f"{target.name}: {event.because}", actor=event.by)
                await tx.escalations.save(Transition(escalation=escalation, entries=(note,)))
            else:
                await act(tx, config, escalation, event, now)
    await rejudge(tx, target.name, now)


async def reject(tx: Transaction, config: Config, target: Target, *, by: str, because: str, now: datetime) -> Baseline | None:
    """A person refuses what the target serves now: the drift and the escalation stay, and everyone sees that it is fought."""
    snapshot = await tx.snapshots.latest(target.name)
    if snapshot is None:
        return None
    refused = await tx.baselines.reject(target.name, snapshot, by, because, now)
    for escalation in await tx.escalations.active(target.integration):
        if _about(escalation, target.name):
            note = Entry(at=now, kind="baseline.rejected", text=f"{target.name}: {because}", actor=by)
            await tx.escalations.save(Transition(escalation=escalation, entries=(note,)))
    await tx.audit.append(by, "baseline.rejected", target.name, {"because": because, "content": snapshot.hash}, now)
    return refused


async def undo(tx: Transaction, target: TargetName, *, by: str, because: str, now: datetime) -> Baseline | None:
    """Take the last acceptance back. The next probe compares with the baseline before; None when there is none."""
    before = await tx.baselines.undo(target, by, because, now)
    if before is not None:
        await rejudge(tx, target, now)
        await tx.audit.append(by, "baseline.undone", target, {"because": because, "content": before.hash}, now)
    return before


async def rejudge(tx: Transaction, target: TargetName, now: datetime) -> None:
    """Probe the target now, in full: its last verdict was about another baseline."""
    await tx.targets.hasten(target, now)


async def blind(
    tx: Transaction, config: Config, target: Target, state: TargetState, because: str, *, since: datetime, now: datetime
) -> None:
    """Nobody could read the target for long. That needs no confirmation: it was tried again and again."""
    await tx.escalations.lock(target.integration)
    cause = Cause(
        key=_blind_key(target),
        target=target.name,
        finding=digest("blind", target.name),
        rule=f"blind.{state}",
        address=target.name,
        impact="breaking",
        use="undeclared",
        message=f"no readable document since {since:%Y-%m-%d %H:%M} UTC: {because}",
        consequence="a change there would go unseen",
    )
    if await _blind_already(tx, target, now):
        return
    active = await tx.escalations.active(target.integration)
    known = next((e for e in active if e.category is Category.BLIND and e.state in WORKED), None)
    priority, factors = assess_blind(config.integrations[target.integration].criticality)
    if known is not None and await silencing.held(tx, config, replace(known, causes=(cause,), beyond=()), now) is None:
        joined = ev.CausesJoined(causes=(cause,), customers=(), priority=priority, factors=factors)
        await act(tx, config, known, joined, now)
        return
    sighting = ev.Sighting(
        id=new_id(target.name, Category.BLIND, now),
        environment=config.environment,
        integration=target.integration,
        causes=(cause,),
        priority=priority,
        factors=factors,
        category=Category.BLIND,
        changed_between=(since, now),
    )
    stored = await tx.escalations.save(detect(sighting, await desk_of(tx, config, target.integration, now)))
    await tell(tx, config, stored, f"no readable document came, try after try, since {since:%Y-%m-%d %H:%M} UTC", now)


async def sees_again(tx: Transaction, config: Config, target: Target, *, now: datetime) -> None:
    """A readable document came after a time without. The alarm ends when the last of its targets can be read."""
    for escalation in await _blind_already(tx, target, now):
        others = {cause.target for cause in escalation.causes} & {each.name for each in config.targets} - {target.name}
        statuses = [await tx.targets.get(TargetName(name)) for name in sorted(others)]
        if not any(status is not None and status.state in BLIND for status in statuses):
            readable = ev.ResolvedBy(by="driftpager", because="a readable document came again")
            await act(tx, config, escalation, readable, now)


async def _blind_already(tx: Transaction, target: Target, now: datetime) -> list[Escalation]:
    """What is told of the target's blindness and not over, be it only recorded."""
    return [e for e in await tx.escalations.by_cause([_blind_key(target)], now) if e.state in ACTIVE | {State.RECORDED}]


def _blind_key(target: Target) -> str:
    return digest("cause", target.integration, "blind", target.name)


async def timer_due(tx: Transaction, config: Config, timer: Timer, *, now: datetime) -> Transition | None:
    """What a due timer leads to; None when its escalation is gone or it had nothing to say."""
    escalation = await tx.escalations.get(timer.escalation)
    if escalation is not None and timer.kind is TimerKind.PROMISE:
        return await _owed(tx, config, escalation, now)
    if escalation is not None and (drilled := drilling.due(escalation, timer, now)) is not None:
        return await act(tx, config, escalation, drilled, now)
    if escalation is None or timer.generation != escalation.generation:
        return None
    if timer.kind is TimerKind.REVIEW:
        event = ev.ReviewDue(due_at=escalation.review_due_at or timer.due_at)
        return await act(tx, config, escalation, event, now)
    if timer.kind is TimerKind.CONFIRM:
        return await _unconfirmed(tx, config, escalation, timer, now)
    if timer.kind is TimerKind.SUPPRESSION:
        if escalation.state is State.SUPPRESSED:
            await _look_again(tx, config, escalation, now)
        return None
    due = ev.of_timer(timer)
    return await act(tx, config, escalation, due, now) if due is not None else None


async def _owed(tx: Transaction, config: Config, escalation: Escalation, now: datetime) -> Transition | None:
    """A share of the time to tell customers has passed: those of them that have it, or should, hear of it."""
    last = None
    for event in await promises.moment_passed(tx, config, escalation, now):
        present = await tx.escalations.get(escalation.id)
        assert present is not None  # it was stored a moment ago, in this transaction
        last = await act(tx, config, present, event, now)
    return last


async def _unconfirmed(tx: Transaction, config: Config, escalation: Escalation, timer: Timer, now: datetime) -> Transition | None:
    """The probe that confirms a sight should have come by now: see that it comes, and page without it if it cannot."""
    names = [TargetName(name) for name in sorted({cause.target for cause in escalation.causes})]
    statuses = [status for status in [await tx.targets.get(name) for name in names] if status is not None]
    for status in statuses:
        await tx.targets.hasten(status.name, now)
    if now - timer.due_at > _AWAY:  # nobody was here to confirm it, so nothing says that it cannot be
        await tx.timers.postpone(timer.id, now + timedelta(seconds=30))
        return None
    if sighted_at(escalation) + UNCONFIRMED_AT_MOST <= now:
        await tx.escalations.lock(escalation.integration)
        unasked = "paged unconfirmed: the vendor could not be asked again"
        await tell(tx, config, escalation, unasked, now, remark=unasked)
        return None
    if not any(status.state in BLIND for status in statuses):
        await tx.timers.postpone(timer.id, now + timedelta(seconds=30))
        return None
    because = "; ".join(status.because for status in statuses if status.state in BLIND)
    return await act(tx, config, escalation, ev.StillUnconfirmed(because=because), now)


async def page_told(
    tx: Transaction, config: Config, page: Page, event: ev.PageSent | ev.PageConfirmed | ev.PageFailed, *, now: datetime
) -> bool:
    """What became of a page. False when it changed nothing: its fallback pages already, or its escalation is gone."""
    if promise_of(page) is not None:
        return await promises.page_told(tx, config, page, event, now=now)
    escalation = await tx.escalations.get(page.escalation)
    if escalation is None:
        return False
    lane = escalation.lane(page.lane)
    if isinstance(event, ev.PageFailed) and lane is not None and page.channel in lane.failed:
        return False
    return not (await act(tx, config, escalation, event, now)).refused


async def person(tx: Transaction, config: Config, id: EscalationId, event: ev.Event, *, now: datetime) -> Transition | None:
    """What a person (or a channel speaking for one) did to an escalation; None where there is no such escalation."""
    escalation = await tx.escalations.get(id)
    if escalation is None:
        return None
    transition = await act(tx, config, escalation, event, now)
    who = getattr(event, "by", "") or "driftpager"
    detail = {"event": type(event).__name__, "refused": transition.refused}
    await tx.audit.append(who, "escalation.acted_on", str(id), detail, now)
    return transition


async def reopenable(tx: Transaction, category: Category, causes: Iterable[Cause], now: datetime) -> Escalation | None:
    past = await tx.escalations.by_cause([cause.key for cause in causes], now - REOPEN_WITHIN)
    return next(
        (e for e in past if e.category is category and e.state in (State.RESOLVED, State.REVIEWED) and e.opened_at is not None),
        None,
    )


async def _drift_elsewhere(tx: Transaction, config: Config, escalation: Escalation, target: TargetName) -> bool:
    """Whether another target of the escalation that is still watched has findings of its kind."""
    watched = {each.name for each in config.targets}
    for name in sorted(escalation.targets & watched - {target}):
        if any(category_of(finding) is escalation.category for finding in await tx.findings.open(TargetName(name))):
            return True
    return False


def _joined(found: Assessment) -> ev.CausesJoined:
    return ev.CausesJoined(causes=found.causes, customers=found.customers, priority=found.priority, factors=found.factors)


def _held(suppressed: Escalation) -> str:
    held = suppressed.suppression
    return f" ({held.kind}: {held.because})" if held is not None else ""


def _about(escalation: Escalation, target: TargetName) -> bool:
    return target in escalation.targets


def _only_of(escalation: Escalation, target: TargetName) -> bool:
    return escalation.targets <= {target}
