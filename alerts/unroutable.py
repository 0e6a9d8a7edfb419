"""Where the alarm goes that a page reached nobody: every way that needs no lane, no role and no calendar."""

from __future__ import annotations

from collections.abc import Collection

from alerts.matrix import Matrix
from alerts.outlets import Outlet, Outlets
from alerts.reach import Destination, catch_all

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
