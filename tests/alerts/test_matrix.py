"""The matrix file: read, versioned, checked as a whole, and asked who hears of what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from alerts.escalation import Category, ClockOwner, Mode
from alerts.matrix import LAST_RESORT, Level, Matrix
from alerts.matrix_check import validate
from alerts.presence import who
from alerts.priority import Criticality, Priority
from alerts.reach import instead, reach
from alerts.routing import Facts, route
from tests.alerts.stories import EMAIL, EXAMPLE, MONDAY, OPS, PAGERDUTY, cause, matrix

OUTLETS = {each.name: each for each in (PAGERDUTY, EMAIL, OPS)}
NIGHT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def facts(priority: Priority = Priority.P1, **changes: Any) -> Facts:
    plain: dict[str, Any] = {
        "integration": "salesforce-production",
        "criticality": Criticality.CORE,
        "category": Category.DRIFT,
        "priority": priority,
        "causes": (cause(),),
    }
    return Facts(**(plain | changes))


def one_lane(name: str, **changes: Any) -> dict[str, Any]:
    return {"lanes": {name: {"levels": [{"contact": "cto"}]} | changes}, "rules": []}


def lanes(rules: list[Any], **changes: Any) -> list[tuple[str, Mode]]:
    return [(each.lane, each.mode) for each in route(matrix(rules=rules), facts(**changes))]


def test_the_example_is_sound() -> None:
    assert validate(matrix(), OUTLETS) == ()


def test_the_same_content_has_the_same_version_whatever_its_spelling() -> None:
    turned = yaml.safe_dump(dict(reversed(yaml.safe_load(EXAMPLE).items())))
    assert matrix(turned).version == matrix().version
    assert matrix(EXAMPLE.replace("09:00", "10:00")).version != matrix().version


def test_all_problems_are_told_at_once_each_with_its_path_and_the_known_words() -> None:
    broken = matrix(
        EXAMPLE.replace("weekly: [ana, ben]", "weekly: [ana, bob]")
        .replace("{role: integration-engineering}", "{role: integration-engineer}")
        .replace("lanes: [sync]", "lanes: [sink]")
        .replace("last_resort: cto", "last_resort: ceo")
        .replace("catch_all: slack-ops", "catch_all: email"),
        priorities={"P1": {"channels": ["pager"], "extra_lanes": ["legal"]}},
        fallback="sms",
    )
    found = {problem.path: problem for problem in validate(broken, OUTLETS)}
    assert set(found) == {
        ("roles", "tier-1", "rota", "weekly", 1),
        ("lanes", "sync", "levels", 1, "role"),
        ("rules", 0, "lanes", 0),
        ("priorities", "P1", "channels", 0),
        ("priorities", "P1", "extra_lanes", 0),
        ("last_resort",),
        ("catch_all",),
        ("fallback",),
    }
    weekly = found["roles", "tier-1", "rota", "weekly", 1]
    assert (weekly.word, weekly.known) == ("bob", ("ana", "ben", "cto"))
    assert weekly.text == "no contact is called 'bob'; known are ana, ben, cto"
    assert "one fixed destination" in found["catch_all",].text


@pytest.mark.parametrize(
    ("changes", "outlets", "because"),
    [
        ({}, {}, "no channel is configured"),
        ({"last_resort": None, "catch_all": None}, OUTLETS, "would end in silence"),
        ({"lanes": {"x": {"mode": "inform", "levels": [{"contact": "cto"}]}}, "rules": []}, OUTLETS, "no lane is primary"),
        ({"lanes": {"last-resort": {"levels": [{"contact": "cto"}]}}, "rules": []}, OUTLETS, "a name of its own"),
        (
            {"lanes": {"x": {"clock": "pagerduty", "channels": ["email"], "levels": [{"contact": "cto"}]}}, "rules": []},
            OUTLETS,
            "clock",
        ),
        ({"contacts": {"ana": {}, "ben": {}, "cto": {}}}, {"email": EMAIL}, "no configured channel can reach 'cto'"),
    ],
)
def test_a_matrix_that_could_fall_silent_is_a_problem(changes: dict[str, Any], outlets: dict[str, Any], because: str) -> None:
    assert any(because in problem.text for problem in validate(matrix(**changes), outlets))


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"lanez": {}}, "lanez"),
        ({"contacts": {"ana": {"email": "not an address"}}}, "email"),
        ({"contacts": {"ana": {"email": "a@example.com\nBcc: b@example.com"}}}, "email"),
        ({"contacts": {"ana": {"zone": "Europe/Atlantis"}}}, "Atlantis"),
        ({"contacts": {"a:b": {}}}, "a:b"),
        ({"roles": {"x": {}}}, "a rota or contacts"),
        ({"roles": {"x": {"rota": {"weekly": [], "handover": "Mon 09:00"}}}}, "weekly"),
        ({"lanes": {"x": {"levels": []}}}, "levels"),
        ({"lanes": {"x": {"levels": [{"role": "a", "contact": "b"}]}}}, "either a role or a contact"),
        ({"rules": [{"when": {"impact": "dreadful"}, "lanes": ["sync"]}]}, "impact"),
        ({"rules": [{"lanes": []}]}, "lanes"),
        ({"priorities": {"P0": {}}}, "P0"),
        ({"priorities": {"P1": {"acknowledge": 5}}}, "with its unit"),
        ({"priorities": {"P1": {"start_level": 0}}}, "start_level"),
    ],
)
def test_what_is_not_a_matrix_is_refused_by_name(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError, match=where):
        matrix(**changes)


@pytest.mark.parametrize(
    ("priorities", "path"),
    [
        ({"P1": {"next_level": "31m"}}, ("priorities", "P1", "next_level")),
        ({"P1": {"next_level": None}}, ("priorities", "P1", "next_level")),
        ({"P2": {"acknowledge": "4m"}}, ("priorities", "P2", "acknowledge")),
        ({"P1": {"acknowledge": "1 business hour"}}, ("priorities", "P1", "acknowledge")),
        ({"P3": {"next_level": "20m"}}, ("priorities", "P3", "next_level")),
        ({"P1": {"next_level": "30m"}, "P3": {"next_level": "1 business hour", "acknowledge": "1d"}}, None),
    ],
)
def test_what_is_more_urgent_must_not_be_paged_more_slowly(priorities: dict[str, Any], path: tuple[str, ...] | None) -> None:
    found = validate(matrix(priorities=priorities), OUTLETS)
    assert [each.path for each in found] == ([path] if path else [])
    assert all("must not take longer" in each.text for each in found)


def test_a_priority_keeps_its_built_in_pace_where_the_file_is_silent() -> None:
    pace = matrix(priorities={"P1": {"acknowledge": "2m", "start_level": 2}}).pace(Priority.P1)
    assert (str(pace.acknowledge), str(pace.next_level), pace.start_level) == ("2m", "10m", 2)
    assert str(matrix().pace(Priority.P3).acknowledge) == "4 business hours"


def test_an_editor_schema_can_be_made_of_it() -> None:
    schema = Matrix.model_json_schema()
    assert schema["$defs"]["Pace"]["properties"]["acknowledge"]["anyOf"][0]["type"] == "string"


def test_a_removed_field_goes_to_engineering_and_with_customers_to_customer_success_too() -> None:
    assert [(r.lane, r.mode) for r in route(matrix(), facts())] == [("sync", Mode.PRIMARY)]
    both = route(matrix(), facts(customers=("acme",)))
    assert [(r.lane, r.mode) for r in both] == [("sync", Mode.PRIMARY), ("customers", Mode.INFORM)]
    assert [r.because for r in both] == ["rule 1: impact is breaking", "rule 2: 1 customers affected"]


@pytest.mark.parametrize(
    ("when", "matches"),
    [
        ({}, True),
        ({"impact": ["risky", "breaking"]}, True),
        ({"impact": "risky"}, False),
        ({"subject": "property", "use": "used"}, True),
        ({"rule": "property.removed", "target": "salesforce-production/crm/Account"}, True),
        ({"target": "salesforce-production/crm/Contact"}, False),
        ({"integration": "stripe"}, False),
        ({"criticality": ["core", "high"], "priority": ["P1", "P2"]}, True),
        ({"priority": "P3"}, False),
        ({"category": "blind"}, False),
        ({"customers_at_least": 2}, True),
        ({"customers_at_least": 3}, False),
    ],
)
def test_a_rule_matches_where_all_its_conditions_hold(when: dict[str, Any], matches: bool) -> None:
    found = lanes([{"when": when, "lanes": ["security"]}], customers=("acme", "globex"))
    assert (("security", Mode.CONSULT) in found) is matches


def test_conditions_on_a_finding_must_hold_on_one_and_the_same() -> None:
    two = (cause("c1", rule="auth.scope_removed", impact="risky"), cause("c2", impact="breaking"))
    rule = [{"when": {"subject": "auth", "impact": "breaking"}, "lanes": ["security"]}]
    assert lanes(rule, causes=two) == [("sync", Mode.PRIMARY)]


def test_exactly_one_lane_is_primary_and_further_ones_consult() -> None:
    text = EXAMPLE.replace("lanes:\n  security:", "lanes:\n  second: {levels: [{contact: cto}]}\n  security:", 1)
    found = route(matrix(text, rules=[{"lanes": ["second", "sync"]}]), facts())
    assert [(each.lane, each.mode) for each in found] == [("second", Mode.PRIMARY), ("sync", Mode.CONSULT)]


def test_without_any_lane_the_last_resort_is_the_lane() -> None:
    assert [each.lane for each in route(matrix(rules=[], lanes={}), facts())] == [LAST_RESORT]


def test_a_priority_adds_its_lanes() -> None:
    loud = matrix(priorities={"P1": {"extra_lanes": ["security"]}})
    assert [each.lane for each in route(loud, facts())] == ["sync", "security"]
    assert [each.lane for each in route(loud, facts(Priority.P2))] == ["sync"]


def test_business_hours_hold_a_p3_and_not_a_p1() -> None:
    role = Level(role="integration-engineering")
    assert who(matrix(), role, NIGHT, Priority.P1).contacts == ("ben",)
    held = who(matrix(), role, NIGHT, Priority.P3)
    assert (held.contacts, held.opens_at) == ((), datetime(2026, 11, 24, 14, 0, tzinfo=UTC))  # 09:00 in New York, ben's zone


def test_nobody_at_a_level_means_the_next_level_now() -> None:
    away = EXAMPLE.replace("ben:  {pagerduty: PUSER2, email: ben@example.com,", "ben:  {")
    found = reach(matrix(away, channel="email"), {"email": EMAIL}, "sync", 1, MONDAY, Priority.P1)
    assert (found.level, [way.recipient for way in found.to]) == (3, ["cto@example.com"])


def test_an_exhausted_lane_reaches_the_last_resort_in_person_and_by_the_default() -> None:
    found = reach(matrix(), OUTLETS, "sync", 4, MONDAY, Priority.P1)
    assert found.exhausted
    assert [(way.channel, way.contact) for way in found.to] == [("pagerduty", "cto"), ("email", "cto")]


def test_a_last_resort_without_an_address_means_the_catch_all() -> None:
    unreachable = EXAMPLE.replace("cto:  {email: cto@example.com,", "cto:  {")
    only = {"email": EMAIL, "slack-ops": OPS}
    found = reach(matrix(unreachable, channel="email"), only, "sync", 4, MONDAY, Priority.P1)
    assert [way.channel for way in found.to] == ["slack-ops"]


def test_a_contact_without_an_address_on_the_chosen_channel_is_reached_on_another() -> None:
    lane = EXAMPLE.replace("security: {mode: consult,", "security: {mode: consult, channels: [email],")
    ben = lane.replace("ben:  {pagerduty: PUSER2, email: ben@example.com,", "ben:  {pagerduty: PUSER2,")
    found = reach(matrix(ben), OUTLETS, "security", 1, MONDAY, Priority.P1)
    assert [(way.channel, way.contact) for way in found.to] == [("pagerduty", "ben")]


def test_a_contacts_own_wish_counts_where_the_lane_has_none() -> None:
    wish = EXAMPLE.replace("ben:  {pagerduty: PUSER2,", "ben:  {channels: [email], pagerduty: PUSER2,")
    found = reach(matrix(wish), OUTLETS, "security", 1, MONDAY, Priority.P1)
    assert [way.channel for way in found.to] == ["email"]


@pytest.mark.parametrize(
    ("changes", "failed", "expected"),
    [
        ({}, ("pagerduty",), [("email", "ben")]),
        ({"fallback": "slack-ops"}, ("pagerduty",), [("slack-ops", "ben")]),
        ({}, ("pagerduty", "email"), [("slack-ops", "")]),
        ({"catch_all": None}, ("pagerduty", "email"), [("slack-ops", "ben")]),
        ({}, ("pagerduty", "email", "slack-ops"), []),
    ],
)
def test_what_failed_is_never_its_own_fallback(changes: dict[str, Any], failed: tuple[str, ...], expected: list[Any]) -> None:
    found = instead(matrix(**changes), OUTLETS, failed, ["ben"], "500")
    assert [(way.channel, way.contact) for way in found] == expected


def test_the_vendor_owns_a_clock_only_where_the_lane_says_or_leaves_it() -> None:
    assert matrix().lanes["sync"].clock is ClockOwner.DRIFTPAGER
    assert matrix().lanes["security"].clock is None


def test_the_rota_decides_who_tier_1_is() -> None:
    level = Level(role="tier-1")
    assert who(matrix(), level, MONDAY, Priority.P1).contacts == ("ben",)
    assert who(matrix(), level, MONDAY + timedelta(weeks=1), Priority.P1).contacts == ("ana",)
