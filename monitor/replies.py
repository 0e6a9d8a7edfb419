"""What people do at the channels comes home: webhooks, polling for those without a way in, and asking what became of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from alerts import events as ev
from alerts.channels import HearsWebhooks, KeepsIncidents, Polls, ReadsBack, Reply, Tools, Watched
from alerts.errors import DeliveryError, Undeliverable, Unreadable, Unverified
from alerts.escalation import Escalation, State
from alerts.keys import parse_dedup_key
from alerts.page import Page
from monitor import paging
from monitor.engine import Engine
from monitor.log import log
from monitor.metrics import HookResult
from monitor.store import Conflict, StoreError

WATCHED = frozenset({State.OPEN, State.ACKNOWLEDGED, State.MITIGATING})


async def receive(engine: Engine, channel: str, headers: Mapping[str, str], body: bytes) -> int:
    """A webhook for `channel`, not yet trusted. Gives the HTTP status; 2xx only once its effect is stored."""
    found = engine.config.channels.get(channel)
    if found is None or not isinstance(found, HearsWebhooks):
        return 404
    try:
        replies = found.replies(headers, body)
    except (Unverified, Unreadable) as error:
        engine.metrics.hooked(channel, HookResult.REFUSED)
        log.warning("hook.refused", channel=channel, because=str(error))
        return 401 if isinstance(error, Unverified) else 400
    try:
        for reply in replies:
            engine.metrics.hooked(channel, await take(engine, reply))
    except StoreError as error:
        log.error("hook.not_stored", channel=channel, because=str(error))
        return 503
    if not replies:
        engine.metrics.hooked(channel, HookResult.IGNORED)
    return 202


async def poll(engine: Engine) -> None:
    """Ask every channel that can be asked about what is open. A channel in trouble is asked again next time."""
    try:
        async with engine.store.read() as tx:
            watched = [e for e in await tx.escalations.active() if e.state in WATCHED]
    except StoreError as error:
        log.error("poll.failed", because=str(error))
        return
    for name, channel in engine.config.channels.items():
        keys = [
            Watched(dedup_key=key, acknowledged_at=e.acknowledged_at)
            for e in watched
            for where, _, key in e.triggered
            if where == name and _current(e, key)
        ]
        if not isinstance(channel, Polls) or not keys:
            continue
        try:
            replies = await channel.poll(keys, tools(engine))
            await take_all(engine, replies)
        except (DeliveryError, StoreError) as error:
            log.warning("poll.failed", channel=name, because=str(error))
        except Exception as error:  # noqa: BLE001 - the guard around one channel: what it sent us is its own
            log.exception("poll.failed", channel=name, error=type(error).__name__)
    await grade(engine, watched)


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


async def take_all(engine: Engine, replies: Sequence[Reply]) -> None:
    """In the order in which they happened."""
    for reply in sorted(replies, key=lambda each: each.at):
        await take(engine, reply)


async def take(engine: Engine, reply: Reply) -> HookResult:
    """One reply, once: the second time it changes nothing. Raises StoreError when its effect could not be stored."""
    found = ev.of_reply(replace(reply, by=_contact(engine, reply) or reply.by))
    if found is None:
        return HookResult.IGNORED
    escalation, event = found
    for _ in range(5):
        now = engine.clock.now()
        try:
            async with engine.store.write() as tx:
                if not await tx.inbox.first(reply.source, reply.event_id, now):
                    return HookResult.REPEATED
                transition = await paging.person(tx, engine.config, escalation, event, now=now)
        except Conflict:
            continue
        break
    else:
        raise Conflict("the escalation changed again and again; send it once more")
    if transition is None or transition.refused:
        log.info("reply.refused", escalation=escalation, because=transition.refused if transition else "unknown escalation")
        return HookResult.IGNORED
    log.info("reply.taken", escalation=escalation, kind=reply.kind, by=reply.by, source=reply.source)
    return HookResult.APPLIED


def _contact(engine: Engine, reply: Reply) -> str:
    """The contact of the matrix who has the source's id (`pagerduty: PUSER1`), empty where nobody has."""
    if not reply.user:
        return ""
    contacts = engine.config.matrix.contacts.items()
    return next((name for name, contact in contacts if getattr(contact, reply.source, "") == reply.user), "")


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
