"""For a pull request's comment: tables by impact, with everything from the vendor escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.report.clean import clean, quoted, value
from monitor.report.moved import moved
from monitor.report.report import Report
from schemas.change import Finding, Impact

_SPECIAL = re.compile(r"[\\`*_{}\[\]()#+!|<>&~$-]")


def render(report: Report) -> str:
    lines = [f"**driftpager**: {code(report.old)} → {code(report.new)} ({report.comparison.format}): **{report.summary}**", ""]
    for impact in (Impact.BREAKING, Impact.RISKY):
        found = [finding for finding in report.findings if finding.impact is impact]
        if found:
            lines += [f"### {str(impact).capitalize()} ({len(found)})", "", *_table(found), ""]
    safe = [finding for finding in report.findings if finding.impact is Impact.SAFE]
    if safe:
        lines += [f"<details><summary>Safe ({len(safe)})</summary>", "", *_table(safe), "", "</details>", ""]
    return "\n".join(lines)


def _table(findings: list[Finding]) -> Iterator[str]:
    yield "| rule | where | what changed | before | after |"
    yield "| --- | --- | --- | --- | --- |"
    for finding in findings:
        said = "<br>".join(_said(text) for text in (finding.message, finding.consequence) if text)
        if finding.witness is not None:
            said += f"<br>for example {_cell(value(finding.witness))}"
        if finding.adjusted is not None:
            said += f"<br>{escape(moved(finding))}"
        sides = ["" if side is None else _cell(value(side, 80)) for side in (finding.before, finding.after)]
        yield f"| {_cell(finding.rule)} | {_cell(finding.address)} | {said} | {sides[0]} | {sides[1]} |"


def _said(message: str) -> str:
    return "".join(_cell(text) if is_name else escape(text) for text, is_name in quoted(message))


def _cell(text: str) -> str:
    """A code span in a table, where a bar ends the cell even inside of code (GitHub Flavored Markdown, section 4.10)."""
    return code(text).replace("|", "\\|")


def escape(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, no mention, no automatic link, no table cell ended."""
    escaped = _SPECIAL.sub(lambda match: f"&#{ord(match[0])};" if match[0] in "<>&|`" else f"\\{match[0]}", clean(text))
    escaped = escaped.replace("@", "&#64;").replace("://", "&#58;//")
    return re.sub(r"(?i)www\.", lambda match: f"{match[0][:-1]}&#46;", escaped)


def code(text: str) -> str:
    """Text in a code span, whose fence is longer than any run of backticks in it."""
    shown = clean(text)
    if not shown.strip():
        return ""
    fence = "`" * (max((len(run) for run in re.findall(r"`+", shown)), default=0) + 1)
    pad = " " if "`" in shown[0] + shown[-1] else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
