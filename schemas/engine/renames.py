"""Members that look renamed: evidence for whoever reads of a removal, never a reason to judge it otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from schemas.engine.book import ANNOTATIONS
from schemas.engine.same import text

if TYPE_CHECKING:
    from schemas.document import Json

MOST = 24
"""Members that went, or came, beyond which nobody would believe a guess."""
_NEAR = 0.8


def renames(gone: Mapping[str, Json], come: Mapping[str, Json]) -> dict[str, str]:
    """New names by old ones: one-to-one, by equal content that says more than a type, or by a near name for equal content.

    >>> renames({"first_name": {"type": "string"}}, {"firstName": {"type": "string"}, "age": {"type": "integer"}})
    {'first_name': 'firstName'}
    """
    if not gone or not come or len(gone) > MOST or len(come) > MOST:
        return {}
    before, after = {name: _content(raw) for name, raw in gone.items()}, {name: _content(raw) for name, raw in come.items()}
    couples = [
        (old, new)
        for old, (said, _) in before.items()
        for new, (says, telling) in after.items()
        if said == says and (telling or _near(old, new))
    ]
    olds, news = [old for old, _ in couples], [new for _, new in couples]
    return {old: new for old, new in couples if olds.count(old) == news.count(new) == 1}


def _content(raw: Json) -> tuple[str, bool]:
    """What a schema says beside its texts, and whether that is more than a type."""
    if not isinstance(raw, dict):
        return text(raw), False
    said: dict[str, Json] = {word: told for word, told in raw.items() if word not in ANNOTATIONS and not word.startswith("x-")}
    return text(said), len(said) > 1 and bool(said.keys() - {"type", "format", "nullable", "readOnly", "writeOnly"})


def _near(old: str, new: str) -> bool:
    one, other = (name.replace("_", "").replace("-", "").casefold() for name in (old, new))
    return one == other or (len(one) > 3 and SequenceMatcher(None, one, other, autojunk=False).ratio() >= _NEAR)
