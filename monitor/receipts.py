"""A word to each contact by each of their addresses, where nothing got there for long: no first page is the first test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.channels import outlets
from alerts.notices import notice_by
from alerts.people import Contact
from alerts.presence import on_leave
from alerts.priority import Priority
from monitor.engine import Engine
from monitor.log import log

LOOK_AGAIN_SECONDS = 900.0
_OPENS, _CLOSES = 9, 17


class Receipts:
    """The loop. What was sent is known by the pages themselves, so a restart sends nothing twice."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def watch(self) -> None:
        """One round."""
        engine = self._engine
        await engine.clock.sleep(LOOK_AGAIN_SECONDS)
        settings, now = engine.config.watch.receipts, engine.clock.now()
        if settings is None:
            return
        async with engine.store.read() as tx:
            since = await tx.snapshots.since()
            if since is None or now - since < settings.every:  # whoever has just set it up is trying it out anyway
                return
            last = [(*way, await tx.outbox.last_taken(way[1], way[0])) for way in self._ways(now)]
        for contact, channel, recipient, taken in last:
            if taken is None or now - taken >= settings.every:
                await self._send(contact, channel, recipient, taken, settings.every, now)

    def _ways(self, now: datetime) -> Iterator[tuple[str, str, str]]:
        """(contact, channel, address) of everybody who is at work now."""
        config = self._engine.config
        for name, contact in config.matrix.contacts.items():
            if not _at_work(contact, now) or on_leave(config.matrix, name, now) is not None:
                continue
            for outlet in outlets(config.channels).values():
                address = getattr(contact, outlet.address, "") if outlet.address and outlet.rings else ""
                if address:
                    yield name, outlet.name, address

    async def _send(
        self, contact: str, channel: str, recipient: str, taken: datetime | None, every: timedelta, now: datetime
    ) -> None:
        engine = self._engine
        last = f"The last page came this way on {taken:%Y-%m-%d}." if taken else "No page has come this way so far."
        pages = notice_by(
            {(channel, recipient): [contact]},
            environment=engine.config.environment,
            topic=f"receipt-{now.timestamp() // every.total_seconds():.0f}-{contact}",
            summary=f"Receipt: pages of driftpager reach {contact} through {channel}",
            lines=(("What this is", (f"{last} Nothing is broken, and nothing is to be done.",)),),
            now=now,
            priority=Priority.P4,
        )
        async with engine.store.write() as tx:
            await tx.outbox.queue(pages)
        log.info("receipt.queued", contact=contact, channel=channel)


def _at_work(contact: Contact, now: datetime) -> bool:
    there = now.astimezone(ZoneInfo(contact.zone))
    return there.weekday() < 5 and _OPENS <= there.hour < _CLOSES
