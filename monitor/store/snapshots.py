"""Snapshots: each content once, compressed, with all its parts, under its hash; each sighting of a new content dated."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor.store.columns import Codec
from monitor.store.errors import StoreError
from monitor.store.statements import insert_into
from monitor.store.tables import contents, snapshots
from monitor.watch import Snapshot, SnapshotId, TargetName
from schemas.document import ContentHash, Document, unpacked

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_HEADERS: Codec[Mapping[str, str]] = Codec(Mapping[str, str])
_c = snapshots.c


class Snapshots:
    """Bytes are kept as served. What is read back is checked against its hash."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, target: TargetName, document: Document, at: datetime) -> Snapshot:
        """A new snapshot, or the target's latest one with `last_seen` moved where the content is still the same."""
        digest = await asyncio.to_thread(lambda: document.hash)
        latest = await self.latest(target)
        if latest is not None and latest.hash == digest:
            seen = max(latest.last_seen, at)
            # The headers of the newest fetch count: a Sunset date may move while the document stays.
            again = update(snapshots).where(_c.id == latest.id).values(last_seen=seen, **_origin(document)).returning(snapshots)
            return _snapshot((await self._connection.execute(again)).one())
        await self._keep(digest, document)
        values = {"target": target, "hash": digest, "size": document.size, "first_seen": at, "last_seen": at}
        added = snapshots.insert().values(**values, **_origin(document)).returning(snapshots)
        return _snapshot((await self._connection.execute(added)).one())

    async def document(self, content: ContentHash, target: TargetName | None = None) -> Document:
        """The bytes, with what came with them at their newest sighting (of `target`, where given). StoreError when not kept."""
        query = select(contents.c.body, contents.c.size, contents.c.parts, snapshots).join(snapshots, _c.hash == contents.c.hash)
        wanted = _c.target == target if target is not None else true()
        row = (
            await self._connection.execute(query.where(contents.c.hash == content, wanted).order_by(_c.id.desc()).limit(1))
        ).first()
        if row is None:
            raise StoreError(f"the content {content} is not kept here; it may have been pruned")
        raw = await asyncio.to_thread(_unpacked, row.body, row[1], content)
        first, parts = unpacked(raw) if row.parts else (raw, ())
        origin = {"source": row.source, "media_type": row.media_type}
        return Document(content=first, parts=parts, headers=_HEADERS.decode(row.headers), **origin)

    async def since(self) -> datetime | None:
        """When the first snapshot that is still kept was taken; None before there is one."""
        first: datetime | None = await self._connection.scalar(select(func.min(snapshots.c.first_seen)))
        return first

    async def latest(self, target: TargetName) -> Snapshot | None:
        """The newest one, None before the first."""
        found = await self.history(target, 1)
        return found[0] if found else None

    async def get(self, id: SnapshotId) -> Snapshot:
        """StoreError for an unknown one."""
        row = (await self._connection.execute(select(snapshots).where(_c.id == id))).first()
        if row is None:
            raise StoreError(f"there is no snapshot {id}; it may have been pruned")
        return _snapshot(row)

    async def history(self, target: TargetName, limit: int) -> list[Snapshot]:
        """The newest first."""
        query = select(snapshots).where(_c.target == target).order_by(_c.id.desc()).limit(limit)
        return [_snapshot(row) for row in await self._connection.execute(query)]

    async def _keep(self, digest: ContentHash, document: Document) -> None:
        # The row is locked until our snapshot refers to it, lest pruning take it away in between.
        known = select(contents.c.hash).where(contents.c.hash == digest).with_for_update(read=True, key_share=True)
        if await self._connection.scalar(known) is None:
            whole = document.packed()
            packed = await asyncio.to_thread(zstd.compress, whole)
            values = {"hash": digest, "size": len(whole), "parts": len(document.parts), "body": packed}
            await self._connection.execute(insert_into(self._connection, contents).values(**values).on_conflict_do_nothing())


def _origin(document: Document) -> dict[str, Any]:
    return {"media_type": document.media_type, "source": document.source, "headers": _HEADERS.encode(document.headers)}


def _unpacked(packed: bytes, size: int, content: ContentHash) -> bytes:
    try:
        raw = zstd.decompress(packed)
    except zstd.ZstdError:
        raw = b""
    if len(raw) != size or hashlib.sha256(raw).hexdigest() != content:
        raise StoreError(f"the stored content {content} is damaged; restore a backup")
    return raw


def _snapshot(row: Row[Any]) -> Snapshot:
    return Snapshot(
        id=SnapshotId(row.id),
        target=TargetName(row.target),
        hash=ContentHash(row.hash),
        size=row.size,
        media_type=row.media_type,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
    )
