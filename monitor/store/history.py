"""What happened in a span of time, for the figures: escalations, and the pages about them that got through."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.escalation import Escalation
from alerts.page import Action, EscalationId, Page
from monitor.store.columns import Codec
from monitor.store.tables import escalations, pages

_ESCALATION: Codec[Escalation] = Codec(Escalation)
_PAGE: Codec[Page] = Codec(Page)
_e, _p = escalations.c, pages.c


class History:
    """Reading only."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def escalations(self, since: datetime) -> list[Escalation]:
        """Those detected, resolved or still open at or after a moment, the oldest first."""
        lately = or_(_e.detected_at >= since, _e.resolved_at >= since, _e.resolved_at.is_(None))
        rows = await self._connection.execute(select(_e.body).where(lately).order_by(_e.detected_at, _e.id))
        return [_ESCALATION.decode(body) for body in rows.scalars()]

    async def first_paged(self, since: datetime) -> Mapping[EscalationId, datetime]:
        """When the first page about each escalation got through, of those queued at or after a moment."""
        query = select(_p.escalation, func.min(_p.sent_at)).where(_sent(since)).group_by(_p.escalation)
        return {EscalationId(row.escalation): row[1] for row in await self._connection.execute(query)}

    async def rings(self, since: datetime) -> list[tuple[Page, datetime]]:
        """(page, when the channel took it) of every page that rang somebody."""
        query = select(_p.body, _p.sent_at).where(_sent(since)).order_by(_p.seq)
        return [(_PAGE.decode(row.body), row.sent_at) for row in await self._connection.execute(query)]


def _sent(since: datetime) -> ColumnElement[bool]:
    return and_(_p.action == Action.TRIGGER.value, _p.created_at >= since, _p.sent_at.is_not(None))
