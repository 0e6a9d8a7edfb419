"""Signals: what another alarm system tells us of an integration, to be an escalation of ours for as long as it says so.

A signal says how things are there, not what happened: told twice, late or in another order it leads to the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from alerts.escalation import Cause
from alerts.wording import clean
from schemas.fingerprint import digest

RULE = "signal.firing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One thing that is, or was, the matter since `began` (UTC); `over` once it is not any more.

    `id` names the thing, the same whenever it comes again; a later occurrence of it began later. `impact` and `use` are the
    words of `schemas.change`. `message` says it in a line, `where` is the place it is about.
    """

    id: str
    integration: str
    began: datetime
    over: bool
    impact: str
    use: str
    message: str
    where: str
    consequence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One message of such a system. `event_id` is unique per source: the same message twice has one effect.

    `group` is what it keeps together, and `at` the newest moment it speaks of. `over`: all it lists is. `unlisted` counts
    what of the group the message leaves out, which may go on all the same.
    """

    source: str
    event_id: str
    group: str
    at: datetime
    over: bool
    occurrences: tuple[Occurrence, ...]
    unlisted: int = 0


@runtime_checkable
class HearsSignals(Protocol):
    """A channel whose far end also tells us of trouble it sees itself."""

    def signal(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> Signal | None:
        """The signal in one webhook; None where it means nothing to us. `body` is raw.

        Raises `alerts.errors.Unverified` before anything of it is believed, `alerts.errors.Unreadable` where it is not to be
        understood.
        """


def cause_of(occurrence: Occurrence, channel: str) -> Cause:
    """What an escalation is about because of it. The channel stands where a finding has its target."""
    return Cause(
        key=digest("cause", occurrence.integration, "signal", channel, occurrence.id),
        target=channel,
        finding=digest("signal", channel, occurrence.id),
        rule=RULE,
        address=clean(occurrence.where, 200),
        impact=occurrence.impact,
        use=occurrence.use,
        message=clean(occurrence.message),
        consequence=clean(occurrence.consequence),
    )
