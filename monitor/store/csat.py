"""How satisfied customers were after an escalation, as they said when asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.page import EscalationId
from monitor.store.statements import insert_into
from monitor.store.tables import csat, ratings

_c = csat.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer: `score` is 1 to 5, `by` who entered it."""

    escalation: EscalationId
    customer: str
    score: int
    at: datetime
    by: str
    remark: str = ""


class Csat:
    """One answer a customer and escalation: a second takes the place of the first, so importing a file again changes nothing."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def save(self, answer: Answer) -> None:
        """Keeps it."""
        values = {"score": answer.score, "at": answer.at, "by": answer.by, "remark": answer.remark}
        insert = insert_into(self._connection, csat).values(escalation=answer.escalation, customer=answer.customer, **values)
        await self._connection.execute(insert.on_conflict_do_update(index_elements=[_c.escalation, _c.customer], set_=values))

    async def rated(self, channel: str, event: str, answer: Answer) -> bool:
        """Keeps what a channel told us, each event once: False for one that was taken before. A newer answer stays."""
        row = insert_into(self._connection, ratings).values(channel=channel, event=event, at=answer.at)
        if await self._connection.scalar(row.on_conflict_do_nothing().returning(ratings.c.event)) is None:
            return False
        newer = select(_c.at).where(_c.escalation == answer.escalation, _c.customer == answer.customer, _c.at > answer.at)
        if await self._connection.scalar(newer) is None:
            await self.save(answer)
        return True

    async def mean(self, since: datetime) -> float | None:
        """The mean of the answers given at or after a moment, None without one."""
        found = await self._connection.scalar(select(func.avg(_c.score)).where(_c.at >= since))
        return None if found is None else float(found)

    async def since(self, moment: datetime) -> list[Answer]:
        """Those given at or after a moment, the oldest first."""
        rows = await self._connection.execute(select(csat).where(_c.at >= moment).order_by(_c.at, _c.escalation, _c.customer))
        return [
            Answer(
                escalation=EscalationId(row.escalation),
                customer=row.customer,
                score=row.score,
                at=row.at,
                by=row.by,
                remark=row.remark,
            )
            for row in rows
        ]
