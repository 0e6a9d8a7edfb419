"""Small pieces of documents, fit for a page and a finding's identity."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from schemas.document import Json

LARGEST = 600
"""Bytes of JSON text that a fragment may have; anything larger is cut to its members' outlines."""


def fragment(value: Json) -> Json:
    """`value` if it is small; else its outline: plain members, and how much each nested one holds."""
    if len(orjson.dumps(value)) <= LARGEST:
        return value
    if isinstance(value, str):
        return f"{value[:200]}…"
    if isinstance(value, list):
        return [*(_outline(item) for item in value[:10]), *([f"… {len(value) - 10} more"] if len(value) > 10 else [])]
    if isinstance(value, dict):
        kept = {name[:100]: _outline(item) for name, item in list(value.items())[:20]}
        return kept if len(value) <= 20 else {**kept, "…": f"{len(value) - 20} more"}
    return value


def _outline(value: Json) -> Json:
    if isinstance(value, dict):
        return {"$ref": value["$ref"]} if isinstance(value.get("$ref"), str) else f"{{… {len(value)} members}}" if value else {}
    if isinstance(value, list):
        return f"[… {len(value)} items]" if len(orjson.dumps(value)) > 60 else value
    return f"{value[:60]}…" if isinstance(value, str) and len(value) > 60 else value


def hash_of(value: Json) -> str:
    """16 hexadecimal digits over the canonical text; empty for nothing."""
    return "" if value is None else hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
