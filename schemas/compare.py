"""Two documents in, findings out: the one door to the schema engine."""

from __future__ import annotations

from dataclasses import dataclass, replace

from schemas import formats
from schemas.change import Finding, Impact
from schemas.document import Document
from schemas.lens import Lens
from schemas.rules.override import overruled


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What comparing gave: the format both sides were read in, and the findings, worst first, then by address and rule."""

    format: str
    findings: tuple[Finding, ...]

    @property
    def breaking(self) -> bool:
        return any(finding.impact is Impact.BREAKING for finding in self.findings)


def compare(old: Document, new: Document, *, format: str | None = None, lens: Lens = Lens()) -> Comparison:
    """Judge what changed from `old` to `new`. Equal bytes cost one comparison and are never parsed.

    `format` None recognises it from the new document. Raises `Unreadable` and `UnknownFormat`, nothing else. The answer
    is the same, to the byte, under any hash seed.
    """
    found = formats.load(format) if format is not None else formats.recognise(new)
    if old.content == new.content:
        return Comparison(format=found.name, findings=())
    judged = (
        overruled(replace(f, use=lens.usage.of(f)), lens.overrides) for f in found.compare(found.read(old), found.read(new), lens)
    )
    ordered = sorted(judged, key=lambda f: (-f.impact, f.address, f.rule, f.message))
    return Comparison(format=found.name, findings=tuple(ordered))
