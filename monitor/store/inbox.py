"""The inbox: which events from outside were already applied."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor.store.statements import insert_into
from monitor.store.tables import inbox

_LONGEST = 200


class Inbox:
    """Call it in the transaction that applies the event: both are stored, or neither."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def first(self, source: str, event_id: str, at: datetime) -> bool:
        """True once for each (source, event id), whoever asks at the same time: the others wait for that one's commit."""
        # The id is a vendor's word: over-long or odd ones are kept as their digest.
        odd = len(event_id) > _LONGEST or not event_id.isprintable()
        event = hashlib.sha256(event_id.encode(errors="surrogatepass")).hexdigest() if odd else event_id
        insert = insert_into(self._connection, inbox).values(source=source, event=event, at=at)
        stored = await self._connection.scalar(insert.on_conflict_do_nothing().returning(inbox.c.event))
        return stored is not None
