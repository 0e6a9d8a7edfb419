"""The audit: who did what, appended in the transaction that did it. Never changed, never pruned.

Entries are chained afterwards, by one background job (`monitor/sealing.py`): a writer of the chain inside every transaction
would make all of them wait for one another. A link seals an entry with everything before it: its digest is over its place,
the digest before, and the entry as it is stored. Whoever changes, removes or reorders what is sealed has to rebuild the
chain from there on, and then its head differs from the one the outside was told.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor.store.columns import Codec
from monitor.store.tables import audit, audit_links
from schemas.document import Json

_DETAIL: Codec[Mapping[str, Json]] = Codec(Mapping[str, Json])
_PIECE = 500
_c, _l = audit.c, audit_links.c

ORIGIN = hashlib.sha256(b"driftpager audit, first edition").hexdigest()
"""The digest before the first entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """`action` is a past-tense event name, `subject` what it was done to, `detail` small JSON without secrets."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of the chain: how many entries it seals, and the digest over all of them. Written `PLACE:DIGEST`."""

    place: int
    digest: str

    def __str__(self) -> str:
        return f"{self.place}:{self.digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of the audit. `broken` says in words what is wrong with the chain, one line each; empty means whole.
    `unsealed` entries are not part of the chain yet."""

    head: Head
    unsealed: int
    broken: tuple[str, ...]


class Audit:
    """Append, seal, and read."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def append(self, actor: str, action: str, subject: str, detail: Mapping[str, Json], at: datetime) -> None:
        """Adds one entry."""
        entry = {"at": at, "actor": actor, "action": action, "subject": subject, "detail": _DETAIL.encode(detail)}
        await self._connection.execute(audit.insert().values(**entry))

    async def tail(self, limit: int) -> list[AuditEntry]:
        """The newest entries, the oldest of them first."""
        rows = (await self._connection.execute(select(audit).order_by(_c.id.desc()).limit(limit))).all()
        return [_entry(row) for row in reversed(rows)]

    async def head(self) -> Head:
        """The end of the chain as it is stored."""
        row = (await self._connection.execute(select(audit_links).order_by(_l.place.desc()).limit(1))).first()
        return Head(place=0, digest=ORIGIN) if row is None else Head(place=row.place, digest=row.digest)

    async def unsealed(self) -> int:
        """How many entries are not in the chain yet."""
        query = select(func.count()).select_from(audit.outerjoin(audit_links, _l.entry == _c.id)).where(_l.entry.is_(None))
        return await self._connection.scalar(query) or 0

    async def seal(self, limit: int = _PIECE) -> int:
        """Chains up to `limit` entries that are not sealed yet; gives how many. Raises Conflict where another process did
        the same at the same time: nothing is chained twice."""
        loose = audit.outerjoin(audit_links, _l.entry == _c.id)
        query = select(audit).select_from(loose).where(_l.entry.is_(None)).order_by(_c.id).limit(limit)
        rows = (await self._connection.execute(query)).all()
        head, links = await self.head(), []
        for row in rows:
            head = Head(place=head.place + 1, digest=_digest(head, row))
            links.append({"place": head.place, "entry": row.id, "digest": head.digest})
        if links:
            await self._connection.execute(audit_links.insert(), links)
        return len(links)

    async def verify(self, anchor: Head | None = None) -> Verdict:
        """Follows the chain from its origin. `anchor` is a head that was told to somebody outside: the chain must still go
        through it. After the first break of a digest the chain is followed from what is stored, so that each is told once."""
        head, broken, anchored = Head(place=0, digest=ORIGIN), [], anchor is None or anchor == Head(place=0, digest=ORIGIN)
        while rows := await self._links_after(head.place):
            for row in rows:
                if row.place != head.place + 1:
                    broken.append(_missing(head.place + 1, row.place - 1))
                    head = Head(place=row.place, digest=row.digest)
                elif row.at is None:
                    broken.append(f"entry {row.entry}, sealed at place {row.place}, is gone")
                    head = Head(place=row.place, digest=row.digest)
                else:
                    expected = _digest(head, row)
                    head = Head(place=row.place, digest=row.digest)
                    if expected != row.digest:
                        broken.append(f"entry {row.entry} at place {row.place} is not what was sealed there")
                if anchor is not None and row.place == anchor.place:
                    anchored = row.digest == anchor.digest
                    if not anchored:
                        broken.append(f"place {row.place} is not what it was when its head was told: the chain was rebuilt")
        if not anchored and anchor is not None and head.place < anchor.place:
            broken.append(f"the chain ends at place {head.place}, and once reached {anchor.place}: its end was cut off")
        return Verdict(head=head, unsealed=await self.unsealed(), broken=tuple(broken))

    async def _links_after(self, place: int) -> list[Row[Any]]:
        joined = audit_links.outerjoin(audit, _l.entry == _c.id)
        columns = (_l.place, _l.entry, _l.digest, _c.id, _c.at, _c.actor, _c.action, _c.subject, _c.detail)
        query = select(*columns).select_from(joined).where(_l.place > place).order_by(_l.place).limit(_PIECE)
        return list(await self._connection.execute(query))


def _digest(before: Head, row: Row[Any]) -> str:
    """Over text that is the same in every database: the moment in UTC to the microsecond, the detail as it is stored."""
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    sealed = [before.place + 1, before.digest, row.id, at, row.actor, row.action, row.subject, row.detail]
    return hashlib.sha256(json.dumps(sealed, separators=(",", ":")).encode()).hexdigest()


def _missing(first: int, last: int) -> str:
    return f"place {first} is missing" if first == last else f"places {first} to {last} are missing"


def _entry(row: Row[Any]) -> AuditEntry:
    detail = _DETAIL.decode(row.detail)
    return AuditEntry(id=row.id, at=row.at, actor=row.actor, action=row.action, subject=row.subject, detail=detail)
