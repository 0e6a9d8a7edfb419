"""The audit: who did what, appended in the transaction that did it. Never changed, never pruned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor.store.columns import Codec
from monitor.store.tables import audit
from schemas.document import Json

_DETAIL: Codec[Mapping[str, Json]] = Codec(Mapping[str, Json])


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """`action` is a past-tense event name, `subject` what it was done to, `detail` small JSON without secrets."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Json]


class Audit:
    """Append and read."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def append(self, actor: str, action: str, subject: str, detail: Mapping[str, Json], at: datetime) -> None:
        """Adds one entry."""
        entry = {"at": at, "actor": actor, "action": action, "subject": subject, "detail": _DETAIL.encode(detail)}
        await self._connection.execute(audit.insert().values(**entry))

    async def tail(self, limit: int) -> list[AuditEntry]:
        """The newest entries, the oldest of them first."""
        rows = (await self._connection.execute(select(audit).order_by(audit.c.id.desc()).limit(limit))).all()
        return [
            AuditEntry(
                id=row.id, at=row.at, actor=row.actor, action=row.action, subject=row.subject, detail=_DETAIL.decode(row.detail)
            )
            for row in reversed(rows)
        ]
