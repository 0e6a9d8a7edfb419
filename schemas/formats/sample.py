"""Answers of a REST API, compared by what they look like.

A side is one answer, several, a learned shape, or what the vendor publishes of them: a JSON Schema, or an OpenAPI
description with the operation that answers (the only one, or the one that the usage names).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemas.change import Finding
    from schemas.document import Document
    from schemas.lens import Lens
    from schemas.samples.learned import Learned


class Sample:
    """Recognised last: any JSON may be an answer."""

    name = "sample"
    suffix = ".json"

    def recognises(self, document: Document) -> bool:
        return document.content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")

    def read(self, document: Document) -> Learned:
        from schemas.samples import learned

        return learned.read(document.content)

    def compare(self, old: Learned, new: Learned, lens: Lens) -> Iterable[Finding]:
        from schemas.samples.drift import compare_shapes

        if old.published is not None and new.published is None:
            return _against(old.published, new, lens)
        if new.published is not None and old.published is None:
            return _against(new.published, old, lens)
        return (*compare_shapes(old.shape, new.shape, lens), *_newly_against(old, new, lens))

    def describe(self, schema: Learned) -> str:
        if schema.published is not None:
            return "a published schema of answers"
        return f"shape of {schema.answers} answer{'' if schema.answers == 1 else 's'}"


def _against(published: Mapping[str, Any], answers: Learned, lens: Lens) -> Iterator[Finding]:
    from schemas.samples.contradictions import contradictions
    from schemas.samples.published import published_in

    for each in contradictions(answers.shape, published_in(published, lens.usage.operations), lens):
        yield from each.finding()


def _newly_against(old: Learned, new: Learned, lens: Lens) -> Iterator[Finding]:
    """How the new answers contradict what the lens says is published, and the learned ones did not."""
    if not lens.published:
        return
    from schemas.samples.contradictions import contradictions
    from schemas.samples.published import loaded

    published = loaded(lens.published)
    known = {each.key for each in contradictions(old.shape, published, lens)}
    for each in contradictions(new.shape, published, lens):
        if not each.harmless and each.key not in known:
            yield from each.finding()


FORMAT = Sample()
