"""What on-call feeds said when they were last read: one row a feed, replaced as a whole."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.calendars.duty import Fed
from monitor.store.columns import Codec
from monitor.store.statements import insert_into
from monitor.store.tables import feeds

_FED: Codec[Fed] = Codec(Fed)


class Feeds:
    """By the names that the matrix gives them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, names: Collection[str]) -> dict[str, Fed]:
        """What is known of these; those that were never tried are missing. Asks nothing for no names."""
        if not names:
            return {}
        rows = await self._connection.execute(select(feeds).where(feeds.c.name.in_(sorted(names))).order_by(feeds.c.name))
        return {row.name: _FED.decode(row.body) for row in rows}

    async def keep(self, name: str, fed: Fed) -> None:
        """What is known of one from now on."""
        body = _FED.encode(fed)
        insert = insert_into(self._connection, feeds).values(name=name, body=body)
        await self._connection.execute(insert.on_conflict_do_update(index_elements=[feeds.c.name], set_={"body": body}))

    async def keep_only(self, names: Collection[str]) -> None:
        """Forget all others: the matrix has them no longer."""
        await self._connection.execute(delete(feeds).where(feeds.c.name.not_in(sorted(names))))
