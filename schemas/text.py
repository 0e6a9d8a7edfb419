"""From bytes to a JSON tree, whatever the bytes are: JSON by orjson, everything else as YAML 1.2 with the core schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from schemas.errors import Unreadable

if TYPE_CHECKING:
    from schemas.document import Document, Json

MAX_DEPTH = 250
"""Levels of nesting a document may have. What reads a tree later may recurse over it safely; orjson's writer allows 254."""

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def parse(document: Document) -> Json:
    """The document's tree. Raises `Unreadable` with line and column, and nothing else, on any bytes.

    A tree that comes back is acyclic, at most `MAX_DEPTH` deep and can be written by orjson as it is.
    """
    tree = load(document)
    write(tree)
    return tree


def load(document: Document) -> Json:
    """The tree as `parse` gives it, but for its depth, which may be what orjson reads: who loads has to `write` every part."""
    content = _as_utf8(document.content)
    start = content[:4096].lstrip()[:1]
    if not start and not content.strip():
        raise Unreadable("the document is empty", hint="expected JSON or YAML")
    if start == b"<":
        raise Unreadable("HTML or XML where JSON or YAML is expected", hint="is this a login or an error page?")
    return _json(content) if start in (b"{", b"[") else _json_or_yaml(content)


def write(tree: Json) -> bytes:
    """Compact JSON; raises `Unreadable` for a tree too deep to recurse over, or that JSON cannot write."""
    try:
        return orjson.dumps(tree)
    except (TypeError, orjson.JSONEncodeError) as error:
        if "ecursion" in str(error):
            raise Unreadable(f"nested deeper than {MAX_DEPTH} levels") from error
        raise Unreadable("holds a value that JSON cannot write", hint="look for over-long integers or odd text") from error


def _as_utf8(content: bytes) -> bytes:
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            if encoding == "utf-8":
                return content[len(bom) :]
            try:
                return content[len(bom) :].decode(encoding).encode()
            except UnicodeError as error:
                raise Unreadable(f"not valid {encoding}", hint="serve the document as UTF-8") from error
    return content


def _json(content: bytes) -> Json:
    try:
        tree: Json = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if "depth limit" in error.msg or "failed to allocate" in error.msg:
            raise Unreadable(f"nested deeper than {MAX_DEPTH} levels", where=_position(error)) from error
        raise Unreadable(f"not valid JSON: {error.msg}", where=_position(error), hint="is it cut short?") from error
    return tree


def _position(error: orjson.JSONDecodeError) -> str:
    return f"line {error.lineno}, column {error.colno}"


def _json_or_yaml(content: bytes) -> Json:
    try:
        tree: Json = orjson.loads(content)
    except orjson.JSONDecodeError:
        from schemas import yaml_text  # PyYAML takes a while to import and most documents are JSON

        return yaml_text.parse(content, max_depth=MAX_DEPTH)
    return tree
