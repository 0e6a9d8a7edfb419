"""OData `$metadata`: versions 2, 3, 4 and 4.01, as XML or JSON."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.change import Finding
    from schemas.document import Document, Json
    from schemas.lens import Lens
    from schemas.odata.model import Service


class OData:
    """Compared by full names. Another protocol is one finding, and nothing else is looked at then."""

    name = "odata"
    suffix = ".xml"

    def recognises(self, document: Document) -> bool:
        start = document.content[:4000]
        if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            return b'"$EntityContainer"' in start or (b'"$Version"' in start and b'"$Kind"' in start)
        return b"<" in start and (b"Edmx" in start or (b"<Schema" in start and b"/edm" in start))

    def read(self, document: Document) -> Service:
        if document.content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            from schemas.odata.json_reading import read_json

            return read_json(document.content.removeprefix(b"\xef\xbb\xbf"))
        from schemas.odata.xml_reading import read_xml

        return read_xml(document.content)

    def compare(self, old: Service, new: Service, lens: Lens) -> Iterable[Finding]:
        from schemas.odata.compare import compare_services

        return compare_services(old, new, lens)

    def names(self, schema: Service) -> tuple[Set[str], Set[str]]:
        return frozenset({*schema.offered, *schema.operations}), schema.members()

    def shape(self, schema: Service, address: str) -> Json:
        from schemas.odata.shapes import shape

        return shape(schema, address)

    def describe(self, schema: Service) -> str:
        return f"OData {schema.version}, {len(schema.structures)} types, {len(schema.offered)} sets, singletons and operations"


FORMAT = OData()
