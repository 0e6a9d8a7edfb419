"""Avro schemas, and the ones of Salesforce's platform events."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.avro.model import Schema
    from schemas.change import Finding
    from schemas.document import Document, Json
    from schemas.lens import Lens

_RECORD = re.compile(rb'"type"\s*:\s*"(?:(?:expanded-)?record|enum|fixed)"')
_LIST = re.compile(rb'"(?:fields|symbols)"\s*:\s*\[|"size"\s*:\s*\d')


class Avro:
    """Compared by the names of fields. What a reader may take for what is Avro's schema resolution."""

    name = "avro"
    suffix = ".avsc"

    def recognises(self, document: Document) -> bool:
        raw = document.content
        if raw[:100].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
            return False
        return b'"name"' in raw[:200_000] and _RECORD.search(raw[:200_000]) is not None and _LIST.search(raw) is not None

    def read(self, document: Document) -> Schema:
        from schemas.avro.reading import read

        return read(document)

    def compare(self, old: Schema, new: Schema, lens: Lens) -> Iterable[Finding]:
        from schemas.avro.compare import compare_schemas

        return compare_schemas(old, new, lens)

    def names(self, schema: Schema) -> tuple[Set[str], Set[str]]:
        from schemas.avro.model import Record

        records = [each for each in schema.definitions.values() if isinstance(each, Record)]
        owners = {each.label for each in schema.definitions.values()} | {schema.event}
        members = {f"{owner}.{name}" for each in records for name in each.fields for owner in (each.label, schema.event)}
        return frozenset(), owners | members

    def shape(self, schema: Schema, address: str) -> Json:
        from schemas.avro.shapes import shape

        return shape(schema, address)

    def describe(self, schema: Schema) -> str:
        fields = sum(len(getattr(each, "fields", ())) for each in schema.definitions.values())
        return f"Avro {schema.event or 'schema'}, {len(schema.definitions)} named types, {fields} fields"


FORMAT = Avro()
