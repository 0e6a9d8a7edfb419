"""What of an escalation nobody is told of now: held by silences, windows and flaps, set aside, and looked at again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from alerts import events as ev
from alerts.escalation import ACTIVE, Category, Entry, Escalation, State, Transition
from alerts.flapping import RULE, flapping, flapping_key, is_flapping
from alerts.transitions import detect
from monitor import silencing
from monitor.acting import act, new_id
from monitor.config import Config, Target
from monitor.stakes import desk_of, reassessed
from monitor.store import Transaction
from monitor.watch import BLIND, TargetName
from schemas.fingerprint import finding_id


async def unheld(tx: Transaction, config: Config, waiting: Escalation, now: datetime, *, flaps: bool) -> Escalation | None:
    """What is left to page of it once silences, windows and flap holds have acted; None for nothing.

    What they hold of it becomes an escalation of its own: a silence never hides what it does not match.
    """
    held = await silencing.held(tx, config, waiting, now, flaps=flaps)
    if held is None:
        return waiting
    suppression, causes = held
    rest = tuple(cause for cause in waiting.causes if cause not in causes)
    if not rest:
        await act(tx, config, waiting, ev.Suppressed(suppression=suppression), now)
        return None
    priority, factors = await reassessed(tx, config, waiting, causes, now)
    aside = ev.Sighting(
        id=new_id(f"{waiting.id}, held", waiting.category, now),
        environment=waiting.environment,
        integration=waiting.integration,
        causes=causes,
        priority=priority,
        factors=factors,
        category=waiting.category,
        customers=waiting.customers,
        changed_between=waiting.changed_between,
    )
    stored = await tx.escalations.save(detect(aside, await desk_of(tx, config, waiting.integration, now)))
    await act(tx, config, stored, ev.Suppressed(suppression=suppression), now)
    priority, factors = await reassessed(tx, config, waiting, rest, now)
    because = f"{suppression.kind}: {suppression.because} (held in {stored.id})"
    dropped = ev.CausesDropped(causes=rest, priority=priority, factors=factors, by="driftpager", because=because)
    await act(tx, config, waiting, replace(dropped, beyond=waiting.beyond), now)
    return await tx.escalations.get(waiting.id)


async def still_there(tx: Transaction, escalation: Escalation) -> bool:
    """Whether anything of what it is about is there, as far as was seen last."""
    if escalation.category is Category.SIGNAL:
        firing = {cause.key for cause in await tx.signals.firing(escalation.integration)}
        return any(cause.key in firing for cause in escalation.causes)
    ours = {cause.finding for cause in escalation.causes}
    for name in sorted(escalation.targets):
        status = await tx.targets.get(TargetName(name))
        if escalation.category is Category.BLIND:
            if status is not None and status.state in BLIND:
                return True
        elif (
            escalation.beyond
            or is_flapping(escalation)
            or any(finding_id(name, finding) in ours for finding in await tx.findings.open(TargetName(name)))
        ):
            return True
    return False


async def reverted(tx: Transaction, config: Config, target: Target, escalation: Escalation, now: datetime) -> Escalation | None:
    """A change that went soon after it came is remembered. The vendor that does it again and again is a finding of its own: gives
    its escalation, which is still to be opened."""
    noise = config.noise
    if not noise.flap_hold or now - sighted_at(escalation) > noise.flap_hold or escalation.category is not Category.DRIFT:
        return None
    keys = [cause.key for cause in escalation.causes if cause.target == target.name and cause.rule != RULE]
    await tx.flaps.add(target.integration, target.name, keys, now)
    note = Entry(at=now, kind="change.reverted", text=f"{target.name} went back within {noise.flap_hold}")
    await tx.escalations.save(Transition(escalation=escalation, entries=(note,), refused="only noted"))
    times = await tx.flaps.count(target.name, now - noise.flapping_within)
    if times < noise.flapping_after:
        return None
    key = flapping_key(target.integration, target.name)
    if any(known.state in ACTIVE | {State.RECORDED} for known in await tx.escalations.by_cause([key], now)):
        return None
    sighting = flapping(
        new_id(target.name, "flapping", now),
        config.environment,
        target.integration,
        target.name,
        config.integrations[target.integration].criticality,
        times,
        noise.flapping_within,
    )
    return await tx.escalations.save(detect(sighting, await desk_of(tx, config, target.integration, now)))


def sighted_at(escalation: Escalation) -> datetime:
    """When it was first seen, in this generation."""
    return escalation.changed_between[1] if escalation.changed_between else escalation.detected_at
