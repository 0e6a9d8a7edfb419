"""Which other files a WSDL or an XML Schema names."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from schemas.addresses import called, placed
from schemas.document import Document, Import

_SILENT = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.DOTALL)
_NAMING = re.compile(rb"<(?:[\w.-]+:)?(?:import|include|redefine|override)\b([^<>]*)>")
_WHERE = re.compile(rb"""\s(?:schemaLocation|location)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_WIDE = (b"\xff\xfe", b"\xfe\xff")


def imports(document: Document, part: str) -> Iterator[Import]:
    """By a look at the tags alone: nothing is parsed here, so nothing can hurt."""
    raw = document.content if not part else next((each.content or b"" for each in document.parts if each.name == part), b"")
    if raw[:2] in _WIDE:
        raw = raw.decode("utf-16", "replace").encode()
    if b"ocation" not in raw:
        return
    for tag in _NAMING.finditer(_SILENT.sub(b"", raw)):
        for one, other in _WHERE.findall(tag[1]):
            name = named(document.source, part, html.unescape((one or other).decode("utf-8", "replace")))
            if name:
                yield Import(name=name, at=name)


def named(source: str, part: str, written: str) -> str:
    """What a bundle whose first file is at `source` calls the file that `part` of it names so; empty if it names nothing."""
    around = placed(source, part) if part else source
    address = placed(around, written)
    return called(source, address) if address and address != source else ""
