"""What an event does, in words that follow `cannot`: refusals are read by people, not by programmers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from alerts import events as ev

SAID: Mapping[type, str] = MappingProxyType(
    {
        ev.Confirmed: "be confirmed",
        ev.StillUnconfirmed: "wait for a confirmation",
        ev.Gone: "vanish",
        ev.Suppressed: "be suppressed",
        ev.Snoozed: "be snoozed",
        ev.SnoozeOver: "be woken",
        ev.HandOverOffered: "be offered to anybody",
        ev.HandOverAccepted: "be taken over",
        ev.PriorityLowered: "be lowered",
        ev.PriorityRaised: "be raised",
        ev.CriterionDue: "be measured by the matrix's criteria",
        ev.FallDue: "fall in priority",
        ev.DigestDue: "be summed up",
        ev.Acknowledged: "be acknowledged",
        ev.Unacknowledged: "be given back",
        ev.AckExpired: "lose its acknowledgement",
        ev.Mitigated: "be mitigated",
        ev.ImpactDeclared: "have an impact declared",
        ev.Reviewed: "be reviewed",
        ev.ReviewDue: "be due for review",
        ev.SlaDue: "run out of time",
        ev.UpdatesDue: "owe an update",
        ev.Adapted: "be adapted to",
        ev.ResolvedBy: "be resolved",
        ev.BaselineAccepted: "be ended by a baseline",
        ev.CleanTwice: "end by itself",
        ev.ClosedAtChannel: "be closed at a channel",
        ev.CausesJoined: "take in more causes",
        ev.CausesDropped: "lose causes",
        ev.CustomersJoined: "take in more customers",
        ev.CustomersLeft: "lose a customer",
        ev.Reopened: "be reopened",
        ev.AcknowledgementDue: "be paged again",
        ev.NextLevelDue: "climb",
        ev.DrillOver: "end as practice",
        ev.RecordTouched: "have its record changed",
        ev.PageSent: "have a page sent",
        ev.PageConfirmed: "have a page confirmed",
        ev.PageFailed: "have a page fail",
    }
)


def said(event: type) -> str:
    """Such as `be acknowledged`."""
    return SAID.get(event, "take this")
