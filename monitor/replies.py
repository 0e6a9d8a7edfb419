"""What people do at the channels comes home: webhooks, polling for those without a way in, and asking what became of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alerts import events as ev
from alerts.channels import HearsWebhooks, Polls, ReadsBack, Reply, Tools, Watched
from alerts.errors import DeliveryError, Unreadable, Unverified
from alerts.escalation import State
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
            if where == name and (parsed := parse_dedup_key(key)) is not None and parsed.generation == e.generation
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


async def take_all(engine: Engine, replies: Sequence[Reply]) -> None:
    """In the order in which they happened."""
    for reply in sorted(replies, key=lambda each: each.at):
        await take(engine, reply)


async def take(engine: Engine, reply: Reply) -> HookResult:
    """One reply, once: the second time it changes nothing. Raises StoreError when its effect could not be stored."""
    found = ev.of_reply(reply)
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
