"""Patterns as automata: matching agrees with Python's, and relations are right."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.engine.regex import Relation, example, matches, relation

PIECES = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "\\d", "\\w", "^", "$", "x?", "a*", "b+", "a{2}", "b{1,2}"])
PATTERNS = st.recursive(
    PIECES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        inner.map(lambda piece: f"({piece})*"),
    ),
    max_leaves=6,
)
TEXTS = st.text(alphabet="abx1", max_size=6)


@given(PATTERNS, TEXTS)
def test_matching_agrees_with_python(pattern: str, text: str) -> None:
    assert matches(pattern, text) == (re.search(pattern, text) is not None)


@given(PATTERNS, PATTERNS, TEXTS)
def test_no_text_contradicts_a_relation(old: str, new: str, text: str) -> None:
    was, now = re.search(old, text) is not None, re.search(new, text) is not None
    found = relation(old, new)

    if found is Relation.EQUAL:
        assert was == now
    if found is Relation.NARROWER:
        assert was or not now
    if found is Relation.WIDER:
        assert now or not was


@given(PATTERNS)
def test_an_example_matches(pattern: str) -> None:
    found = example(pattern)
    assert found is None or re.search(pattern, found)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (r"^[a-z]+$", r"^[a-z]{3}$", Relation.NARROWER),
        (r"^[a-z]*$", r"^[a-z0-9]*$", Relation.WIDER),
        (r"^\d+$", r"^[0-9]+$", Relation.EQUAL),
        (r"^a", r"^b", Relation.CROSSING),
        (r"^(?=a)", r"^a", Relation.UNKNOWN),
        (r"^[a-z]{1,5000}$", r"^[a-z]+$", Relation.UNKNOWN),
    ],
)
def test_two_patterns_are_compared_or_left_open(old: str, new: str, expected: Relation) -> None:
    assert relation(old, new) is expected


def test_a_pattern_that_makes_backtracking_explode_is_matched_at_once() -> None:
    assert matches(r"^(a+)+$", "a" * 5000 + "b") is False


@pytest.mark.parametrize("pattern", ["(", "a{9999999}", "\\p{L}", "(?<name>a)", "[z-a]", "(a)\\1", "(?i)a"])
def test_what_cannot_be_said_is_left_open(pattern: str) -> None:
    assert matches(pattern, "a") in (None, True, False)
    assert relation(pattern, "a") in (Relation.UNKNOWN, Relation.EQUAL)
