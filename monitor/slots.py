"""When a target is due: fixed slots per target, so that a restart neither bunches nor skips them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def next_slot(name: str, every: timedelta, after: datetime) -> datetime:
    """The first slot strictly after `after`. The phase comes from the name: targets of one interval spread evenly.

    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> slot = next_slot("crm/Account", timedelta(minutes=15), at)
    >>> at < slot <= at + timedelta(minutes=15)
    True
    >>> next_slot("crm/Account", timedelta(minutes=15), slot) - slot
    datetime.timedelta(seconds=900)
    """
    share = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64
    phase = _EPOCH + every * share
    return phase + every * ((after - phase) // every + 1)
