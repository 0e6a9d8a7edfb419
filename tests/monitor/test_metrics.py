"""What /metrics says, read back with Prometheus' own parser."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from alerts.errors import Reason
from alerts.escalation import Category, Escalation, Hush, Sla, State
from alerts.page import EscalationId, PageState
from alerts.priority import Priority
from alerts.promise import SETTLED
from monitor.metrics import Census, HookResult, Metrics, PageResult
from monitor.metrics_reference import reference
from monitor.watch import TargetState
from schemas.change import Finding, Impact

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
WORDS = {
    "result": {*TargetState, *PageResult, *HookResult, *SETTLED},
    "state": {*TargetState, *State, *PageState},
    "impact": {str(impact) for impact in Impact},
    "priority": {str(priority) for priority in Priority},
    "category": set(Category),
    "reason": {"", *Reason, *Hush},
    "within_sla": {"yes", "no"},
    "integration": {"crm", "pay"},
    "channel": {"pagerduty", "mail"},
    "source": {"pagerduty", "mail"},
    "lane": {"sync", "customers"},
    "level": {"1", "2", "3"},
    "version": {"1.2.3"},
    "clock": set(Sla),
    "direction": {"forward", "back"},
    "percent": {"50", "75", "90", "100"},
}


def configured() -> Metrics:
    metrics = Metrics()
    metrics.configure(
        integrations=["crm", "pay"], channels=["pagerduty", "mail"], lanes={"sync": 3, "customers": 1}, version="1.2.3"
    )
    return metrics


def series(metrics: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return series(metrics)[f"driftpager_{name}", frozenset(labels.items())]


def escalation() -> Escalation:
    return Escalation(
        id=EscalationId("E1"),
        environment="test",
        integration="crm",
        category=Category.DRIFT,
        state=State.OPEN,
        priority=Priority.P1,
        factors=(),
        causes=(),
        customers=(),
        detected_at=NOON,
        changed_between=(NOON - timedelta(minutes=15), NOON),
        opened_at=NOON + timedelta(minutes=1),
        acknowledged_at=NOON + timedelta(minutes=4),
        resolved_at=NOON + timedelta(hours=3),
    )


def test_every_label_takes_its_words_from_a_closed_set() -> None:
    strays = {
        (name, label, word)
        for name, labels in series(configured())
        if name.startswith("driftpager_")
        for label, word in labels
        if label != "le" and word not in WORDS[label]
    }
    assert strays == set()


def test_all_label_sets_stand_at_zero_from_the_start() -> None:
    unset = {name: number for (name, _), number in series(configured()).items() if name.startswith("driftpager_") and number}
    assert unset == {"driftpager_build_info": 1.0, "driftpager_config_last_reload_successful": 1.0}


def test_nothing_that_happens_brings_a_series_that_was_not_there_at_zero() -> None:
    metrics = configured()
    before = set(series(metrics))
    everything_happens(metrics)
    assert set(series(metrics)) == before


def everything_happens(metrics: Metrics) -> None:
    for state in TargetState:
        metrics.probed("crm", state, timedelta(seconds=2))
    metrics.read("crm", NOON)
    metrics.beat(NOON)
    metrics.sang(NOON)
    metrics.jumped(timedelta(hours=1))
    metrics.jumped(-timedelta(hours=1))
    metrics.lateness(timedelta(milliseconds=20))
    metrics.sighted("crm", [Finding(rule="a.b", impact=impact, address="x", message="y") for impact in Impact])
    for priority in Priority:
        for category in Category:
            one = replace(escalation(), priority=priority, category=category)
            metrics.opened(one)
            metrics.opened(replace(one, openings=2))
            metrics.reached(one, NOON + timedelta(minutes=2))
            metrics.acknowledged(one)
            metrics.resolved(one, commitment=timedelta(hours=4))
            metrics.resolved(one, commitment=timedelta(hours=1))
    for category in Category:
        metrics.repeated(category)
    for clock in Sla:
        metrics.passed(clock, 90)
    for standing in SETTLED:
        metrics.updated(standing)
    metrics.stepped("sync", 3)
    metrics.unroutable()
    metrics.paged("mail", PageResult.SENT, waited=timedelta(seconds=1))
    for reason in Reason:
        for result in (PageResult.RETRIED, PageResult.UNKNOWN, PageResult.DEAD):
            metrics.paged("pagerduty", result, reason=reason)
        metrics.fell_back(reason)
    for hook in HookResult:
        metrics.hooked("pagerduty", hook)
    metrics.ticked(NOON)
    metrics.fired(timedelta(seconds=1))
    metrics.loaded(successful=False)


def test_an_escalation_is_measured_from_the_last_clean_look_to_its_resolution() -> None:
    metrics = configured()
    metrics.opened(escalation())
    metrics.reached(escalation(), NOON + timedelta(minutes=2))
    metrics.acknowledged(escalation())
    metrics.resolved(escalation(), commitment=timedelta(hours=4))
    assert value(metrics, "escalations_opened_total", priority="P1", category="drift") == 1
    assert value(metrics, "time_to_detect_seconds_sum", priority="P1") == 15 * 60
    assert value(metrics, "time_to_page_seconds_sum", priority="P1") == 2 * 60
    assert value(metrics, "time_to_acknowledge_seconds_sum", priority="P1") == 3 * 60
    assert value(metrics, "time_to_resolve_seconds_sum", priority="P1") == 3 * 3600 - 60
    assert value(metrics, "escalations_resolved_total", priority="P1", within_sla="yes") == 1


def test_a_resolution_after_its_commitment_missed_it() -> None:
    metrics = configured()
    metrics.resolved(escalation(), commitment=timedelta(hours=2))
    assert value(metrics, "escalations_resolved_total", priority="P1", within_sla="no") == 1


def test_one_that_is_opened_again_counts_as_reopened_and_not_as_opened() -> None:
    metrics = configured()
    metrics.opened(replace(escalation(), openings=2, generation=2))
    assert value(metrics, "escalations_reopened_total", priority="P1") == 1
    assert value(metrics, "escalations_opened_total", priority="P1", category="drift") == 0


def test_one_whose_pages_began_anew_before_it_was_counted_was_still_opened_once() -> None:
    metrics = configured()
    metrics.opened(replace(escalation(), openings=1, generation=2))
    assert value(metrics, "escalations_opened_total", priority="P1", category="drift") == 1
    assert value(metrics, "escalations_reopened_total", priority="P1") == 0


def test_a_census_replaces_the_last_one_whole() -> None:
    metrics = configured()
    metrics.take(
        Census(
            targets={("crm", TargetState.DRIFTED): 2},
            drifts={("crm", Impact.BREAKING): 5},
            escalations={(State.OPEN, Priority.P1): 1},
            outbox={("mail", PageState.PENDING): 3},
            oldest={"mail": timedelta(seconds=90)},
            timers_overdue=4,
            update_overdue=timedelta(minutes=3),
            satisfaction=4.5,
            unconfirmed=1,
        )
    )
    assert (value(metrics, "customer_update_overdue_seconds"), value(metrics, "csat_score")) == (180, 4.5)
    metrics.take(Census(targets={("crm", TargetState.OK): 2}))
    assert value(metrics, "targets", integration="crm", state="ok") == 2
    assert value(metrics, "targets", integration="crm", state="drifted") == 0
    assert value(metrics, "open_drifts", integration="crm", impact="breaking") == 0
    assert value(metrics, "escalations", state="open", priority="P1") == 0
    assert value(metrics, "outbox_pages", channel="mail", state="pending") == 0
    assert value(metrics, "outbox_oldest_age_seconds", channel="mail") == 0
    assert value(metrics, "timers_overdue") == 0
    assert (value(metrics, "customer_update_overdue_seconds"), value(metrics, "csat_score")) == (0, 0)
    assert value(metrics, "pagerduty_unconfirmed_pages") == 0


def test_a_reload_that_adds_a_channel_keeps_what_was_counted() -> None:
    metrics = configured()
    metrics.paged("mail", PageResult.SENT)
    metrics.take(Census(timers_overdue=2))
    metrics.configure(integrations=["crm"], channels=["mail", "hook"], lanes={}, version="1.2.3")
    assert value(metrics, "pages_total", channel="mail", result="sent", reason="") == 1
    assert value(metrics, "pages_total", channel="hook", result="sent", reason="") == 0
    assert value(metrics, "timers_overdue") == 2


def test_two_in_one_process_share_no_number() -> None:
    one, other = configured(), configured()
    one.unroutable()
    assert value(other, "escalations_unroutable_total") == 0


def test_the_reference_of_metrics_is_current() -> None:
    written = Path(__file__).parents[2] / "docs" / "metrics.md"
    assert written.read_text() == reference(), "write it anew: python -m monitor.metrics_reference > docs/metrics.md"


def test_the_reference_names_every_family_of_ours() -> None:
    families = {
        family.name
        for family in text_string_to_metric_families(configured().exposition().decode())
        if family.name.startswith("driftpager_")
    }
    assert families == {name.removesuffix("_total") for name in re.findall(r"^\| `(\w+)`", reference(), flags=re.M)}
