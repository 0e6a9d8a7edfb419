"""SOAP services: WSDL 1.1, and XML Schema by itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.change import Finding
    from schemas.document import Document
    from schemas.lens import Lens
    from schemas.wsdl.model import Service


class WSDL:
    """Compared from the operations down. What travels decides; names of types, ports and prefixes do not."""

    name = "wsdl"
    suffix = ".wsdl"

    def recognises(self, document: Document) -> bool:
        start = document.content[:8000]
        if b"<" not in start or b"/edm" in start or b"Edmx" in start:
            return False
        return b"http://schemas.xmlsoap.org/wsdl/" in start or b"http://www.w3.org/2001/XMLSchema" in start

    def read(self, document: Document) -> Service:
        from schemas.wsdl.reading import read

        return read(document.content)

    def compare(self, old: Service, new: Service, lens: Lens) -> Iterable[Finding]:
        from schemas.wsdl.compare import compare_services

        return compare_services(old, new, lens)

    def describe(self, schema: Service) -> str:
        what = "WSDL" if schema.operations else "XML Schema"
        return f"{what}, {len(schema.operations)} operations, {len(schema.complex)} types"


FORMAT = WSDL()
