"""What Jira dislikes about a request, in our words: the fields it names and what is wrong with each, never its own text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from alerts.json_api import Answer

_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,60}")
_NAMED = re.compile(r"^Field '([A-Za-z][A-Za-z0-9_. -]{0,60})'")
_SHOWN = 5


def named_in(answer: Answer) -> Mapping[str, str]:
    """Field to what is wrong with it, from an answer with an error collection; empty where it names none."""
    body: Any = answer.body if isinstance(answer.body, dict) else {}
    errors = body.get("errors")
    found = {
        name: _wrong(str(text)) for name, text in (errors.items() if isinstance(errors, dict) else ()) if _FIELD.fullmatch(name)
    }
    messages = body.get("errorMessages")
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, str) and (field := _NAMED.match(message)):
            found.setdefault(field[1], _wrong(message))
    return found


def told(named: Mapping[str, str]) -> str:
    """The fields as one line, empty for none."""
    lines = [f"{name} {wrong}" for name, wrong in sorted(named.items())]
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return "; ".join(lines[:_SHOWN]) + more


def _wrong(text: str) -> str:
    lower = text.casefold()
    if "cannot be set" in lower or "screen" in lower:
        return "is not on the screen"
    if "required" in lower:
        return "is required"
    return "has a value that is not taken"
