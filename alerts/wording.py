"""What a page says: from an escalation and what is configured about its integration, to something an engineer can act on.

`content(escalation, about)` words it; `alerts.layout` writes it as text or Markdown. What a vendor wrote is cleaned of control
characters and cut, and nothing configured as a secret can get here: only names, messages and links without credentials.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from alerts.escalation import Category, Cause, Escalation
from alerts.page import Action, Change, Content, Link
from alerts.priority import Criticality, Priority

SUMMARY_LENGTH = 250
LINE_LENGTH = 400
SHOWN_CAUSES = 8
SHOWN_NAMES = 12
CHANGES = "What changed"
NEWS = "What is new"
"""The label of what a note is there to say."""

SEVERITY = {Priority.P1: "critical", Priority.P2: "error", Priority.P3: "warning"}
_WORST_FIRST = {"breaking": 0, "risky": 1, "safe": 2}
_USED_FIRST = {"used": 0, "coarse": 1, "undeclared": 2, "unused": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is configured about an integration.

    `vendor` is its name for people, `known_as` what customers call it (empty where that is not said), `web` the address of our
    own web page (empty for none), `vendor_contact` are (kind, text or link) such as ("support", "https://help.example.com").
    """

    integration: str
    vendor: str
    criticality: Criticality
    runbook: str = ""
    vendor_contact: tuple[tuple[str, str], ...] = ()
    ticket: str = ""
    web: str = ""
    known_as: str = ""


def clean(text: str, length: int = LINE_LENGTH) -> str:
    """One line of at most `length` characters, without control, formatting or surrogate characters; cut in the middle."""
    safe = text[: 20 * length]
    if not safe.isprintable():
        safe = "".join(" " if unicodedata.category(each) in {"Cc", "Zl", "Zp"} else each for each in safe)
        safe = "".join(each for each in safe if unicodedata.category(each) not in {"Cf", "Cs", "Co", "Cn"})
    return cut(" ".join(safe.split()), length)


def cut(text: str, length: int) -> str:
    """At most `length` characters: both ends are kept, for a name stands at either."""
    if len(text) <= length:
        return text
    tail = (length - 1) // 3
    return text[: length - 1 - tail] + "…" + text[len(text) - tail :]


