"""Retention: what ended long ago is deleted, a little at a time. Never baselines, audit entries or open work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, ColumnElement, Table, and_, delete, exists, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.escalation import State
from monitor.store.tables import (
    baselines,
    contents,
    escalation_keys,
    escalations,
    findings,
    inbox,
    pages,
    ratings,
    signals,
    snapshots,
)

if TYPE_CHECKING:
    from monitor.store.transaction import Transaction

_PIECE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How many of each were deleted."""

    escalations: int
    findings: int
    snapshots: int
    contents: int
    signals: int
    events: int
    ratings: int


async def prune(write: Callable[[], AbstractAsyncContextManager[Transaction]], before: datetime) -> Pruned:
    """Deletes what ended before a moment, in short transactions, so that pages never wait for it."""

    async def all_of(table: Table, key: Column[Any], over: ColumnElement[bool], *, locking: bool = False) -> int:
        total = 0
        while True:
            async with write() as transaction:
                deleted = await _piece(transaction.connection, table, key, over, locking=locking)
            total += deleted
            if deleted < _PIECE:
                return total

    return Pruned(
        escalations=await all_of(escalations, escalations.c.id, _ended_escalation(before)),
        findings=await all_of(findings, findings.c.seq, findings.c.closed_at < before),
        snapshots=await all_of(snapshots, snapshots.c.id, _unneeded_snapshot(before), locking=True),
        contents=await all_of(contents, contents.c.hash, ~exists().where(snapshots.c.hash == contents.c.hash), locking=True),
        signals=await all_of(signals, signals.c.id, signals.c.over & (signals.c.at < before)),
        events=await all_of(inbox, inbox.c.event, inbox.c.waiting.is_(False) & (inbox.c.at < before)),
        ratings=await all_of(ratings, ratings.c.event, ratings.c.at < before),
    )


async def _piece(connection: AsyncConnection, table: Table, key: Column[Any], over: ColumnElement[bool], *, locking: bool) -> int:
    if locking and connection.dialect.name == "postgresql":
        # Nobody may begin to refer to a row between our looking at it and our deleting it.
        await connection.execute(text("LOCK TABLE snapshots, baselines, findings IN SHARE ROW EXCLUSIVE MODE"))
    some = select(key).where(over).limit(_PIECE).with_for_update(skip_locked=True)
    rows = [row[0] for row in await connection.execute(some)]
    if rows:
        await connection.execute(delete(table).where(key.in_(rows), over))
    return len(rows)


def _ended_escalation(before: datetime) -> ColumnElement[bool]:
    """Resolved long ago with no page waiting, or recorded long ago with none of its findings open."""
    c, k = escalations.c, escalation_keys.c
    waiting = exists().where(pages.c.escalation == c.id, pages.c.claimable_at.is_not(None))
    resolved = and_(c.state.in_([State.RESOLVED, State.REVIEWED]), c.resolved_at < before)
    stands = exists().where(k.escalation == c.id, k.kind == "finding", findings.c.id == k.key, findings.c.closed_at.is_(None))
    recorded = and_(c.state == State.RECORDED, c.detected_at < before, ~stands)
    return and_(or_(resolved, recorded), ~waiting)


def _unneeded_snapshot(before: datetime) -> ColumnElement[bool]:
    """Not the latest of its target, in no baseline's history and behind no kept finding."""
    c = snapshots.c
    newer = snapshots.alias("newer")
    latest = select(func.max(newer.c.id)).where(newer.c.target == c.target).scalar_subquery()
    chosen = exists().where(baselines.c.snapshot == c.id)
    judged = exists().where(findings.c.snapshot == c.id)
    return and_(c.last_seen < before, c.id != latest, ~chosen, ~judged)
