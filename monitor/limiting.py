"""Before a transition is stored: pages that are too many for a person are put aside, to be told in one digest."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.channels import outlets
from alerts.escalation import Transition
from alerts.limits import counts, fold
from alerts.notices import quiet_way
from monitor.config import Config
from monitor.store import Transaction

HOUR = timedelta(hours=1)


async def limited(tx: Transaction, config: Config, transition: Transition, now: datetime) -> Transition:
    """The transition with no more pages than people can read. What is taken out is kept, for the digest."""
    people = {page.contact for page in transition.pages if counts(page, transition.escalation)}
    if not people:
        return transition
    rung = {name: await tx.outbox.rung(name, now - HOUR) for name in sorted(people)}
    ways = outlets(config.channels)
    left, folded = fold(
        transition, rung, config.noise.pages_per_hour, lambda name: quiet_way(config.matrix, ways, name) is not None
    )
    await tx.folded.add(folded, now)
    return left
