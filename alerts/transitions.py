"""The escalation's transitions, as a table. Pure: an event and what is on the desk give a `Transition` to store.

`detect(sighting, desk)` begins an escalation, `apply(escalation, event, desk)` moves it on. What the table does not name is
refused with a reason and changes nothing; so is what comes from another generation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from alerts import events as ev
from alerts.acknowledging import ack_expired, acknowledged, impact_declared, mitigated, renew, unacknowledged
from alerts.affected import customers_joined, customers_left
from alerts.closing import adapted, baseline_accepted, clean_twice, closed_at_channel, gone, resolved
from alerts.desk import Desk
from alerts.draft import Draft, Refused
from alerts.drill import drill_over, end_when_answered
from alerts.dues import acknowledgement_due, next_level_due, noted, page_confirmed, page_failed, page_sent
from alerts.escalation import ACTIVE, Entry, Escalation, State, TimerKind, Transition
from alerts.handover import accepted, offered
from alerts.heeding import criterion_due, heed
from alerts.incident_notes import note_there
from alerts.lowering import fall_due, priority_lowered
from alerts.occasions import occasion
from alerts.opening import (
    await_confirmation,
    causes_dropped,
    confirmed,
    digest_due,
    joined_loudly,
    joined_quietly,
    merged,
    priority_raised,
    reopened,
    still_unconfirmed,
    suppressed,
)
from alerts.records import follow, record_touched
from alerts.review import open_review, review_due, reviewed
from alerts.said import said
from alerts.sla import keep, sla_due, updates_due
from alerts.snoozing import snooze_over, snoozed
from alerts.storm import kept

Step = Callable[[Draft, Any], None]


def detect(sighting: ev.Sighting, desk: Desk) -> Transition:
    """First sight: an escalation that waits for its confirmation. Nobody is paged."""
    draft = Draft(
        Escalation(
            id=sighting.id,
            environment=sighting.environment,
            integration=sighting.integration,
            category=sighting.category,
            state=State.DETECTED,
            priority=sighting.priority,
            factors=sighting.factors,
            causes=merged((), sighting.causes),
            beyond=sighting.beyond,
            customers=sighting.customers,
            detected_at=desk.now,
            changed_between=sighting.changed_between,
            matrix_version=desk.matrix.version,
            practice=sighting.practice,
            drill=sighting.drill,
        ),
        desk,
    )
    await_confirmation(draft)
    if sighting.drill is not None:
        draft.start_whole(TimerKind.DRILL, sighting.drill.until)
    _bound(draft)
    return draft.done()


def apply(escalation: Escalation, event: ev.Event, desk: Desk) -> Transition:
    """What `event` leads to. A refused one has `refused` set, and an entry that says why, and nothing else."""
    step = TABLE[type(event)].get(escalation.state)
    try:
        if step is None:
            raise Refused(f"an escalation that is {escalation.state} cannot {said(type(event))}")
        generation = getattr(event, "generation", escalation.generation)
        if generation != escalation.generation:
            raise Refused(f"it is about generation {generation}, this is generation {escalation.generation}")
        draft = Draft(escalation, desk, occasion=occasion(event, escalation))
        step(draft, event)
        end_when_answered(draft)
        keep(draft, escalation)
        note_there(draft, escalation, event)
        open_review(draft, escalation)
    except Refused as refused:
        actor = getattr(event, "by", "") or "driftpager"
        told = Entry(at=desk.now, kind="event.refused", text=f"it cannot {said(type(event))}: {refused}", actor=actor)
        return Transition(escalation=escalation, entries=(told,), refused=str(refused))
    if draft.escalation.state in _WORKED:
        if (by := getattr(event, "by", "")) not in ("", "driftpager"):
            draft.change(interactions=draft.escalation.interactions + 1)
            renew(draft, by)
        heed(draft)
    follow(draft)
    _bound(draft)
    return draft.done()


def worked_on(escalation: Escalation, by: str, desk: Desk) -> Transition:
    """A person did something for it that is no event of its own, such as a word to a customer."""
    draft = Draft(escalation, desk)
    renew(draft, by)
    return draft.done()


def _bound(draft: Draft) -> None:
    causes, beyond = kept(draft.escalation.causes, draft.escalation.beyond)
    draft.change(causes=causes, beyond=beyond)


_D, _R, _S, _O, _A, _M = State.DETECTED, State.RECORDED, State.SUPPRESSED, State.OPEN, State.ACKNOWLEDGED, State.MITIGATING
_CLOSED = frozenset({State.RESOLVED, State.REVIEWED})
_WORKED = frozenset({_O, _A, _M})


def _in(*states: State) -> Callable[[Step], dict[State, Step]]:
    return lambda step: dict.fromkeys(states, step)


TABLE: Mapping[type, Mapping[State, Step]] = MappingProxyType(
    {
        # event                  from                                    step
        ev.Confirmed:          _in(_D, _S)(confirmed),
        ev.StillUnconfirmed:   _in(_D)(still_unconfirmed),
        ev.Gone:               _in(_D, _S)(gone),
        ev.Suppressed:         _in(_D, _S)(suppressed),
        ev.Snoozed:            _in(*_WORKED)(snoozed),
        ev.SnoozeOver:         _in(*_WORKED)(snooze_over),
        ev.HandOverOffered:    _in(*_WORKED)(offered),
        ev.HandOverAccepted:   _in(*_WORKED)(accepted),
        ev.Acknowledged:       _in(*_WORKED)(acknowledged),
        ev.Unacknowledged:     _in(*_WORKED)(unacknowledged),
        ev.AckExpired:         _in(_A, _M)(ack_expired),
        ev.Mitigated:          _in(_O, _A)(mitigated),
        ev.ImpactDeclared:     _in(_A, _M)(impact_declared),
        ev.RecordTouched:      _in(*_WORKED, *_CLOSED)(record_touched),
        ev.ResolvedBy:         _in(*ACTIVE, _R)(resolved),
        ev.BaselineAccepted:   _in(*ACTIVE, _R)(baseline_accepted),
        ev.Adapted:            _in(*_CLOSED)(adapted),
        ev.CleanTwice:         _in(*ACTIVE, _R)(clean_twice),
        ev.ClosedAtChannel:    _in(*_WORKED)(closed_at_channel),
        ev.CausesJoined:       {**_in(_D, _S, _R)(joined_quietly), **_in(*_WORKED)(joined_loudly)},
        ev.CausesDropped:      _in(*ACTIVE, _R)(causes_dropped),
        ev.CustomersJoined:    _in(*_WORKED)(customers_joined),
        ev.CustomersLeft:      _in(*_WORKED)(customers_left),
        ev.PriorityRaised:     _in(*ACTIVE, _R)(priority_raised),
        ev.PriorityLowered:    _in(*ACTIVE)(priority_lowered),
        ev.FallDue:            _in(*_WORKED)(fall_due),
        ev.CriterionDue:       _in(*_WORKED)(criterion_due),
        ev.DigestDue:          _in(*_WORKED)(digest_due),
        ev.Reopened:           _in(*_CLOSED)(reopened),
        ev.AcknowledgementDue: _in(*_WORKED)(acknowledgement_due),
        ev.NextLevelDue:       _in(*_WORKED)(next_level_due),
        ev.SlaDue:             _in(*_WORKED)(sla_due),
        ev.UpdatesDue:         _in(*_WORKED, *_CLOSED)(updates_due),
        ev.Reviewed:           _in(State.RESOLVED)(reviewed),
        ev.ReviewDue:          _in(State.RESOLVED)(review_due),
        ev.DrillOver:          _in(*ACTIVE)(drill_over),
        ev.PageSent:           {**_in(*State)(noted), **_in(*_WORKED)(page_sent)},
        ev.PageConfirmed:      {**_in(*State)(noted), **_in(*_WORKED)(page_confirmed)},
        ev.PageFailed:         {**_in(*State)(noted), **_in(*_WORKED)(page_failed)},
    }
)  # fmt: skip
