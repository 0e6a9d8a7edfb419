"""What an HTTP answer to a page means: delivered, again later, or never. One table for every channel that speaks HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from alerts.errors import DeliveryError, Reason, Undeliverable, Undelivered

AGAIN = frozenset({408, 425, 429})
"""Refusals that a later try may pass; any other 4xx is final."""

_LONGEST = timedelta(days=1)


def refusal(who: str, status: int, wish: timedelta | None) -> DeliveryError:
    """The error for an answer that is no success; `wish` is how long it asks us to wait.

    Its text names `who` and the status, never what the answer says.
    """
    if status in (401, 403):
        return Undeliverable(f"{who} refused our credentials ({status}): check its key", reason=Reason.AUTH)
    if status == 429:
        return Undelivered(f"{who} asked us to slow down (429)", reason=Reason.RATE_LIMITED, retry_after=wish)
    if status in AGAIN:
        return Undelivered(f"{who} answered {status}", reason=Reason.TIMEOUT, retry_after=wish)
    if 300 <= status < 400:
        return Undeliverable(
            f"{who} answered with a redirect ({status}), which is never followed: correct its address", reason=Reason.CLIENT
        )
    if 400 <= status < 500:
        return Undeliverable(f"{who} refused the page ({status})", reason=Reason.CLIENT)
    # A server that failed (or a gateway before it) may have taken the page first; 503 says that it did not.
    return Undelivered(f"{who} failed ({status})", reason=Reason.SERVER, retry_after=wish, unknown=status != 503)


def wait_wish(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long the answer asks to wait: `Retry-After` in seconds or as an HTTP date, else `ratelimit-reset` in seconds."""
    lower = {name.lower(): value for name, value in headers.items()}
    for name in ("retry-after", "ratelimit-reset"):
        text = lower.get(name, "").strip()
        if text.isascii() and text.isdigit():
            return min(timedelta(seconds=int(text[:7])), _LONGEST)
        if text and name == "retry-after":
            try:
                when = parsedate_to_datetime(text)
            except (ValueError, TypeError, IndexError):
                continue
            when = when if when.tzinfo else when.replace(tzinfo=UTC)
            return min(max(when - now, timedelta()), _LONGEST)
    return None
