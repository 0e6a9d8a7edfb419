"""Inputs kept as files: a first line `FORMAT SEPARATOR` (`-` for a format to be recognised), two documents between.

openapi =====
{"openapi": ...}
=====
{"openapi": ...}
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "seeds"


def dump(format: str | None, old: bytes, new: bytes) -> bytes:
    """The case as a file."""
    bar = b"====="
    while bar in old or bar in new:
        bar += b"="
    return b"".join(((format or "-").encode(), b" ", bar, b"\n", old, b"\n", bar, b"\n", new))


def load(path: Path) -> tuple[str | None, bytes, bytes]:
    """The case in a file."""
    head, _, rest = path.read_bytes().partition(b"\n")
    named, _, bar = head.partition(b" ")
    old, _, new = rest.partition(b"\n" + bar + b"\n")
    return (None if named == b"-" else named.decode()), old, new


def seeds() -> list[Path]:
    """Every input that once broke something, or is of a kind that must not."""
    return sorted(FOLDER.glob("*.seed"))
