"""Named leases: one holder at a time, such as the one daemon of an SQLite file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor.store.statements import insert_into
from monitor.store.tables import leases

_c = leases.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who holds it and until when. `epoch` rises with every change of holder: work of an older one is to be refused."""

    holder: str
    until: datetime
    epoch: int


class Leases:
    """A holder renews by taking again before the end."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def take(self, name: str, holder: str, now: datetime, ttl: timedelta) -> bool:
        """Takes or renews it until `now + ttl`. False while somebody else holds it."""
        insert = insert_into(self._connection, leases).values(name=name, holder=holder, epoch=1, until=now + ttl)
        statement = insert.on_conflict_do_update(
            index_elements=[_c.name],
            set_={
                "holder": holder,
                "until": now + ttl,
                "epoch": case((_c.holder == holder, _c.epoch), else_=_c.epoch + 1),
            },
            where=or_(_c.holder == holder, _c.until.is_(None), _c.until <= now),
        )
        return await self._connection.scalar(statement.returning(_c.epoch)) is not None

    async def release(self, name: str, holder: str) -> None:
        """Gives it back; nothing happens where somebody else holds it."""
        await self._connection.execute(update(leases).where(_c.name == name, _c.holder == holder).values(holder="", until=None))

    async def held(self, name: str, now: datetime) -> Lease | None:
        """The lease in force, None where nobody has it."""
        row = (await self._connection.execute(select(leases).where(_c.name == name, _c.until > now))).first()
        return None if row is None else Lease(holder=row.holder, until=row.until, epoch=row.epoch)
