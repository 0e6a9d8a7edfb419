"""JSON Schema, draft 4 to 2020-12, judged by inclusion: what was valid must stay valid (or, read, must have been)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas import text
from schemas.errors import Unreadable

if TYPE_CHECKING:
    from schemas.change import Finding
    from schemas.document import Document, Json
    from schemas.engine.book import Book
    from schemas.engine.view import Reader
    from schemas.lens import Lens

# A quote before it may stand or not, so asking for it would only cost the search for a plain word its speed.
_MARK = re.compile(rb"""\$schema["']?\s*:\s*["']?https?://json-schema\.org/""")
_DRAFT = re.compile(r"json-schema\.org/(?:draft-0?(\d)|draft/(\d{4}))")
_SINCE_6 = frozenset(("const", "contains", "propertyNames"))
_SINCE_7 = frozenset(("if", "then", "else"))
_SINCE_2019 = frozenset(
    ("dependentRequired", "dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "minContains", "maxContains")
)
_SINCE_2020 = frozenset(("prefixItems", "$dynamicRef"))
_UNKNOWN = {
    "3": _SINCE_6 | _SINCE_7 | _SINCE_2019 | _SINCE_2020,
    "4": _SINCE_6 | _SINCE_7 | _SINCE_2019 | _SINCE_2020,
    "6": _SINCE_7 | _SINCE_2019 | _SINCE_2020,
    "7": _SINCE_2019 | _SINCE_2020,
    "2019": _SINCE_2020 | {"dependencies"},
    "2020": frozenset(("dependencies", "additionalItems", "$recursiveRef")),
}
"""Keywords that a draft does not have: validators of that draft pass over them."""
_MEDIA_TYPES = ("application/schema+json", "application/schema-instance+json")


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonSchema:
    """A parsed schema document."""

    root: Json
    book: Book
    reader: Reader
    draft: str


class JsonSchemaFormat:
    name = "jsonschema"
    suffix = ".json"

    def recognises(self, document: Document) -> bool:
        return document.media_type in _MEDIA_TYPES or _MARK.search(document.content) is not None

    def read(self, document: Document) -> JsonSchema:
        # Who only asks for the format does not wait for the engine.
        from schemas.engine.book import Book, Dialect
        from schemas.engine.view import Reader

        root = text.parse(document)
        if not isinstance(root, dict | bool):
            raise Unreadable("a JSON Schema is an object, true or false")
        draft = _draft(root)
        old = draft in ("3", "4", "6", "7")
        dialect = Dialect(
            name=f"draft {draft}",
            contract=False,
            siblings=not old,
            id_member="id" if draft in ("3", "4") else "$id",
            unknown=_UNKNOWN.get(draft, frozenset()),
        )
        book = Book(root, dialect)
        return JsonSchema(root=root, book=book, reader=Reader(book), draft=draft)

    def compare(self, old: JsonSchema, new: JsonSchema, lens: Lens) -> Iterable[Finding]:
        from schemas.proof.judge import compare

        return compare(old.reader, new.reader, lens)

    def describe(self, schema: JsonSchema) -> str:
        named = [schema.root[word] for word in ("$defs", "definitions") if isinstance(schema.root, dict) and word in schema.root]
        count = sum(len(found) for found in named if isinstance(found, dict))
        return f"JSON Schema, draft {schema.draft}, {count} definitions"


def _draft(root: Json) -> str:
    told = root.get("$schema") if isinstance(root, dict) else None
    found = _DRAFT.search(told) if isinstance(told, str) else None
    return (found[1] or found[2]) if found else "2020-12"[:4]


FORMAT = JsonSchemaFormat()
