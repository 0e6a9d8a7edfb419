"""How long the properties that cost most are looked into: a little on every run, which adds up, and long where asked for."""

from __future__ import annotations

import os


def examples(on_every_run: int) -> int:
    """That number, times `DRIFTPAGER_EXAMPLES` where it is set."""
    return on_every_run * int(os.environ.get("DRIFTPAGER_EXAMPLES", "1"))
