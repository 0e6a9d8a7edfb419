"""What it means that one type reference became another: `[ID!]!` and its kin, level by level."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`fits`: the same named type in the same lists. `looser`: somewhere `T!` became `T`; `tighter`: the reverse."""

    fits: bool
    looser: bool
    tighter: bool


def step(old: str, new: str) -> Step:
    """Compares two printed references from the outside in."""
    looser = tighter = False
    while True:
        was, now = old.endswith("!"), new.endswith("!")
        looser, tighter = looser or (was and not now), tighter or (now and not was)
        old, new = old.removesuffix("!"), new.removesuffix("!")
        if old.startswith("[") != new.startswith("["):
            return Step(fits=False, looser=looser, tighter=tighter)
        if not old.startswith("["):
            return Step(fits=old == new, looser=looser, tighter=tighter)
        old, new = old[1:-1], new[1:-1]
