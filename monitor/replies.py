"""What people do at the channels comes home: webhooks, polling for those without a way in, and asking what became of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from alerts import events as ev
from alerts.channels import HearsWebhooks, KeepsIncidents, Polls, ReadsBack, Reply, Tools, Watched, outlets
from alerts.errors import DeliveryError, Undeliverable, Unreadable, Unverified
from alerts.escalation import Escalation, State
from alerts.keys import DedupKey, parse_dedup_key
from alerts.page import EscalationId, Page
from alerts.records import LANE as RECORD_LANE
from alerts.records import of_reply as of_record
from alerts.signals import HearsSignals, Signal
from monitor import paging, signalling
from monitor.accepting import accept_all
from monitor.engine import Engine
from monitor.log import log
from monitor.metrics import HookResult
from monitor.store import Conflict, StoreError, Transaction
from monitor.store.inbox import Heard

LOOK_AGAIN_SECONDS = 0.5
"""What was put into the inbox is applied within this."""
RECORDS_WATCHED = timedelta(days=7)
"""So long after the end a ticket is still asked about."""

WATCHED = frozenset({State.OPEN, State.ACKNOWLEDGED, State.MITIGATING})


async def receive(
    engine: Engine, channel: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, str] = MappingProxyType({})
) -> int:
    """A webhook for `channel`, not yet trusted. Gives the HTTP status; 2xx only once it is stored, to be applied right after."""
    found = engine.config.channels.get(channel)
    if found is None or not isinstance(found, HearsWebhooks | HearsSignals):
        return 404
    try:
        replies = _heard(engine, channel, found, headers, body, query)
    except (Unverified, Unreadable) as error:
        engine.metrics.hooked(channel, HookResult.REFUSED)
        log.warning("hook.refused", channel=channel, because=str(error))
        return 401 if isinstance(error, Unverified) else 400
    try:
        await take_all(engine, channel, replies)
    except StoreError as error:
        log.error("hook.not_stored", channel=channel, because=str(error))
        return 503
    if not replies:
        engine.metrics.hooked(channel, HookResult.IGNORED)
    return 200  # Slack takes nothing else for a yes


async def poll(engine: Engine) -> None:
    """Ask every channel that can be asked about what is open. A channel in trouble is asked again next time."""
    try:
        async with engine.store.read() as tx:
            watched = [e for e in await tx.escalations.active() if e.state in WATCHED]
    except StoreError as error:
        log.error("poll.failed", because=str(error))
        return
    now = engine.clock.now()
    for name, channel in engine.config.channels.items():
        if not isinstance(channel, Polls):
            continue
        keys = [
            Watched(dedup_key=key, acknowledged_at=e.acknowledged_at)
            for e in watched
            for where, _, key in e.triggered
            if where == name and _current(e, key)
        ]
        if outlets(engine.config.channels)[name].keeps_records:
            keys = await _records(engine, name, now)
        if not keys:
            continue
        try:
            replies = await channel.poll(keys, tools(engine))
            await take_all(engine, name, replies)
        except (DeliveryError, StoreError) as error:
            log.warning("poll.failed", channel=name, because=str(error))
        except Exception as error:  # noqa: BLE001 - the guard around one channel: what it sent us is its own
            log.exception("poll.failed", channel=name, error=type(error).__name__)
    await grade(engine, watched)


async def _records(engine: Engine, channel: str, now: datetime) -> list[Watched]:
    """The tickets and threads of a channel that people may still change something in."""
    async with engine.store.read() as tx:
        found = await tx.escalations.recorded(channel, now - RECORDS_WATCHED)
    return [
        Watched(
            dedup_key=str(DedupKey(environment=e.environment, escalation=e.id, generation=e.generation, lane=RECORD_LANE)),
            acknowledged_at=e.acknowledged_at,
            reference=kept.reference,
            state=kept.state,
            since=kept.at,
        )
        for e in found
        for kept in e.records
        if kept.channel == channel and kept.reference
    ]


async def grade(engine: Engine, watched: Sequence[Escalation]) -> None:
    """Give incidents our priority where a vendor takes one. Once a key and priority: what people change there afterwards stays.

    What was graded is known in memory only: after a restart it is told again, which changes nothing.
    """
    wanted = {(name, key): each.priority for each in watched for name, _, key in each.triggered if _current(each, key)}
    for gone in engine.graded.keys() - wanted.keys():
        del engine.graded[gone]
    for (name, key), priority in wanted.items():
        channel = engine.config.channels.get(name)
        if channel is None or engine.graded.get((name, key)) == priority:
            continue
        if not isinstance(channel, KeepsIncidents) or not getattr(channel, "keeps_incidents", False):
            continue
        try:
            if await channel.grade(key, priority, tools(engine)):
                engine.graded[name, key] = priority
        except DeliveryError as error:
            log.warning("incident.not_graded", channel=name, because=str(error))
            if not isinstance(error, Undeliverable):
                return  # it is in trouble, and asked again with the next round
            engine.graded[name, key] = priority


def _current(escalation: Escalation, key: str) -> bool:
    parsed = parse_dedup_key(key)
    return parsed is not None and parsed.generation == escalation.generation


def _heard(
    engine: Engine,
    name: str,
    channel: HearsWebhooks | HearsSignals,
    headers: Mapping[str, str],
    body: bytes,
    query: Mapping[str, str],
) -> Sequence[Heard]:
    if isinstance(channel, HearsWebhooks):
        return channel.replies(headers, body, engine.clock.now())
    return _about_ours(engine, name, channel.signal(headers, query, body))


def _about_ours(engine: Engine, channel: str, signal: Signal | None) -> tuple[Signal, ...]:
    """The signal, where it is about an integration of ours. Raises `Unreadable` where all of it is about another."""
    if signal is None:
        return ()
    strange = signalling.unknown(engine.config, signal)
    if strange and not signalling.known(engine.config, signal):
        raise Unreadable(strange)
    if strange:
        log.warning("signal.refused", channel=channel, because=strange)
    return (signal,)


async def take_all(engine: Engine, channel: str, replies: Sequence[Heard]) -> None:
    """Store what was heard at a channel, each reply once. Raises StoreError, and then nothing of it is stored."""
    if not replies:
        return
    now = engine.clock.now()
    async with engine.store.write() as tx:
        fresh = [await tx.inbox.put(channel, reply, now) for reply in replies]
    for _ in range(fresh.count(False)):
        engine.metrics.hooked(channel, HookResult.REPEATED)


async def apply(engine: Engine) -> None:
    """One round: the reply that waits longest, with its effect in one transaction; or wait for one.

    One that brings out a defect of ours is told and ticked off: heard again and again, it would keep everything else waiting.
    """
    async with engine.store.read() as tx:
        idle = await tx.inbox.idle()
    if idle:
        await engine.clock.sleep(LOOK_AGAIN_SECONDS)
        return
    now, waiting = engine.clock.now(), None
    result: HookResult | None
    try:
        async with engine.store.write() as tx:
            waiting = await tx.inbox.next()
            if waiting is None:  # another process was quicker
                return
            channel, reply = waiting
            if isinstance(reply, Signal):
                new = await signalling.heard(tx, engine.config, channel, reply, now)
                result = HookResult.APPLIED if new else HookResult.IGNORED
            else:
                result = await _apply(tx, engine, channel, reply, now)
            await (tx.inbox.done(reply) if result is not None else tx.inbox.forget(reply))
    except Conflict:  # somebody acted on the escalation meanwhile: it is decided anew in the next round
        return
    except StoreError:
        raise
    except Exception as error:
        if waiting is None:
            raise
        channel, reply = waiting
        log.exception("inbox.failed", channel=channel, source=reply.source, error=type(error).__name__)
        async with engine.store.write() as tx:
            await tx.inbox.done(reply)
        result = HookResult.IGNORED
    engine.metrics.hooked(channel, result or HookResult.IGNORED)


async def _apply(tx: Transaction, engine: Engine, channel: str, reply: Reply, now: datetime) -> HookResult | None:
    """What became of it. None: it is about a record that nobody knows, or not yet, as long as the answer that would have told
    us of it is lost; whoever asks the channel once we know it hears of it again."""
    contact = _contact(engine, reply)
    reply = replace(reply, by=contact or reply.by)
    outlet = outlets(engine.config.channels).get(channel)
    if outlet is not None and not outlet.climbs:  # not a pager that has its own idea of who answers
        found = await _in_record(tx, channel, reply, contact=bool(contact))
    else:
        found = ev.of_reply(reply)
    if found is None:
        return None if reply.record and not reply.dedup_key else HookResult.IGNORED
    escalation, event = found
    if reply.kind == "accepted" and contact and isinstance(event, ev.RecordTouched) and event.what == "accepted":
        await accept_all(tx, engine.config, escalation, by=contact, because=reply.text or f"in {channel}", now=now)
        return HookResult.APPLIED
    transition = await paging.person(tx, engine.config, escalation, event, now=now)
    if transition is None or transition.refused:
        log.info("reply.refused", escalation=escalation, because=transition.refused if transition else "unknown escalation")
        return HookResult.IGNORED
    log.info("reply.taken", escalation=escalation, kind=reply.kind, by=reply.by, source=reply.source)
    return HookResult.APPLIED


async def _in_record(tx: Transaction, channel: str, reply: Reply, *, contact: bool) -> tuple[EscalationId, ev.Event] | None:
    """Whose ticket or thread it is, and what it means there."""
    key = parse_dedup_key(reply.dedup_key)
    if key is not None:
        escalation = await tx.escalations.get(key.escalation)
    else:
        escalation = await tx.escalations.by_record(channel, reply.record) if reply.record else None
    return None if escalation is None else (escalation.id, of_record(reply, channel, escalation, contact=contact))


def _contact(engine: Engine, reply: Reply) -> str:
    """The contact of the matrix who has the source's id (`pagerduty: PUSER1`) or the same e-mail address, empty for nobody."""
    contacts = engine.config.matrix.contacts.items()
    if reply.user and (name := next((n for n, c in contacts if getattr(c, reply.source, "") == reply.user), "")):
        return name
    email = reply.email.casefold()
    return next((name for name, contact in contacts if contact.email.casefold() == email), "") if email else ""


async def read_back(engine: Engine, page: Page) -> bool | None:
    """Whether the channel has an incident for the page; None when it cannot be asked now."""
    channel = engine.config.channels.get(page.channel)
    if channel is None or not isinstance(channel, ReadsBack):
        return True
    try:
        return await channel.arrived(page.dedup_key, tools(engine)) is not None
    except DeliveryError as error:
        log.warning("page.not_read_back", page=page.id, because=str(error))
        return None


def tools(engine: Engine) -> Tools:
    """What a channel may use now."""
    return Tools(http=engine.egress, now=engine.clock.now())
