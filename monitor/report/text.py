"""For a person at a terminal: the worst first, the count last, where the eye is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from monitor.report.clean import clean, value
from monitor.report.moved import moved
from monitor.report.report import Report
from schemas.change import Finding, Impact, Use

Paint = Callable[[str, Impact], str]
"""Colours a word by an impact, or leaves it alone."""

_SHOWN = 6
_INDENT = " " * 10


def render(report: Report, paint: Paint = lambda text, impact: text) -> str:
    """A block a breaking or risky finding, a line a safe one, then one line that counts."""
    lines: list[str] = []
    for finding in report.findings:
        if finding.impact is Impact.SAFE:
            lines.append(_head(finding, paint) + f": {clean(finding.message)}")
        else:
            lines += [_head(finding, paint), *(_INDENT + line for line in _body(finding)), ""]
    if lines and lines[-1]:
        lines.append("")
    lines.append(f"{clean(report.old)} -> {clean(report.new)} ({report.comparison.format}): {report.summary}")
    return "\n".join(lines) + "\n"


def _head(finding: Finding, paint: Paint) -> str:
    mark = " (notice)" if finding.notice else ""
    if finding.adjusted is not None:
        mark += f" ({finding.adjusted.was} by the rule)"
    return f"{paint(f'{finding.impact!s:<8}', finding.impact)}  {finding.rule}{mark}  {clean(finding.address)}"


def _body(finding: Finding) -> Iterator[str]:
    yield clean(finding.message)
    if finding.consequence:
        yield clean(finding.consequence)
    if finding.before is not None:
        yield f"before: {value(finding.before)}"
    if finding.after is not None:
        yield f"after:  {value(finding.after)}"
    if finding.witness is not None:
        yield f"for example: {value(finding.witness)}"
    sides = (("what we send", finding.request), ("what we read", finding.response))
    told = [f"{side}: {impact}" for side, impact in sides if impact is not None]
    if told:
        yield "; ".join(told)
    if finding.adjusted is not None:
        yield clean(moved(finding))
    if finding.operations:
        more = len(finding.operations) - _SHOWN
        shown = ", ".join(clean(operation) for operation in finding.operations[:_SHOWN])
        yield f"reaches {shown}" + (f" and {more} more" if more > 0 else "")
    if finding.use is not Use.UNDECLARED:
        yield f"our use: {finding.use}"
    if finding.source.pointer or finding.source.line:
        line = f" line {finding.source.line}" if finding.source.line else ""
        part = f" of {clean(finding.source.part)}" if finding.source.part else ""
        yield f"at {clean(finding.source.pointer) or 'the document'}{line}{part}"
