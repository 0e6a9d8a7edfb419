"""A replayed history, told: for a person, for a program, and for a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alerts.priority import Priority
from monitor.backtest.replay import Step, Summary
from monitor.report.clean import clean
from monitor.report.json import as_json
from monitor.report.markdown import code, escape
from schemas.change import Impact
from schemas.document import Json

Row = tuple[str, str, str, str]
COLUMNS = ("when", "priority", "what", "why")


def rows(steps: Sequence[Step]) -> list[Row]:
    """The pages one would have had, the oldest first, as `COLUMNS`."""
    return [(_when(step), str(step.priority), _what(step), _why(step)) for step in steps if paged(step)]


def paged(step: Step) -> bool:
    return step.priority is not Priority.RECORD


def text(summary: Summary, steps: Sequence[Step]) -> Iterator[str]:
    """What stands under the table."""
    for step in steps:
        if step.trouble:
            yield f"not read: {clean(_when(step))}: {clean(step.trouble)}"
    yield counted(summary)


def counted(summary: Summary) -> str:
    """`24 versions: 3 breaking, 1 risky, 90 safe changes; 2 pages in 14.0 months, 0.1 a month`."""
    changes = f"{summary.breaking} breaking, {summary.risky} risky, {summary.safe} safe changes"
    pages = f"{summary.pages} page{'s' * (summary.pages != 1)}"
    if summary.months is not None and summary.pages_a_month is not None:
        pages += f" in {summary.months:.1f} months, {summary.pages_a_month:.1f} a month"
    unread = f" ({summary.unreadable} could not be read)" if summary.unreadable else ""
    return f"{summary.versions} versions{unread}: {changes}; {pages}"


def markdown(title: str, summary: Summary, steps: Sequence[Step]) -> str:
    """A page with a table; everything of the vendor is escaped."""
    lines = [f"**driftpager backtest** of {code(title)}: **{escape(counted(summary))}**", ""]
    table = rows(steps)
    if table:
        lines += ["| when | priority | what | why |", "| --- | --- | --- | --- |"]
        lines += [f"| {' | '.join(escape(cell) for cell in row)} |" for row in table]
        lines.append("")
    unread = [step for step in steps if step.trouble]
    lines += [f"- not read: {escape(_when(step))}: {escape(step.trouble)}" for step in unread]
    return "\n".join([*lines, ""]) if unread else "\n".join(lines)


def json(title: str, summary: Summary, steps: Sequence[Step]) -> dict[str, Json]:
    """`pages` with their findings, `unreadable`, and the `summary`; for `json.dumps`."""
    return {
        "source": title,
        "pages": [
            {
                "when": _moment(step),
                "version": step.version.label,
                "before": step.before,
                "priority": str(step.priority),
                "what": _what(step),
                "why": [{"name": f.name, "because": f.because, "priority": str(f.priority)} for f in step.factors],
                "findings": [as_json(finding) for finding in step.findings if finding.impact is not Impact.SAFE],
            }
            for step in steps
            if paged(step)
        ],
        "unreadable": [{"version": step.version.label, "because": step.trouble} for step in steps if step.trouble],
        "summary": {
            "versions": summary.versions,
            "unreadable": summary.unreadable,
            "breaking": summary.breaking,
            "risky": summary.risky,
            "safe": summary.safe,
            "pages": summary.pages,
            "months": summary.months,
            "pages_a_month": summary.pages_a_month,
        },
    }


def _moment(step: Step) -> str | None:
    return step.version.at.isoformat() if step.version.at is not None else None


def _when(step: Step) -> str:
    return f"{step.version.at:%Y-%m-%d} {step.version.label}" if step.version.at is not None else step.version.label


def _what(step: Step) -> str:
    """The worst of it in words, and how much more there is."""
    telling = [finding for finding in step.findings if finding.impact is not Impact.SAFE]
    more = f" (+{len(telling) - 1} more)" if len(telling) > 1 else ""
    return f"{telling[0].message}{more}" if telling else ""


def _why(step: Step) -> str:
    """The factors without the message, which stands beside them."""
    table, *raised = (factor.because for factor in step.factors)
    return "; ".join([table.partition(": ")[0], *raised])
