"""The valid word that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, valid: Iterable[str]) -> str:
    """A hint that names the valid word most like `word`, or lists the valid ones where none is near."""
    words = sorted(set(valid))
    folded: dict[str, str] = {}
    for candidate in words:
        folded.setdefault(_fold(candidate), candidate)
    near = difflib.get_close_matches(_fold(word), folded, n=1, cutoff=0.6)
    if near:
        return meant_by(folded[near[0]])
    if not words:
        return "none is valid here"
    shown = ", ".join(words[:12]) + (", ..." if len(words) > 12 else "")
    return f"valid: {shown}"


def meant_by(word: str) -> str:
    """The hint that one word was meant."""
    return f"did you mean {word!r}?"


def _fold(word: str) -> str:
    return word.lower().replace("-", "_")
