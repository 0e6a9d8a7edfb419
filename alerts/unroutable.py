"""Where the alarm goes that a page reached nobody: every way that needs no lane, no role and no calendar."""

from __future__ import annotations

from collections.abc import Collection

from alerts.escalation import Category, Cause, Escalation
from alerts.events import Sighting
from alerts.matrix import Matrix
from alerts.outlets import Outlet, Outlets
from alerts.page import EscalationId
from alerts.priority import Factor, Priority
from alerts.reach import Destination, catch_all
from schemas.fingerprint import digest

BECAUSE = "a page reached nobody, and this way needs no lane"


def emergency(matrix: Matrix, outlets: Outlets, failed: Collection[str] = ()) -> tuple[Destination, ...]:
    """The catch-all channel; else every channel with one fixed destination; else everybody who can be reached at all.

    Channels that `failed` are left out while another is there. Empty only where no configured channel leads to anybody.
    """
    left = [outlet for outlet in outlets.values() if outlet.name not in failed] or list(outlets.values())
    ways = catch_all(matrix, {outlet.name: outlet for outlet in left}, BECAUSE)
    fixed = tuple(
        Destination(channel=outlet.name, contact="", recipient="", because=BECAUSE) for outlet in left if not outlet.address
    )
    return ways or fixed or tuple(way for outlet in left for way in _everybody(matrix, outlet))


def _everybody(matrix: Matrix, outlet: Outlet) -> Collection[Destination]:
    reached = ((name, getattr(contact, outlet.address, "")) for name, contact in matrix.contacts.items())
    return [Destination(channel=outlet.name, contact=name, recipient=to, because=BECAUSE) for name, to in reached if to]


def unroutable(id: EscalationId, lost: Escalation, because: str) -> Sighting:
    """The alarm itself: P1, whatever it is that reached nobody. Its one cause names the escalation as its finding."""
    cause = Cause(
        key=digest("cause", lost.integration, "unroutable", lost.id),
        target=lost.integration,
        finding=lost.id,
        rule="page.unroutable",
        address=lost.id,
        impact="breaking",
        use="used",
        message=f"escalation {lost.id} ({lost.priority}) reaches nobody: {because}",
        consequence="nobody knows of it but whoever reads this; correct the matrix, and look at the escalation",
    )
    said = Factor(name="unroutable", because="a page that reaches nobody is P1, whatever it says", priority=Priority.P1)
    return Sighting(
        id=id,
        environment=lost.environment,
        integration=lost.integration,
        causes=(cause,),
        priority=Priority.P1,
        factors=(said,),
        category=Category.UNROUTABLE,
        practice=lost.practice,
    )
