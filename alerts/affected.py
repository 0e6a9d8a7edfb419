"""Steps about who is affected: customers whose own tickets speak of it join, and a person takes off whom that was wrong about."""

from __future__ import annotations

from alerts import events as ev
from alerts.acknowledging import has_standing
from alerts.draft import Draft, Refused
from alerts.escalation import Kept
from alerts.lowering import forget_fall, holds_down
from alerts.opening import tell_more, with_more
from alerts.wording import clean

SHOWN = 10
"""So many tickets are told one by one."""


def customers_joined(draft: Draft, event: ev.CustomersJoined) -> None:
    """Pages again where it raises the priority, or adds a lane or a customer. The first ticket of a customer of the configuration
    is the one in which they read what is promised to them."""
    before = draft.escalation
    draft.change(customers=with_more(before, event.customers))
    for customer, channel, reference, url in event.tickets:
        if customer in event.theirs and draft.escalation.record(channel, customer) is None:
            kept = Kept(channel=channel, at=draft.now, subject=customer, reference=reference, url=url)
            draft.change(records=(*draft.escalation.records, kept))
    for customer, channel, reference, url in event.tickets[:SHOWN]:
        who = clean(customer, 120)
        draft.say("customers.joined", f"{channel} {clean(reference, 100)} of {who} speaks of it{': ' * bool(url)}{clean(url)}")
    if len(event.tickets) > SHOWN:
        draft.say("customers.joined", f"and {len(event.tickets) - SHOWN} more tickets of customers")
    if event.priority <= before.priority and not holds_down(draft, event.priority, fresh=False):
        draft.change(priority=event.priority, factors=event.factors)
        if event.priority < before.priority:
            draft.change(lowered=None)
            forget_fall(draft)
    if draft.escalation.priority < before.priority or draft.escalation.customers != before.customers:
        tell_more(draft, before)


def customers_left(draft: Draft, event: ev.CustomersLeft) -> None:
    """Who was paged stays paged. The priority is what it is without them, as a person said so."""
    has_standing(draft, event.by, "")
    before = draft.escalation
    if not event.because.strip():
        raise Refused("taking a customer off needs a reason")
    if event.customer not in before.customers:
        raise Refused(f"{event.customer!r} does not count as affected by it")
    draft.change(
        customers=tuple(name for name in before.customers if name != event.customer),
        unaffected=(*before.unaffected, event.customer),
        records=tuple(k for k in before.records if k.subject != event.customer or (k.channel, k.reference) not in event.tickets),
        priority=max(before.priority, min(event.priority, draft.desk.matrix.floor)),
        factors=event.factors,
    )
    draft.say("customers.left", f"{clean(event.customer, 120)} is not affected: {clean(event.because)}", event.by)
