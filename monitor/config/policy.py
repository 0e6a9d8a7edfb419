"""By which policy a target is judged: its base, and the overrides of target, integration and defaults, the nearest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from monitor.config.written import PolicyKeys
from schemas.lens import Override, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """An override and its last day (in UTC), None where it holds until it is taken out."""

    override: Override
    until: date | None

    def holds(self, day: date) -> bool:
        return self.until is None or day <= self.until


def policy_of(written: Iterable[Policy | PolicyKeys | None]) -> tuple[Policy, tuple[Ruling, ...]]:
    """What several places say together, the nearest first: the first base named, and every override in that order."""
    base: Policy | None = None
    rulings: list[Ruling] = []
    for each in written:
        if isinstance(each, PolicyKeys):
            base = base or each.base
            rulings.extend(
                Ruling(
                    override=Override(
                        rule=one.rule, address=one.address, level=one.level.impact, because=one.because, until=one.until
                    ),
                    until=one.until,
                )
                for one in each.overrides
            )
        else:
            base = base or each
    return base or Policy.CONSUMER, tuple(rulings)
