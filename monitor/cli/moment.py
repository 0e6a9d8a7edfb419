"""A moment as people write it on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.cli.exits import Misused

_HINT = 'write "2026-12-24 02:00" (UTC), "2026-12-24T02:00+01:00" or "2026-12-24 02:00 Europe/Berlin"'


def moment(text: str | None, now: datetime) -> datetime:
    """The moment `text` means, UTC; `now` where there is none. A local time that comes twice is its first. Raises `Misused`."""
    if text is None:
        return now
    written, _, last = text.strip().rpartition(" ")
    try:
        if written and "/" in last:
            return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(last)).astimezone(UTC)
        found = datetime.fromisoformat(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, ZoneInfoNotFoundError, OSError):
        raise Misused(f"{text!r} is no moment: {_HINT}") from None
