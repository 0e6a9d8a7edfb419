"""Targets: where each stands, and which is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor.store.columns import Codec, Moment
from monitor.store.statements import insert_into
from monitor.store.statements import lease as lease_rows
from monitor.store.tables import targets
from monitor.watch import TargetName, TargetState, TargetStatus

_STATUS: Codec[TargetStatus] = Codec(TargetStatus)
_c = targets.c


class Targets:
    """A target's row outlives its configuration, so that one taken out and put back keeps its state."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def register(self, names: Sequence[tuple[TargetName, str, datetime]]) -> None:
        """Makes exactly these (name, integration, first due) active. Known ones keep their state.

        A known target due later than its first due (its cadence was shortened) is brought forward, unless it is being
        held off: after failures, or in a vendor's hold, the later moment was chosen on purpose.
        """
        known = {row.name: row for row in await self._connection.execute(select(targets))}
        fresh, changed = [], []
        for name, integration, first_due in names:
            row = known.pop(name, None)
            if row is None:
                status = TargetStatus(name=name, integration=integration, next_due=first_due)
                fresh.append(_new_row(status))
                continue
            status = _status(row)
            held_off = status.failures > 0 or status.state is TargetState.HELD
            due = first_due if row.next_due is None or (row.next_due > first_due and not held_off) else row.next_due
            if (due, integration, True) != (row.next_due, row.integration, row.active):
                # A leased row stays with whoever has it; the end of the lease makes it claimable.
                claimable = row.claimable_at if row.lease_until else min(moment for moment in (due, row.hasten_at) if moment)
                changed.append({"row": name, "to": integration, "new_due": due, "claimable": claimable})
        if fresh:
            await self._connection.execute(insert_into(self._connection, targets).on_conflict_do_nothing(), fresh)
        if changed:
            revive = update(targets).where(_c.name == bindparam("row"))
            await self._connection.execute(
                revive.values(
                    active=True,
                    integration=bindparam("to"),
                    next_due=bindparam("new_due", type_=Moment),
                    claimable_at=bindparam("claimable", type_=Moment),
                ),
                changed,
            )
        gone = [{"row": row.name} for row in known.values() if row.active]
        if gone:
            await self._connection.execute(update(targets).where(_c.name == bindparam("row")).values(active=False), gone)

    async def claim_due(self, now: datetime, limit: int, lease: timedelta) -> list[TargetStatus]:
        """Takes up to `limit` due targets for as long as the lease, the most overdue first; nobody else gets them meanwhile."""
        until = now + lease
        ready = and_(_c.active.is_(True), _c.claimable_at <= now)
        statement = lease_rows(
            targets, _c.name, ready, (_c.claimable_at, _c.name), limit, until, lease_until=until, hasten_at=None
        )
        taken = [_status(row) for row in await self._connection.execute(statement)]
        return sorted(taken, key=lambda status: (status.next_due or now, status.name))

    async def finish(self, statuses: Sequence[TargetStatus]) -> None:
        """Stores where the targets stand and ends their leases, as one batch. A wish to hasten made meanwhile still counts."""
        if not statuses:
            return
        due = bindparam("new_due", type_=Moment)
        sooner = and_(_c.hasten_at.is_not(None), or_(due.is_(None), _c.hasten_at < due))
        statement = (
            update(targets)
            .where(_c.name == bindparam("row"))
            .values(
                state=bindparam("new_state"),
                body=bindparam("new_body"),
                next_due=due,
                lease_until=None,
                claimable_at=case((sooner, _c.hasten_at), else_=due),
            )
        )
        # Ordered by name: two workers finishing overlapping batches lock rows in the same order.
        rows = [
            {"row": status.name, "new_state": status.state.value, "new_due": status.next_due, "new_body": _STATUS.encode(status)}
            for status in sorted(statuses, key=lambda status: status.name)
        ]
        await self._connection.execute(statement, rows)

    async def get(self, name: TargetName) -> TargetStatus | None:
        """None for a name never registered."""
        row = (await self._connection.execute(select(targets).where(_c.name == name))).first()
        return None if row is None else _status(row)

    async def all(self) -> list[TargetStatus]:
        """The active ones, by name."""
        rows = await self._connection.execute(select(targets).where(_c.active.is_(True)).order_by(_c.name))
        return [_status(row) for row in rows]

    async def next_due(self) -> datetime | None:
        """When `claim_due` may next give something: a due time, or the end of a lease."""
        due: datetime | None = await self._connection.scalar(select(func.min(_c.claimable_at)).where(_c.active.is_(True)))
        return due

    async def hasten(self, name: TargetName, at: datetime) -> None:
        """Makes it due by `at` at the latest; for one being probed just now, after that probe."""
        later = or_(_c.hasten_at.is_(None), _c.hasten_at > at)
        claimable = case(
            (
                and_(_c.lease_until.is_(None), or_(_c.claimable_at.is_(None), _c.claimable_at > at)),
                bindparam("at", at, type_=Moment),
            ),
            else_=_c.claimable_at,
        )
        await self._connection.execute(update(targets).where(_c.name == name, later).values(hasten_at=at, claimable_at=claimable))

    async def bring_forward(self, by: timedelta, now: datetime) -> None:
        """After the clock was set back by so much: what is due later is due as soon as it would have been.

        One being probed just now will name its next slot by the clock it began with, so it is looked at once more after that.
        """
        for row in (await self._connection.execute(select(targets).where(_c.claimable_at > now))).all():
            moments = {name: getattr(row, name) for name in ("next_due", "hasten_at", "lease_until", "claimable_at")}
            moved = {name: max(moment - by, now) for name, moment in moments.items() if moment is not None and moment > now}
            if row.lease_until is not None:
                moved["hasten_at"] = now
            await self._connection.execute(update(targets).where(_c.name == row.name).values(**moved))

    async def release(self, now: datetime) -> None:
        """Ends every lease: see `Transaction.release_claims`."""
        await self._connection.execute(
            update(targets).where(_c.lease_until.is_not(None)).values(lease_until=None, claimable_at=now)
        )


def _new_row(status: TargetStatus) -> dict[str, Any]:
    due = {"next_due": status.next_due, "claimable_at": status.next_due}
    known = {"name": status.name, "integration": status.integration, "state": status.state.value, "body": _STATUS.encode(status)}
    return known | due | {"active": True}


def _status(row: Row[Any]) -> TargetStatus:
    return replace(_STATUS.decode(row.body), integration=row.integration, next_due=row.next_due)
