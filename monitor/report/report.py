"""What there is to report, before anybody decided how it looks."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.change import Finding, Impact
from schemas.compare import Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A comparison and what the two sides are called (file names or URLs without credentials).

    `fail_on` is the least impact that fails a build, None where nothing does.
    """

    comparison: Comparison
    old: str
    new: str
    fail_on: Impact | None = Impact.BREAKING

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.comparison.findings

    @property
    def failed(self) -> bool:
        """True if a finding is at or over the threshold."""
        return any(self.fails(finding) for finding in self.findings)

    def fails(self, finding: Finding) -> bool:
        return self.fail_on is not None and finding.impact >= self.fail_on

    def count(self, impact: Impact) -> int:
        return sum(finding.impact is impact for finding in self.findings)

    @property
    def summary(self) -> str:
        """`2 breaking, 1 risky, 14 safe`, or `no changes`."""
        counts = [(impact, self.count(impact)) for impact in (Impact.BREAKING, Impact.RISKY, Impact.SAFE)]
        return ", ".join(f"{count} {impact}" for impact, count in counts if count) or "no changes"
