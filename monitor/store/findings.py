"""Findings: the open drift of each target, and what it was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor.store.columns import Codec
from monitor.store.tables import findings as table
from monitor.store.tables import targets
from monitor.watch import Snapshot, SnapshotId, TargetName
from schemas.change import Finding, Impact
from schemas.fingerprint import FindingId, finding_id

_FINDING: Codec[Finding] = Codec(Finding)
_c = table.c
_OPEN: ColumnElement[bool] = _c.closed_at.is_(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFinding:
    """A finding as kept: of which target, since when, and until when (None: it is open).

    `snapshot` is the one it was first seen in, None for what a vendor told us instead of a document.
    """

    id: FindingId
    target: TargetName
    integration: str
    finding: Finding
    snapshot: SnapshotId | None
    first_seen: datetime
    closed_at: datetime | None


class Findings:
    """A finding that comes back after it went is kept as a second row, so `first_seen` is of this time."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def replace(
        self, target: TargetName, integration: str, snapshot: Snapshot | None, findings: Sequence[Finding], at: datetime
    ) -> None:
        """Makes these the open drift of the target: those that stay keep `first_seen`, the others are closed.

        `snapshot` is where they were seen, None for what a vendor tells us instead of a document.
        """
        wanted: dict[FindingId, Finding] = {}
        for finding in findings:
            name = finding_id(target, finding)
            if name not in wanted or finding.impact > wanted[name].impact:
                wanted[name] = finding
        closed, judged_anew = [], []
        for row in await self._connection.execute(select(table).where(_c.target == target, _OPEN)):
            still = wanted.pop(FindingId(row.id)) if row.id in wanted else None
            if still is None:
                closed.append({"row": row.seq})
            elif (body := _FINDING.encode(still)) != row.body:
                judged_anew.append({"row": row.seq, "new_body": body, "new_impact": int(still.impact)})
        this_row = update(table).where(_c.seq == bindparam("row"))
        if closed:
            await self._connection.execute(this_row.values(closed_at=at), closed)
        if judged_anew:
            await self._connection.execute(
                this_row.values(body=bindparam("new_body"), impact=bindparam("new_impact")), judged_anew
            )
        if wanted:
            common = {
                "target": target,
                "integration": integration,
                "snapshot": snapshot.id if snapshot else None,
                "first_seen": at,
            }
            added = [
                common | {"id": name, "impact": int(finding.impact), "body": _FINDING.encode(finding)}
                for name, finding in wanted.items()
            ]
            await self._connection.execute(table.insert(), added)

    async def open(self, target: TargetName) -> list[Finding]:
        """In the order they came."""
        rows = await self._connection.execute(select(_c.body).where(_c.target == target, _OPEN).order_by(_c.seq))
        return [_FINDING.decode(body) for body in rows.scalars()]

    async def drifts(self, target: TargetName) -> bool:
        """Whether anything is open: `open` reads every one of them, and a storm has thousands."""
        return bool(await self._connection.scalar(select(exists().where(_c.target == target, _OPEN))))

    async def all_open(self) -> list[tuple[TargetName, FindingId, Finding, datetime]]:
        """(target, id, finding, first seen) of every target that is still configured, by target."""
        query = _watched(select(_c.target, _c.id, _c.body, _c.first_seen)).order_by(_c.target, _c.seq)
        rows = await self._connection.execute(query)
        return [(TargetName(row.target), FindingId(row.id), _FINDING.decode(row.body), row.first_seen) for row in rows]

    async def get(self, id: FindingId) -> KnownFinding | None:
        """Its newest appearance."""
        row = (await self._connection.execute(select(table).where(_c.id == id).order_by(_c.seq.desc()).limit(1))).first()
        return None if row is None else _known(row)

    async def counts(self) -> Mapping[tuple[str, Impact], int]:
        """How many are open, by integration and impact, of the targets that are still configured."""
        query = _watched(select(_c.integration, _c.impact, func.count())).group_by(_c.integration, _c.impact)
        return {(integration, Impact(impact)): count for integration, impact, count in await self._connection.execute(query)}


def _watched(query: Select[Any]) -> Select[Any]:
    """Without the findings of targets that were taken out of the configuration."""
    joined = query.outerjoin_from(table, targets, targets.c.name == _c.target)
    return joined.where(_OPEN, or_(targets.c.active.is_(None), targets.c.active.is_(True)))


def _known(row: Row[Any]) -> KnownFinding:
    return KnownFinding(
        id=FindingId(row.id),
        target=TargetName(row.target),
        integration=row.integration,
        finding=_FINDING.decode(row.body),
        snapshot=None if row.snapshot is None else SnapshotId(row.snapshot),
        first_seen=row.first_seen,
        closed_at=row.closed_at,
    )
