"""Pairs grown from the documents of the corpus: trees edited at places picked by chance, texts cut and spliced."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from hypothesis import strategies as st

from tests.fuzz.documents import edited, written

FOLDER = Path(__file__).parents[1] / "corpus"
SPLICES = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b":",
    b",",
    b"\n",
    b"\xef\xbb\xbf",
    b"!",
    b"@",
    b"|",
    b"&",
    b"=",
    b"...",
    b'"""',
    b"extend ",
    b"type ",
    b"implements ",
    b"input ",
    b"null",
    b"1e999",
    b"-",
    b"#",
    b"<a>",
    b"]]>",
    b"<!--",
    b"&a;",
    b"*a",
    b"&a ",
    b"$ref",
)


@cache
def documents(format: str) -> tuple[bytes, ...]:
    """Every document of a format's corpus that is no larger than 20 KB."""
    found = (path.read_bytes() for path in sorted((FOLDER / format).glob("*/*")) if path.stem in ("before", "after"))
    return tuple(raw for raw in found if len(raw) <= 20_000)


@cache
def trees(format: str) -> tuple[Any, ...]:
    """Those of them that are JSON."""
    found = []
    for raw in documents(format):
        try:
            found.append(orjson.loads(raw))
        except orjson.JSONDecodeError:
            continue
    return tuple(found)


def grown(format: str) -> st.SearchStrategy[tuple[bytes, bytes]]:
    """Pairs of one format."""
    texts = mangled(st.sampled_from(documents(format)))
    return st.one_of(edited(st.sampled_from(trees(format))).map(written), texts) if trees(format) else texts


@st.composite
def mangled(draw: Callable[[st.SearchStrategy[Any]], Any], made: st.SearchStrategy[bytes]) -> tuple[bytes, bytes]:
    """A text, and it with a few pieces moved, doubled, lost or put in; or another text."""
    old = new = draw(made)
    if draw(st.integers(0, 2)) == 0:
        return old, draw(made)
    for _ in range(draw(st.integers(1, 3))):
        words = new.split(b" ")
        i, j = (draw(st.integers(0, len(words) - 1)) for _ in "ij")
        match draw(st.integers(0, 3)):
            case 0:
                words[i : i + 1] = [words[i], words[j]]
            case 1:
                del words[i]
            case 2:
                words[i], words[j] = words[j], words[i]
            case _:
                cut = draw(st.integers(0, len(words[i])))
                words[i] = words[i][:cut] + draw(st.sampled_from(SPLICES)) + words[i][cut:]
        new = b" ".join(words)
    return old, new
