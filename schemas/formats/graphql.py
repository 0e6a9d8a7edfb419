"""GraphQL schemas, as SDL or as the answer to an introspection query, in any mixture."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from schemas.errors import Unreadable

if TYPE_CHECKING:
    from schemas.change import Finding
    from schemas.document import Document
    from schemas.graphql.schema import Answered, Schema
    from schemas.lens import Lens

_SDL_TYPES = frozenset({"application/graphql", "text/graphql", "application/vnd.graphql"})
_LOOKS_LIKE_SDL = re.compile(
    rb"(?:^|[\r\n])[ \t]*(?:extend[ \t]+)?"
    rb"(?:(?:type|interface|union|enum|input|scalar)[ \t]+[_A-Za-z]\w*\s*(?:[{@=#\"]|implements\b|(?:[\r\n]|$))"
    rb"|schema\s*[{@]|directive\s+@\w)"
)


class GraphQL:
    """Definitions whose text is the same are never parsed."""

    name = "graphql"
    suffix = ".graphql"

    def recognises(self, document: Document) -> bool:
        if document.media_type in _SDL_TYPES:
            return True
        raw = document.content
        if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
            return b'"__schema"' in raw and b'"types"' in raw
        return b"<html" not in raw[:1000].lower() and _LOOKS_LIKE_SDL.search(raw) is not None

    def read(self, document: Document) -> Schema:
        from schemas.graphql import sdl
        from schemas.graphql.model import INTROSPECTION
        from schemas.graphql.schema import Written

        raw = document.content.removeprefix(b"\xef\xbb\xbf")
        if raw.lstrip().startswith((b"{", b"[")):
            return _answered(raw)
        return Written(sdl.split(_text(raw)), instead=document.headers.get(INTROSPECTION) == "off")

    def compare(self, old: Schema, new: Schema, lens: Lens) -> Iterable[Finding]:
        from schemas.graphql.place import Pair
        from schemas.graphql.reach import Reach
        from schemas.graphql.types import compare_schemas

        return compare_schemas(Pair(old=old, new=new, lens=lens, reach=Reach(old, lens)))

    def describe(self, schema: Schema) -> str:
        from schemas.graphql.schema import Written

        origin = "SDL" if isinstance(schema, Written) else "introspection"
        return f"GraphQL ({origin}), {len(schema.types)} types"


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Unreadable("not a GraphQL schema: the text is not UTF-8", where=f"byte {error.start}") from None


def _answered(raw: bytes) -> Answered:
    import orjson

    from schemas.graphql.schema import Answered

    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg}", where=f"line {error.lineno}, column {error.colno}") from None
    where = ""
    if isinstance(value, dict) and isinstance(value.get("data"), dict):
        value, where = value["data"], "/data"
    schema = value.get("__schema") if isinstance(value, dict) else None
    if not isinstance(schema, dict):
        refused = isinstance(value, dict) and bool(value.get("errors"))
        raise Unreadable(
            "the server answered the introspection query with errors"
            if refused
            else "no introspection result: `__schema` is missing",
            where=where,
            hint="introspection may be off; watch the vendor's SDL file instead" if refused else "",
        )
    return Answered(schema, f"{where}/__schema")


FORMAT = GraphQL()
