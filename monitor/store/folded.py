"""Pages that were not sent one by one because a person had enough of them: each is told in a digest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.page import Page, PageId
from monitor.store.columns import Codec
from monitor.store.statements import chunked, insert_into
from monitor.store.tables import folded

_PAGE: Codec[Page] = Codec(Page)
_c = folded.c


class Folded:
    """A folded page is never sent itself."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, pages: Sequence[Page], at: datetime) -> None:
        """One folded before is left as it is."""
        for page in pages:
            row = insert_into(self._connection, folded).values(page=page.id, contact=page.contact, at=at, body=_PAGE.encode(page))
            await self._connection.execute(row.on_conflict_do_nothing())

    async def waiting(self) -> Mapping[str, datetime]:
        """Whom a digest is owed, since when."""
        query = select(_c.contact, func.min(_c.at)).where(_c.told_at.is_(None)).group_by(_c.contact)
        return {row[0]: row[1] for row in await self._connection.execute(query)}

    async def last_told(self, contact: str) -> datetime | None:
        """When a contact was last given a digest."""
        last: datetime | None = await self._connection.scalar(select(func.max(_c.told_at)).where(_c.contact == contact))
        return last

    async def of(self, contact: str, limit: int = 1000) -> list[Page]:
        """What waits for a contact's digest, the oldest first."""
        query = select(_c.body).where(_c.contact == contact, _c.told_at.is_(None)).order_by(_c.id).limit(limit)
        return [_PAGE.decode(body) for body in (await self._connection.execute(query)).scalars()]

    async def told(self, pages: Collection[PageId], at: datetime) -> None:
        """They are in a digest that is queued."""
        for some in chunked(sorted(pages)):
            await self._connection.execute(update(folded).where(_c.page.in_(some)).values(told_at=at))

    async def forget(self, before: datetime) -> None:
        """Deletes what was told before a moment."""
        await self._connection.execute(delete(folded).where(_c.told_at < before))
