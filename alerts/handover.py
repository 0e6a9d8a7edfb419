"""Steps of a hand-over: one contact offers, the other accepts. Until then the clock goes on."""

from __future__ import annotations

from collections.abc import Iterator

from alerts import events as ev
from alerts.acknowledging import acknowledged, has_standing
from alerts.climbing import dedup_key
from alerts.draft import Draft, Refused
from alerts.escalation import LaneState, Offer
from alerts.page import Action
from alerts.reach import Destination


def offered(draft: Draft, event: ev.HandOverOffered) -> None:
    """Tell the other one in person. An offer takes the place of an earlier one."""
    has_standing(draft, event.by, "")
    has_standing(draft, event.to, "")
    escalation = draft.escalation
    if event.to == escalation.acknowledged_by:
        raise Refused(f"{event.to} has it already")
    draft.change(offer=Offer(to=event.to, by=event.by, because=event.because, at=draft.now), steps=escalation.steps + 1)
    because = f": {event.because}" if event.because else ""
    draft.say("handover.offered", f"{event.by} offers it to {event.to}{because}", event.by)
    primary = escalation.primary
    ways = list(in_person(draft, event.to, f"{event.by} asks you to take it over{because}"))
    if primary is None or not _told(draft, primary, ways):
        draft.say("handover.untold", f"no channel reaches {event.to} in person: tell them")


def accepted(draft: Draft, event: ev.HandOverAccepted) -> None:
    """Theirs now, as if they had acknowledged it; whoever had it before is told by the timeline."""
    offer = draft.escalation.offer
    if offer is None or offer.to != event.by:
        raise Refused(f"it is offered to {offer.to}, not to {event.by}" if offer else "it is offered to nobody")
    generation = draft.escalation.generation
    acknowledged(draft, ev.Acknowledged(by=event.by, via="cli", generation=generation, at=event.at))
    draft.change(offer=None)
    draft.say("handover.accepted", f"{event.by} took it over from {offer.by}", event.by)


def in_person(draft: Draft, contact: str, because: str) -> Iterator[Destination]:
    """The ways that reach this contact and nobody else; those they prefer, where they say."""
    known = draft.desk.matrix.contacts[contact]
    for name in known.channels or draft.desk.outlets:
        outlet = draft.desk.outlets.get(name)
        address = getattr(known, outlet.address, "") if outlet and outlet.address else ""
        if address:
            yield Destination(channel=name, contact=contact, recipient=address, because=because)


def _told(draft: Draft, lane: LaneState, ways: list[Destination]) -> bool:
    key, nth = dedup_key(draft, lane), draft.escalation.steps
    return any(draft.queue(way, Action.TRIGGER, key, lane, nth=nth) for way in ways[:1])
