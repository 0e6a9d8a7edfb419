"""The review after an escalation: a draft from its timeline, due after the resolution, closed with cause, action and learning.

`open_review`, `review_due` and `reviewed` are its steps; `draft_of` writes the draft as Markdown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from alerts import events as ev
from alerts.delays import Delay
from alerts.draft import Draft, Refused
from alerts.escalation import WORKED, Entry, Escalation, Sla, State, TimerKind
from alerts.layout import escaped
from alerts.page import EscalationId
from alerts.priority import Priority
from alerts.promise import Promise, Standing
from alerts.routing import deadline
from alerts.sla import inform, kept
from alerts.wording import clean, when, worst_first
from schemas.change import Finding

DUE = MappingProxyType({Priority.P1: Delay(business_days=2), Priority.P2: Delay(business_days=5)})
"""How long after its resolution an escalation is to be reviewed; what is less urgent may be, and need not."""

REMIND_AFTER = timedelta(days=7)
SHOWN_ENTRIES = 200
SHOWN_CAUSES = 20


class ReviewState(StrEnum):
    """A draft until somebody closes it."""

    DRAFT = "draft"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What people wrote about one escalation. `text` is the whole as Markdown once it is closed, empty before."""

    escalation: EscalationId
    state: ReviewState = ReviewState.DRAFT
    cause: str = ""
    action: str = ""
    learning: str = ""
    text: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that a draft is written from. `edits` are the findings behind the causes by their id, `timeline` the oldest first."""

    escalation: Escalation
    timeline: Sequence[Entry]
    review: Review
    promises: Sequence[Promise] = ()
    edits: Mapping[str, Finding] = field(default_factory=dict)


def open_review(draft: Draft, before: Escalation) -> None:
    """After any event: a P1 or P2 that is over is to be reviewed. Practice and what never opened is not."""
    after = draft.escalation
    delay, primary = DUE.get(after.priority), after.primary
    if before.state not in WORKED or after.state is not State.RESOLVED or after.practice or delay is None or primary is None:
        return
    due_at = deadline(draft.desk.matrix, primary.name, primary.level, delay, draft.now)
    draft.change(review_due_at=due_at)
    draft.start_whole(TimerKind.REVIEW, due_at)


def review_due(draft: Draft, event: ev.ReviewDue) -> None:
    draft.stop(TimerKind.REVIEW)
    draft.start_whole(TimerKind.REVIEW, draft.now + REMIND_AFTER)
    because = f"its review was due {when(event.due_at)}: driftpager review show {draft.escalation.id}"
    draft.say("review.overdue", because)
    inform(draft, because)


def reviewed(draft: Draft, event: ev.Reviewed) -> None:
    escalation = draft.escalation
    if event.by not in draft.desk.matrix.contacts:
        raise Refused(f"{event.by!r} is no contact of the matrix")
    told = {"cause": event.cause, "action": event.action, "learning": event.learning}
    if missing := [name for name, text in told.items() if escalation.priority <= Priority.P2 and not text.strip()]:
        raise Refused(f"the review of a {escalation.priority} needs its {' and '.join(missing)}")
    draft.stop(TimerKind.REVIEW)
    draft.change(state=State.REVIEWED)
    draft.say("escalation.reviewed", event.learning or event.cause or "closed without a remark", event.by)


def draft_of(story: Story) -> str:
    """The review as Markdown, with what is known filled in. What a vendor or a person wrote is escaped."""
    return "\n".join(_lines(story)) + "\n"


def _lines(story: Story) -> Iterator[str]:
    it, review = story.escalation, story.review
    yield f"# Review of {it.id}: {it.priority}, {_said(it.integration)}"
    yield ""
    yield f"- detected {when(it.detected_at)}, " + ", ".join(_milestones(it))
    yield f"- generation {it.generation}, {it.category}, owner {_said(it.owner or 'nobody')}"
    if it.review_due_at and review.state is ReviewState.DRAFT:
        yield f"- this review is due {when(it.review_due_at)}"
    yield from _section("What changed", _changes(story))
    yield from _section("When it was detected", _detected(it))
    yield from _section("Who, and when", _people(story.timeline))
    yield from _section("Mitigation", _told(story.timeline, "escalation.mitigated"), otherwise="None was declared.")
    yield from _section("Impact on customers", [_said(it.impact)] if it.impact else [], otherwise="None was declared.")
    yield from _section("Customers told", _customers(story.promises), otherwise="Nobody was told anything.")
    yield from _section("What went well", _well(story))
    yield from _section("What was late or went wrong", _late(story))
    yield from _section("Seen before", [_said(line) for line in it.seen_before], otherwise="Nothing like it was reviewed before.")
    for title, text in (("Cause", review.cause), ("Action", review.action), ("Learning", review.learning)):
        yield from _section(title, _paragraph(text), otherwise="*to be written*", bullets=False)
    yield from _section("Timeline", _timeline(story.timeline))


def _section(title: str, lines: Iterable[str], *, otherwise: str = "Nothing to tell.", bullets: bool = True) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""
    found = list(lines)
    if not found:
        yield otherwise
    for line in found:
        yield f"- {line}" if bullets else line


def _milestones(it: Escalation) -> Iterator[str]:
    if it.opened_at:
        yield f"opened {when(it.opened_at)}"
    if it.first_acknowledged_at:
        yield f"acknowledged {when(it.first_acknowledged_at)}"
    if it.resolved_at:
        yield f"resolved {when(it.resolved_at)} by {_said(it.resolved_by)}: {_said(it.resolution)}"


def _changes(story: Story) -> Iterator[str]:
    causes = worst_first(story.escalation.causes)
    for cause in causes[:SHOWN_CAUSES]:
        yield f"{cause.impact}: {_said(cause.message)} ({_code(cause.rule)} at {_code(cause.address)} of {_code(cause.target)})"
        if cause.consequence:
            yield f"it means: {_said(cause.consequence)}"
        edit = story.edits.get(cause.finding)
        if edit is not None and (edit.before is not None or edit.after is not None):
            yield f"before {_code(_value(edit.before))}, after {_code(_value(edit.after))}"
    if len(causes) > SHOWN_CAUSES:
        yield f"and {len(causes) - SHOWN_CAUSES} more"


def _detected(it: Escalation) -> Iterator[str]:
    if it.changed_between:
        clean_at, changed_at = it.changed_between
        yield f"between {when(clean_at) if clean_at else 'the first look'} and {when(changed_at)}"
    yield f"first seen {when(it.detected_at)}"


_PEOPLE = frozenset({"page.queued", "escalation.acknowledged", "lane.acknowledged", "lane.climbed", "lane.exhausted"})


def _people(entries: Sequence[Entry]) -> Iterator[str]:
    for entry in entries[:SHOWN_ENTRIES]:
        if entry.kind in _PEOPLE:
            yield f"{when(entry.at)}: {_said(entry.text)}"


def _told(entries: Sequence[Entry], kind: str) -> Iterator[str]:
    for entry in entries:
        if entry.kind == kind:
            yield f"{when(entry.at)} by {_said(entry.actor)}: {_said(entry.text)}"


def _customers(promises: Sequence[Promise]) -> Iterator[str]:
    for each in promises:
        happened = (
            f", told {when(each.settled_at)}" if each.settled_at and each.standing in (Standing.KEPT, Standing.LATE) else ""
        )
        yield f"{_said(each.customer)}: update {each.sequence} due {when(each.due.due_at)}, {each.standing}{happened}"


def _well(story: Story) -> Iterator[str]:
    for promised in story.escalation.commitments:
        if kept(promised) and promised.clock is not Sla.UPDATE:
            yield f"{promised.clock} within what was promised ({_said(promised.because)})"
    done = [each for each in story.promises if each.standing is Standing.KEPT]
    if done:
        yield f"{len(done)} of {len(story.promises)} updates to customers in time"


_WRONG = frozenset(
    {"page.failed", "acknowledgement.missed", "lane.exhausted", "escalation.unroutable", "escalation.unacknowledged"}
)


def _late(story: Story) -> Iterator[str]:
    for promised in story.escalation.commitments:
        if kept(promised) is False:
            yield f"{promised.clock} later than promised ({_said(promised.because)}, due {when(promised.due_at)})"
    for each in story.promises:
        if each.standing in (Standing.LATE, Standing.MISSED):
            yield f"update {each.sequence} to {_said(each.customer)} was {each.standing}, due {when(each.due.due_at)}"
    for entry in story.timeline:
        if entry.kind in _WRONG:
            yield f"{when(entry.at)}: {_said(entry.text)}"


def _timeline(entries: Sequence[Entry]) -> Iterator[str]:
    for entry in entries[:SHOWN_ENTRIES]:
        actor = "" if entry.actor == "driftpager" else f" ({_said(entry.actor)})"
        yield f"{when(entry.at)} {_code(entry.kind)} {_said(entry.text)}{actor}"
    if len(entries) > SHOWN_ENTRIES:
        yield f"and {len(entries) - SHOWN_ENTRIES} more"


def _paragraph(text: str) -> list[str]:
    """What a person wrote, line by line, as plain text."""
    return [escaped(clean(line)) for line in text.splitlines()] if text.strip() else []


def _said(text: str) -> str:
    return escaped(clean(text))


def _value(value: object) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _code(text: str) -> str:
    """As code, with a fence longer than any in the text."""
    line = clean(text, 300)
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"
