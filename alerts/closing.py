"""Steps that end an escalation, and the closing at a channel that does not."""

from __future__ import annotations

from dataclasses import replace

from alerts import events as ev
from alerts.acknowledging import acknowledged_beside
from alerts.climbing import page_again, settle, start_over
from alerts.draft import Draft, Refused
from alerts.escalation import Ending, State, TimerKind
from alerts.page import Action


def gone(draft: Draft, event: ev.Gone) -> None:
    close(draft, Ending.GONE, by="", resolution=event.because)


def resolved(draft: Draft, event: ev.ResolvedBy) -> None:
    # What we close by ourselves is what the vendor serves again.
    ending = Ending.REVERTED if event.by == "driftpager" else Ending.PERSON
    close(draft, ending, by=event.by, resolution=event.because or "resolved")


def baseline_accepted(draft: Draft, event: ev.BaselineAccepted) -> None:
    ending = Ending.ADAPTED if event.adapted else Ending.ACCEPTED
    close(draft, ending, by=event.by, resolution=f"baseline accepted{': ' * bool(event.because)}{event.because}")


def adapted(draft: Draft, event: ev.Adapted) -> None:
    """What was accepted is over for customers too."""
    if draft.escalation.ending is not Ending.ACCEPTED:
        raise Refused("no baseline was accepted that our side does not cope with")
    draft.change(ending=Ending.ADAPTED)
    draft.say("escalation.adapted", event.because, event.by)


def clean_twice(draft: Draft, event: ev.CleanTwice) -> None:
    close(draft, Ending.REVERTED, by="", resolution="the vendor serves the baseline again, seen twice")


def close(draft: Draft, ending: Ending, *, by: str, resolution: str) -> None:
    """Over: nothing is waited for any more, and whoever was paged hears of it."""
    draft.occasion = f"it is over: {resolution}"
    draft.stop(*TimerKind)
    lanes = tuple(replace(lane, acknowledge_due=None, climb_due=None) for lane in draft.escalation.lanes)
    draft.change(
        state=State.RESOLVED,
        resolved_at=draft.now,
        resolved_by=by or "driftpager",
        resolution=resolution,
        ending=ending,
        ack_expires_at=None,
        snooze=None,
        offer=None,
        fall=None,
        watched=(),
        digest_due=None,
        lanes=lanes,
    )
    draft.say("escalation.resolved", resolution, by)
    settle(draft, Action.RESOLVE, generation=draft.escalation.generation)


def closed_at_channel(draft: Draft, event: ev.ClosedAtChannel) -> None:
    """A close at the primary lane starts over; beside it, a person's close means they took it, anything else is paged again.

    Practice is about nothing that could still stand: whoever closes it anywhere ends it.
    """
    primary, lane = draft.escalation.primary, draft.escalation.lane(event.lane)
    if draft.escalation.drill is not None and event.by:
        close(draft, Ending.PRACTICE, by=event.by, resolution=f"the practice is over: {event.by} closed it at {event.via}")
        return
    because = f"{event.by or 'nobody in person'} closed it at {event.via} while the drift stands and no baseline was accepted"
    if primary is None or lane is None or lane.name == primary.name:
        start_over(draft, because)
    elif event.by:
        taken = ev.Acknowledged(by=event.by, via=event.via, generation=event.generation, at=event.at, lane=lane.name)
        acknowledged_beside(draft, taken)
    else:
        draft.say("lane.closed", f"lane {lane.name}: {because}; paged again")
        page_again(draft, lane.name)
