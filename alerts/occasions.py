"""Why something is paged now: each event in words that follow `because`. Steps that know it better say so themselves."""

from __future__ import annotations

from alerts import events as ev
from alerts.escalation import Escalation, Snooze
from alerts.wording import clean, when


def occasion(event: ev.Event, before: Escalation) -> str:
    """What has just happened to `before`, in one line; it is stored with every page that follows from it."""
    match event:
        case ev.Confirmed():
            again = f"; this is opening number {before.openings + 1}" if before.openings else ""
            return (event.because or "confirmed: the vendor served it again") + again
        case ev.Reopened():
            return "the same cause came again"
        case ev.Acknowledged():
            return f"{event.by} acknowledged through {event.via}"
        case ev.Unacknowledged():
            return f"{event.by or event.via} took the acknowledgement back"
        case ev.AckExpired():
            return f"nothing was heard of {before.owner} since they acknowledged"
        case ev.Mitigated():
            return f"{event.by} declared a workaround{_why(event.because)}"
        case ev.ImpactDeclared():
            return f"{event.by} declared what it means for customers"
        case ev.HandOverOffered():
            return f"{event.by} hands it over{_why(event.because)}"
        case ev.HandOverAccepted():
            return f"{event.by} took it over"
        case ev.Snoozed():
            return f"{event.by} snoozed it until {when(event.until)}{_why(event.because)}"
        case ev.SnoozeOver():
            return _woken(before.snooze)
        case ev.CausesJoined():
            return "more has changed"
        case ev.CustomersJoined():
            return "customers' own tickets speak of it"
        case ev.CustomersLeft():
            return f"{event.by} says that {clean(event.customer, 120)} is not affected"
        case ev.PriorityRaised():
            return f"raised from {before.priority} to {event.priority}"
        case ev.DigestDue():
            return "more joined since it was paged"
        case ev.AcknowledgementDue():
            return f"the time to acknowledge is over in lane {event.lane}"
        case ev.NextLevelDue():
            return f"the time until the next level of lane {event.lane} is over"
        case ev.CriterionDue():
            return "a criterion of the matrix is due"
        case ev.ReviewDue():
            return f"its review was due {when(event.due_at)}"
        case ev.SlaDue():
            return f"a share of the time to {event.clock} has passed"
        case ev.UpdatesDue():
            return "an update to customers is due"
        case ev.PageFailed():
            return f"{event.page.channel} did not get it through: {event.because}"
        case ev.ClosedAtChannel():
            return f"{event.by or 'nobody in person'} closed it at {event.via}"
        case ev.RecordTouched():
            return f"{event.by or 'an automation'} {event.what} what {event.channel} keeps of it"
        case ev.ResolvedBy() | ev.BaselineAccepted():
            return f"it is over{_why(event.because)}"
        case ev.CleanTwice() | ev.Gone() | ev.DrillOver():
            return "it is over"
        case _:
            return "it has moved on"


def _why(because: str) -> str:
    return f": {clean(because)}" if because else ""


def _woken(snooze: Snooze | None) -> str:
    return f"the snooze of {snooze.by} is over" if snooze else "the snooze is over"
