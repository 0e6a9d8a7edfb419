"""A vendor that changes its mind: what went soon after it came is held when it comes again, and is a finding when it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from alerts.escalation import Category, Cause, Escalation, Hush, Suppression
from alerts.events import Sighting
from alerts.page import EscalationId
from alerts.priority import Criticality, Stakes, assess
from schemas.fingerprint import digest

RULE = "vendor.flapping"


def flap_hold(cause: Cause, reverted: Mapping[str, datetime], hold: timedelta, now: datetime) -> Suppression | None:
    """What keeps a cause that was taken back lately from being told at once; None where it was not. `reverted` is by key.

    It is counted from the reversal, so a vendor that goes on changing its mind cannot put it off.
    """
    last = reverted.get(cause.key)
    if last is None or now >= last + hold:
        return None
    because = f"the vendor took it back at {last:%Y-%m-%d %H:%M} UTC and made it again"
    return Suppression(kind=Hush.FLAP, id="", because=because, until=last + hold)


def flapping_key(integration: str, target: str) -> str:
    """The cause key of a target's flapping."""
    return digest("cause", integration, "vendor", target)


def flapping(
    id: EscalationId, environment: str, integration: str, target: str, criticality: Criticality, times: int, within: timedelta
) -> Sighting:
    """The finding of its own: risky, for nobody can build on what changes back and forth."""
    hours = within.total_seconds() / 3600
    cause = Cause(
        key=flapping_key(integration, target),
        target=target,
        finding=digest("flapping", target),
        rule=RULE,
        address=target,
        impact="risky",
        use="undeclared",
        message=f"{target} changed and changed back {times} times in {hours:g} hours",
        consequence="which of the two you meet is a matter of luck; pages about it are held",
    )
    priority, factors = assess((cause,), Stakes(criticality=criticality))
    return Sighting(
        id=id,
        environment=environment,
        integration=integration,
        causes=(cause,),
        priority=priority,
        factors=factors,
        category=Category.DRIFT,
    )


def is_flapping(escalation: Escalation) -> bool:
    """Whether it is about nothing else."""
    return all(cause.rule == RULE for cause in escalation.causes)
