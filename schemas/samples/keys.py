"""Which keys of an object are values (ids, dates, addresses) and which are names. A value is never kept, a name is the shape."""

from __future__ import annotations

import re
from collections.abc import Collection

_LIKE_ID = re.compile(
    r"""
      -?\d+                                                   # a number
    | [0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}  # a UUID
    | (?=[a-f]*\d)[0-9a-f]{8,}                                # a hash
    | \d{4}-\d{2}(?:-\d{2}(?:[T ].*)?)?                       # a month, a day, a moment
    | [^@\s]+@[^@\s]+\.[^@\s]+                                # a mail address
    | https?://.*                                             # an address on the web
    | [A-Za-z]{1,8}_(?=[A-Za-z]*\d)[A-Za-z0-9]{8,}            # cus_9s6XKzkNRiz8i3
    | (?=(?:[A-Za-z]*\d){4})[A-Za-z0-9]{15,}                  # 0015g00000AbCdE
    | \+?\d[\d .()/-]{5,}                                     # a telephone or account number
    """,
    re.VERBOSE,
)
"""Enough where most keys of an object look so."""

_SURELY_ID = re.compile(
    r"""
      -?\d{5,}
    | [0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}
    | (?=[a-f]*\d+[a-f]+\d)[0-9a-f]{12,}
    | \d{4}-\d{2}-\d{2}(?:[T ].*)?
    | [^@\s]+@[^@\s]+\.[^@\s]+
    | https?://.*
    | [A-Za-z]{1,8}_(?=[A-Za-z]*\d+[A-Za-z]+\d)[A-Za-z0-9]{10,}
    | (?=(?:[A-Za-z]*\d){4})(?=.*\d[A-Za-z]+\d)(?=.*[A-Z])[A-Za-z0-9]{15,}
    | \+\d[\d .()/-]{5,}
    """,
    re.VERBOSE,
)
"""What no vendor calls a field, so that one such key among ordinary names is still a value."""


_PLAIN_NAME = re.compile(r"[a-z]+(?:[_-][a-z]+)*|[a-z]+(?:[A-Z][a-z]+)+")


def values_among(keys: Collection[str]) -> frozenset[str]:
    """The keys that are values: those that surely are; and all of them where more than half look like ids.

    Unless the others are plain names, and whatever else is there is surely an id.
    """
    surely = frozenset(key for key in keys if _SURELY_ID.fullmatch(key))
    if sum(_LIKE_ID.fullmatch(key) is not None for key in keys) * 2 <= len(keys):
        return surely
    return surely if all(_PLAIN_NAME.fullmatch(key) for key in keys if key not in surely) else frozenset(keys)
