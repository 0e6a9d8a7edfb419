"""The process environment: the one place that reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping


def environ() -> Mapping[str, str]:
    """A copy of the environment as it is now; a reload asks again."""
    return dict(os.environ)  # noqa: TID251 because here, and only here, the environment enters the program
