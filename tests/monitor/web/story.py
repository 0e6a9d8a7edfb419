"""One night in a store: a field gone from Salesforce, a payments vendor with a new word, and vendors that do not answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.errors import Reason
from alerts.escalation import Cause, ClockOwner, Entry, Escalation, Kept, LaneState, Mode, State, TimerKind
from alerts.matrix import Matrix
from alerts.page import Content, EscalationId, PageId
from alerts.priority import Criticality, Factor, Priority
from monitor.config import Integration
from monitor.metrics import Metrics
from monitor.store import Store
from monitor.watch import Standing, TargetName, TargetState, TargetStatus
from schemas.change import Finding, Impact, Use
from schemas.fingerprint import cause_key, finding_id
from tests.monitor.store import build

NOW = datetime(2026, 3, 4, 2, 14, 5, tzinfo=UTC)
ACCOUNT = TargetName("salesforce-production/crm/Account")
PAYMENTS = TargetName("larkfield/api")
MINUTE = timedelta(minutes=1)

INTEGRATIONS = {
    "salesforce-production": Integration(
        name="salesforce-production",
        criticality=Criticality.CORE,
        owner="integration-engineering",
        runbook="https://wiki.example.com/salesforce",
        vendor_contact={"support": "https://help.example.com", "account": "org 00D000000000001"},
    ),
    "larkfield": Integration(name="larkfield", criticality=Criticality.HIGH, owner="billing"),
}

GONE = Finding(
    rule="field.removed",
    impact=Impact.BREAKING,
    address="Account.Industry",
    message="field Account.Industry is gone",
    consequence="reads of Account.Industry will fail: every query that names it is refused",
    request=Impact.BREAKING,
    response=Impact.BREAKING,
    before={"name": "Industry", "type": "picklist", "length": 255, "nillable": True},
    operations=("GET /sobjects/Account/{id}", "POST /query"),
    use=Use.USED,
)
SHORTER = Finding(
    rule="field.shortened",
    impact=Impact.BREAKING,
    address="Account.Phone",
    message="field Account.Phone takes 20 characters, was 40",
    consequence="longer values we send will be refused",
    request=Impact.BREAKING,
    before={"length": 40},
    after={"length": 20},
    use=Use.USED,
)
NEW_WORD = Finding(
    rule="enum.widened",
    impact=Impact.RISKY,
    address="schemas/payment/properties/status",
    message='payment.status may now be "requires_review"',
    consequence="code that knows all seven words meets an eighth",
    response=Impact.RISKY,
    before=["processing", "succeeded"],
    after=["processing", "succeeded", "requires_review"],
    operations=("GET /v1/payments", "GET /v1/payments/{id}", "POST /v1/payments"),
    witness="requires_review",
)


class Standstill:
    """A clock that stands until it is set."""

    def __init__(self, now: datetime = NOW) -> None:
        self.moment = now

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("the web sleeps on no clock")


@dataclass(slots=True)
class Settings:
    """The part of the configuration that the pages show."""

    environment: str = "production"
    integrations: Mapping[str, Integration] = field(default_factory=lambda: dict(INTEGRATIONS))
    matrix: Matrix = field(default_factory=Matrix)


@dataclass(slots=True)
class Daemon:
    """A daemon as its pages see it: hooks answer `status` and are kept, `troubles` make it unready."""

    store: Store
    clock: Standstill = field(default_factory=Standstill)
    metrics: Metrics = field(default_factory=Metrics)
    config: Settings = field(default_factory=Settings)
    troubles: tuple[str, ...] = ()
    status: int = 202
    received: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)

    async def receive(self, source: str, headers: Mapping[str, str], raw_body: bytes, query: Mapping[str, str]) -> int:
        self.received.append((source, headers, raw_body))
        return self.status

    def ready(self) -> tuple[bool, tuple[str, ...]]:
        return not self.troubles, self.troubles


def cause(target: TargetName, finding: Finding, integration: str) -> Cause:
    return Cause(
        key=cause_key(integration, finding),
        target=target,
        finding=finding_id(target, finding),
        rule=finding.rule,
        address=finding.address,
        impact=str(finding.impact),
        use=str(finding.use),
        message=finding.message,
        consequence=finding.consequence,
        operations=finding.operations,
    )


def paging() -> Escalation:
    """Twelve minutes old, nobody has it yet."""
    return build.escalation(
        "E7K2",
        integration="salesforce-production",
        state=State.OPEN,
        priority=Priority.P1,
        causes=tuple(cause(ACCOUNT, each, "salesforce-production") for each in (GONE, SHORTER)),
        factors=(
            Factor(name="table", because="breaking, in use, on a core integration", priority=Priority.P1),
            Factor(name="customer", because="Northwind is a high-value customer and depends on it", priority=Priority.P2),
        ),
        customers=("Northwind", "Contoso"),
        detected_at=NOW - 12 * MINUTE,
        opened_at=NOW - 11 * MINUTE,
        changed_between=(NOW - 27 * MINUTE, NOW - 12 * MINUTE),
        lanes=(
            LaneState(name="sync", mode=Mode.PRIMARY, clock=ClockOwner.DRIFTPAGER, level=2, paged=("ana", "ben")),
            LaneState(name="customers", mode=Mode.INFORM, clock=ClockOwner.DRIFTPAGER, level=1, paged=("carla",)),
        ),
        records=(
            Kept(channel="jira", at=NOW - 11 * MINUTE, reference="OPS-12", url="https://jira.example.com/browse/OPS-12"),
            Kept(channel="slack", at=NOW - 11 * MINUTE),
            Kept(channel="zendesk", at=NOW - MINUTE, subject="Northwind", reference="77", url="javascript:alert(1)"),
        ),
    )


def taken() -> Escalation:
    """Acknowledged an hour ago."""
    return build.escalation(
        "E7J9",
        integration="larkfield",
        state=State.ACKNOWLEDGED,
        priority=Priority.P3,
        causes=(cause(PAYMENTS, NEW_WORD, "larkfield"),),
        factors=(Factor(name="table", because="risky, on a high integration", priority=Priority.P3),),
        detected_at=NOW - 95 * MINUTE,
        opened_at=NOW - 94 * MINUTE,
        acknowledged_at=NOW - 60 * MINUTE,
        acknowledged_by="dora",
        owner="dora",
        lanes=(
            LaneState(
                name="sync", mode=Mode.PRIMARY, clock=ClockOwner.DRIFTPAGER, level=1, paged=("dora",), acknowledged_by="dora"
            ),
        ),
    )


def ended() -> Escalation:
    """Resolved yesterday."""
    return build.escalation(
        "E7A1",
        integration="larkfield",
        state=State.RESOLVED,
        priority=Priority.P2,
        causes=(cause(PAYMENTS, GONE, "larkfield"),),
        detected_at=NOW - timedelta(hours=30),
        resolved_at=NOW - timedelta(hours=26),
        resolved_by="ben",
        resolution="baseline accepted: our side copes",
    )


def statuses() -> list[TargetStatus]:
    def status(name: str, state: TargetState, because: str, looked: int, **more: Any) -> TargetStatus:
        seen = NOW - looked * MINUTE
        usual: dict[str, Any] = {"last_probe_at": seen, "last_readable_at": seen, "since": NOW - 180 * MINUTE}
        values = usual | {"next_due": NOW + 4 * MINUTE} | more
        return TargetStatus(name=TargetName(name), integration=name.partition("/")[0], state=state, because=because, **values)

    return [
        status(ACCOUNT, TargetState.DRIFTED, "2 breaking", 1, since=NOW - 12 * MINUTE),
        status("salesforce-production/crm/Contact", TargetState.OK, "as the baseline", 2),
        status("salesforce-production/crm/Invoice__c", TargetState.OK, "as the baseline", 6),
        status(PAYMENTS, TargetState.DRIFTED, "1 risky", 3, since=NOW - 95 * MINUTE),
        status(
            "parcelwise/tracking",
            TargetState.UNREACHABLE,
            "api.parcelwise.example: no answer within 30 s",
            1,
            failures=4,
            last_readable_at=NOW - 70 * MINUTE,
        ),
        status(
            "helpdesk/tickets", TargetState.UNREADABLE, "status 200, but the body is an HTML page: signed out?", 5, failures=1
        ),
        status("newsdesk/graph", TargetState.LEARNING, "first look", 1),
    ]


async def told(store: Store) -> None:
    """Put the whole night into the store."""
    async with store.write() as tx:
        everything = statuses()
        await tx.targets.register([(each.name, each.integration, NOW) for each in everything])
        await tx.targets.finish(everything)
        for name, integration, findings in (
            (ACCOUNT, "salesforce-production", [SHORTER, GONE]),
            (PAYMENTS, "larkfield", [NEW_WORD]),
        ):
            old = await tx.snapshots.add(name, build.document('{"old": 1}'), NOW - timedelta(days=20))
            await tx.baselines.set(name, old, Standing.ACCEPTED, "driftpager", "it came the same twice", NOW - timedelta(days=20))
            new = await tx.snapshots.add(name, build.document('{"new": 1}'), NOW - 12 * MINUTE)
            await tx.findings.replace(name, integration, new, findings, NOW - 12 * MINUTE)
        await tx.escalations.save(build.transition(ended(), entries=(entry(26 * 60, "escalation.resolved", "resolved"),)))
        await tx.escalations.save(
            build.transition(taken(), arm=(build.timer(TimerKind.ACK_EXPIRY, due_at=NOW + 200 * MINUTE, escalation="E7J9"),))
        )
        await tx.escalations.save(
            build.transition(
                paging(),
                arm=(build.timer(TimerKind.NEXT_LEVEL, due_at=NOW + 4 * MINUTE, escalation="E7K2", subject="sync"),),
                pages=tuple(
                    build.page(
                        f"E7K2-{contact}",
                        id=PageId(f"page-{contact}"),
                        escalation=EscalationId("E7K2"),
                        contact=contact,
                        channel=channel,
                        level=level,
                        lane=lane,
                        recipient=recipient,
                        order_key=f"E7K2|{channel}|{contact}",
                        dedup_key=f"driftpager:production:E7K2:g1:{lane}:l{level}",
                        created_at=NOW - minutes * MINUTE,
                        content=Content(
                            summary="P1 Salesforce: field Account.Industry is gone (+1 more)",
                            severity="critical",
                            source="salesforce",
                        ),
                    )
                    for contact, channel, lane, level, minutes, recipient in (
                        ("ana", "pagerduty", "sync", 1, 11, ""),
                        ("carla", "mail", "customers", 1, 11, "carla@example.com"),
                        ("ben", "pagerduty", "sync", 2, 1, ""),
                    )
                ),
                entries=(
                    entry(12, "drift.found", "2 breaking changes at salesforce-production/crm/Account; confirming in 60 s"),
                    entry(11, "escalation.opened", "P1: breaking, in use, on a core integration"),
                    entry(11, "page.queued", "ana through pagerduty: level 1 of sync"),
                    entry(1, "lane.climbed", "nobody acknowledged within 10 min; ben is level 2 of sync"),
                ),
            )
        )
    async with store.write() as tx:
        await tx.outbox.sent(PageId("page-ana"), "driftpager:production:E7K2:g1:sync:l1", NOW - 11 * MINUTE)
        await tx.outbox.confirmed(PageId("page-ana"))
        await tx.outbox.retry(
            PageId("page-carla"), NOW + MINUTE, Reason.SERVER, "mail.example.com: 451 try again later", unknown=False
        )


def entry(minutes: int, kind: str, text: str) -> Entry:
    return Entry(at=NOW - minutes * MINUTE, kind=kind, text=text)
