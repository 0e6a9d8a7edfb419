"""The table, its steps and its floor, and that every factor is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.priority import Criticality, Priority, Stakes, assess, assess_blind
from tests.alerts.stories import cause

IMPACTS = ("breaking", "risky", "safe")
USES = ("used", "coarse", "undeclared", "unused")
CUSTOMERS = tuple(f"customer {number}" for number in range(5))

judged = st.builds(lambda impact, use: cause(impact=impact, use=use), st.sampled_from(IMPACTS), st.sampled_from(USES))
stakes = st.builds(
    Stakes,
    criticality=st.sampled_from(Criticality),
    customers=st.integers(0, 5).map(lambda count: CUSTOMERS[:count]),
    high_value=st.integers(0, 1).map(lambda count: CUSTOMERS[:count]),
    repeats=st.integers(0, 2),
    sla_left=st.none() | st.floats(0, 1),
)


def priority_of(*findings: tuple[str, str], **facts: object) -> Priority:
    causes = [cause(impact=impact, use=use) for impact, use in findings]
    return assess(causes, Stakes(**({"criticality": Criticality.NORMAL} | facts)))[0]


@pytest.mark.parametrize(
    ("impact", "use", "expected"),
    [
        ("breaking", "used", "P1 P2 P2 P3"),
        ("breaking", "coarse", "P2 P3 P3 P4"),
        ("breaking", "undeclared", "P2 P3 P3 P4"),
        ("breaking", "unused", "record record record record"),
        ("risky", "used", "P3 P3 P4 record"),
        ("risky", "undeclared", "P3 P3 P4 record"),
        ("risky", "unused", "record record record record"),
        ("safe", "used", "record record record record"),
    ],
)
def test_the_table_is_as_written(impact: str, use: str, expected: str) -> None:
    assert " ".join(str(priority_of((impact, use), criticality=each)) for each in Criticality) == expected


def test_nothing_found_is_recorded() -> None:
    assert priority_of() is Priority.RECORD


def test_the_worst_finding_decides() -> None:
    assert priority_of(("risky", "used"), ("breaking", "used"), ("safe", "used")) is Priority.P2


@pytest.mark.parametrize(
    "fact",
    [{"customers": CUSTOMERS}, {"repeats": 1}, {"sla_left": 0.24}],
)
def test_each_fact_is_one_step_up_for_breaking_findings_and_none_for_risky_ones(fact: dict[str, object]) -> None:
    assert priority_of(("breaking", "used"), **fact) is Priority.P1
    assert priority_of(("breaking", "undeclared"), **fact) is Priority.P2
    assert priority_of(("risky", "used"), **fact) is Priority.P4


@pytest.mark.parametrize("fact", [{"customers": CUSTOMERS[:4]}, {"repeats": 0}, {"sla_left": 0.25}])
def test_below_its_threshold_a_fact_changes_nothing(fact: dict[str, object]) -> None:
    assert priority_of(("breaking", "used"), **fact) is Priority.P2


def test_steps_add_up_and_end_at_p1() -> None:
    facts: dict[str, object] = {"customers": CUSTOMERS, "repeats": 1, "criticality": Criticality.LOW}
    assert priority_of(("breaking", "undeclared"), **facts) is Priority.P2
    assert priority_of(("breaking", "undeclared"), **facts, sla_left=0.1) is Priority.P1
    assert priority_of(("breaking", "used"), customers=CUSTOMERS, repeats=1, sla_left=0.1) is Priority.P1


def test_a_high_value_customer_sets_a_floor_of_p2() -> None:
    assert priority_of(("breaking", "undeclared"), criticality=Criticality.LOW, high_value=("acme",)) is Priority.P2
    assert priority_of(("breaking", "unused"), high_value=("acme",)) is Priority.RECORD
    assert priority_of(("risky", "used"), high_value=("acme",)) is Priority.P4


def test_a_breaking_finding_that_is_recorded_does_not_lift_a_risky_one() -> None:
    facts: dict[str, object] = {"customers": CUSTOMERS, "repeats": 1, "high_value": ("acme",)}
    assert priority_of(("breaking", "unused"), ("risky", "used"), **facts) is Priority.P4


def test_a_lesser_breaking_finding_that_rises_passes_the_risky_one_before_it() -> None:
    facts: dict[str, object] = {"criticality": Criticality.HIGH, "customers": CUSTOMERS}
    assert priority_of(("risky", "used"), ("breaking", "undeclared"), **facts) is Priority.P2


def test_every_factor_is_kept_in_order_with_what_it_led_to() -> None:
    facts = Stakes(criticality=Criticality.LOW, customers=CUSTOMERS, high_value=("acme",), repeats=2)
    priority, factors = assess([cause(use="undeclared")], facts)
    assert priority is Priority.P2
    assert [(factor.name, factor.priority) for factor in factors] == [
        ("table", Priority.P4),
        ("customers", Priority.P3),
        ("repeat", Priority.P2),
        ("high-value", Priority.P2),
    ]
    assert factors[0].because == "breaking, use unknown, low: Account.Industry was removed"
    assert "2 times before" in factors[2].because


def test_being_blind_is_p2_p3_or_p4() -> None:
    assert [str(assess_blind(each)[0]) for each in Criticality] == ["P2", "P3", "P4", "P4"]


@given(causes=st.lists(judged, max_size=6), facts=stakes)
def test_risky_never_passes_p3_and_record_never_rises(causes: list[object], facts: Stakes) -> None:
    priority, factors = assess(causes, facts)  # type: ignore[arg-type]  # because hypothesis does not tell what it builds
    breaking = [each for each in causes if each.impact == "breaking" and each.use != "unused"]  # type: ignore[attr-defined]  # as above
    if not breaking:
        assert priority >= Priority.P3
        assert len(factors) == 1
    assert factors[-1].priority == priority
    assert [factor.priority for factor in factors] == sorted((factor.priority for factor in factors), reverse=True)


@given(causes=st.lists(judged, min_size=1, max_size=6), more=judged, facts=stakes)
def test_one_more_finding_never_lowers_the_priority(causes: list[object], more: object, facts: Stakes) -> None:
    before, _ = assess(causes, facts)  # type: ignore[arg-type]  # because hypothesis does not tell what it builds
    after, _ = assess([*causes, more], facts)  # type: ignore[list-item]  # as above
    assert after <= before
