"""Baselines: an append-only record of who accepted which snapshot, when and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor.store.tables import baselines
from monitor.watch import Baseline, BaselineId, Snapshot, SnapshotId, Standing, TargetName
from schemas.document import ContentHash

_c = baselines.c
_IN_FORCE = (Standing.PROVISIONAL, Standing.ACCEPTED)


class Baselines:
    """Nothing is ever changed or deleted here: an undo is a row of its own that names what it undoes."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def set(
        self, target: TargetName, snapshot: Snapshot, standing: Standing, by: str, because: str, at: datetime
    ) -> Baseline:
        """Puts a snapshot in force, learned by itself (provisional) or accepted by a person."""
        return await self._append(target, snapshot.id, snapshot.hash, standing, by, because, at)

    async def current(self, target: TargetName) -> Baseline | None:
        """The newest provisional or accepted one that was not undone."""
        row = (await self._connection.execute(_in_force(target).limit(1))).first()
        return None if row is None else _baseline(row)

    async def decisions(self, target: TargetName) -> int:
        """Grows with every decision about the target, undoing one included; 0 before the first."""
        return await self._connection.scalar(select(func.max(_c.id)).where(_c.target == target)) or 0

    async def undo(self, target: TargetName, by: str, because: str, at: datetime) -> Baseline | None:
        """Goes back to the one before and returns it; None, and nothing changes, where there is none before.

        Conflict where somebody else is undoing the same one.
        """
        standing = (await self._connection.execute(_in_force(target).limit(2))).all()
        if len(standing) < 2:
            return None
        undone, before = standing
        await self._append(target, undone.snapshot, undone.hash, Standing.UNDONE, by, because, at, undoes=undone.id)
        return _baseline(before)

    async def reject(self, target: TargetName, snapshot: Snapshot, by: str, because: str, at: datetime) -> Baseline:
        """Records that a person refused this snapshot; what is in force stays so."""
        return await self._append(target, snapshot.id, snapshot.hash, Standing.REJECTED, by, because, at)

    async def history(self, target: TargetName) -> list[Baseline]:
        """Every decision, the newest first."""
        rows = await self._connection.execute(select(baselines).where(_c.target == target).order_by(_c.id.desc()))
        return [_baseline(row) for row in rows]

    async def _append(
        self,
        target: TargetName,
        snapshot: SnapshotId,
        content: ContentHash,
        standing: Standing,
        by: str,
        because: str,
        at: datetime,
        undoes: BaselineId | None = None,
    ) -> Baseline:
        values = {
            "target": target,
            "snapshot": snapshot,
            "hash": content,
            "standing": standing.value,
            "by": by,
            "because": because,
        }
        added = baselines.insert().values(**values, at=at, undoes=undoes).returning(baselines)
        return _baseline((await self._connection.execute(added)).one())


def _in_force(target: TargetName) -> Select[Any]:
    undone = select(_c.undoes).where(_c.target == target, _c.undoes.is_not(None))
    chosen = select(baselines).where(_c.target == target, _c.standing.in_(_IN_FORCE), _c.id.not_in(undone))
    return chosen.order_by(_c.id.desc())


def _baseline(row: Row[Any]) -> Baseline:
    return Baseline(
        id=BaselineId(row.id),
        target=TargetName(row.target),
        snapshot=SnapshotId(row.snapshot),
        hash=ContentHash(row.hash),
        standing=Standing(row.standing),
        by=row.by,
        because=row.because,
        at=row.at,
    )
