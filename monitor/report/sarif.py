"""SARIF 2.1.0 (OASIS), as code scanning services take it in."""

from __future__ import annotations

import json
from urllib.parse import quote

from monitor.report.clean import clean, value
from monitor.report.moved import moved
from monitor.report.report import Report
from schemas.change import Finding, Impact
from schemas.document import Json
from schemas.fingerprint import finding_id
from schemas.rules import catalogue

_LEVELS = {Impact.BREAKING: "error", Impact.RISKY: "warning", Impact.SAFE: "note"}


def render(report: Report) -> str:
    rules = sorted({finding.rule for finding in report.findings})
    known = catalogue()
    described: list[Json] = [
        {
            "id": rule,
            "shortDescription": {"text": known[rule].condition if rule in known else rule},
            "fullDescription": {"text": known[rule].because if rule in known and known[rule].because else rule},
        }
        for rule in rules
    ]
    results: list[Json] = [_result(finding, rules.index(finding.rule), report.new) for finding in report.findings]
    driver: dict[str, Json] = {"name": "driftpager", "rules": described}
    run: dict[str, Json] = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return f"{json.dumps(log, indent=2)}\n"


def _result(finding: Finding, rule: int, file: str) -> Json:
    physical: dict[str, Json] = {"artifactLocation": {"uri": file if "://" in file else quote(file)}}
    if finding.source.line is not None and not finding.source.part:
        physical["region"] = {"startLine": finding.source.line}
    said = [f"{finding.address}: {finding.message}.", finding.consequence]
    if finding.witness is not None:
        said.append(f"For example: {value(finding.witness)}")
    if finding.adjusted is not None:
        said.append(f"{moved(finding)}.")
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": _LEVELS[finding.impact],
        "message": {"text": clean(" ".join(part for part in said if part))},
        "locations": [
            {
                "physicalLocation": physical,
                "logicalLocations": [{"fullyQualifiedName": clean(finding.address)}],
            }
        ],
        "partialFingerprints": {"driftpager/v1": finding_id("", finding)},
    }
