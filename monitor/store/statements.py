"""The two statements SQLite and PostgreSQL share but SQLAlchemy spells per dialect, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Column, ColumnElement, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

T = TypeVar("T")

Upsert: TypeAlias = sqlite.Insert | postgresql.Insert


def insert_into(connection: AsyncConnection, table: Table) -> Upsert:
    """An INSERT that can say `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def lease(
    table: Table,
    key: Column[Any],
    ready: ColumnElement[bool],
    order: Sequence[ColumnElement[Any]],
    limit: int,
    until: datetime,
    **more: Any,
) -> ReturningUpdate[Any]:
    """Takes up to `limit` ready rows until a moment, and returns them, in one statement: no two workers get the same row.

    On PostgreSQL rows another worker is taking are skipped; on SQLite writers take turns, and the condition is tested again.
    """
    ripe = select(key).where(ready).order_by(*order).limit(limit).with_for_update(skip_locked=True).cte("ripe")
    taken = update(table).where(key.in_(select(ripe.c[key.name])), ready)
    return taken.values(claimable_at=until, **more).returning(*table.c)


def chunked(values: Sequence[T], size: int = 1000) -> Iterator[Sequence[T]]:
    """Pieces that fit the number of parameters a statement may have."""
    return (values[start : start + size] for start in range(0, len(values), size))
