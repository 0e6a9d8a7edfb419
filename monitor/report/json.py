"""The machine's output, and the contract of `driftpager diff --output json`. Fields are only ever added."""

from __future__ import annotations

import json

from monitor.report.clean import finite
from monitor.report.report import Report
from schemas.change import Finding, Impact
from schemas.compare import Comparison
from schemas.document import Json
from schemas.fingerprint import finding_id


def render(report: Report) -> str:
    return f"{json.dumps(answer(report.comparison), indent=2)}\n"


def answer(comparison: Comparison) -> dict[str, Json]:
    """`{"breaking", "format", "findings"}`, for `json.dumps` and nothing else."""
    findings: list[Json] = [as_json(finding) for finding in comparison.findings]
    return {"breaking": comparison.breaking, "format": comparison.format, "findings": findings}


def as_json(finding: Finding) -> dict[str, Json]:
    """One finding. Impacts are words; `request` or `response` is null where the direction does not apply, and `adjusted` where
    no override of the policy moved the level."""
    moved = finding.adjusted
    return {
        "id": finding_id("", finding),
        "rule": finding.rule,
        "impact": str(finding.impact),
        "request": _word(finding.request),
        "response": _word(finding.response),
        "notice": finding.notice,
        "use": str(finding.use),
        "address": finding.address,
        "source": {"pointer": finding.source.pointer, "line": finding.source.line, **_part(finding)},
        "message": finding.message,
        "consequence": finding.consequence,
        "before": finite(finding.before),
        "after": finite(finding.after),
        "operations": list(finding.operations),
        "witness": finite(finding.witness),
        "adjusted": None
        if moved is None
        else {
            "was": str(moved.was),
            "because": moved.because,
            "until": moved.until.isoformat() if moved.until is not None else None,
        },
    }


def _part(finding: Finding) -> dict[str, Json]:
    """In which of a bundle's files it is, where that is not the first one."""
    return {"part": finding.source.part} if finding.source.part else {}


def _word(impact: Impact | None) -> str | None:
    return None if impact is None else str(impact)
