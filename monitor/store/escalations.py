"""Escalations: a transition and all that follows from it, stored whole or not at all."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Row, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.escalation import ACTIVE, Entry, Escalation, State, Transition
from alerts.page import EscalationId, Page
from alerts.priority import Priority
from monitor.store.columns import Codec
from monitor.store.errors import Conflict
from monitor.store.outbox import Outbox
from monitor.store.statements import chunked, insert_into
from monitor.store.tables import escalation_keys, escalations, timeline
from monitor.store.timers import Timers
from schemas.fingerprint import digest

_ESCALATION: Codec[Escalation] = Codec(Escalation)
_c = escalations.c
_k = escalation_keys.c
_REAL = _c.practice.is_(False)
_CAUSE, _FINDING, _DEDUP, _TARGET, _RECORD = "cause", "finding", "dedup", "target", "record"
_UNTOLD = frozenset({State.DETECTED, State.SUPPRESSED})

Found: TypeAlias = list[Escalation]
Told: TypeAlias = list[Entry]


class Escalations:
    """The aggregate is one JSON text with its version; what it is looked up by stands beside it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._timers = Timers(connection)
        self._outbox = Outbox(connection)

    async def save(self, transition: Transition) -> Escalation:
        """Stores the escalation, timers, pages and timeline of a transition; returns the escalation as stored, one version on.

        A refused transition only adds its timeline entries. Conflict where the stored version is not the one decided upon:
        leave the transaction, load again, decide anew.
        """
        escalation = transition.escalation
        if not transition.refused:
            escalation = replace(escalation, version=escalation.version + 1)
            await self._store(escalation, transition.pages)
            await self._timers.cancel(escalation.id, transition.cancel)
            await self._timers.arm(transition.arm)
            await self._outbox.queue(transition.pages)
        await self._tell(escalation.id, transition.entries)
        return escalation

    async def lock(self, integration: str) -> None:
        """Until this transaction ends, nobody else decides which escalation of the integration a sight belongs to.

        SQLite needs nothing for it: its writers take turns.
        """
        if self._connection.dialect.name == "postgresql":
            number = int(digest("escalations", integration)[:15], 16)
            await self._connection.execute(select(func.pg_advisory_xact_lock(number)))

    async def get(self, id: EscalationId) -> Escalation | None:
        """None for an unknown one."""
        found = await self._all(select(escalations).where(_c.id == id))
        return found[0] if found else None

    async def active(self, integration: str | None = None) -> Found:
        """Those that still want something done: the most urgent first, then the oldest. Where an integration is given, those
        that are about it: practice is about nothing, and only named among all."""
        query = select(escalations).where(_c.state.in_(sorted(ACTIVE))).order_by(_c.priority, _c.detected_at, _c.id)
        return await self._all(query if integration is None else query.where(_c.integration == integration, _REAL))

    async def drills(self) -> Found:
        """Practice that is not over, the oldest first."""
        query = select(escalations).where(_c.state.in_(sorted(ACTIVE)), _c.practice.is_(True))
        return await self._all(query.order_by(_c.detected_at, _c.id))

    async def practised(self, limit: int = 50) -> Found:
        """Practice that somebody asked for and that was begun, the newest first."""
        query = select(escalations).where(_c.practice.is_(True)).order_by(_c.detected_at.desc(), _c.id).limit(limit)
        return [each for each in await self._all(query) if each.drill and each.opened_at]

    async def near(self, integration: str, target: str) -> Found:
        """Those of `active` that may be about a target: of those nobody was told of so far only its own. In a storm there is one
        such for each of many targets, and every sight of one looks here."""
        own = exists().where(_k.escalation == _c.id, _k.kind == _TARGET, _k.key == target)
        query = select(escalations).where(_c.integration == integration, _c.state.in_(sorted(ACTIVE)), _REAL)
        narrowed = query.where(or_(_c.state.not_in(sorted(_UNTOLD)), own)).order_by(_c.priority, _c.detected_at, _c.id)
        return await self._all(narrowed)

    async def counts(self) -> Mapping[tuple[State, Priority], int]:
        """How many of `active` there are, by state and priority, without practice."""
        query = select(_c.state, _c.priority, func.count()).where(_c.state.in_(sorted(ACTIVE)), _REAL)
        query = query.group_by(_c.state, _c.priority)
        return {(State(state), Priority(number)): count for state, number, count in await self._connection.execute(query)}

    async def by_cause(self, cause_keys: Collection[str], since: datetime) -> Found:
        """Those with any of the causes that are not resolved, or were at or after `since`: the newest first. Never practice."""
        ids: set[str] = set()
        for keys in chunked(sorted(set(cause_keys))):
            having = select(_k.escalation).where(_k.kind == _CAUSE, _k.key.in_(keys)).distinct()
            ids |= set((await self._connection.execute(having)).scalars())
        found: Found = []
        for some in chunked(sorted(ids)):
            found += await self._all(
                select(escalations).where(_c.id.in_(some), _REAL, or_(_c.resolved_at.is_(None), _c.resolved_at >= since))
            )
        return sorted(found, key=lambda one: (one.detected_at, one.id), reverse=True)

    async def list(self, states: Collection[State] | None = None, limit: int = 50) -> Found:
        """The newest first; None is every state."""
        query = select(escalations).order_by(_c.detected_at.desc(), _c.id).limit(limit)
        return await self._all(query if states is None else query.where(_c.state.in_(sorted(states))))

    async def timeline(self, id: EscalationId) -> Told:
        """The oldest first."""
        rows = await self._connection.execute(select(timeline).where(timeline.c.escalation == id).order_by(timeline.c.id))
        return [Entry(at=row.at, kind=row.kind, text=row.text, actor=row.actor) for row in rows]

    async def told_after(self, number: int, limit: int = 1000) -> builtins.list[tuple[int, EscalationId, Entry]]:
        """(number, escalation, entry) of the whole timeline after a number, in order; numbers grow, with gaps."""
        query = select(timeline).where(timeline.c.id > number).order_by(timeline.c.id).limit(limit)
        return [
            (row.id, EscalationId(row.escalation), Entry(at=row.at, kind=row.kind, text=row.text, actor=row.actor))
            for row in await self._connection.execute(query)
        ]

    async def last_told(self) -> int:
        """The number of the newest timeline entry, 0 before there is one."""
        return await self._connection.scalar(select(func.max(timeline.c.id))) or 0

    async def by_dedup_key(self, key: str) -> Escalation | None:
        """Whose key a channel told us of; None for one that is not ours."""
        having = select(_k.escalation).where(_k.kind == _DEDUP, _k.key == key)
        found = await self._all(select(escalations).where(_c.id.in_(having)).order_by(_c.detected_at.desc()).limit(1))
        return found[0] if found else None

    async def by_record(self, channel: str, reference: str) -> Escalation | None:
        """Whose ticket or thread it is; None for one that is not ours."""
        having = select(_k.escalation).where(_k.kind == _RECORD, _k.key == digest(channel, reference))
        found = await self._all(select(escalations).where(_c.id.in_(having)).order_by(_c.detected_at.desc()).limit(1))
        return found[0] if found else None

    async def recorded(self, channel: str, since: datetime) -> Found:
        """Those a channel keeps a record of that are not over, or ended at or after a moment; the oldest first."""
        query = select(escalations).where(_REAL, or_(_c.resolved_at.is_(None), _c.resolved_at >= since))
        having = select(_k.escalation).where(_k.kind == _RECORD)
        found = await self._all(query.where(_c.id.in_(having)).order_by(_c.detected_at, _c.id))
        return [each for each in found if any(kept.channel == channel and kept.reference for kept in each.records)]

    async def _store(self, escalation: Escalation, pages: Sequence[Page]) -> None:
        values = {
            "integration": escalation.integration,
            "category": escalation.category.value,
            "state": escalation.state.value,
            "priority": int(escalation.priority),
            "detected_at": escalation.detected_at,
            "resolved_at": escalation.resolved_at,
            "practice": escalation.practice,
            "version": escalation.version,
            "body": _ESCALATION.encode(escalation),
        }
        if escalation.version == 1:
            new = (
                insert_into(self._connection, escalations)
                .values(id=escalation.id, **values)
                .on_conflict_do_nothing()
                .returning(_c.id)
            )
            stored = await self._connection.scalar(new)
        else:
            previous = update(escalations).where(_c.id == escalation.id, _c.version == escalation.version - 1)
            stored = await self._connection.scalar(previous.values(**values).returning(_c.id))
        if stored is None:
            raise Conflict(f"escalation {escalation.id} was changed meanwhile; load it again")
        await self._index(escalation, pages)

    async def _index(self, escalation: Escalation, pages: Sequence[Page]) -> None:
        wanted = {(_CAUSE, cause.key) for cause in escalation.causes} | {(_FINDING, cause.finding) for cause in escalation.causes}
        wanted |= {(_DEDUP, key) for _, _, key in escalation.triggered} | {(_DEDUP, page.dedup_key) for page in pages}
        wanted |= {(_RECORD, digest(kept.channel, kept.reference)) for kept in escalation.records if kept.reference}
        if escalation.state in _UNTOLD:
            wanted |= {(_TARGET, target) for target in escalation.targets}
        query = select(_k.kind, _k.key).where(_k.escalation == escalation.id)
        present = {(row.kind, row.key) for row in await self._connection.execute(query)}
        # Keys of pages stay for good: a late acknowledgement must still find its escalation.
        gone = [{"old_kind": kind, "old_key": key} for kind, key in sorted(present - wanted) if kind != _DEDUP]
        if gone:
            these = delete(escalation_keys).where(_k.escalation == escalation.id, _k.kind == bindparam("old_kind"))
            await self._connection.execute(these.where(_k.key == bindparam("old_key")), gone)
        added = [{"escalation": escalation.id, "kind": kind, "key": key} for kind, key in sorted(wanted - present)]
        if added:
            await self._connection.execute(escalation_keys.insert(), added)

    async def _tell(self, id: EscalationId, entries: Sequence[Entry]) -> None:
        if entries:
            rows = [
                {"escalation": id, "at": entry.at, "kind": entry.kind, "text": entry.text, "actor": entry.actor}
                for entry in entries
            ]
            await self._connection.execute(timeline.insert(), rows)

    async def _all(self, query: Any) -> Found:
        return [_escalation(row) for row in await self._connection.execute(query)]


def _escalation(row: Row[Any]) -> Escalation:
    return _ESCALATION.decode(row.body)
