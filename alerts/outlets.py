"""What the matrix must know of a configured channel to choose it; how it delivers is none of its business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A configured channel by its name.

    `address` is the contact's field the channel writes to (`email`), empty for one fixed destination (a PagerDuty service).
    `climbs`: the vendor has an escalation policy of its own and can own a lane's clock; it also folds on the dedup key.
    `reads_back`: what was sent can be asked for afterwards. `takes_notes`: a note that rings nobody arrives too.
    `keeps_incidents`: what a key became there takes notes and a priority of ours.
    `keeps_records`: it keeps one ticket or thread an escalation, which follows it. `rings`: a page there reaches a person; a
    ticket or a status page does not, and is never chosen to page somebody. `proves`: its answer says that the page is there,
    not only that somebody will try. `public`: customers read all of it, so it keeps nothing but what promises tell them.
    `hears_changes`: it lists changes that page nobody.
    """

    name: str
    kind: str
    address: str = ""
    climbs: bool = False
    reads_back: bool = False
    takes_notes: bool = True
    keeps_incidents: bool = False
    keeps_records: bool = False
    rings: bool = True
    proves: bool = True
    public: bool = False
    hears_changes: bool = False


Outlets = Mapping[str, Outlet]
"""Outlets by name, in the order of the configuration."""


def ringing(outlets: Outlets) -> Outlets:
    """Those through which a page reaches a person."""
    return outlets if all(each.rings for each in outlets.values()) else {n: each for n, each in outlets.items() if each.rings}


MAIL_ADDRESS = r"^[^\s@<>,;\"]+@[^\s@<>,;\"]+$"
"""One plain e-mail address, without a display name, as contacts and senders are written."""
