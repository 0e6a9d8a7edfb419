"""Two documents in, findings out: the one door to the schema engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from schemas import formats
from schemas.change import Finding, Impact
from schemas.document import Document
from schemas.lens import Lens, Proof
from schemas.rules.override import overruled

SMALL = 1_000_000
"""Bytes of both documents up to which a value is looked for that shows an edit, unless it always is."""


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
    if old.alike(new):
        return Comparison(format=found.name, findings=())
    before, after = found.read(old), found.read(new)
    met = _met(lens, found.name, before)
    judged: Sequence[Finding] = tuple(found.compare(before, after, met))
    if met.usage:
        judged = tuple(replace(f, use=met.usage.of(f), ours=met.usage.called(f.operations)) for f in judged)
    if lens.usage.documents and found.name == "graphql":
        from schemas.usages import with_operations

        judged = with_operations(judged, lens, before, after)
    if isinstance(found, formats.Shaping) and (lens.proof is Proof.ALWAYS or old.size + new.size <= SMALL):
        from schemas.proof.shapes import with_values  # with a validator, which takes a while to load

        judged = tuple(with_values(judged, partial(found.shape, before), partial(found.shape, after)))
    ordered = sorted((overruled(f, lens.overrides) for f in judged), key=lambda f: (-f.impact, f.address, f.rule, f.message))
    return Comparison(format=found.name, findings=tuple(ordered))


def _met(lens: Lens, format: str, schema: Any) -> Lens:
    """The lens with its usage in the names of the old schema: what we use is what was there to be used."""
    usage = lens.usage
    if not (usage.documents or usage.calls or usage.declared):
        return lens
    from schemas.usages import resolved  # who declares nothing does not wait for it

    return replace(lens, usage=resolved(usage, format, schema))
