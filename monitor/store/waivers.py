"""Waivers: what people accepted of a drift while the baseline stays. Kept for good, like baselines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor.store.tables import waivers
from monitor.watch import Baseline, BaselineId, TargetName, Waiver, WaiverId, Waives
from schemas.change import Impact

_c = waivers.c


class Waivers:
    """A waiver is about one baseline: another one in force, and it rests; that one again, and it counts again."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self,
        baseline: Baseline,
        kind: Waives,
        subject: str,
        worst: Impact,
        by: str,
        because: str,
        at: datetime,
        until: datetime | None,
    ) -> Waiver:
        """Records what was accepted against `baseline`, from now on and before `until` (None: no end)."""
        values = {"target": baseline.target, "baseline": baseline.id, "kind": kind.value, "subject": subject}
        values |= {"worst": int(worst), "by": by, "because": because, "at": at, "until": until}
        added = waivers.insert().values(**values, undone_by="", undone_because="").returning(waivers)
        return _waiver((await self._connection.execute(added)).one())

    async def standing(self, baseline: Baseline, now: datetime) -> list[Waiver]:
        """Those against this baseline that neither ended nor were taken back, the oldest first."""
        return [waiver for waiver in await self.against(baseline) if waiver.stands(now)]

    async def against(self, baseline: Baseline) -> list[Waiver]:
        """All that there ever were against this baseline, the oldest first."""
        here = select(waivers).where(_c.target == baseline.target, _c.baseline == baseline.id).order_by(_c.id)
        return [_waiver(row) for row in await self._connection.execute(here)]

    async def undo(self, id: WaiverId, by: str, because: str, at: datetime) -> Waiver | None:
        """Takes one back and returns it as it is now; None where that was done before."""
        taken = update(waivers).where(_c.id == id, _c.undone_at.is_(None))
        values = {"undone_at": at, "undone_by": by, "undone_because": because}
        row = (await self._connection.execute(taken.values(**values).returning(waivers))).first()
        return None if row is None else _waiver(row)

    async def history(self, target: TargetName) -> list[Waiver]:
        """All there ever were, the newest first."""
        rows = await self._connection.execute(select(waivers).where(_c.target == target).order_by(_c.id.desc()))
        return [_waiver(row) for row in rows]


def _waiver(row: Row[Any]) -> Waiver:
    return Waiver(
        id=WaiverId(row.id),
        target=TargetName(row.target),
        baseline=BaselineId(row.baseline),
        kind=Waives(row.kind),
        subject=row.subject,
        worst=Impact(row.worst),
        by=row.by,
        because=row.because,
        at=row.at,
        until=row.until,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
        undone_because=row.undone_because,
    )
