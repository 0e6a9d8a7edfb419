"""Steps down. A priority falls by a person with a reason, or when what is left has been quiet for a while; never else.

A fall takes nothing back: who was paged stays paged, deadlines that are armed stay armed, and no commitment is extended.
"""

from __future__ import annotations

from alerts import events as ev
from alerts.acknowledging import has_standing
from alerts.draft import Draft, Refused
from alerts.escalation import Fall, Lowered, State, TimerKind
from alerts.priority import Factor, Priority

_WAITING = frozenset({State.DETECTED, State.SUPPRESSED, State.RECORDED})


def priority_lowered(draft: Draft, event: ev.PriorityLowered) -> None:
    has_standing(draft, event.by, "")
    before = draft.escalation
    if not event.because.strip():
        raise Refused("a lower priority needs a reason")
    if not before.priority < event.priority <= Priority.P4:
        raise Refused(f"{event.priority} is not below {before.priority}")
    said = Factor(name="lowered", because=f"{event.by}: {event.because}", priority=event.priority)
    # Lowered twice: what raises it again is what was assessed before the first time.
    assessed = before.lowered.assessed if before.lowered else before.priority
    draft.change(
        priority=event.priority,
        factors=(*before.factors, said),
        lowered=Lowered(by=event.by, because=event.because, assessed=assessed),
    )
    forget_fall(draft)
    draft.say("priority.lowered", f"{before.priority} to {event.priority}: {event.because}", event.by)


def fall(draft: Draft, to: Fall) -> None:
    """What is left is less urgent, and no person said so: it falls after a while."""
    floor = draft.desk.matrix.floor
    draft.stop(TimerKind.FALL)
    if draft.escalation.state in _WAITING:
        draft.change(priority=to.priority, factors=to.factors, fall=None)
    elif min(to.priority, floor) > draft.escalation.priority:
        draft.change(fall=to)
        draft.start_whole(TimerKind.FALL, draft.now + draft.desk.fall_after)
    else:
        draft.change(fall=None)


def fall_due(draft: Draft, event: ev.FallDue) -> None:
    before = draft.escalation
    if before.fall is None:
        raise Refused("it was raised again since")
    priority = max(before.priority, min(before.fall.priority, draft.desk.matrix.floor))
    draft.change(priority=priority, factors=before.fall.factors, fall=None)
    draft.say("priority.lowered", f"{before.priority} to {priority}: what is left was quiet for {draft.desk.fall_after}")


def forget_fall(draft: Draft) -> None:
    draft.stop(TimerKind.FALL)
    draft.change(fall=None)


def holds_down(draft: Draft, priority: Priority, fresh: bool) -> bool:
    """Whether a person lowered it, and what is assessed now is no news since."""
    lowered = draft.escalation.lowered
    return lowered is not None and not fresh and priority >= lowered.assessed
