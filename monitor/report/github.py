"""GitHub workflow commands: an annotation a finding, on the line of the new file where it is known."""

from __future__ import annotations

from monitor.report.clean import clean
from monitor.report.moved import moved
from monitor.report.report import Report
from schemas.change import Finding, Impact

_COMMANDS = {Impact.BREAKING: "error", Impact.RISKY: "warning", Impact.SAFE: "notice"}


def render(report: Report) -> str:
    """Safe changes are counted, not annotated, unless they are worth a notice: GitHub shows ten of a kind at most."""
    lines = [_command(finding, report) for finding in report.findings if finding.impact is not Impact.SAFE or finding.notice]
    return "\n".join([*lines, f"driftpager: {_text(report.summary)}"]) + "\n"


def _command(finding: Finding, report: Report) -> str:
    properties = {"title": f"{finding.impact}: {finding.rule}"}
    if "://" not in report.new:
        properties["file"] = report.new
        if finding.source.line is not None and not finding.source.part:
            properties["line"] = str(finding.source.line)
    written = ",".join(f"{name}={_property(text)}" for name, text in properties.items())
    where = f"In {finding.source.part}:" if finding.source.part else ""
    said = " ".join(
        part for part in (where, f"{finding.address}: {finding.message}.", finding.consequence, moved(finding)) if part
    )
    return f"::{_COMMANDS[finding.impact]} {written}::{_text(said)}"


def _text(text: str) -> str:
    return clean(text).replace("%", "%25")


def _property(text: str) -> str:
    return _text(text).replace(":", "%3A").replace(",", "%2C")
