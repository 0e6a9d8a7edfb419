"""Answers of a REST API, compared by what they look like. The old side is one answer, several, or a learned shape."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.change import Finding
    from schemas.document import Document
    from schemas.lens import Lens
    from schemas.samples.learned import Learned


class Sample:
    """Recognised last: any JSON may be an answer."""

    name = "sample"

    def recognises(self, document: Document) -> bool:
        return document.content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")

    def read(self, document: Document) -> Learned:
        from schemas.samples import learned

        return learned.read(document.content)

    def compare(self, old: Learned, new: Learned, lens: Lens) -> Iterable[Finding]:
        from schemas.samples.drift import compare_shapes

        return compare_shapes(old.shape, new.shape, lens)

    def describe(self, schema: Learned) -> str:
        return f"shape of {schema.answers} answer{'' if schema.answers == 1 else 's'}"


FORMAT = Sample()
