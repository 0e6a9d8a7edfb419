"""What was learned from reviewed escalations, found again by words: for the next page that is like one of them. Pure.

A store keeps the words and finds candidates by them; which are best, and which are like enough, is decided here, so that every
store gives the same answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.escalation import Escalation
from alerts.page import EscalationId
from alerts.review import Review
from alerts.wording import clean, worst_first

MOST_WORDS = 2000
LONGEST_WORD = 60
SHOWN = 3
ALIKE = 0.6
"""The share of an escalation's words a lesson must have to stand on its page, where it is not about the same cause."""

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")
_EMPTY = frozenset(
    [
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "for",
        "from",
        "has",
        "have",
        "in",
        "is",
        "it",
        "its",
        "may",
        "now",
        "of",
        "on",
        "or",
        "our",
        "that",
        "the",
        "this",
        "to",
        "was",
        "were",
        "will",
        "with",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A closed review, as the next reader needs it. `keys` are the cause keys, `about` its rules and addresses."""

    escalation: EscalationId
    integration: str
    headline: str
    keys: tuple[str, ...]
    about: str
    cause: str
    action: str
    learning: str
    at: datetime


def lesson_of(escalation: Escalation, review: Review, at: datetime) -> Lesson:
    """What a closed review leaves behind."""
    causes = worst_first(escalation.causes)
    return Lesson(
        escalation=escalation.id,
        integration=escalation.integration,
        headline=clean(causes[0].message if causes else str(escalation.category)),
        keys=tuple(dict.fromkeys(cause.key for cause in causes)),
        about=_about(escalation),
        cause=review.cause,
        action=review.action,
        learning=review.learning,
        at=at,
    )


def words(text: str) -> tuple[str, ...]:
    """The words of a text as they are kept and asked for: each once, in lower case, without accents, names taken apart.

    >>> words("Account.BillingCity was removed from the Größe")
    ('account', 'billing', 'city', 'removed', 'grosse')
    """
    apart = "".join(each for each in unicodedata.normalize("NFKD", _CAMEL.sub(" ", text)) if not unicodedata.combining(each))
    found = (word[:LONGEST_WORD] for word in _WORD.findall(apart.casefold()) if len(word) > 1 and word not in _EMPTY)
    return tuple(dict.fromkeys(found))[:MOST_WORDS]


def words_of(lesson: Lesson) -> tuple[str, ...]:
    """All that a lesson is found by."""
    parts = (lesson.integration, lesson.headline, lesson.about, lesson.cause, lesson.action, lesson.learning)
    return words(" ".join(parts))


def words_about(escalation: Escalation) -> tuple[str, ...]:
    """What to look for, where an escalation is to be told from the past."""
    return words(_about(escalation))


def best(lessons: Iterable[Lesson], wanted: Sequence[str], limit: int) -> list[Lesson]:
    """Those with the most of the wanted words first, the newest of equals."""
    scored = [(_share(lesson, wanted), lesson) for lesson in lessons]
    found = [(share, lesson) for share, lesson in scored if share]
    return [
        lesson for _, lesson in sorted(found, key=lambda each: (-each[0], -each[1].at.timestamp(), each[1].escalation))[:limit]
    ]


def like(escalation: Escalation, lessons: Iterable[Lesson]) -> list[Lesson]:
    """Those to show with an escalation: about the same cause first, then those whose words are mostly its own. Never itself."""
    wanted, keys = words_about(escalation), {cause.key for cause in escalation.causes}
    others = [lesson for lesson in lessons if lesson.escalation != escalation.id]
    same = [lesson for lesson in others if keys.intersection(lesson.keys)]
    alike = [lesson for lesson in others if lesson not in same and _share(lesson, wanted) >= ALIKE]
    return [*best(same, wanted, SHOWN), *best(alike, wanted, SHOWN)][:SHOWN]


def told(lesson: Lesson) -> str:
    """One line: `k7d2mnqa, 2026-11-23: Account.Industry was removed. Cause: ... Learned: ...`"""
    said = f"{lesson.escalation}, {lesson.at:%Y-%m-%d}: {clean(lesson.headline, 120)}."
    for title, text in (("Cause", lesson.cause), ("Learned", lesson.learning)):
        if text.strip():
            said += f" {title}: {clean(text, 120)}"
    return said


def _about(escalation: Escalation) -> str:
    causes = worst_first(escalation.causes)[:20]
    return " ".join([escalation.integration, *(f"{cause.rule} {cause.address} {cause.message}" for cause in causes)])


def _share(lesson: Lesson, wanted: Sequence[str]) -> float:
    known = set(words_of(lesson))
    return sum(word in known for word in wanted) / len(wanted) if wanted else 0.0
