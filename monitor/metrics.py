"""Every metric driftpager has, in this one file. Prefix `driftpager_`, base units, and labels from closed sets only: words
of an enum or names out of the configuration, never an id, a URL, a path or the text of an error.

Counters and histograms are told as things happen (`probed`, `opened`, `paged`); what is a count of rows (open escalations,
the outbox) is set from a `Census` taken from the store. All label sets stand at zero from the start: an alert on an increase
would miss a series' very first one otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import product

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from alerts.errors import Reason
from alerts.escalation import Category, Escalation, Hush, Sla, State
from alerts.page import PageState
from alerts.priority import Priority
from alerts.promise import SETTLED, Standing
from alerts.sla import PERCENTS
from monitor.watch import TargetState
from schemas.change import Finding, Impact

MINUTES = (1, 2, 5, 10, 15, 30)
HOURS = (1, 2, 4, 8)
DAYS = (1, 2, 3, 7, 14)
PEOPLE_BUCKETS = (5.0, 15.0, 30.0, *(60.0 * m for m in MINUTES), *(3600.0 * h for h in HOURS), *(86400.0 * d for d in DAYS))
WIRE_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900)
LAG_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600)


class PageResult(StrEnum):
    """What became of one try to deliver a page: it went, it is tried again, it may have arrived, or it is given up."""

    SENT = "sent"
    RETRIED = "retried"
    UNKNOWN = "unknown"
    DEAD = "dead"


class HookResult(StrEnum):
    """What became of a webhook: it changed something, we had it already, it meant nothing to us, or it was refused."""

    APPLIED = "applied"
    REPEATED = "repeated"
    IGNORED = "ignored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """What stands in the store at one moment. What a mapping does not name counts as zero.

    `oldest` is the age of the oldest page still to be sent, by channel. `unconfirmed` are pages PagerDuty took without an
    incident to show for it. `update_overdue` is how late the most pressing update to a customer is, `satisfaction` the mean
    answer of customers lately, None without one.
    """

    targets: Mapping[tuple[str, TargetState], int] = field(default_factory=dict)
    drifts: Mapping[tuple[str, Impact], int] = field(default_factory=dict)
    escalations: Mapping[tuple[State, Priority], int] = field(default_factory=dict)
    outbox: Mapping[tuple[str, PageState], int] = field(default_factory=dict)
    oldest: Mapping[str, timedelta] = field(default_factory=dict)
    timers_overdue: int = 0
    unconfirmed: int = 0
    update_overdue: timedelta = timedelta()
    satisfaction: float | None = None


class Metrics:
    """The counters and gauges, on a registry of their own: two in one process (tests) never share a number."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        # A `_created` twin for every series says nothing that a restart does not.
        disable_created_metrics()  # type: ignore[no-untyped-call] # because the library leaves this one function unannotated
        r = self.registry = registry or CollectorRegistry()
        ProcessCollector(registry=r)
        self._integrations: tuple[str, ...] = ()
        self._channels: tuple[str, ...] = ()
        self._census = Census()

        self.probes = Counter(
            "driftpager_probes", "Probes done, by the target's state after it", ["integration", "result"], registry=r
        )
        self.probe_duration = Histogram(
            "driftpager_probe_duration_seconds",
            "From asking the vendor to the verdict",
            ["integration"],
            buckets=WIRE_BUCKETS,
            registry=r,
        )
        self.probe_lateness = Histogram(
            "driftpager_probe_lateness_seconds",
            "How long after its slot a probe started",
            buckets=LAG_BUCKETS,
            registry=r,
        )
        self.probe_last_success = Gauge(
            "driftpager_probe_last_success_timestamp_seconds", "When a readable document last came", ["integration"], registry=r
        )
        self.changes = Counter(
            "driftpager_changes", "Findings at their first sight, by impact", ["integration", "impact"], registry=r
        )
        self.targets = Gauge("driftpager_targets", "Targets, by state", ["integration", "state"], registry=r)
        self.open_drifts = Gauge(
            "driftpager_open_drifts", "Open findings against the baseline", ["integration", "impact"], registry=r
        )

        self.escalations = Gauge(
            "driftpager_escalations", "Escalations, by state and priority", ["state", "priority"], registry=r
        )
        self.escalations_opened = Counter(
            "driftpager_escalations_opened", "Escalations confirmed and opened", ["priority", "category"], registry=r
        )
        self.escalations_resolved = Counter(
            "driftpager_escalations_resolved", "Escalations resolved", ["priority", "within_sla"], registry=r
        )
        self.escalations_reopened = Counter(
            "driftpager_escalations_reopened", "Escalations opened again for the same cause", ["priority"], registry=r
        )
        self.escalations_repeated = Counter(
            "driftpager_escalations_repeated", "Escalations opened for a cause of the last 90 days", ["category"], registry=r
        )
        self.sla_marks = Counter(
            "driftpager_sla_marks",
            "Shares of a promised time that passed before it was kept, in per cent",
            ["clock", "percent"],
            registry=r,
        )
        self.customer_updates = Counter(
            "driftpager_customer_updates", "Updates that were owed to customers, by what became of them", ["result"], registry=r
        )
        self.customer_update_overdue = Gauge(
            "driftpager_customer_update_overdue_seconds", "How late the most pressing update to a customer is", registry=r
        )
        self.csat = Gauge(
            "driftpager_csat_score", "Mean answer of customers in the last 90 days, 1 to 5; 0 without one", registry=r
        )
        self.escalations_suppressed = Counter(
            "driftpager_escalations_suppressed", "Escalations that nobody was told of for a while", ["reason"], registry=r
        )
        self.pages_folded = Counter(
            "driftpager_pages_folded", "Pages told in a digest, as a person had enough of them", registry=r
        )
        self.escalation_steps = Counter("driftpager_escalation_steps", "Levels paged, by lane", ["lane", "level"], registry=r)
        self.escalations_unroutable = Counter(
            "driftpager_escalations_unroutable", "Escalations for which nobody could be found to page", registry=r
        )
        self.time_to_detect = self._times("detect", "From the last clean look to the first sight: the most it can have been")
        self.time_to_page = self._times("page", "From the first sight to the first page that got through")
        self.time_to_acknowledge = self._times("acknowledge", "From opening to the first acknowledgement")
        self.time_to_resolve = self._times("resolve", "From opening to the resolution")

        self.pages = Counter(
            "driftpager_pages",
            "Tries to deliver a page; reason is empty for one that went",
            ["channel", "result", "reason"],
            registry=r,
        )
        self.page_delivery = Histogram(
            "driftpager_page_delivery_seconds",
            "From queueing a page to the channel taking it",
            ["channel"],
            buckets=WIRE_BUCKETS,
            registry=r,
        )
        self.outbox_pages = Gauge("driftpager_outbox_pages", "Pages in the outbox, by state", ["channel", "state"], registry=r)
        self.outbox_oldest_age = Gauge(
            "driftpager_outbox_oldest_age_seconds", "Age of the oldest page still to be sent", ["channel"], registry=r
        )
        self.fallback_pages = Counter(
            "driftpager_fallback_pages", "Pages that had to take the fallback channel", ["reason"], registry=r
        )
        self.pagerduty_unconfirmed = Gauge(
            "driftpager_pagerduty_unconfirmed_pages", "Pages PagerDuty accepted without an incident to show for it", registry=r
        )

        self.timers_overdue = Gauge("driftpager_timers_overdue", "Timers past their moment", registry=r)
        self.timer_lag = Histogram(
            "driftpager_timer_lag_seconds", "How long after its moment a timer was acted on", buckets=LAG_BUCKETS, registry=r
        )
        self.last_tick = Gauge("driftpager_engine_last_tick_timestamp_seconds", "When the engine last went round", registry=r)
        self.canary_last_success = Gauge(
            "driftpager_canary_last_success_timestamp_seconds",
            "When a practice page last went all the way from a probe to its channel",
            registry=r,
        )
        self.heartbeat_last_success = Gauge(
            "driftpager_heartbeat_last_success_timestamp_seconds", "When the watcher outside last took a heartbeat", registry=r
        )
        self.clock_jumps = Counter(
            "driftpager_clock_jumps", "Times the wall clock was set, or the machine slept", ["direction"], registry=r
        )
        self.webhooks = Counter("driftpager_webhook_events", "Webhooks received", ["source", "result"], registry=r)
        self.config_loaded = Gauge(
            "driftpager_config_last_reload_successful", "1 if the configuration in force is the one in the file", registry=r
        )
        self.build_info = Gauge("driftpager_build_info", "Always 1; the labels tell", ["version"], registry=r)
        self._zero()

    def _times(self, what: str, help: str) -> Histogram:
        name = f"driftpager_time_to_{what}_seconds"
        return Histogram(name, help, ["priority"], buckets=PEOPLE_BUCKETS, registry=self.registry)

    def _zero(self) -> None:
        """Everything whose labels are known without a configuration."""
        for priority in Priority:
            self.escalations_reopened.labels(priority)
            for category in Category:
                self.escalations_opened.labels(priority, category)
            for within in ("yes", "no"):
                self.escalations_resolved.labels(priority, within)
            for each in (self.time_to_detect, self.time_to_page, self.time_to_acknowledge, self.time_to_resolve):
                each.labels(priority)
        for category in Category:
            self.escalations_repeated.labels(category)
        for clock, percent in product(Sla, PERCENTS):
            self.sla_marks.labels(clock, str(percent))
        for standing in sorted(SETTLED):
            self.customer_updates.labels(standing)
        for hush in Hush:
            self.escalations_suppressed.labels(hush)
        for reason in Reason:
            self.fallback_pages.labels(reason)
        for direction in ("forward", "back"):
            self.clock_jumps.labels(direction)
        self.take(self._census)

    def configure(self, *, integrations: Iterable[str], channels: Iterable[str], lanes: Mapping[str, int], version: str) -> None:
        """Start every series that these configured names bring at zero. `lanes` is name to number of levels. Again after a
        reload: what is no longer configured keeps its last counts, and leaves with the next start."""
        self._integrations = tuple(integrations)
        self._channels = tuple(channels)
        for integration in self._integrations:
            self.probe_duration.labels(integration)
            self.probe_last_success.labels(integration)
            for state in TargetState:
                self.probes.labels(integration, state)
            for impact in Impact:
                self.changes.labels(integration, impact)
        for channel in self._channels:
            self.page_delivery.labels(channel)
            self.pages.labels(channel, PageResult.SENT, "")
            for result, reason in product((PageResult.RETRIED, PageResult.UNKNOWN, PageResult.DEAD), Reason):
                self.pages.labels(channel, result, reason)
            for hook in HookResult:
                self.webhooks.labels(channel, hook)
        for lane, levels in lanes.items():
            for level in range(1, levels + 1):
                self.escalation_steps.labels(lane, str(level))
        self.build_info.labels(version).set(1)
        self.loaded(True)
        self.take(self._census)

    # What happens

    def probed(self, integration: str, state: TargetState, took: timedelta) -> None:
        """A probe ended, and left its target in `state`."""
        self.probes.labels(integration, state).inc()
        self.probe_duration.labels(integration).observe(took.total_seconds())

    def read(self, integration: str, at: datetime) -> None:
        """A readable document came, or the vendor said that nothing moved."""
        self.probe_last_success.labels(integration).set(at.timestamp())

    def lateness(self, late: timedelta) -> None:
        """A probe started this long after its slot."""
        self.probe_lateness.observe(max(0.0, late.total_seconds()))

    def sighted(self, integration: str, findings: Iterable[Finding]) -> None:
        """Findings were seen for the first time."""
        for finding in findings:
            self.changes.labels(integration, finding.impact).inc()

    def opened(self, escalation: Escalation) -> None:
        """An escalation was confirmed and opened, or opened again. A second generation alone is only paged anew."""
        if escalation.openings > 1:
            self.escalations_reopened.labels(escalation.priority).inc()
            return
        self.escalations_opened.labels(escalation.priority, escalation.category).inc()
        if escalation.changed_between is not None and escalation.changed_between[0] is not None:
            self._took(self.time_to_detect, escalation, escalation.changed_between[0], escalation.changed_between[1])

    def reached(self, escalation: Escalation, at: datetime) -> None:
        """The first page of an escalation got through."""
        self._took(self.time_to_page, escalation, escalation.detected_at, at)

    def acknowledged(self, escalation: Escalation) -> None:
        """A person took it."""
        self._took(self.time_to_acknowledge, escalation, escalation.opened_at, escalation.acknowledged_at)

    def resolved(self, escalation: Escalation, *, commitment: timedelta | None) -> None:
        """It is over; `commitment` is what was promised at opening, None where nothing was."""
        took = self._took(self.time_to_resolve, escalation, escalation.opened_at, escalation.resolved_at)
        kept = commitment is None or took is None or took <= commitment
        self.escalations_resolved.labels(escalation.priority, "yes" if kept else "no").inc()

    def repeated(self, category: Category) -> None:
        """An escalation was opened for a cause that was escalated lately."""
        self.escalations_repeated.labels(category).inc()

    def passed(self, clock: Sla, percent: int) -> None:
        """A share of a promised time has passed: 50, 75, 90 or 100 %."""
        self.sla_marks.labels(clock, str(percent)).inc()

    def updated(self, standing: Standing) -> None:
        """An update that was owed to a customer was kept, late or missed."""
        self.customer_updates.labels(standing).inc()

    def suppressed(self, hush: Hush) -> None:
        """Nobody is told of an escalation for a while."""
        self.escalations_suppressed.labels(hush).inc()

    def folded(self) -> None:
        """A page was put into a digest."""
        self.pages_folded.inc()

    def stepped(self, lane: str, level: int) -> None:
        """A level of a lane was paged."""
        self.escalation_steps.labels(lane, str(level)).inc()

    def unroutable(self) -> None:
        """Nobody could be found to page."""
        self.escalations_unroutable.inc()

    def paged(self, channel: str, result: PageResult, *, reason: Reason | None = None, waited: timedelta | None = None) -> None:
        """One try at a channel ended. `waited` is the time since the page was queued, for one that went."""
        self.pages.labels(channel, result, reason or "").inc()
        if waited is not None:
            self.page_delivery.labels(channel).observe(waited.total_seconds())

    def fell_back(self, reason: Reason) -> None:
        """A page had to take the fallback channel."""
        self.fallback_pages.labels(reason).inc()

    def hooked(self, source: str, result: HookResult) -> None:
        """A webhook came; `source` is a configured channel."""
        self.webhooks.labels(source, result).inc()

    def ticked(self, at: datetime) -> None:
        """The engine went round once."""
        self.last_tick.set(at.timestamp())

    def fired(self, lag: timedelta) -> None:
        """A timer was acted on this long after its moment."""
        self.timer_lag.observe(max(0.0, lag.total_seconds()))

    def beat(self, at: datetime) -> None:
        """The watcher outside took a heartbeat."""
        self.heartbeat_last_success.set(at.timestamp())

    def sang(self, at: datetime) -> None:
        """The canary's practice page went all the way."""
        self.canary_last_success.set(at.timestamp())

    def jumped(self, by: timedelta) -> None:
        """The wall clock went ahead of the time that passed, or back behind it."""
        self.clock_jumps.labels("forward" if by > timedelta() else "back").inc()

    def loaded(self, successful: bool) -> None:
        """The configuration was read; False keeps the old one in force."""
        self.config_loaded.set(successful)

    def take(self, census: Census) -> None:
        """Set what is counted in the store."""
        self._census = census
        for integration in {*self._integrations, *(name for name, _ in (*census.targets, *census.drifts))}:
            for state in TargetState:
                self.targets.labels(integration, state).set(census.targets.get((integration, state), 0))
            for impact in Impact:
                self.open_drifts.labels(integration, impact).set(census.drifts.get((integration, impact), 0))
        for standing, priority in product(State, Priority):
            self.escalations.labels(standing, priority).set(census.escalations.get((standing, priority), 0))
        for channel in {*self._channels, *(name for name, _ in census.outbox), *census.oldest}:
            for page in PageState:
                self.outbox_pages.labels(channel, page).set(census.outbox.get((channel, page), 0))
            self.outbox_oldest_age.labels(channel).set(census.oldest.get(channel, timedelta()).total_seconds())
        self.timers_overdue.set(census.timers_overdue)
        self.customer_update_overdue.set(census.update_overdue.total_seconds())
        self.csat.set(census.satisfaction or 0)
        self.pagerduty_unconfirmed.set(census.unconfirmed)

    def exposition(self) -> bytes:
        """Everything, in Prometheus' text format (`text/plain; version=0.0.4`)."""
        return generate_latest(self.registry)

    @staticmethod
    def _took(histogram: Histogram, escalation: Escalation, start: datetime | None, end: datetime | None) -> timedelta | None:
        if start is None or end is None:
            return None
        histogram.labels(escalation.priority).observe(max(0.0, (end - start).total_seconds()))
        return end - start
