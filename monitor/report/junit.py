"""JUnit XML, the dialect that Jenkins and GitLab read: a test case a finding, failed at or over the threshold."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from monitor.report.clean import clean, value
from monitor.report.moved import moved
from monitor.report.report import Report
from schemas.change import Finding

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    """A comparison without findings is one passed case: an empty suite counts as a broken build in some readers."""
    cases = [_case(finding, failed=report.fails(finding)) for finding in report.findings]
    if not cases:
        cases = [f'    <testcase classname="driftpager" name={_attribute(f"no changes in {report.new}")}/>']
    failures = sum(report.fails(finding) for finding in report.findings)
    counts = f'tests="{len(cases)}" failures="{failures}" errors="0"'
    name = _attribute(f"{report.old} -> {report.new}")
    head = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites {counts}>", f"  <testsuite name={name} {counts}>"]
    return "\n".join([*head, *cases, "  </testsuite>", "</testsuites>"]) + "\n"


def _case(finding: Finding, *, failed: bool) -> str:
    opening = f"    <testcase classname={_attribute(finding.rule)} name={_attribute(f'{finding.address}: {finding.message}')}"
    if not failed and finding.adjusted is None:
        return f"{opening}/>"
    if not failed:
        return f"{opening}>\n      <system-out>{escape(_xml(clean(moved(finding))))}</system-out>\n    </testcase>"
    told = [finding.message, finding.consequence, moved(finding)]
    sides = (("before", finding.before), ("after", finding.after), ("for example", finding.witness))
    told += [f"{side}: {value(fragment)}" for side, fragment in sides if fragment is not None]
    told += [f"reaches {operation}" for operation in finding.operations]
    body = escape(_xml("\n".join(clean(line) for line in told if line)))
    message = _attribute(f"{finding.impact}: {finding.message}")
    return (
        f"{opening}>\n      <failure type={_attribute(str(finding.impact))} message={message}>{body}</failure>\n    </testcase>"
    )


def _attribute(text: str) -> str:
    return quoteattr(_xml(clean(text)))


def _xml(text: str) -> str:
    """Without the few characters that XML 1.0 cannot hold in any spelling."""
    return _NOT_XML.sub("\ufffd", text)
