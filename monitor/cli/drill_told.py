"""How fast people reacted in a drill: a table for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import click

from alerts import sla
from alerts.escalation import Commitment
from alerts.reactions import Reaction, all_in_time
from monitor.cli.drilled import Drilled
from monitor.cli.output import as_json, table, when
from schemas.document import Json


def tell(found: Drilled) -> None:
    """The steps under each other, then what was promised of the whole."""
    it = found.escalation
    drill = it.drill
    head = f"[PRACTICE] drill {it.id}"
    click.echo(f"{head}, {drill.scenario} by {drill.by}: {it.priority} on {it.integration}, {it.state}" if drill else head)
    if it.resolution:
        click.echo(f"{it.resolution} ({when(it.resolved_at)})" if it.resolved_at else it.resolution)
    if not found.reactions:
        click.echo("nobody was paged")
    columns = ("lane", "level", "paged", "through", "after", "taken", "answered by", "after", "promised", "verdict")
    table(columns, [_row(each, it.opened_at or it.detected_at) for each in found.reactions])
    for promised in it.commitments:
        click.echo(f"{promised.clock}: due {when(promised.due_at)} ({promised.because}), {_kept(promised)}")


def tell_past(found: list[Drilled], output: str) -> None:
    """One line a drill: how it went, and who was the first to answer."""
    if output == "json":
        as_json([as_answer(each) for each in found])
        return
    rows = [_past(each) for each in found]
    table(("drill", "scenario", "by", "began", "priority", "first answer", "after", "in time"), rows)
    if not rows:
        click.echo("none so far; `driftpager drill --list` shows what there is to practise")


def _past(found: Drilled) -> tuple[str, ...]:
    it = found.escalation
    answers = [(each.answered_at, each) for each in found.reactions if each.answered_at is not None]
    first = min(answers, key=lambda answer: answer[0], default=None)
    return (
        str(it.id),
        it.drill.scenario if it.drill else "",
        it.drill.by if it.drill else "",
        when(it.detected_at),
        str(it.priority),
        first[1].answered_by if first else "nobody",
        _spell(first[0] - (it.opened_at or it.detected_at)) if first else "-",
        "yes" if all_in_time(found.reactions) else "no",
    )


def as_answer(found: Drilled) -> Json:
    """The same as one JSON object; times are RFC 3339, durations in seconds from the page."""
    it = found.escalation
    return {
        "id": str(it.id),
        "scenario": it.drill.scenario if it.drill else None,
        "by": it.drill.by if it.drill else None,
        "integration": it.integration,
        "priority": str(it.priority),
        "state": str(it.state),
        "opened_at": _stamp(it.opened_at),
        "ended_at": _stamp(it.resolved_at),
        "ended_because": it.resolution or None,
        "all_in_time": all_in_time(found.reactions),
        "steps": [_step(each) for each in found.reactions],
        "commitments": [
            {
                "clock": str(each.clock),
                "because": each.because,
                "due_at": _stamp(each.due_at),
                "met_at": _stamp(each.met_at),
                "kept": sla.kept(each),
            }
            for each in it.commitments
        ],
    }


def _step(each: Reaction) -> Json:
    return {
        "lane": each.lane,
        "level": each.level,
        "contacts": list(each.contacts),
        "channels": list(each.channels),
        "paged_at": _stamp(each.paged_at),
        "taken_after": _seconds(each.paged_at, each.taken_at),
        "answered_by": each.answered_by or None,
        "answered_after": _seconds(each.paged_at, each.answered_at),
        "promised_within": _seconds(each.paged_at, each.answer_by),
        "verdict": str(each.verdict),
    }


def _row(each: Reaction, opened_at: datetime) -> tuple[str, ...]:
    return (
        each.lane,
        str(each.level),
        ", ".join(each.contacts) or "whoever is there",
        ", ".join(each.channels),
        _spell(each.paged_at - opened_at),
        *_spelled(each),
        str(each.verdict),
    )


def _spelled(each: Reaction) -> Iterator[str]:
    yield _spell(each.taken_at - each.paged_at) if each.taken_at else "-"
    yield each.answered_by or "-"
    yield _spell(each.answered_at - each.paged_at) if each.answered_at else "-"
    yield _spell(each.answer_by - each.paged_at) if each.answer_by else "-"


def _kept(promised: Commitment) -> str:
    return {True: "kept", False: "too late", None: "running"}[sla.kept(promised)]


def _spell(passed: timedelta) -> str:
    seconds = max(int(passed.total_seconds()), 0)
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}h {minutes}m" if hours else f"{minutes}m {seconds % 60}s" if minutes else f"{seconds}s"


def _seconds(since: datetime, until: datetime | None) -> float | None:
    return max((until - since).total_seconds(), 0.0) if until is not None else None


def _stamp(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
