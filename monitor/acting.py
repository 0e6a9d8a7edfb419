"""One event applied to one escalation, with all that follows from it, in the transaction it is given."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import datetime

from alerts import events as ev
from alerts.desk import Desk
from alerts.escalation import Category, Entry, Escalation, State, Transition
from alerts.page import Action, EscalationId
from alerts.transitions import apply, detect
from alerts.unroutable import unroutable
from monitor import lessons, limiting, promises
from monitor.config import Config
from monitor.stakes import desk_of
from monitor.store import Transaction


async def act(
    tx: Transaction, config: Config, escalation: Escalation, event: ev.Event, now: datetime, *, remark: str = ""
) -> Transition:
    desk = await desk_of(tx, config, escalation.integration, now)
    if isinstance(event, ev.Confirmed) and not escalation.practice:
        event = replace(event, seen_before=await lessons.seen_before(tx, escalation))
    transition = apply(escalation, event, desk)
    if remark:
        note = Entry(at=now, kind="escalation.noted", text=remark)
        transition = replace(transition, entries=(*transition.entries, note))
    transition = await limiting.limited(tx, config, transition, now)
    if not transition.refused:
        transition = await promises.followed(tx, escalation, transition, desk)
    await tx.escalations.save(transition)
    await _alarm(tx, config, transition, _got_through(escalation, event, desk), now)
    return transition


def _got_through(before: Escalation, event: ev.Event, desk: Desk) -> bool:
    """Whether a page came through a channel that had failed its lane: as far as that channel can tell."""
    if not isinstance(event, ev.PageSent | ev.PageConfirmed) or event.page.action is not Action.TRIGGER:
        return False
    lane, outlet = before.lane(event.page.lane), desk.outlets.get(event.page.channel)
    proven = isinstance(event, ev.PageConfirmed) or (outlet is not None and not outlet.reads_back)
    return proven and lane is not None and event.page.channel in lane.failed


async def _alarm(tx: Transaction, config: Config, transition: Transition, got_through: bool, now: datetime) -> None:
    """That a page reached nobody is an escalation of its own, through ways that need no lane; over with what it is about, or
    when that came through after all.

    Where every channel has failed its pages wait with the others for whichever is back first; the heartbeat stops meanwhile.
    """
    told = transition.escalation
    lost = [entry.text for entry in transition.entries if entry.kind == "escalation.unroutable"]
    over = told.state is State.RESOLVED and not transition.refused
    if told.category is Category.UNROUTABLE or not (lost or over or got_through):
        return
    active = await (tx.escalations.drills() if told.practice else tx.escalations.active(told.integration))
    alarm = next((e for e in active if e.category is Category.UNROUTABLE and e.causes[0].finding == told.id), None)
    if (over or got_through) and alarm is not None:
        because = f"{told.id} is over" if over else f"a page of {told.id} came through after all"
        await act(tx, config, alarm, ev.ResolvedBy(by="driftpager", because=because), now)
    elif lost and alarm is None and not over:
        sighting = unroutable(new_id(told.id, Category.UNROUTABLE, now), told, lost[0])
        stored = await tx.escalations.save(detect(sighting, await desk_of(tx, config, told.integration, now)))
        await act(tx, config, stored, ev.Confirmed(because=f"a page about {told.id} reached nobody"), now)


def new_id(target: str, category: str, now: datetime) -> EscalationId:
    """Eight characters one can read out on the telephone: and no colon (it stands in dedup keys)."""
    raw = hashlib.sha256(f"{target}|{category}|{now.isoformat()}".encode()).digest()
    return EscalationId(base64.b32encode(raw).decode().lower()[:8])
