"""Times, values and states in the words of the pages."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import orjson
from markupsafe import Markup, escape

from alerts.escalation import TimerKind
from alerts.wording import LINE_LENGTH, clean, cut
from monitor.web.views import Deadline
from schemas.change import Use
from schemas.document import Json

FRAGMENT_LENGTH = 1500
UNSEEN = frozenset({"Cf", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that show nothing themselves and may turn around what follows."""

USE = {
    Use.USED: "we use it",
    Use.UNUSED: "we do not use it",
    Use.COARSE: "we use what it belongs to",
    Use.UNDECLARED: "use not declared",
}

NEXT = {
    TimerKind.CONFIRM: "looks again to confirm it",
    TimerKind.ACKNOWLEDGE: "pages the same people again",
    TimerKind.NEXT_LEVEL: "climbs to the next level",
    TimerKind.ACK_EXPIRY: "the acknowledgement runs out",
    TimerKind.CONFIRM_PAGE: "checks that PagerDuty shows the page",
    TimerKind.SUPPRESSION: "looks whether it may be told now",
    TimerKind.SNOOZE: "the snooze ends",
    TimerKind.CRITERION: "a criterion of the matrix may hold",
    TimerKind.FALL: "falls in priority, if nothing else happens",
    TimerKind.DIGEST: "tells how much it is by now",
    TimerKind.SLA: "tells how much of the promised time has passed",
    TimerKind.PROMISE: "looks at what customers are owed",
    TimerKind.REVIEW: "asks for the review",
    TimerKind.DRILL: "the practice ends",
}


def span(length: timedelta) -> str:
    """The length in the two largest units that matter at a glance: `45 s`, `12 min`, `3 h 05 min`, `2 d 4 h`.

    >>> span(timedelta(hours=3, minutes=5))
    '3 h 05 min'
    """
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86400:
        return f"{seconds // 3600} h {seconds % 3600 // 60:02} min"
    return f"{seconds // 86400} d {seconds % 86400 // 3600} h"


def ago(moment: datetime, now: datetime) -> str:
    """How long since; the same words just before `now`, as two machines' clocks differ."""
    return "just now" if now - moment < timedelta(seconds=2) else f"{span(now - moment)} ago"


def ahead(moment: datetime, now: datetime) -> str:
    """How long until, or by how much it is late."""
    return f"in {span(moment - now)}" if moment >= now else f"overdue by {span(now - moment)}"


def next_step(deadline: Deadline, now: datetime) -> str:
    """`climbs to the next level in 4 min`."""
    return f"{NEXT[deadline.kind]} {ahead(deadline.due_at, now)}"


def use(word: str) -> str:
    """What a word of `schemas.change.Use` means for us."""
    return USE[Use(word)]


def stamp(moment: datetime) -> str:
    """The moment in UTC, to the second: `2026-03-04 05:06:07 UTC`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def coded(text: str, length: int = LINE_LENGTH) -> Markup:
    """One clean line in which what stands in back-ticks is set as code. Everything is escaped first.

    >>> coded("`a<b` was removed")
    Markup('<code>a&lt;b</code> was removed')
    """
    parts = clean(text, length).split("`")
    if len(parts) % 2 == 0:  # an odd one out: a name that holds a back-tick, or a line that was cut
        return escape("`".join(parts))
    marked = (Markup("<code>{}</code>").format(part) if index % 2 else escape(part) for index, part in enumerate(parts))
    return Markup("").join(marked)


def fragment(value: Json) -> str:
    """A piece of a document as it would be written, cut where it is long; what cannot be seen stands as `\\u202e`."""
    text = cut(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode(), FRAGMENT_LENGTH)
    return "".join(f"\\u{ord(each):04x}" if unicodedata.category(each) in UNSEEN else each for each in text)


def size(octets: int) -> str:
    """`417 kB`, in thousands."""
    return f"{octets} B" if octets < 1000 else f"{octets / 1000:.0f} kB" if octets < 1_000_000 else f"{octets / 1_000_000:.1f} MB"
