"""Changes that a vendor took back soon after making them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor.store.tables import flaps
from monitor.watch import TargetName

_c = flaps.c


class Flaps:
    """One row for each cause that went again; `reverted_at` tells one reversal of a target from the next."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, integration: str, target: TargetName, keys: Iterable[str], at: datetime) -> None:
        """The causes of these keys are gone again. Nothing is added where there are none."""
        rows = [{"integration": integration, "target": target, "key": key, "reverted_at": at} for key in sorted(set(keys))]
        if rows:
            await self._connection.execute(flaps.insert(), rows)

    async def last(self, target: str, since: datetime) -> Mapping[str, datetime]:
        """When each cause of the target was last taken back since a moment, by its key."""
        query = select(_c.key, func.max(_c.reverted_at)).where(_c.target == target, _c.reverted_at >= since).group_by(_c.key)
        return {row[0]: row[1] for row in await self._connection.execute(query)}

    async def count(self, target: str, since: datetime) -> int:
        """How often the target went back since a moment."""
        distinct = select(func.count(func.distinct(_c.reverted_at))).where(_c.target == target, _c.reverted_at >= since)
        return await self._connection.scalar(distinct) or 0

    async def forget(self, before: datetime) -> None:
        """Deletes what happened before a moment."""
        await self._connection.execute(delete(flaps).where(_c.reverted_at < before))
