"""The life of an operation: deprecated, given an end, renamed for generated code, and gone before or after that end."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.document import Json
    from schemas.openapi.description import Operation
    from schemas.openapi.edit import Scribe


def compare(scribe: Scribe, before: Operation, after: Operation) -> None:
    """What an operation that stays says of its future."""
    if after.raw.get("deprecated") is True and before.raw.get("deprecated") is not True:
        scribe.operation("op.deprecated", before, after, f"{after.key} is deprecated now")
    was, now = before.raw.get("x-sunset"), after.raw.get("x-sunset")
    if isinstance(now, str) and (not isinstance(was, str) or now < was):
        scribe.operation("op.sunset-sooner", before, after, f"{after.key} ends on {now[:40]}", before=was, after=now)
    if before.raw.get("operationId") != after.raw.get("operationId"):
        was, now = before.raw.get("operationId"), after.raw.get("operationId")
        scribe.operation("op.id-renamed", before, after, f"operationId of {after.key} changed", before=was, after=now)


def removed(scribe: Scribe, operation: Operation, today: date | None) -> None:
    """An operation that is gone, held against the end it had announced (`x-sunset`) where today is known."""
    sunset = _day(operation.raw.get("x-sunset"))
    if sunset is None or today is None:
        scribe.operation("op.removed", operation, None, f"{operation.key} was removed")
    elif today < sunset:
        message = f"{operation.key} was removed before its announced end on {sunset}"
        scribe.operation("op.removed-early", operation, None, message)
    else:
        scribe.operation("op.removed-on-sunset", operation, None, f"{operation.key} was removed, as announced for {sunset}")


def _day(told: Json) -> date | None:
    """The day of a date or date-time (RFC 3339), as it is written; None for anything else."""
    if not isinstance(told, str):
        return None
    try:
        return datetime.fromisoformat(told.strip()).date()
    except ValueError:
        return None
