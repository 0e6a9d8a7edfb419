"""Customers' own tickets that speak of a vendor while something of it is broken: found, linked, and their customers counted.

After an escalation opened, and every quarter of an hour while it is worked on, each channel that can be searched is asked for
tickets that hold one of the words customers know the integration by (`known_as`). Each gets one internal note that leads to ours.
A wrong match is taken back by a person: the note is corrected, and that customer is not counted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts import events as ev
from alerts.channels import FindsMentions, Mention
from alerts.draft import Refused
from alerts.errors import DeliveryError, Undeliverable
from alerts.escalation import WORKED, Category, Escalation, Transition
from alerts.page import EscalationId
from alerts.wording import clean, when
from monitor.acting import act
from monitor.config import Config
from monitor.customers import named
from monitor.engine import Engine
from monitor.log import log
from monitor.replies import tools
from monitor.stakes import touching
from monitor.store import Conflict, StoreError, Transaction
from monitor.store.mentions import Link, Mentioned
from schemas.document import Json

LOOK_SECONDS = 10
"""An escalation that opened is looked after within this."""
SEARCH_EVERY = timedelta(minutes=15)
AGAIN_AFTER = timedelta(minutes=1)
"""What did not get through is tried again after this."""
_BEFORE = timedelta(hours=24)
"""At most so long before we saw the change, customers may have felt it."""


class Mentions:
    """When an escalation was asked about last is known in memory only: after a restart it is asked again, which adds nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._due: dict[tuple[str, ...], datetime] = {}

    async def watch(self) -> None:
        """One round over all channels that can be searched. A channel in trouble is asked again later."""
        engine = self._engine
        channels = {name: each for name, each in engine.config.channels.items() if isinstance(each, FindsMentions)}
        if not channels:
            return
        async with engine.store.read() as tx:
            active = [each for each in await tx.escalations.active() if _looked_after(each)]
            owed = await tx.mentions.owed()
        now = engine.clock.now()
        self._due = {key: due for key, due in self._due.items() if due > now}
        for escalation in active:
            for name, channel in channels.items():
                await self._search(escalation, name, channel, now)
        if active or owed:
            async with engine.store.read() as tx:
                owed = await tx.mentions.owed()
        for each in owed:
            if each.channel in channels:
                await self._note(each, channels[each.channel], now)

    async def _search(self, escalation: Escalation, name: str, channel: FindsMentions, now: datetime) -> None:
        engine, key = self._engine, (escalation.id, name)
        known = engine.config.integrations.get(escalation.integration)
        if known is None or not known.known_as or key in self._due:
            return
        self._due[key] = now + SEARCH_EVERY
        try:
            found = await channel.mentions(known.known_as, _since(escalation), tools(engine))
        except DeliveryError as error:
            log.warning("mentions.not_searched", channel=name, escalation=escalation.id, because=str(error))
            self._due[key] = now + AGAIN_AFTER
            return
        except Exception as error:  # noqa: BLE001 - the guard around one channel: what it sent us is its own
            log.exception("mentions.not_searched", channel=name, error=type(error).__name__)
            return
        if not found:
            return
        try:
            async with engine.store.write() as tx:
                count = await taken(tx, engine.config, escalation.id, name, found, now)
        except Conflict:  # somebody acted on it meanwhile
            del self._due[key]
            return
        except StoreError:
            del self._due[key]
            raise
        if count:
            log.info("mentions.found", channel=name, escalation=escalation.id, tickets=count)

    async def _note(self, it: Mentioned, channel: FindsMentions, now: datetime) -> None:
        engine, key = self._engine, (it.state.value, it.escalation, it.channel, it.reference)
        if key in self._due:
            return
        async with engine.store.read() as tx:
            escalation = await tx.escalations.get(it.escalation)
        if escalation is None or (it.state is Link.FOUND and escalation.state not in WORKED):
            return
        ours = escalation.record(it.channel)
        if it.state is Link.FOUND and ours is not None and not ours.reference:
            return  # ours is on its way
        self._due[key] = now + AGAIN_AFTER
        reference, text = ours.reference if ours else "", _text(it, escalation, engine.config.web.url or "")
        state, because = (Link.LINKED if it.state is Link.FOUND else Link.DROPPED), it.because
        try:
            await channel.link(it.reference, reference, text, tools(engine))
        except Undeliverable as error:
            state, because = (Link.REFUSED, str(error)) if it.state is Link.FOUND else (Link.DROPPED, it.because)
            log.warning("mention.not_linked", channel=it.channel, escalation=it.escalation, because=str(error))
        except DeliveryError as error:
            log.warning("mention.not_linked", channel=it.channel, escalation=it.escalation, because=str(error))
            return
        except Exception as error:  # noqa: BLE001 - the guard around one channel: what it sent us is its own
            log.exception("mention.not_linked", channel=it.channel, error=type(error).__name__)
            return
        async with engine.store.write() as tx:
            again = next((each for each in await tx.mentions.of(it.escalation) if _same(each, it)), None)
            if again is not None and again.state is it.state:  # else a person took it back meanwhile
                await tx.mentions.settle(it, state, because)
            elif again is not None and again.state is Link.DROPPED and state is Link.LINKED:
                await tx.mentions.settle(it, Link.WRONG, again.because)


