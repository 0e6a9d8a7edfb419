"""Protocol buffers: the text of a `.proto` file, or a set of descriptors with all it imports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from typing import TYPE_CHECKING

from schemas.addresses import missing
from schemas.change import Finding
from schemas.document import Document, Import
from schemas.lens import Lens

if TYPE_CHECKING:
    from schemas.protobuf.model import Schema

# To be searched in a text with a line break before it: a search that begins with a set of bytes is twice as fast.
_DECLARED = re.compile(rb"""[\r\n;][ \t]*(?:syntax|edition)\s*=\s*["'](?:proto[23]|20\d\d)["']\s*;""")
_DEFINED = re.compile(rb"[\r\n;][ \t]*(?:package\s+[\w.]+\s*;|(?:message|service)\s+\w+\s*\{)")
_NUMBERED = re.compile(rb"\w\s*=\s*\d+\s*[;\[]|\brpc\s+\w+\s*\(")
"""What no description inside of another language's text has beside the above."""
_FIRST_FIELD = 0x0A
"""The tag of the first file in a set of descriptors, and of a file's name in it."""


class Protobuf:
    """Compared by field number. A message is judged in the directions in which the calls of the document carry it."""

    name = "protobuf"
    suffix = ".proto"

    def recognises(self, document: Document) -> bool:
        raw = document.content
        if raw[:1] == bytes((_FIRST_FIELD,)) and b".proto" in raw[:400] and b"\x00" not in raw[1:2]:
            return not raw[1:2].isspace()
        if raw[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[", b"<")):
            return False
        text = b"\n" + raw
        return _DECLARED.search(text) is not None or (_DEFINED.search(text) is not None and _NUMBERED.search(text) is not None)

    def read(self, document: Document) -> Schema:
        from schemas.protobuf import reading  # the compiler's descriptors are slow to load, and most never need them

        return reading.read(document)

    def imports(self, document: Document, part: str) -> Sequence[Import]:
        from schemas.protobuf.imports import imports

        return tuple(imports(document, part))

    def compare(self, old: Schema, new: Schema, lens: Lens) -> Iterable[Finding]:
        from schemas.protobuf.compare import compare_schemas

        return compare_schemas(old, new, lens)

    def names(self, schema: Schema) -> tuple[Set[str], Set[str]]:
        return frozenset(name for name, _ in schema.operations()), schema.members()

    def describe(self, schema: Schema) -> str:
        packages = ", ".join(sorted(filter(None, schema.packages))[:3])
        counted = f"{len(schema.messages)} messages, {sum(1 for _ in schema.operations())} calls"
        return f"Protocol buffers{f' {packages}' if packages else ''}, {counted}{missing(schema.unread)}"


FORMAT = Protobuf()
