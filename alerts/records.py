"""Tickets and threads that follow an escalation: one in each channel that keeps records, from its opening to its end.

After every transition `follow` compares how it stands with what was queued for each record last, and queues one page where
they differ or there is news. A channel brings its record to what the page says, so that pages that waited too long lose nothing:
the outbox gives the newest of them the news of the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from alerts import events as ev
from alerts.channels import Reply
from alerts.climbing import facts_of
from alerts.draft import Draft
from alerts.escalation import ACTIVE, WORKED, ClockOwner, Entry, Escalation, Kept, LaneState, Mode, State
from alerts.keys import DedupKey, parse_dedup_key, seen_id
from alerts.page import Action, Page, Record
from alerts.reach import Destination
from alerts.routing import keeps_record
from alerts.wording import changes, clean

LANE = "record"
"""What stands where pages have their lane: a record reaches no person."""

TOLD = frozenset(
    {
        "baseline.rejected",
        "causes.dropped",
        "causes.joined",
        "customers.joined",
        "customers.left",
        "escalation.acknowledged",
        "escalation.adapted",
        "escalation.mitigated",
        "escalation.opened",
        "escalation.reopened",
        "escalation.resolved",
        "escalation.snoozed",
        "escalation.unacknowledged",
        "escalation.unroutable",
        "handover.accepted",
        "handover.offered",
        "impact.declared",
        "lane.acknowledged",
        "lane.climbed",
        "lane.exhausted",
        "priority.lowered",
        "priority.raised",
        "record.closed",
        "record.refused",
    }
)
"""Kinds of timeline entries that a record tells."""

DONE = frozenset({"accepted", "acknowledged", "mitigated", "snoozed", "unacknowledged"})
"""What a contact does by pressing something. Of anybody else it is told that it did nothing."""

OUTDATED = "outdated"
"""What was accepted was shown to them before more of it came."""

WORDS = MappingProxyType(
    {
        State.OPEN: "open",
        State.ACKNOWLEDGED: "acknowledged",
        State.MITIGATING: "mitigating",
        State.RESOLVED: "resolved",
        State.REVIEWED: "resolved",
    }
)
"""How a record says where an escalation stands. One that waits for its confirmation says nothing new."""

_PLACE = LaneState(name=LANE, mode=Mode.INFORM, clock=ClockOwner.DRIFTPAGER)


def follow(draft: Draft) -> None:
    """Begin the records that are due, and bring each to where the escalation stands now. Practice leaves none."""
    escalation = draft.escalation
    state = WORDS.get(escalation.state)
    if state is None or escalation.practice:
        return
    if escalation.state in WORKED:
        for channel in _due(draft):
            begun = Kept(channel=channel, at=draft.now)
            draft.change(records=(*draft.escalation.records, begun))
    news = tuple(_lines(draft.entries))
    for kept in draft.escalation.records:
        if not kept.subject and (news or kept.state != state):
            _bring(draft, kept, state, news)


def keep(draft: Draft, page: Page, reference: str, url: str) -> None:
    """A channel took a page about a record of ours: what it calls it is kept."""
    known = draft.escalation.record(page.channel)
    if reference and (known is None or reference != known.reference or url not in ("", known.url)):
        draft.say("record.kept", f"{page.channel} keeps it as {clean(reference, 200)}{': ' * bool(url)}{clean(url)}")
    draft.escalation = kept(draft.escalation, page, reference, url, draft.now)


def kept(escalation: Escalation, page: Page, reference: str, url: str, now: datetime) -> Escalation:
    """The escalation, with what a channel calls the record a page was about; as it is where it gave no name.

    Where it does not say again where the same record is opened, it is opened where it was.
    """
    if page.record is None or not reference:
        return escalation
    known = escalation.record(page.channel, page.record.subject)
    begun = known or Kept(channel=page.channel, at=now, subject=page.record.subject, state=page.record.state)
    opened = url or (begun.url if begun.reference == reference else "")
    now_known = replace(begun, reference=reference, url=opened)
    if known is None:
        return replace(escalation, records=(*escalation.records, now_known))
    return replace(escalation, records=tuple(now_known if each is known else each for each in escalation.records))


def not_kept(draft: Draft, page: Page, because: str) -> None:
    """A channel refused a page about a record for good. Whoever was paged knows it all the same; the next page tries again."""
    draft.say("record.failed", f"{page.channel} did not take it: {because}")


def record_touched(draft: Draft, event: ev.RecordTouched) -> None:
    """What people do in a ticket is told. One that was closed while the escalation stands is brought back to where it stands."""
    where = f"{event.channel} {event.reference or _reference(draft.escalation, event.channel)}".strip()
    if event.subject:
        where += f", the ticket of {clean(event.subject, 120)}"
    who = event.by or "an automation"
    said = f": {clean(event.text)}" if event.text else ""
    if event.what == "resolved" and not event.subject and draft.escalation.state in WORKED:
        text = f"{who} closed {where}{said}; it stands as long as the drift does and no contact resolves it"
        draft.say("record.closed", text, event.by)
        known = draft.escalation.record(event.channel)
        if known is not None:
            _change(draft, known, state="")
        return
    if event.what == OUTDATED:
        text = f"{who} accepted in {where} what is no longer all that changed: nothing is accepted, look at it again"
        draft.say("record.refused", text, event.by)
        return
    if event.what in DONE and not event.subject:
        text = f"{who} ({event.what}) in {where}{said}: it changes nothing, for they are no contact of the matrix"
        draft.say("record.refused", text, event.by)
        return
    what = {"annotated": "wrote in", "resolved": "closed", "reopened": "reopened"}.get(event.what, f"({event.what}) touched")
    draft.say(f"record.{event.what}", f"{who} {what} {where}{said}", event.by)


def of_reply(reply: Reply, channel: str, escalation: Escalation, *, contact: bool) -> ev.Event:
    """What a person did in a record of `channel`, as it concerns the escalation. `contact`: `reply.by` is one of the matrix.

    A contact may do there what they may do on the command line; of anybody else it is told. What is pressed is about the
    generation its key names, so that an old button quiets nothing new, and acknowledging a page is about its lane; a ticket has
    one for all generations. A customer's own
    ticket is theirs: that it was closed says nothing about the drift, and is told whoever did it.
    """
    theirs = next((k for k in escalation.records if k.subject and (k.channel, k.reference) == (channel, reply.record)), None)
    if theirs is not None:
        touched = ev.RecordTouched(by=reply.by, via=reply.source, channel=channel, what=reply.kind, at=reply.at, text=reply.text)
        return replace(touched, subject=theirs.subject, reference=theirs.reference)
    key = parse_dedup_key(reply.dedup_key)
    generation = key.generation if key is not None else escalation.generation
    by, via, reference = reply.by, reply.source, reply.record or _reference(escalation, channel)
    said = reply.text or f"{reply.kind} in {channel} {reference}".strip()
    if contact:
        lane = key.lane if key is not None and key.lane != LANE else ""
        taken = ev.Acknowledged(by=by, via=via, generation=generation, at=reply.at, lane=lane, dedup_key=reply.dedup_key)
        if generation != escalation.generation:
            return taken  # whatever was pressed, it is refused as an acknowledgement of that generation is
        match reply.kind:
            case "acknowledged":
                return taken
            case "unacknowledged":
                return ev.Unacknowledged(by=by, via=via, generation=generation, at=reply.at)
            case "mitigated":
                return ev.Mitigated(by=by, because=said, at=reply.at)
            case "snoozed" if reply.until is not None:
                return ev.Snoozed(by=by, because=said, until=reply.until)
            case "accepted" if reply.seen and reply.seen != seen_id(changes(escalation)):
                return ev.RecordTouched(by=by, via=via, channel=channel, what=OUTDATED, at=reply.at)
            case "resolved" if escalation.state in ACTIVE:
                return ev.ResolvedBy(by=by, because=said)
    return ev.RecordTouched(by=by, via=via, channel=channel, what=reply.kind, at=reply.at, text=reply.text)


def _due(draft: Draft) -> Iterable[str]:
    """Channels that are to keep a record and have none yet."""
    desk, escalation = draft.desk, draft.escalation
    lanes = [lane.name for lane in escalation.lanes]
    for name, outlet in desk.outlets.items():
        known = escalation.record(name) is not None
        if outlet.keeps_records and not outlet.public and not known and keeps_record(desk.matrix, name, facts_of(draft), lanes):
            yield name


def _bring(draft: Draft, kept: Kept, state: str, news: tuple[str, ...]) -> None:
    escalation = draft.escalation
    key = DedupKey(environment=escalation.environment, escalation=escalation.id, generation=escalation.generation, lane=LANE)
    draft.change(steps=escalation.steps + 1)
    _change(draft, kept, state=state)
    way = Destination(channel=kept.channel, contact="", recipient="", because=f"{kept.channel} keeps a record of it")
    record = Record(state=state, news=news)
    draft.queue(way, Action.RECORD, str(key), _PLACE, nth=draft.escalation.steps, record=record)


def _change(draft: Draft, kept: Kept, **changes: Any) -> None:
    same = (kept.channel, kept.subject)
    records = draft.escalation.records
    draft.change(records=tuple(replace(r, **changes) if (r.channel, r.subject) == same else r for r in records))


def _lines(entries: Iterable[Entry]) -> Iterable[str]:
    for entry in entries:
        if entry.kind in TOLD:
            yield f"{entry.actor}: {entry.text}" if entry.actor != "driftpager" else entry.text


def _reference(escalation: Escalation, channel: str) -> str:
    known = escalation.record(channel)
    return known.reference if known else ""
