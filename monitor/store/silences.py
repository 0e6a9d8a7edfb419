"""Silences and windows that people made; those of the configuration are not kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.silences import Silence, SilenceId
from alerts.windows import Once
from monitor.store.columns import Codec
from monitor.store.tables import silences

_SILENCE: Codec[Silence] = Codec(Silence)
_c = silences.c


class Silences:
    """One that is over stays, so that people can see who wanted what, and why."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, silence: Silence, at: datetime) -> Silence:
        """Keeps a new one; returns it as it is kept."""
        made = replace(silence, created_at=at)
        await self._connection.execute(silences.insert().values(id=made.id, created_at=at, **_values(made)))
        return made

    async def get(self, id: SilenceId) -> Silence | None:
        """None for an unknown one."""
        body = await self._connection.scalar(select(_c.body).where(_c.id == id))
        return None if body is None else _SILENCE.decode(body)

    async def all(self) -> list[Silence]:
        """Those that are over included, in the order they were made."""
        rows = await self._connection.execute(select(_c.body).order_by(_c.created_at, _c.id))
        return [_SILENCE.decode(body) for body in rows.scalars()]

    async def standing(self, at: datetime) -> list[Silence]:
        """Those that are not over at `at`; they may begin later."""
        return [each for each in await self._untold() if not each.over(at)]

    async def to_tell(self, at: datetime) -> list[Silence]:
        """Those that are over, and whose digest was not queued yet."""
        return [each for each in await self._untold() if each.over(at)]

    async def end(self, id: SilenceId, by: str, at: datetime) -> Silence | None:
        """Ends it now; None where it is unknown or over already."""
        known = await self.get(id)
        return None if known is None or known.over(at) else await self._keep(replace(known, ended_at=at, ended_by=by))

    async def told(self, id: SilenceId, at: datetime) -> None:
        """Its digest is queued."""
        known = await self.get(id)
        if known is not None:
            await self._keep(replace(known, told_at=at))

    async def _keep(self, silence: Silence) -> Silence:
        await self._connection.execute(update(silences).where(_c.id == silence.id).values(**_values(silence)))
        return silence

    async def _untold(self) -> list[Silence]:
        rows = await self._connection.execute(select(_c.body).where(_c.told_at.is_(None)).order_by(_c.created_at, _c.id))
        return [_SILENCE.decode(body) for body in rows.scalars()]


def _values(silence: Silence) -> dict[str, object]:
    last = silence.window.ends_at if isinstance(silence.window, Once) else None
    return {
        "kind": silence.kind.value,
        "over_at": silence.ended_at or last,
        "told_at": silence.told_at,
        "body": _SILENCE.encode(silence),
    }