def worst_first(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """Causes in the order people should read them: breaking before risky, used before unknown, then by place."""
    return tuple(
        sorted(
            causes,
            key=lambda cause: (_WORST_FIRST.get(cause.impact, 3), _USED_FIRST.get(cause.use, 4), cause.target, cause.address),
        )
    )


def content(
    escalation: Escalation,
    about: About,
    *,
    action: Action = Action.TRIGGER,
    because: str = "",
    occasion: str = "",
    lanes: Sequence[str] = (),
) -> Content:
    """The content of one page. `because` says why this person, `occasion` why now; `lanes` are those it speaks for."""
    causes = worst_first(escalation.causes)
    return Content(
        summary=summary(escalation, about, action),
        severity=SEVERITY.get(escalation.priority, "info"),
        source=clean(about.integration, 200),
        component=clean(causes[0].address, 200) if causes else "",
        group=clean(about.integration, 200),
        category=str(escalation.category),
        facts=tuple((label, text) for label, text in _facts(escalation, about, causes, because, occasion, lanes, action) if text),
        links=tuple(_links(escalation, about)),
        since=escalation.detected_at,
        changes=tuple(_change(cause) for cause in causes[:SHOWN_CAUSES]),
        more=max(escalation.total - SHOWN_CAUSES, 0) if causes else 0,
    )


def _change(cause: Cause) -> Change:
    return Change(
        impact=clean(cause.impact, 40),
        what=clean(f"{cause.message} [{cause.rule}]"),
        where=clean(f"{cause.target}: {cause.address}"),
        means=clean(cause.consequence),
    )


def changes(escalation: Escalation) -> str:
    """What changed: how much, the worst of it, and how many more."""
    shown, more = worst_first(escalation.causes)[:SHOWN_CAUSES], escalation.total - SHOWN_CAUSES
    counted = f"{escalation.total} changes: {_counts(escalation)}" if escalation.total > 1 else ""
    rest = f"and {more} more" if more > 0 else ""
    return "\n".join(filter(None, (counted, *(clean(f"{c.message} [{c.rule}]") for c in shown), rest)))


def reasons(escalation: Escalation) -> tuple[str, ...]:
    """Why it has its priority, a line a factor."""
    return tuple(clean(f"{factor.priority}: {factor.because}") for factor in escalation.factors)


def summary(escalation: Escalation, about: About, action: Action = Action.TRIGGER) -> str:
    """The one line: how urgent, who, what changed, what it means, and how many more."""
    head = {
        Action.TRIGGER: str(escalation.priority),
        Action.ACKNOWLEDGE: f"Acknowledged by {clean(escalation.acknowledged_by, 60)}, {escalation.priority}",
        Action.RESOLVE: f"Resolved, was {escalation.priority}",
        Action.NOTE: f"Update, {escalation.priority}",
        Action.RECORD: str(escalation.priority),
    }[action]
    if escalation.practice:
        head = f"[PRACTICE] {head}"
    said = f"{head} {clean(about.vendor, 80)}: "
    causes = worst_first(escalation.causes)
    if not causes:
        return cut(said + _CATEGORY[escalation.category], SUMMARY_LENGTH)
    more = f" (+{escalation.total - 1} more)" if escalation.total > 1 else ""
    room = SUMMARY_LENGTH - len(said) - len(more)
    what = clean(causes[0].message, max(room, 20))
    meaning = clean(causes[0].consequence, 200)
    if meaning and len(what) + len(meaning) + 3 <= room:
        what = f"{what} - {meaning}"
    return said + what + more


_CATEGORY = {
    Category.DRIFT: "its schema changed",
    Category.BLIND: "no readable document for long, changes would go unseen",
    Category.AUTH: "it refuses our credentials",
    Category.WITHDRAWN: "the version we use was withdrawn",
    Category.UNROUTABLE: "a page could not be routed to anybody",
    Category.SIGNAL: "another alarm system tells of trouble",
}


def _facts(
    escalation: Escalation,
    about: About,
    causes: tuple[Cause, ...],
    because: str,
    occasion: str,
    lanes: Sequence[str],
    action: Action,
) -> Iterable[tuple[str, str]]:
    shown = causes[:SHOWN_CAUSES]
    yield CHANGES, changes(escalation)
    yield "What it means for us", "\n".join(dict.fromkeys(clean(c.consequence) for c in shown if c.consequence))
    yield "Where", "\n".join(dict.fromkeys(clean(f"{cause.target}: {cause.address}") for cause in shown))
    yield "Affected operations", _names(sorted({operation for cause in causes for operation in cause.operations}))
    yield "Affected customers", _names(escalation.customers)
    yield "Since", when(escalation.detected_at)
    if escalation.changed_between:
        clean_at, changed_at = escalation.changed_between
        yield "Changed between", f"{when(clean_at) if clean_at else 'the first look'} and {when(changed_at)}"
    yield "Seen before", "\n".join(clean(line) for line in escalation.seen_before)
    yield "Priority", "\n".join(reasons(escalation))
    if escalation.acknowledged_by:
        yield "Acknowledged by", clean(escalation.acknowledged_by, 100)
    if escalation.resolution:
        yield "Resolution", clean(escalation.resolution)
    yield "Lanes", ", ".join(lanes) if len(lanes) > 1 else ""
    if action is not Action.RECORD:  # nobody is paged by it, and its news stand beside what it says
        yield "Why you", clean(because)
        yield NEWS if action is Action.NOTE else "Why now", clean(occasion)
    yield "Vendor contact", "\n".join(clean(f"{kind}: {text}") for kind, text in about.vendor_contact)
    yield "Escalation", f"{escalation.id}, generation {escalation.generation}"


def _links(escalation: Escalation, about: About) -> Iterable[Link]:
    offered = (
        ("The change and what to do", f"{about.web.rstrip('/')}/escalations/{escalation.id}" if about.web else ""),
        ("Runbook", about.runbook),
        ("Ticket", about.ticket),
        *((f"{kept.channel} {kept.reference}", kept.url) for kept in escalation.records if not kept.subject),
        *((f"Vendor {kind}", text) for kind, text in about.vendor_contact),
    )
    for text, href in offered:
        if fit_to_open(href):
            yield Link(text=clean(text, 100), href=href)


def fit_to_open(href: str) -> bool:
    """An http(s) link of sane length that carries no credentials and no control characters."""
    if len(href) > 2000 or any(ord(each) <= 32 or ord(each) == 127 for each in href):
        return False
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc


def when(moment: datetime) -> str:
    """`2026-11-23 08:43 UTC`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _counts(escalation: Escalation) -> str:
    """By impact; of a storm, whose causes are not all kept, by target."""
    if escalation.beyond:
        targets = len(escalation.targets)
        return f"on {targets} target{'s' * (targets > 1)}, the worst are shown"
    counts = {word: sum(cause.impact == word for cause in escalation.causes) for word in _WORST_FIRST}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)


def _names(names: Sequence[str]) -> str:
    if not names:
        return ""
    shown = ", ".join(clean(name, 120) for name in names[:SHOWN_NAMES])
    more = len(names) - SHOWN_NAMES
    return f"{len(names)}: {shown}" + (f" and {more} more" if more > 0 else "")
