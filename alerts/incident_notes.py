"""What people and the clock did here, as notes on the vendor's own incident: whoever looks there sees what is known here."""

from __future__ import annotations

from alerts import events as ev
from alerts.draft import Draft
from alerts.escalation import Escalation
from alerts.keys import parse_dedup_key
from alerts.page import Action
from alerts.reach import Destination

TOLD = frozenset(
    {
        "escalation.acknowledged",
        "escalation.mitigated",
        "escalation.resolved",
        "escalation.snoozed",
        "handover.accepted",
        "handover.offered",
        "impact.declared",
        "lane.acknowledged",
        "lane.exhausted",
        "priority.lowered",
        "priority.raised",
    }
)
"""Kinds of timeline entries that belong on the incident; the vendor tells of its own doings itself."""


def note_there(draft: Draft, before: Escalation, event: ev.Event) -> None:
    """One note on each incident of the primary lane in this generation. A new generation says it all in its pages."""
    escalation = draft.escalation
    heard_there = isinstance(event, ev.Acknowledged) and bool(event.dedup_key)
    said = [f"{entry.actor}: {entry.text}" for entry in draft.entries if entry.kind in TOLD]
    if not said or heard_there or escalation.generation != before.generation or escalation.primary is None:
        return
    keys: dict[str, tuple[str, str]] = {}
    for channel, recipient, text in before.triggered:
        key, outlet = parse_dedup_key(text), draft.desk.outlets.get(channel)
        ours = key is not None and key.generation == escalation.generation and key.lane == escalation.primary.name
        if ours and outlet is not None and outlet.keeps_incidents:
            keys[channel] = (recipient, text)
    if not keys:
        return
    draft.change(steps=escalation.steps + 1)
    draft.occasion = "; ".join(said)
    for channel, (recipient, text) in keys.items():
        way = Destination(channel=channel, contact="", recipient=recipient, because="its incident is about this")
        draft.queue(way, Action.NOTE, text, escalation.primary, nth=draft.escalation.steps)
