"""Customers' own tickets that speak of what an escalation is about, each found once an escalation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.page import EscalationId
from monitor.store.statements import insert_into
from monitor.store.tables import mentions

_c = mentions.c


class Link(StrEnum):
    """`found`: its note is owed; `linked`: it has one, `refused`: its channel takes none. `wrong`: a person says that it is about
    something else, and the note is to say so; `dropped`: it does, or there was none."""

    FOUND = "found"
    LINKED = "linked"
    REFUSED = "refused"
    WRONG = "wrong"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentioned:
    """A ticket, as its channel calls it, and whose it is. `because` is why it is wrong, or was refused."""

    escalation: EscalationId
    channel: str
    reference: str
    customer: str
    url: str
    at: datetime
    state: Link = Link.FOUND
    because: str = ""


class Mentions:
    """`add` answers for what was found; nothing is ever deleted but with its escalation, so that no ticket is taken twice."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, found: Mentioned) -> bool:
        """True once for each ticket and escalation, whoever finds it at the same time."""
        values = {name: getattr(found, name) for name in found.__slots__} | {"state": found.state.value}
        row = insert_into(self._connection, mentions).values(**values)
        return await self._connection.scalar(row.on_conflict_do_nothing().returning(_c.reference)) is not None

    async def of(self, escalation: EscalationId) -> list[Mentioned]:
        """All that were found for one, the oldest first."""
        return await self._all(select(mentions).where(_c.escalation == escalation))

    async def owed(self) -> list[Mentioned]:
        """Those whose note is to be written or taken back."""
        return await self._all(select(mentions).where(_c.state.in_([Link.FOUND.value, Link.WRONG.value])))

    async def by_reference(self, channel: str, reference: str) -> Mentioned | None:
        """The newest that is right about a ticket; None for one that none is."""
        wrong = [Link.WRONG.value, Link.DROPPED.value]
        query = select(mentions).where(_c.channel == channel, _c.reference == reference, _c.state.not_in(wrong))
        found = await self._all(query)
        return found[-1] if found else None

    async def settle(self, found: Mentioned, state: Link, because: str = "") -> None:
        """It stands so from now on."""
        here = (_c.escalation == found.escalation, _c.channel == found.channel, _c.reference == found.reference)
        await self._connection.execute(update(mentions).where(*here).values(state=state.value, because=because))

    async def _all(self, query: Select[Any]) -> list[Mentioned]:
        ordered = query.order_by(_c.at, _c.escalation, _c.channel, _c.reference)
        return [_read(row) for row in await self._connection.execute(ordered)]


def _read(row: Row[Any]) -> Mentioned:
    return Mentioned(
        escalation=EscalationId(row.escalation),
        channel=row.channel,
        reference=row.reference,
        customer=row.customer,
        url=row.url,
        at=row.at,
        state=Link(row.state),
        because=row.because,
    )
