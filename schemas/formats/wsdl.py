"""SOAP services: WSDL 1.1, and XML Schema by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import TYPE_CHECKING

from schemas.addresses import missing

if TYPE_CHECKING:
    from schemas.change import Finding
    from schemas.document import Document, Import
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

        return read(document)

    def imports(self, document: Document, part: str) -> Sequence[Import]:
        from schemas.wsdl.imports import imports

        return tuple(imports(document, part))

    def compare(self, old: Service, new: Service, lens: Lens) -> Iterable[Finding]:
        from schemas.wsdl.compare import compare_services

        return compare_services(old, new, lens)

    def names(self, schema: Service) -> tuple[Set[str], Set[str]]:
        from schemas.wsdl.place import address

        members = {f"{address(name)}.{each.name}" for name in schema.complex for each in schema.members(name)}
        members |= {address(name) for name in (*schema.complex, *schema.simple, *schema.elements)}
        return frozenset(each.name for each in schema.operations.values()), members

    def describe(self, schema: Service) -> str:
        what = "WSDL" if schema.operations else "XML Schema"
        counted = f"{what}, {len(schema.operations)} operations, {len(schema.complex)} types"
        return counted + missing(schema.written.unread)


FORMAT = WSDL()
