"""The story of the demo: baseline -> change -> page -> acknowledged -> accepted or taken back -> resolved.

Every step makes something happen and then waits until it has happened, seen where it counts: in the store, or at the
stand-ins. Nothing here sends, judges or escalates: that is the daemon's. Long, as it is one story.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import httpx

from alerts import events as ev
from alerts.escalation import Escalation, State
from alerts.page import PageState
from monitor import paging
from monitor.demo.beside import read_by, standing
from monitor.demo.pagerduty import Incident
from monitor.demo.payments import Stage as Release
from monitor.demo.stage import Ended, Failed, Stage
from monitor.demo.telling import Rows, Telling, change
from monitor.watch import Baseline, Standing, TargetName, TargetState
from schemas.change import Finding, Use

T = TypeVar("T")

ACCOUNT = TargetName("salesforce-production/crm/Account")
PAYMENTS = TargetName("larkfield/api")
ON_CALL = "Ana"
CUSTOMER = "ops@brightwater.example"
RECORDS = ("jira", "slack-integrations")
WAITING = frozenset({PageState.PENDING, PageState.LEASED, PageState.UNKNOWN})
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """`pause` is what a second of reading time takes: 1.0 for people, 0.0 for as fast as it goes. `patience` is how many
    seconds a step may take."""

    stage: Stage
    telling: Telling
    pause: float
    patience: float

    async def tell(self) -> None:
        """All of it. Raises `Failed`, `Ended`, and what ended the daemon."""
        began = self.stage.engine.clock.monotonic()
        await self.opening()
        await self.baselines()
        salesforce = await self.salesforce_changes()
        larkfield = await self.larkfield_changes()
        await self.acknowledged(salesforce, larkfield)
        await self.customers_told(salesforce)
        await self.accepted(salesforce)
        await self.taken_back(larkfield)
        await self.ending(self.stage.engine.clock.monotonic() - began)

    async def opening(self) -> None:
        """What is real, and where it is."""
        say, stage = self.telling.say, self.stage
        self.telling.heading("driftpager: two vendors change their APIs tonight")
        say(
            "A stand-in Salesforce and a stand-in payments vendor (Larkfield), a stand-in PagerDuty, Jira, Slack and Zendesk, "
            "all on this machine. The daemon that watches them is the real one, on SQLite. Nothing leaves this machine."
        )
        self.telling.rows(
            [
                ("what is watched", str(stage.config)),
                ("who is paged", str(stage.config.with_name("escalation.yml"))),
                ("the web page", stage.web),
                ("the daemon's log", str(stage.log)),
            ]
        )
        await self.read(4)

    async def baselines(self) -> None:
        """What the vendors serve now is how it should be."""
        self.telling.heading("1. Every target gets its baseline")
        self.telling.say(
            "The daemon signs in to Salesforce (JWT), describes each object, and fetches Larkfield's OpenAPI description. What "
            "comes the same twice is the baseline, and every later document is compared with it."
        )
        with self.telling.waiting("looking twice"):
            learned = await self.until(self._learned, "every target has its baseline")
        self.telling.rows([(each.target, f"baseline {each.hash[:12]}, {size:,} bytes") for each, size in learned])
        await self.read(4)

    async def salesforce_changes(self) -> Incident:
        """A field goes, a picklist closes, and something that we do not use shrinks."""
        self.telling.heading("2. Salesforce: an administrator tidies up")
        org = self.stage.org
        org.drop_field("Account", "Industry")
        org.restrict("Account", "Type")
        org.shorten("Account", "Phone", 20)
        findings = await self._sighted(ACCOUNT, 3)
        self._show(findings)
        incident = await self._paged(ACCOUNT)
        self.telling.heading("3. The page, as PagerDuty received it")
        await self._received(incident)
        self.telling.say("And beside the page, where people have their work open:")
        await self._follows(incident)
        return incident

    async def larkfield_changes(self) -> Incident:
        """A property goes from the answers, and an enum grows, while the version stays."""
        self.telling.heading("4. Larkfield: a release that kept its version number")
        self.stage.release(Release.BREAKING)
        findings = await self._sighted(PAYMENTS, 2)
        self._show(findings)
        incident = await self._paged(PAYMENTS)
        await self._received(incident)
        both = f"the web page at {self.stage.web} shows both"
        with self.telling.waiting("looking at the web page"):
            await self.until(self._shown, both)
        self.telling.say(f"{both[0].upper()}{both[1:]}: what differs, who is paged, and what happens next.")
        await self.read(3)
        return incident

    async def acknowledged(self, *incidents: Incident) -> None:
        """A person presses the button at PagerDuty; the signed webhook brings it home."""
        self.telling.heading(f"5. {ON_CALL} acknowledges")
        taken = []
        for incident in incidents:
            status = await self.stage.pagerduty.acknowledge(incident.key, ON_CALL)
            if not 200 <= status < 300:
                raise Failed(f"the webhook of the acknowledgement was answered with {status}")
            escalation = await self._until_state(incident, State.ACKNOWLEDGED)
            taken.append((escalation.integration, f"acknowledged by {escalation.acknowledged_by} ({escalation.id})"))
        self.telling.rows(taken)
        self.telling.say("PagerDuty told the daemon by a signed webhook. The clock stops: nobody else is paged.")
        for incident in incidents[:1]:
            await self._follows(incident)
        await self.read(3)

    async def customers_told(self, incident: Incident) -> None:
        """A person says what it means; the customer who opted in reads it in a ticket of their own."""
        self.telling.heading("6. A customer hears it from us first")
        escalation, engine = await self._escalation(incident), self.stage.engine
        said = ev.ImpactDeclared(by=ON_CALL.lower(), impact="New accounts reach you without their industry.")
        now = engine.clock.now()
        async with engine.store.write() as tx:
            await paging.person(tx, engine.config, escalation.id, said, now=now)
        self.telling.say(f'`driftpager customers declare {escalation.id} --impact "..."`, or here the function behind it:')

        async def told() -> Rows | None:
            return read_by(self.stage, CUSTOMER) or None

        with self.telling.waiting("telling the customer"):
            self.telling.rows(await self.until(told, f"{CUSTOMER} was told"))
        await self.read(5)

    async def accepted(self, incident: Incident) -> None:
        """A change that is here to stay: the integration engineer adapts, and accepts it."""
        self.telling.heading("7. Salesforce meant it: the new baseline is accepted")
        because = "Industry is gone for good; the sync reads it from the data warehouse now"
        engine = self.stage.engine
        target = engine.target(ACCOUNT)
        assert target is not None  # it stands in the configuration that was written for it
        now = engine.clock.now()
        async with engine.store.write() as tx:  # SQLite's writers take turns: nobody else decides meanwhile
            baseline = await paging.accept(tx, engine.config, target, by=ON_CALL.lower(), because=because, now=now)
        if baseline is None:
            raise Failed(f"there was nothing to accept for {ACCOUNT}")
        self.telling.say(f"`driftpager baseline accept {ACCOUNT} --because ...`, or here the function behind it:")
        self.telling.rows(
            [
                ("baseline", f"{baseline.hash[:12]}, accepted by {baseline.by}"),
                ("because", baseline.because),
            ]
        )
        await self._resolved(incident)
        await self._follows(incident)
        await self.read(4)

    async def taken_back(self, incident: Incident) -> None:
        """A change that was a mistake: the vendor takes it back, and nobody has to do anything here."""
        self.telling.heading("8. Larkfield did not: the release is taken back")
        self.stage.release(Release.FIRST)
        with self.telling.waiting("clean once may be luck: looking again"):
            await self._until_clean(PAYMENTS)
        self.telling.say("As the baseline again, twice in a row.")
        await self._resolved(incident)
        await self.read(2)

    async def ending(self, seconds: float) -> None:
        """Count what PagerDuty saw: one incident a vendor, each triggered once, none refused."""
        incidents, received = self.stage.pagerduty.incidents, self.stage.pagerduty.received
        refused = [each.status for each in received if each.path == "/v2/enqueue" and each.status != 202]
        if refused or [each.triggers for each in incidents] != [1, 1] or self.stage.pagerduty.open():
            told = ", ".join(f"{each.key} triggered {each.triggers} times, {each.status}" for each in incidents)
            raise Failed(f"PagerDuty should have two incidents, each triggered once; it has {told or 'none'}; refused: {refused}")
        self.telling.heading(f"The end, after {seconds:.0f} seconds")
        self.telling.say(
            "Two vendors changed something, two incidents, each paged once to the one person on call, both acknowledged, both "
            "resolved. What we do not use paged nobody."
        )

    # What is told more than once

    async def _sighted(self, target: TargetName, count: int) -> Sequence[Finding]:
        with self.telling.waiting(f"waiting for the daemon's next look at {target}"):
            findings = await self.until(lambda: self._open(target, count), f"{count} changes of {target} were found")
        self.telling.say(f"Seen at the next look at {target}, compared with its baseline:")
        return findings

    def _show(self, findings: Sequence[Finding]) -> None:
        ordered = sorted(findings, key=lambda each: (-each.impact, each.address))
        self.telling.rows([row for each in ordered if each.use is not Use.UNUSED for row in change(each)])
        for each in ordered:
            if each.use is Use.UNUSED:
                self.telling.say(f"And {each.message}. We do not use it: it is recorded, and pages nobody.")

    async def _paged(self, target: TargetName) -> Incident:
        self.telling.say("One sight pages nobody: the daemon looks again, in full, to be sure.")
        await self.read(6)
        with self.telling.waiting("looking again, then paging"):
            return await self.until(lambda: self._incident(target.partition("/")[0]), f"PagerDuty has an incident about {target}")

    async def _received(self, incident: Incident) -> None:
        details = [(label, str(text)) for label, text in incident.details.items()]
        links = [("Links", "\n".join(f"{link.get('text', '')}: {link['href']}" for link in incident.links))]
        self.telling.box(f"{incident.title}", [("Severity", incident.severity), *details, *links])
        escalation = await self._escalation(incident)
        self.telling.say(f"Why {escalation.priority}, step by step:")
        self.telling.rows([(str(factor.priority), factor.because) for factor in escalation.factors])
        await self.read(7)

    async def _follows(self, incident: Incident) -> None:
        """Wait until issue and thread stand where the escalation stands, and show them."""
        escalation = await self._escalation(incident)

        async def in_step() -> Rows | None:
            async with self.stage.engine.store.read() as tx:
                waiting = [state for page, state, _ in await tx.outbox.pages(escalation.id) if page.record is not None]
            now = await self._escalation(incident)
            kept = [each for each in now.records if not each.subject]
            there = len(kept) == len(RECORDS) and all(each.reference for each in kept) and not {*waiting} & WAITING
            return standing(self.stage, now) if there else None

        with self.telling.waiting("bringing issue and thread there"):
            self.telling.rows(await self.until(in_step, "issue and thread stand where the escalation stands"))

    async def _resolved(self, incident: Incident) -> None:
        escalation = await self._until_state(incident, State.RESOLVED)

        async def closed() -> bool | None:
            return incident.status == "resolved" or None

        with self.telling.waiting("telling PagerDuty"):
            await self.until(closed, f"PagerDuty's incident about {escalation.integration} is resolved")
        told = f"resolved here and at PagerDuty ({escalation.id}): {escalation.resolution}"
        self.telling.rows([(escalation.integration, told)])

    # What is looked at

    async def _learned(self) -> Sequence[tuple[Baseline, int]] | None:
        async with self.stage.engine.store.read() as tx:
            statuses = await tx.targets.all()
            if len(statuses) < len(self.stage.engine.config.targets) or any(s.state is not TargetState.OK for s in statuses):
                return None
            baselines = [await tx.baselines.current(status.name) for status in statuses]
            sound = [each for each in baselines if each is not None and each.standing is Standing.ACCEPTED]
            return [(each, (await tx.snapshots.get(each.snapshot)).size) for each in sound]

    async def _shown(self) -> bool | None:
        """Whether the page that a browser gets tells of every incident that PagerDuty has."""
        ids = [(await self._escalation(incident)).id for incident in self.stage.pagerduty.incidents]
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                page = (await client.get(self.stage.web)).text
        except httpx.HTTPError:
            return None
        return all(f"/escalations/{each}" in page for each in ids) or None

    async def _open(self, target: TargetName, count: int) -> Sequence[Finding] | None:
        async with self.stage.engine.store.read() as tx:
            findings = await tx.findings.open(target)
        return findings if len(findings) >= count else None

    async def _incident(self, integration: str) -> Incident | None:
        for incident in self.stage.pagerduty.incidents:
            if (await self._escalation(incident)).integration == integration:
                return incident
        return None

    async def _escalation(self, incident: Incident) -> Escalation:
        async with self.stage.engine.store.read() as tx:
            found = await tx.escalations.by_dedup_key(incident.key)
        if found is None:
            raise Failed(f"PagerDuty has an incident that the daemon knows nothing of: {incident.key}")
        return found

    async def _until_state(self, incident: Incident, state: State) -> Escalation:
        async def reached() -> Escalation | None:
            found = await self._escalation(incident)
            return found if found.state is state else None

        return await self.until(reached, f"the escalation of {incident.title!r} is {state}")

    async def _until_clean(self, target: TargetName) -> None:
        async def clean() -> bool | None:
            async with self.stage.engine.store.read() as tx:
                status = await tx.targets.get(target)
            return (status is not None and status.state is TargetState.OK) or None

        await self.until(clean, f"{target} is as its baseline again, twice")

    async def until(self, look: Callable[[], Awaitable[T | None]], what: str) -> T:
        """What `look` finds, as soon as it finds something. Raises `Failed`, `Ended`, and what ended the daemon."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.patience):
                while (found := await look()) is None:
                    self._go_on()
                    await asyncio.sleep(_LOOK_SECONDS)
                return found
        raise Failed(f"waited {self.patience:g} s in vain until {what}")

    async def read(self, seconds: float) -> None:
        """Time to read what was told."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stage.stop.wait(), seconds * self.pause)
        self._go_on()

    def _go_on(self) -> None:
        if self.stage.stop.is_set():
            raise Ended
        if self.stage.running.done():
            self.stage.running.result()
            raise Failed("the daemon ended by itself")
