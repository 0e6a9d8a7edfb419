"""What customers are promised: one row an update, kept with its escalation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.page import EscalationId
from alerts.promise import OPEN, Promise, PromiseId
from monitor.store.columns import Codec
from monitor.store.statements import insert_into
from monitor.store.tables import promises

_PROMISE: Codec[Promise] = Codec(Promise)
_c = promises.c


class Promises:
    """Written in the transaction that decided upon them, and that stores their escalation: that is what keeps two apart."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def save(self, changed: Sequence[Promise]) -> None:
        """Adds them, or puts them in the place of those with their ids."""
        for promise in changed:
            values = {
                "standing": promise.standing.value,
                "due_at": promise.due.due_at,
                "settled_at": promise.settled_at,
                "body": _PROMISE.encode(promise),
            }
            fixed = {"escalation": promise.escalation, "customer": promise.customer, "sequence": promise.sequence}
            insert = insert_into(self._connection, promises).values(id=promise.id, **fixed, **values)
            await self._connection.execute(insert.on_conflict_do_update(index_elements=[_c.id], set_=values))

    async def of(self, escalation: EscalationId) -> list[Promise]:
        """All there ever were about an escalation, by customer and sequence."""
        return await self._all(select(_c.body).where(_c.escalation == escalation).order_by(_c.customer, _c.sequence))

    async def get(self, id: PromiseId) -> Promise | None:
        """None for an unknown one."""
        found = await self._all(select(_c.body).where(_c.id == id))
        return found[0] if found else None

    async def open(self) -> list[Promise]:
        """Those that are owed, the most pressing first."""
        return await self._all(select(_c.body).where(_c.standing.in_(sorted(OPEN))).order_by(_c.due_at, _c.id))

    async def settled(self, since: datetime) -> list[Promise]:
        """What ended at or after a moment: kept, late, missed or dropped."""
        return await self._all(select(_c.body).where(_c.settled_at >= since).order_by(_c.settled_at, _c.id))

    async def oldest_due(self) -> datetime | None:
        """The due time of the most pressing one, None where nothing is owed."""
        due: datetime | None = await self._connection.scalar(select(func.min(_c.due_at)).where(_c.standing.in_(sorted(OPEN))))
        return due

    async def _all(self, query: Select[Any]) -> list[Promise]:
        return [_PROMISE.decode(body) for body in (await self._connection.execute(query)).scalars()]
