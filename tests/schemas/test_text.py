"""From bytes to a tree: JSON and YAML as API descriptions mean them, and one clear error for anything else."""

from __future__ import annotations

import contextlib
import fnmatch
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.document import Document
from schemas.errors import Unreadable
from schemas.text import MAX_DEPTH, parse


def read(content: bytes | str) -> Any:
    return parse(Document(content=content.encode() if isinstance(content, str) else content))


def test_plain_scalars_mean_what_yaml_1_2_says() -> None:
    text = """
    date: 2024-01-31
    words: [no, on, off, y, NO, Yes]
    true: [true, True, FALSE]
    nothing: [null, ~, ]
    numbers: [0o17, 0x1f, 12, -3, 1_000, 1e3, .5, 0777, 12:30:45]
    200: {bare: =, quoted: "12", tagged: !!str 12}
    big: 123456789012345678901234567890
    """
    assert read(text) == {
        "date": "2024-01-31",
        "words": ["no", "on", "off", "y", "NO", "Yes"],
        "true": [True, True, False],
        "nothing": [None, None],
        "numbers": [15, 31, 12, -3, "1_000", 1000.0, 0.5, 777, "12:30:45"],
        "200": {"bare": "=", "quoted": "12", "tagged": "12"},
        "big": 1.2345678901234568e29,
    }


def test_aliases_and_merge_keys_are_followed() -> None:
    text = "base: &base {type: object, title: Base}\nmore: {<<: *base, title: More}\nlist: [*base, *base]"
    assert read(text) == {
        "base": {"type": "object", "title": "Base"},
        "more": {"title": "More", "type": "object"},
        "list": [{"type": "object", "title": "Base"}] * 2,
    }


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
def test_a_byte_order_mark_is_no_content(mark: bytes) -> None:
    assert read(mark + b'{"a": 1}') == {"a": 1}
    assert read(mark + b"a: 1") == {"a": 1}


def test_utf_16_is_read_by_its_mark() -> None:
    assert read(b"\xff\xfe" + '{"ä": 1}'.encode("utf-16-le")) == {"ä": 1}


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "the document is empty; expected JSON or YAML"),
        (b" \n ", "the document is empty; expected JSON or YAML"),
        (b"# only a comment", "the document is empty; expected JSON or YAML"),
        (b'{"a": 1,\n "b": ]', "not valid JSON: * at line 2, column 7; is it cut short[?]"),
        (b"<!doctype html>", "HTML or XML where JSON or YAML is expected; is this a login or an error page[?]"),
        (b"a: 1\na: 2", "the key 'a' stands twice at line 2, column 1; remove one of the two"),
        (b"a: [1, 2\n", "not valid YAML: did not find expected * at line 2, column 1"),
        (b"? [a]\n: b", "a mapping key that is not text at line 1, column 3"),
        (b"a: *b", "alias *b has no finished anchor before it at line 1, column 4"),
        (b"a: &a [*a]", "alias *a has no finished anchor before it at line 1, column 8"),
        (b"a: .inf", "a number that is not finite at line 1, column 4; JSON has no infinity or NaN"),
        (b"a: 1\n---\nb: 2", "more than one YAML document at line 2, column 1; serve one document"),
        (b"a: \xff", "not valid YAML or JSON; is the document text in UTF-8[?]"),
        (BOMB.encode(), "aliases expand to too much at line 7, column 8; an alias bomb[?]"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(content: bytes, error: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(content)
    assert fnmatch.fnmatchcase(str(refused.value), error)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("levels", [2_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ("- ", ""), ("x: [", "]")])
def test_deep_nesting_is_refused_and_never_a_crash(opening: str, closing: str, levels: int) -> None:
    with pytest.raises(Unreadable):
        read(opening * levels + "1" + closing * levels)


def test_nesting_that_documents_really_have_is_read() -> None:
    assert read("[" * (MAX_DEPTH - 10) + "]" * (MAX_DEPTH - 10)) is not None


@given(st.binary(max_size=300))
def test_any_bytes_give_a_tree_or_the_one_error(content: bytes) -> None:
    with contextlib.suppress(Unreadable):
        read(content)


@given(st.text(alphabet="ab:-{}[]&*!|>%@`'\"#, \n\t0.1", max_size=60))
def test_anything_like_yaml_gives_a_tree_or_the_one_error(content: str) -> None:
    with contextlib.suppress(Unreadable):
        read(content)
