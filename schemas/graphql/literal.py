"""Literals of the SDL (defaults, directive arguments) in one canonical form, so that spelling is no difference."""

from __future__ import annotations

import json
import math
import re

_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,8})\}|u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_SIMPLE = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def canonical_string(token: str) -> str:
    """A quoted or block string as a JSON string."""
    text = _block(token[3:-3]) if token.startswith('"""') else _ESCAPE.sub(_unescaped, token[1:-1])
    return json.dumps(text)


def canonical_number(token: str) -> str:
    """`1.0`, `1` and `10e-1` are one number. What no float holds stays as written."""
    if not any(mark in token for mark in ".eE"):
        return token
    value = float(token)
    if not math.isfinite(value):
        return token
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def _unescaped(match: re.Match[str]) -> str:
    braced, plain, simple = match.groups()
    digits = braced or plain
    if digits is None:
        return _SIMPLE.get(simple, simple)
    code = int(digits, 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def _block(raw: str) -> str:
    """The value of a block string: common indentation and blank first and last lines do not belong to it."""
    lines = re.split(r"\r\n|\n|\r", raw.replace('\\"""', '"""'))
    indents = [len(line) - len(line.lstrip(" \t")) for line in lines[1:] if line.strip(" \t")]
    cut = min(indents, default=0)
    lines = [lines[0], *(line[cut:] for line in lines[1:])]
    while lines and not lines[0].strip(" \t"):
        lines.pop(0)
    while lines and not lines[-1].strip(" \t"):
        lines.pop()
    return "\n".join(lines)
