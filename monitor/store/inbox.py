"""The inbox: what came from outside, each event once, until it is applied."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.channels import Reply
from alerts.signals import Signal
from monitor.store.columns import Codec
from monitor.store.statements import insert_into
from monitor.store.tables import inbox

Heard: TypeAlias = Reply | Signal
_HEARD: Codec[Heard] = Codec(Heard)
_c = inbox.c
_LONGEST = 200


class Inbox:
    """`put` answers for what was heard; `next` and `done`, in the transaction of its effect, see that it has one."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, channel: str, reply: Heard, at: datetime) -> bool:
        """True once for each (source, event id), whoever asks at the same time: the others wait for that one's commit."""
        insert = insert_into(self._connection, inbox).values(
            source=reply.source,
            event=_key(reply.event_id),
            at=at,
            said_at=reply.at,
            channel=channel,
            waiting=True,
            body=_HEARD.encode(reply),
        )
        return await self._connection.scalar(insert.on_conflict_do_nothing().returning(_c.event)) is not None

    async def idle(self) -> bool:
        """Whether nothing waits."""
        return not await self._connection.scalar(select(exists().where(_c.waiting)))

    async def next(self) -> tuple[str, Heard] | None:
        """(channel, reply) of what waits longest, None for nothing; no other process gets it before this transaction ends."""
        query = select(inbox).where(_c.waiting).order_by(_c.at, _c.said_at, _c.source, _c.event).limit(1)
        row = (await self._connection.execute(query.with_for_update(skip_locked=True))).first()
        return (row.channel, _HEARD.decode(row.body)) if row is not None else None

    async def done(self, reply: Heard) -> None:
        """It has had its effect, or has none. What it said is forgotten; that it came is not."""
        here = update(inbox).where(_c.source == reply.source, _c.event == _key(reply.event_id))
        await self._connection.execute(here.values(waiting=False, body=""))

    async def forget(self, reply: Heard) -> None:
        """As if it had never come: the same one is put anew."""
        await self._connection.execute(delete(inbox).where(_c.source == reply.source, _c.event == _key(reply.event_id)))


def _key(event_id: str) -> str:
    """The id is a vendor's word: over-long or odd ones are kept as their digest."""
    odd = len(event_id) > _LONGEST or not event_id.isprintable()
    return hashlib.sha256(event_id.encode(errors="surrogatepass")).hexdigest() if odd else event_id
