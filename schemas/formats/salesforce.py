"""Salesforce describe answers: one object's, or the global list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.change import Finding
    from schemas.document import Document
    from schemas.lens import Lens
    from schemas.salesforce.describe import Describe


class Salesforce:
    """Compared by typed attributes. Texts for people, links and order never matter, and unknown attributes pass."""

    name = "salesforce"
    suffix = ".json"

    def recognises(self, document: Document) -> bool:
        raw = document.content
        return b'"keyPrefix"' in raw and b'"queryable"' in raw and (b'"recordTypeInfos"' in raw or b'"sobjects"' in raw)

    def read(self, document: Document) -> Describe:
        from schemas.salesforce import reading
        from schemas.salesforce.describe import HIDDEN

        return reading.read(document.content, hidden=document.headers.get(HIDDEN, ""))

    def compare(self, old: Describe, new: Describe, lens: Lens) -> Iterable[Finding]:
        from schemas.salesforce.objects import compare_answers

        return compare_answers(old, new, lens)

    def describe(self, schema: Describe) -> str:
        version = f" (API {schema.version})" if schema.version else ""
        if not schema.whole:
            return f"Salesforce list of {len(schema.objects)} objects{version}"
        found = next(iter(schema.objects.values()))
        return f"Salesforce {found.name}{version}, {len(found.fields or ())} fields"


FORMAT = Salesforce()
