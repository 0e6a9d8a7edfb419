"""What other alarm systems told us: the newest occurrence of each thing, so that an older message changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.escalation import Cause
from alerts.signals import Occurrence, cause_of
from monitor.store.columns import Codec
from monitor.store.statements import insert_into
from monitor.store.tables import signals

_CAUSE: Codec[Cause] = Codec(Cause)
_c = signals.c


class Signals:
    """One row a thing and channel. What began later is newer, and of the same beginning the end is."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def take(self, channel: str, group: str, told: Occurrence, at: datetime) -> bool:
        """False where this was known, or something newer is."""
        values: dict[str, Any] = {
            "grouped": group,
            "integration": told.integration,
            "began": told.began,
            "over": told.over,
            "at": at,
            "body": _CAUSE.encode(cause_of(told, channel)),
        }
        insert = insert_into(self._connection, signals).values(channel=channel, id=told.id, **values)
        newer = or_(_c.began < told.began, (_c.began == told.began) & _c.over.is_(False) & literal(told.over))
        changing = insert.on_conflict_do_update(index_elements=[_c.channel, _c.id], set_=values, where=newer)
        return await self._connection.scalar(changing.returning(_c.id)) is not None

    async def end_group(self, channel: str, group: str, before: datetime, at: datetime) -> Sequence[str]:
        """All of a group that began before a moment is over; gives the integrations of what was not, sorted."""
        here = and_(_c.channel == channel, _c.grouped == group, _c.over.is_(False), _c.began <= before)
        ended = await self._connection.execute(update(signals).where(here).values(over=True, at=at).returning(_c.integration))
        return sorted(set(ended.scalars()))

    async def firing(self, integration: str) -> list[Cause]:
        """Everything that is the matter with an integration now, as an escalation has it, in the order it began."""
        query = select(_c.body).where(_c.integration == integration, _c.over.is_(False)).order_by(_c.began, _c.channel, _c.id)
        return [_CAUSE.decode(body) for body in await self._connection.scalars(query)]
