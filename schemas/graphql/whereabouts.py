"""Where a definition's members and their arguments stand in its text, found in one pass however many are asked for."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.graphql.grammar import TOKEN

_OPENING, _CLOSING = frozenset("{(["), frozenset("})]")
_INTRODUCING = frozenset((":", "[", "@", "=", "|", "&"))
"""Tokens behind which a name is a type, a directive or a value, and defines nothing."""


def lines_of(text: str) -> Mapping[tuple[str, ...], int]:
    """The line, counted from 0, on which `(member,)`, `(member, argument)` and a directive's `(argument,)` are defined.

    Of those defined twice the first counts.
    """
    found: dict[tuple[str, ...], int] = {}
    depth = line = counted = 0
    before = member = ""
    for match in TOKEN.finditer(text):
        token = match[1]
        if token in _OPENING:
            depth += 1
        elif token in _CLOSING:
            depth -= 1
        elif 1 <= depth <= 2 and before not in _INTRODUCING and (token[0].isalpha() or token[0] == "_"):
            start = match.start(1)
            line += text.count("\n", counted, start)
            counted = start
            if depth == 1:
                member = token
                found.setdefault((member,), line)
            else:
                found.setdefault((member, token), line)
        before = token
    return found
