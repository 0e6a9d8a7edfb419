"""OpenAPI 3.0, 3.1 (3.2 as far as it is the same) and Swagger 2."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from schemas import text
from schemas.errors import Unreadable

if TYPE_CHECKING:
    from schemas.change import Finding
    from schemas.document import Document
    from schemas.lens import Lens
    from schemas.openapi.description import Description

_WORDS = (b"openapi", b"swagger")
_VERSION = re.compile(rb"""["']?\s*:\s*["']?[23]\.\d""")


class OpenApi:
    """API descriptions, read leniently: vendors' own are rarely valid to the letter."""

    name = "openapi"
    suffix = ".json"

    def recognises(self, document: Document) -> bool:
        content = document.content
        for word in _WORDS:
            at = content.find(word)
            while at >= 0:
                if _VERSION.match(content, at + len(word)) and (at == 0 or content[at - 1 : at] in b"\"' \t\r\n{,\xbf"):
                    return True
                at = content.find(word, at + 1)
        return False

    def read(self, document: Document) -> Description:
        # Who only asks for the format does not wait for the engine.
        from schemas.openapi.description import OPENAPI_3_0, OPENAPI_3_1, SWAGGER_2, Description

        root = text.load(document)
        if not isinstance(root, dict):
            raise Unreadable("an API description is an object", hint="expected `openapi` or `swagger` at the top")
        version = str(root.get("openapi", root.get("swagger", "")))
        dialect = SWAGGER_2 if version.startswith("2") else OPENAPI_3_0 if version.startswith("3.0") else OPENAPI_3_1
        if not version.startswith(("2", "3")):
            raise Unreadable(
                f"not a version of OpenAPI that is known: {version[:40] or 'none'}", hint="expected 2.0, 3.0, 3.1 or 3.2"
            )
        for member in ("paths", "webhooks", "components", "definitions"):
            if member in root and not isinstance(root[member], dict | None):
                raise Unreadable(f"`{member}` is not an object", where=f"/{member}")
        return Description(root, dialect, document.content)

    def compare(self, old: Description, new: Description, lens: Lens) -> Iterable[Finding]:
        from schemas.openapi.compare import compare

        return compare(old, new, lens)

    def describe(self, schema: Description) -> str:
        version = schema.root.get("openapi", schema.root.get("swagger"))
        kind = "Swagger" if schema.swagger else "OpenAPI"
        components = schema.root.get("components")
        named = (
            schema.root.get("definitions")
            if schema.swagger
            else components.get("schemas")
            if isinstance(components, dict)
            else None
        )
        return f"{kind} {version}, {len(schema.operations)} operations, {len(named) if isinstance(named, dict) else 0} schemas"


FORMAT = OpenApi()
