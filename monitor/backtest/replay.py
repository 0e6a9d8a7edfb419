"""Version by version through the same engine and the same priority table as the daemon: what would have been paged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from alerts.priority import Criticality, Factor, Priority, Row, Stakes, assess, row_of
from monitor.backtest.versions import NoHistory, Version
from monitor.judge import Judge
from monitor.stakes import REPEAT_WINDOW
from schemas.change import Finding, Impact
from schemas.document import Document
from schemas.errors import SchemaError, UnknownFormat
from schemas.fingerprint import CauseKey, cause_key
from schemas.lens import Lens

MONTH = timedelta(days=365.2425 / 12)
_WORST_ROW = tuple(Row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From one version to the next that could be read. `page` is its priority, `RECORD` where nobody would have been paged.

    `trouble` says why a version could not be read; there are no findings then, and the next one is compared with the one
    before.
    """

    before: str
    version: Version
    findings: Sequence[Finding] = ()
    priority: Priority = Priority.RECORD
    factors: Sequence[Factor] = ()
    trouble: str = ""

    def count(self, impact: Impact) -> int:
        return sum(finding.impact is impact for finding in self.findings)


@dataclass(slots=True, kw_only=True)
class Replay:
    """Each version is taken for accepted once it is told, as a team would that adapts: so a change pages once.

    `floor` is the least urgent priority that pages. `since` leaves out what came before, but for the last version of it.
    """

    judge: Judge
    lens: Lens
    criticality: Criticality
    floor: Priority = Priority.P3
    format: str | None = None
    _seen: dict[CauseKey, list[datetime]] = field(default_factory=dict)

    async def steps(self, versions: Iterable[Version]) -> AsyncIterator[Step]:
        """What each version would have led to, in their order; raises `NoHistory` when none can be read."""
        known: tuple[str, Document] | None = None
        trouble = ""
        for version in versions:
            try:
                document = version.document()
                if known is None:
                    await self.judge.describe(document, format=self.format)
                    known = (version.label, document)
                    continue
                label, old = known
                lens = replace(self.lens, today=version.at.date()) if version.at is not None else self.lens
                comparison = await self.judge.compare(old, document, format=self.format, lens=lens)
            except UnknownFormat as error:
                trouble = f"{version.label}: {error}"
                yield Step(before=known[0] if known else "", version=version, trouble=str(error))
                continue
            except (SchemaError, NoHistory) as error:
                trouble = f"{version.label}: {error}"
                yield Step(before=known[0] if known else "", version=version, trouble=str(error))
                continue
            known = (version.label, document)
            yield self._judged(label, version, comparison.findings)
        if known is None:
            raise NoHistory(f"no version could be read; the last one, {trouble}")

    def _judged(self, before: str, version: Version, findings: Sequence[Finding]) -> Step:
        counted = [each for each in (Told.of(finding) for finding in findings) if row_of(each) not in (Row.SAFE, Row.UNUSED)]
        repeats = max((self._before(each.key, version.at) for each in counted), default=0)
        priority, factors = assess(counted, Stakes(criticality=self.criticality, repeats=repeats))
        if priority > self.floor:
            return Step(before=before, version=version, findings=findings)
        if version.at is not None:
            for key in {each.key for each in counted}:
                self._seen.setdefault(key, []).append(version.at)
        worst = sorted(findings, key=lambda finding: _WORST_ROW.index(row_of(Told.of(finding))))
        return Step(before=before, version=version, findings=worst, priority=priority, factors=factors)

    def _before(self, key: CauseKey, at: datetime | None) -> int:
        """How often the same cause was paged within the window before; 0 where the times are unknown."""
        return sum(at - earlier <= REPEAT_WINDOW for earlier in self._seen.get(key, ())) if at is not None else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A finding in the words that the priority table asks for."""

    key: CauseKey
    impact: str
    use: str
    message: str

    @classmethod
    def of(cls, finding: Finding) -> Told:
        key = cause_key("", finding)
        return cls(key=key, impact=str(finding.impact), use=str(finding.use), message=finding.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What it comes to. `months` is None where the versions have no dates."""

    versions: int
    unreadable: int
    breaking: int
    risky: int
    safe: int
    pages: int
    months: float | None

    @property
    def pages_a_month(self) -> float | None:
        """None without dates, and for a history of less than a day."""
        return self.pages / self.months if self.months else None


def summary_of(versions: Sequence[Version], steps: Sequence[Step]) -> Summary:
    moments = [version.at for version in versions if version.at is not None]
    spanned = (max(moments) - min(moments)) / MONTH if moments else None
    return Summary(
        versions=len(versions),
        unreadable=sum(bool(step.trouble) for step in steps),
        breaking=sum(step.count(Impact.BREAKING) for step in steps),
        risky=sum(step.count(Impact.RISKY) for step in steps),
        safe=sum(step.count(Impact.SAFE) for step in steps),
        pages=sum(step.priority is not Priority.RECORD for step in steps),
        months=spanned if spanned and spanned * MONTH >= timedelta(days=1) else None,
    )