async def taken(tx: Transaction, config: Config, id: EscalationId, channel: str, found: Sequence[Mention], now: datetime) -> int:
    """Keep the tickets that are new to an escalation, with what follows from it. Gives how many there were. Raises `Conflict`."""
    escalation = await tx.escalations.get(id)
    if escalation is None or escalation.state not in WORKED:
        return 0
    ours = {kept.reference for kept in escalation.records if kept.channel == channel and kept.reference}
    fresh: list[tuple[str, str, str, str]] = []
    for mention in reversed(found):
        customer = named(config.customers, mention.customer, mention.email)
        odd = not mention.reference.isprintable() or not 0 < len(mention.reference) <= 200
        if odd or mention.reference in ours or not customer or customer in escalation.unaffected:
            continue
        row = Mentioned(
            escalation=id, channel=channel, reference=mention.reference, customer=customer, url=mention.url, at=mention.at
        )
        if await tx.mentions.add(row):
            fresh.append((customer, channel, mention.reference, mention.url))
    if fresh:
        customers = tuple(dict.fromkeys((*escalation.customers, *(customer for customer, *_ in fresh))))
        priority, factors = await touching(tx, config, escalation, customers, now)
        theirs = frozenset(each.name for each in config.customers if each.channel == channel)
        joined = ev.CustomersJoined(tickets=tuple(fresh), customers=customers, theirs=theirs, priority=priority, factors=factors)
        await act(tx, config, escalation, joined, now)
    return len(fresh)


async def unaffected(
    tx: Transaction, config: Config, id: EscalationId, customer: str, *, by: str, because: str, now: datetime
) -> Transition:
    """A person says that a customer is not affected after all: their tickets are not linked any more, and none is again."""
    escalation = await tx.escalations.get(id)
    if escalation is None:
        raise Refused(f"there is no escalation {id!r}")
    theirs = [each for each in await tx.mentions.of(id) if each.customer == customer]
    rest = tuple(name for name in escalation.customers if name != customer)
    priority, factors = await touching(tx, config, escalation, rest, now)
    left = ev.CustomersLeft(
        by=by,
        because=because,
        customer=customer,
        tickets=frozenset((each.channel, each.reference) for each in theirs),
        priority=priority,
        factors=factors,
    )
    transition = await act(tx, config, escalation, left, now)
    if transition.refused:
        return transition
    for each in theirs:
        noted = each.state is Link.LINKED
        await tx.mentions.settle(each, Link.WRONG if noted else Link.DROPPED, clean(because))
    detail: dict[str, Json] = {"customer": customer, "because": because, "tickets": len(theirs)}
    await tx.audit.append(by, "customer.unaffected", str(id), detail, now)
    return transition


def _looked_after(escalation: Escalation) -> bool:
    return escalation.state in WORKED and not escalation.practice and escalation.category is not Category.UNROUTABLE


def _since(escalation: Escalation) -> datetime:
    """When the vendor served what we know for the last time, as far as that is sensible."""
    clean_at = escalation.changed_between[0] if escalation.changed_between else None
    return max(clean_at or escalation.detected_at, escalation.detected_at - _BEFORE)


def _text(it: Mentioned, escalation: Escalation, web: str) -> str:
    """The same words every time: by them a channel knows that it wrote them before."""
    if it.state is Link.WRONG:
        return f"This ticket has nothing to do with escalation {escalation.id} after all: {it.because}"
    elsewhere = next((kept for kept in escalation.records if not kept.subject and kept.url), None)
    ours = escalation.record(it.channel) or elsewhere
    leads = (f"{web.rstrip('/')}/escalations/{escalation.id}" if web else "", ours.url if ours else "")
    more = f": {' '.join(filter(None, leads))}" if any(leads) else ""
    since = when(escalation.detected_at)
    return f"{clean(escalation.integration, 80)} changed on the vendor's side, seen {since}. Escalation {escalation.id}{more}"


def _same(one: Mentioned, other: Mentioned) -> bool:
    return (one.channel, one.reference) == (other.channel, other.reference)
