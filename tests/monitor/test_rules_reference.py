"""The page of all rules is what the tables and the policies say."""

from __future__ import annotations

from pathlib import Path

from monitor.rules_reference import moved, reference
from schemas.rules import catalogue, rule

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_reference_of_rules_is_current() -> None:
    assert PAGE.read_text("utf-8") == reference(), "write it anew: python -m monitor.rules_reference > docs/rules.md"


def test_every_rule_has_one_row_of_six_cells() -> None:
    rows = [line for line in reference().splitlines() if line.startswith("| `")]

    assert [row.split("`")[1] for row in rows] == list(catalogue())
    assert {row.replace("\\|", "").count("|") for row in rows} == {7}


def test_a_row_says_what_the_other_policies_make_of_the_rule() -> None:
    assert moved(rule("property.removed")) == "strict-codegen: send breaking; lenient-reader: read risky"
    assert moved(rule("enum.value-added")) == "strict-codegen: read breaking; lenient-reader: read safe"
    assert moved(rule("null.added")) == ""
    assert moved(rule("op.added")) == ""
