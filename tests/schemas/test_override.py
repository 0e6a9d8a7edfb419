"""Overrides of a policy: which findings they are about, and what they leave of the rule's own verdict."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.change import Adjusted, Finding, Impact
from schemas.compare import compare
from schemas.document import Document
from schemas.fingerprint import finding_id
from schemas.lens import Lens, Override, Policy
from schemas.rules.override import matches, overruled
from schemas.usage import Usage

OLD = {"name": "Crate", "fields": [{"name": "Kind", "type": "string"}, {"name": "Note", "type": "string"}]}
NEW = {"name": "Crate", "fields": [{"name": "Kind", "type": "string"}]}


def override(level: Impact, **about: str) -> Override:
    return Override(level=level, because="our reader copes", **about)


def judged(*overrides: Override) -> tuple[Finding, ...]:
    old, new = (Document(content=json.dumps(each).encode()) for each in (OLD, NEW))
    return compare(old, new, format="salesforce", lens=Lens(overrides=overrides)).findings


def test_an_override_sets_the_level_and_keeps_the_rules_own_as_evidence() -> None:
    (plain,) = judged()
    (found,) = judged(override(Impact.RISKY, rule="sf.field.missing", address="Crate.*"))
    assert (plain.impact, plain.adjusted) == (Impact.BREAKING, None)
    assert (found.impact, found.request, found.response) == (Impact.RISKY, Impact.RISKY, Impact.RISKY)
    assert found.adjusted == Adjusted(was=Impact.BREAKING, because="our reader copes")


def test_an_override_changes_no_identity() -> None:
    (plain,), (found,) = judged(), judged(override(Impact.SAFE, address="Crate.Note"))
    assert finding_id("t", plain) == finding_id("t", found)


def test_the_first_override_that_is_about_a_finding_counts() -> None:
    (found,) = judged(
        override(Impact.SAFE, rule="property.*"), override(Impact.RISKY, rule="sf.*"), override(Impact.SAFE, address="**")
    )
    assert found.impact is Impact.RISKY


def test_an_override_to_the_level_it_has_shields_it_from_later_ones_and_is_no_evidence() -> None:
    (found,) = judged(override(Impact.BREAKING, rule="sf.field.missing"), override(Impact.SAFE, address="**"))
    assert (found.impact, found.adjusted) == (Impact.BREAKING, None)


def finding(request: Impact | None, response: Impact | None) -> Finding:
    sides = [side for side in (request, response) if side is not None]
    return Finding(rule="null.added", impact=max(sides), address="a/b", message="", request=request, response=response)


@pytest.mark.parametrize(
    ("request_", "response", "level", "expected"),
    [
        (None, Impact.BREAKING, Impact.RISKY, (None, Impact.RISKY)),
        (Impact.SAFE, Impact.RISKY, Impact.BREAKING, (Impact.SAFE, Impact.BREAKING)),
        (Impact.RISKY, Impact.BREAKING, Impact.SAFE, (Impact.SAFE, Impact.SAFE)),
        (Impact.RISKY, Impact.BREAKING, Impact.RISKY, (Impact.RISKY, Impact.RISKY)),
    ],
)
def test_the_impact_stays_the_worse_of_its_directions(
    request_: Impact | None, response: Impact | None, level: Impact, expected: tuple[Impact | None, Impact | None]
) -> None:
    found = overruled(finding(request_, response), [override(level, rule="null.added")])
    assert (found.request, found.response) == expected
    assert found.impact is level


@pytest.mark.parametrize(
    ("pattern", "address", "expected"),
    [
        ("schemas/payment/**", "schemas/payment/properties/status", True),
        ("schemas/payment/**", "schemas/payment", True),
        ("schemas/payment/**", "schemas/payment_intent", False),
        ("schemas/*/properties/status", "schemas/payment/properties/status", True),
        ("schemas/*", "schemas/payment/properties", False),
        ("**/status", "schemas/payment/properties/status", True),
        ("**/properties/**/id", "schemas/a/properties/b/properties/c/id", True),
        ("Account.*", "Account.Industry", True),
        ("Account.*", "AccountHistory.Field", False),
        ("Account.Rating?", "Account.Ratings", True),
        ("GET /v1/orders/{id}", "GET /v1/orders/{id}", True),
        ("GET /v1/[ab]", "GET /v1/a", False),
        ("account.industry", "Account.Industry", False),
        ("**", "", True),
    ],
)
def test_a_pattern_means(pattern: str, address: str, expected: bool) -> None:
    assert matches(pattern, address) is expected


@given(
    st.lists(st.sampled_from(["a", "b", "*", "?", "/", "**/", "/**"]), max_size=8).map("".join),
    st.text(alphabet="ab/", max_size=10),
)
def test_patterns_agree_with_a_regular_expression(pattern: str, address: str) -> None:
    """The same meaning, spelt the slow way."""
    steps = pattern.split("/")
    spelt = ""
    for step in steps:
        one = "".join({"*": "[^/]*", "?": "[^/]"}.get(letter, re.escape(letter)) for letter in step)
        spelt += "(?:/[^/]*)*" if step == "**" else f"/{one}"
    assert matches(pattern, address) is bool(re.fullmatch(spelt, f"/{address}"))


def test_a_hostile_address_costs_no_more_than_length_times_length() -> None:
    # Backtracking over all wildcards would take longer than the time-out of the test, by far.
    assert not matches("*a" * 60 + "b", "a" * 3000)
    assert not matches("**/a/" * 60 + "b", "a/" * 1500)


def test_a_lens_is_named_by_all_that_it_judges_by() -> None:
    lenses = [
        Lens(),
        Lens(policy=Policy.LENIENT_READER),
        Lens(usage=Usage(fields=frozenset({"A.b"}))),
        Lens(usage=Usage(objects=frozenset({"A.b"}))),
        Lens(overrides=(override(Impact.SAFE, rule="null.added"),)),
        Lens(overrides=(override(Impact.RISKY, rule="null.added"),)),
        Lens(overrides=(override(Impact.SAFE, address="null.added"),)),
    ]
    assert len({lens.hash for lens in lenses}) == len(lenses)
    assert Lens(usage=Usage(fields=frozenset("abc"))).hash == Lens(usage=Usage(fields=frozenset("cba"))).hash
