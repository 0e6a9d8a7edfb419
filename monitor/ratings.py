"""How content customers were, as they told a channel's vendor: asked every hour, each rating kept once, for the KPIs."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.channels import Rates, Rating
from alerts.errors import DeliveryError
from alerts.escalation import Entry, Transition
from alerts.wording import clean
from monitor.engine import Engine
from monitor.log import log
from monitor.replies import tools
from monitor.store import Conflict, Transaction
from monitor.store.csat import Answer

EVERY_SECONDS = 3600
LOOK_BACK = timedelta(days=30)
"""How far back is asked each time: customers answer late, and each rating counts once however often it is told."""
_REMARK = 2000


async def ask(engine: Engine) -> None:
    """One round over all channels whose vendor asks customers. A channel in trouble is asked again next time."""
    for name, channel in engine.config.channels.items():
        if not isinstance(channel, Rates):
            continue
        now = engine.clock.now()
        try:
            found = await channel.ratings(now - LOOK_BACK, tools(engine))
        except DeliveryError as error:
            log.warning("ratings.not_read", channel=name, because=str(error))
            continue
        except Exception as error:  # noqa: BLE001 - the guard around one channel: what it sent us is its own
            log.exception("ratings.not_read", channel=name, error=type(error).__name__)
            continue
        fresh = 0
        for rating in found:
            try:
                async with engine.store.write() as tx:
                    fresh += await take(tx, name, rating, now)
            except Conflict:  # somebody acted on the escalation meanwhile: it is asked for again next time
                continue
        if fresh:
            log.info("ratings.taken", channel=name, ratings=fresh)


async def take(tx: Transaction, channel: str, rating: Rating, now: datetime) -> bool:
    """Keep a rating of a customer's ticket that is about an escalation; False for any other, and for one that is kept already."""
    escalation = await tx.escalations.by_record(channel, rating.record)
    theirs = [k.subject for k in escalation.records if (k.channel, k.reference) == (channel, rating.record)] if escalation else []
    customer = next(iter(theirs), "")
    if escalation is None:
        mentioned = await tx.mentions.by_reference(channel, rating.record)
        escalation = await tx.escalations.get(mentioned.escalation) if mentioned else None
        customer = mentioned.customer if mentioned else ""
    if escalation is None or not customer or not 1 <= rating.stars <= 5:
        return False
    remark = rating.comment[:_REMARK]
    answer = Answer(
        escalation=escalation.id, customer=customer, score=rating.stars, at=min(rating.at, now), by=channel, remark=remark
    )
    if not await tx.csat.rated(channel, rating.event_id, answer):
        return False
    said = f": {clean(remark)}" if remark.strip() else ""
    text = f"{clean(customer, 120)} rates {channel} {clean(rating.record, 100)} with {rating.stars} of 5{said}"
    told = Entry(at=now, kind="customer.rated", text=text)
    await tx.escalations.save(Transition(escalation=escalation, entries=(told,)))
    return True
