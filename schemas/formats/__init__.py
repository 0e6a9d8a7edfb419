"""The formats: one file each, found by being here. A format reads a document into a schema and compares two of them.

Recognition asks one after the other, so a format's module imports its engine where it reads and compares, not at its top.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache
from typing import Any, Protocol, runtime_checkable

from schemas.change import Finding
from schemas.document import Document, Import, Json
from schemas.errors import UnknownFormat
from schemas.lens import Lens


class Format(Protocol):
    """What a format's module offers as its `FORMAT`. All four are pure and raise only `schemas.errors`."""

    name: str
    suffix: str
    """How the name of a file in it ends, where its media type does not tell."""

    def recognises(self, document: Document) -> bool:
        """True if the document is, on a quick look at its bytes and media type, written in this format."""

    def read(self, document: Document) -> Any:
        """The document as this format's schema; raises `Unreadable`. Never raises anything else, on any bytes."""

    def compare(self, old: Any, new: Any, lens: Lens) -> Iterable[Finding]:
        """One finding an edit, in any order; `lens.usage` may be ignored here: `schemas.compare` applies it."""

    def describe(self, schema: Any) -> str:
        """What was understood, in a few words for people: `OpenAPI 3.0, 414 operations, 812 schemas`."""


@runtime_checkable
class Bundling(Protocol):
    """What a format offers besides where its documents import each other."""

    def imports(self, document: Document, part: str) -> Sequence[Import]:
        """What one file of a bundle names: its first one (`part` empty) or the part of that name. A quick look at the bytes,
        which may find too much where they are broken; raises nothing."""


@runtime_checkable
class Naming(Protocol):
    """What a format offers besides where declared use can be held against all names of a schema."""

    def names(self, schema: Any) -> tuple[Set[str], Set[str]]:
        """The operations as findings call them, and the members (`Order.total`) in every way that findings name them."""


@runtime_checkable
class Shaping(Protocol):
    """What a format offers besides where its data is JSON, though its schema is not written as one."""

    def shape(self, schema: Any, address: str) -> Json:
        """The member at an address as `schemas.proof.shapes.ShapeOf` says it."""


_MODULES: Mapping[str, str] = {
    "odata": "schemas.formats.odata",
    "wsdl": "schemas.formats.wsdl",
    "openapi": "schemas.formats.openapi",
    "avro": "schemas.formats.avro",
    "jsonschema": "schemas.formats.jsonschema",
    "salesforce": "schemas.formats.salesforce",
    "protobuf": "schemas.formats.protobuf",
    "graphql": "schemas.formats.graphql",
    "sample": "schemas.formats.sample",
}
"""Name to module, in the order in which recognition asks them: the most telling first. Imported on first use only."""


def names() -> tuple[str, ...]:
    """Every known format, in recognition order."""
    return tuple(_MODULES)


@cache
def load(name: str) -> Format:
    """The format called `name`; raises `UnknownFormat` with the valid names."""
    if name not in _MODULES:
        raise UnknownFormat(f"unknown format {name!r}; known formats: {', '.join(_MODULES)}")
    module = importlib.import_module(_MODULES[name])
    found: Format = module.FORMAT
    return found


def imports(document: Document, part: str = "", *, format: str | None = None) -> Sequence[Import]:
    """What a file of the document names, if its format (recognised where it is not named) has imports at all."""
    try:
        found = load(format) if format is not None else recognise(document)
    except UnknownFormat:
        return ()
    return found.imports(document, part) if isinstance(found, Bundling) else ()


def recognise(document: Document) -> Format:
    """The first format that recognises the document; raises `UnknownFormat` when none does."""
    for name in _MODULES:
        found = load(name)
        if found.recognises(document):
            return found
    raise UnknownFormat(f"no format recognises {document.source or 'the document'}; name one of: {', '.join(_MODULES)}")
