"""What the benchmarks say of their figures: ratios to ours, and honestly where a target is missed."""

from __future__ import annotations

import pytest

from bench.measuring.process import Figures
from bench.measuring.summary import ratios, targets
from bench.measuring.tables import Measured, compared, megabytes


def took(seconds: float, *, finished: bool = True) -> Figures:
    return Figures(wall=seconds, cpu=seconds / 2, peak=100.0, rounds=3, finished=finished)


def pair(**seconds: float) -> Measured:
    return Measured(text="", figures={name.replace("_", "-"): took(its) for name, its in seconds.items()}, size=10_000_000)


def row(text: str, beginning: str) -> list[str]:
    (found,) = [line for line in text.splitlines() if line.startswith(f"| {beginning}")]
    return found.strip("| ").split(" | ")


def test_each_process_stands_beside_ours() -> None:
    text = ratios({"github rest": pair(parse=0.5, driftpager=1.0, oasdiff=4.0), "Account": pair(parse=0.1, driftpager=0.2)})

    assert row(text, "pair") == ["pair", "driftpager", "parse", "oasdiff"]
    assert row(text, "github") == ["github rest", "1.00 s", "0.5, 0.5", "4.0, 4.0"]
    assert row(text, "Account")[:3] == ["Account", "0.20 s", "0.5, 0.5"]


def test_a_process_that_met_the_limit_took_longer_than_that() -> None:
    figures = {"driftpager": took(1.0), "deepdiff": took(60.0, finished=False)}

    assert "over 60.0, 60.0" in ratios({"x": Measured(text="", figures=figures, size=1)})
    assert "| over 60.00 | over 30.00 |" in compared("x", figures, {}, [], size=1_000_000, truth=()).text


@pytest.mark.parametrize(("ours", "met"), [(1.4, "yes"), (1.6, "**no**")])
def test_a_target_that_is_missed_says_so(ours: float, met: str) -> None:
    text = targets({"github rest": pair(parse=0.5, driftpager=ours)})

    assert row(text, "github rest: driftpager")[-1] == met
    assert row(text, "github rest: peak") == ["github rest: peak memory : both files", "at most 8", "10.00", "", "**no**"]


@pytest.mark.parametrize(("theirs", "met"), [(1.6, "yes"), (1.4, "**no**")])
def test_a_target_may_be_a_minimum(theirs: float, met: str) -> None:
    assert row(targets({"github graphql": pair(driftpager=1.0, graphql_inspector=theirs)}), "github graphql")[-1] == met


def test_what_was_not_measured_has_no_target() -> None:
    assert targets({"github graphql": pair(driftpager=1.0), "yaml": Measured(text="")}) == ""


def test_sizes_are_told_in_the_unit_that_fits() -> None:
    assert [megabytes(size) for size in (24_800_000, 52_000, 400)] == ["24.8 MB", "52 kB", "0.4 kB"]
