"""The vendor's own wish of when to be asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_LONGEST = timedelta(days=7)


def retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """`Retry-After` as a length of time from `now` (aware UTC): seconds or an HTTP date (RFC 9110, 10.2.3).

    None where there is none or it makes no sense. A date in the past is zero; anything over a week is a week.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), _LONGEST.total_seconds())) if len(text) <= 9 else _LONGEST
    try:
        when = parsedate_to_datetime(text)
        wait = (when if when.tzinfo else when.replace(tzinfo=UTC)) - now
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return min(max(wait, timedelta(0)), _LONGEST)
