"""The last step of a verdict: where a policy's own overrides set another level than its table. Pure, and after all rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from schemas.change import Adjusted, Finding, Impact
from schemas.lens import Override

P = TypeVar("P")
T = TypeVar("T")


def overruled(finding: Finding, overrides: Sequence[Override]) -> Finding:
    """The finding at the level of the first override that is about it; as it is where none is.

    Its own level stays as evidence in `adjusted`. The directions follow: those that were worst get the level, no other is
    above it.
    """
    for override in overrides:
        if not (concerns(override.rule, finding.rule) and matches(override.address, finding.address)):
            continue
        if override.level is finding.impact:
            return finding
        return replace(
            finding,
            impact=override.level,
            request=_side(finding.request, finding.impact, override.level),
            response=_side(finding.response, finding.impact, override.level),
            adjusted=Adjusted(was=finding.impact, because=override.because, until=override.until),
        )
    return finding


def concerns(pattern: str, rule: str) -> bool:
    """Whether a rule is meant: by its id, by how it begins (`property.*`, `sf.field.*`), or by `*`."""
    return pattern in ("*", rule) or (pattern.endswith(".*") and rule.startswith(pattern[:-1]))


@lru_cache(maxsize=4096)
def matches(pattern: str, address: str) -> bool:
    """Whether an address is meant. `*` is any text within one step between slashes, `?` one character, `**` any steps or none.

    So `schemas/payment/**` is the definition and everything inside of it, and `Account.*` every field of `Account`. Costs
    at most length times length, whatever a vendor calls its things.
    """
    return _like(pattern.split("/"), address.split("/"), "**", _one_step)


def _one_step(pattern: str, step: str) -> bool:
    return _like(pattern, step, "*", lambda wanted, found: wanted in ("?", found))


def _like(pattern: Sequence[P], found: Sequence[T], any_number: P, one: Callable[[P, T], bool]) -> bool:
    """Wildcards without backtracking beyond the last one: taking a wildcard as short as possible never loses a match."""
    at = here = 0
    resume: tuple[int, int] | None = None
    while here < len(found):
        if at < len(pattern) and pattern[at] == any_number:
            at += 1
            resume = (at, here)
        elif at < len(pattern) and one(pattern[at], found[here]):
            at, here = at + 1, here + 1
        elif resume is not None:
            resume = (resume[0], resume[1] + 1)
            at, here = resume
        else:
            return False
    return all(rest == any_number for rest in pattern[at:])


def _side(side: Impact | None, worst: Impact, level: Impact) -> Impact | None:
    if side is None:
        return None
    return level if side is worst else min(side, level)
