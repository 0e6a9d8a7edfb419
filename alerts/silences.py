"""Silences and windows: what they match, and until when. Pure; they act before an escalation opens, and never afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NewType

from alerts.escalation import Cause, Escalation, Hush, Suppression
from alerts.windows import Once, Weekly, open_until

SilenceId = NewType("SilenceId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a silence is about; all of it must fit one and the same cause, and what is empty fits any.

    `where` is an integration, a block or a target with everything below it (`crm`, `crm/api`, `crm/*/Account`), `rule` a rule or
    a subject (`enum.*`), `address` as findings print it (`Account.*`), `impact` a word of `schemas.change`. A `*` is any text.
    """

    where: str
    rule: str = ""
    address: str = ""
    impact: str = ""

    def __str__(self) -> str:
        more = (("rule", self.rule), ("address", self.address), ("impact", self.impact))
        return " ".join((self.where, *(f"{name}={value}" for name, value in more if value)))

    @property
    def whole(self) -> bool:
        """Whether everything of a target fits as soon as one thing does."""
        return not (self.rule or self.address or self.impact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A decision that nobody is told of something for a while, by whom and why.

    A `kind` of silence is a person's; maintenance and release windows may come from the configuration and then have no `by`.
    `ended_at` is when a person ended it early; `told_at` when its digest was queued.
    """

    id: SilenceId
    kind: Hush
    match: Match
    window: Once | Weekly
    because: str
    by: str = ""
    created_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    told_at: datetime | None = None

    def lasts(self, at: datetime) -> datetime | None:
        """Until when it holds at `at`; None where it does not."""
        if self.ended_at is not None and at >= self.ended_at:
            return None
        return open_until(self.window, at)

    def over(self, at: datetime) -> bool:
        """Whether it will never hold again."""
        if self.ended_at is not None and at >= self.ended_at:
            return True
        return isinstance(self.window, Once) and at >= self.window.ends_at

    def suppression(self, at: datetime) -> Suppression | None:
        """What it does to an escalation that it matches at `at`; None where it does not hold then."""
        until = self.lasts(at)
        return None if until is None else Suppression(kind=self.kind, id=self.id, because=self.because, until=until)


def matches(match: Match, integration: str, cause: Cause) -> bool:
    """Whether a cause on a target of an integration is what it is about."""
    return (
        is_within(match.where, integration, cause.target)
        and _fits(match.rule, cause.rule)
        and _fits(match.address, cause.address)
        and match.impact in ("", cause.impact)
    )


def is_within(where: str, integration: str, target: str) -> bool:
    """Whether a target is the place, or below it. Steps count whole: `crm/api` is not within `crm/a`."""
    steps, place = where.strip("/").split("/"), (target if target.startswith(f"{integration}/") else integration).split("/")
    return len(steps) <= len(place) and all(_fits(step, name) for step, name in zip(steps, place, strict=False))


def hold(silences: Iterable[Silence], integration: str, cause: Cause, at: datetime) -> Suppression | None:
    """What keeps a cause from being told at `at`: of several the one that lasts longest. None where nothing does."""
    found = (each.suppression(at) for each in silences if matches(each.match, integration, cause))
    return max((each for each in found if each is not None), key=lambda each: (each.until, each.id), default=None)


def hold_beyond(silences: Iterable[Silence], escalation: Escalation, at: datetime) -> bool:
    """Whether what is only counted is covered too: nobody can look at it one by one, so it takes a silence of its whole place."""
    wide = [each.match.where for each in silences if each.match.whole and each.lasts(at) is not None]
    return all(any(is_within(where, escalation.integration, target) for where in wide) for target, _ in escalation.beyond)


def _fits(pattern: str, text: str) -> bool:
    return not pattern or bool(_compiled(pattern).fullmatch(text))


@lru_cache(maxsize=1000)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in re.sub(r"\*+", "*", pattern).split("*")), re.DOTALL)
