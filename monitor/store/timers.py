"""Timers: rows that say when an escalation is to be looked at again. Nothing waits in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.escalation import Timer, TimerId, TimerKind
from alerts.page import EscalationId
from monitor.store.statements import insert_into
from monitor.store.statements import lease as lease_rows
from monitor.store.tables import timers

_c = timers.c
_BY_CALENDAR = (TimerKind.SNOOZE, TimerKind.SUPPRESSION, TimerKind.SLA, TimerKind.PROMISE, TimerKind.REVIEW)


class Timers:
    """A timer is deleted when it has done its work or is cancelled."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def arm(self, armed: Sequence[Timer]) -> None:
        """Adds them. One armed before (same escalation, generation, subject, kind, sequence) is due at the new time instead."""
        for timer in armed:
            insert = insert_into(self._connection, timers).values(
                id=timer.id,
                escalation=timer.escalation,
                generation=timer.generation,
                subject=timer.subject,
                kind=timer.kind.value,
                sequence=timer.sequence,
                due_at=timer.due_at,
                claimable_at=timer.due_at,
            )
            again = {"id": timer.id, "due_at": timer.due_at, "claimable_at": timer.due_at, "lease_until": None}
            identity = [_c.escalation, _c.generation, _c.subject, _c.kind, _c.sequence]
            await self._connection.execute(insert.on_conflict_do_update(index_elements=identity, set_=again))

    async def cancel(self, escalation: EscalationId, named: Sequence[tuple[TimerKind, str | None]]) -> None:
        """Deletes an escalation's timers by (kind, subject); a subject of None is any."""
        for kind, subject in named:
            gone = delete(timers).where(_c.escalation == escalation, _c.kind == kind.value)
            await self._connection.execute(gone if subject is None else gone.where(_c.subject == subject))

    async def claim_due(self, now: datetime, limit: int, lease: timedelta) -> list[Timer]:
        """Takes up to `limit` due timers, the oldest first; nobody else gets them until the lease ends."""
        until = now + lease
        statement = lease_rows(timers, _c.id, _c.claimable_at <= now, (_c.claimable_at, _c.id), limit, until, lease_until=until)
        taken = [_timer(row) for row in await self._connection.execute(statement)]
        return sorted(taken, key=lambda timer: (timer.due_at, timer.id))

    async def done(self, id: TimerId) -> None:
        """Deletes a claimed timer. One that was armed anew since it was claimed stays: it has yet to fire."""
        await self._connection.execute(delete(timers).where(_c.id == id, _c.lease_until.is_not(None)))

    async def postpone(self, id: TimerId, due_at: datetime) -> None:
        """Gives it a new due time and ends its lease."""
        later = update(timers).where(_c.id == id).values(due_at=due_at, claimable_at=due_at, lease_until=None)
        await self._connection.execute(later)

    async def next_due(self) -> datetime | None:
        """When `claim_due` may next give something: a due time, or the end of a lease."""
        due: datetime | None = await self._connection.scalar(select(func.min(_c.claimable_at)))
        return due

    async def of(self, escalation: EscalationId) -> list[Timer]:
        """By due time."""
        rows = await self._connection.execute(select(timers).where(_c.escalation == escalation).order_by(_c.due_at, _c.id))
        return [_timer(row) for row in rows]

    async def overdue(self, now: datetime) -> int:
        """How many were due before `now` and have not done their work."""
        return await self._connection.scalar(select(func.count()).select_from(timers).where(_c.due_at < now)) or 0

    async def bring_forward(self, by: timedelta, now: datetime) -> None:
        """After the clock was set back by so much: delays are due as soon as they would have been, and what is due by the
        calendar, at its moment."""
        delays = and_(_c.claimable_at > now, _c.kind.not_in([kind.value for kind in _BY_CALENDAR]))
        for row in (await self._connection.execute(select(timers).where(delays))).all():
            moved = {"due_at": max(row.due_at - by, now), "claimable_at": max(row.claimable_at - by, now)}
            await self._connection.execute(update(timers).where(_c.id == row.id).values(**moved))

    async def release(self, now: datetime) -> None:
        """Ends every lease: see `Transaction.release_claims`."""
        await self._connection.execute(
            update(timers).where(_c.lease_until.is_not(None)).values(lease_until=None, claimable_at=now)
        )


def _timer(row: Row[Any]) -> Timer:
    return Timer(
        id=TimerId(row.id),
        escalation=EscalationId(row.escalation),
        generation=row.generation,
        subject=row.subject,
        kind=TimerKind(row.kind),
        sequence=row.sequence,
        due_at=row.due_at,
    )
