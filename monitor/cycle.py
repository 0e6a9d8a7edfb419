"""One probe of one target, from fetch to first sight. The whole of what driftpager does to a document stands here:

fetch -> document -> same as what was judged? done -> compare with the baseline -> findings -> first sight, in one
transaction. What follows a sight (confirm, priority, escalation, pages) is `monitor/paging.py`, what carries the pages
`monitor/delivery.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor import paging
from monitor.engine import Recent
from monitor.log import log
from monitor.measure import Measure, Sight, measure_of, only_measured_anew
from monitor.slots import next_slot
from monitor.stakes import worse
from monitor.watch import BLIND, Baseline, Standing, TargetState, TargetStatus
from probes.errors import Forbidden, ProbeError, Refused, Spent, Unfit, Withdrawn
from probes.probe import Fetched, NotModified, Served, Tools
from schemas.change import Finding, Impact
from schemas.document import Document
from schemas.errors import SchemaError
from schemas.fingerprint import digest

if TYPE_CHECKING:
    from monitor.config import Target
    from monitor.engine import Engine
    from monitor.store import Transaction

FULL_FETCH_EVERY = timedelta(hours=20)
"""A 304 is about the vendor's own dates (permission changes may not move them): ask without conditions about daily."""

AS_BASELINE = "as the baseline"
SAMPLES_TO_LEARN = 20
CLEAN_PROBES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One target at one moment, with what the daemon holds."""

    engine: Engine
    target: Target
    status: TargetStatus
    now: datetime

    async def run(self) -> TargetStatus:
        """Probe once; gives the status to be stored with the next batch. Raises nothing a vendor can cause."""
        try:
            status = await self.judge(await self.fetch())
        except ProbeError as error:
            return await self.missed(error)
        except SchemaError as error:
            return await self.blind(TargetState.UNREADABLE, str(error))
        if self.status.failures or self.status.state in BLIND:
            async with self.engine.store.write() as tx:
                await paging.sees_again(tx, self.engine.config, self.target, now=self.now)
        return status

    async def judge(self, fetched: Fetched) -> TargetStatus:
        """From what was fetched to a verdict. Equal to the baseline, or judged before: nothing is parsed."""
        measure = await self.measure()
        if isinstance(fetched, NotModified):
            return await self.repeated(measure)
        baseline = measure.baseline if measure is not None else None
        document = await self.as_kept(fetched.document, baseline)
        status = self.readable(fetched)
        if measure is None or measure.baseline.standing is Standing.PROVISIONAL:
            return await self.learn(document, baseline, status)
        if self.target.format == "sample":
            return await self.sampled(document, measure, status)
        sight = measure.sight(document.hash)
        judged = replace(status, judged=sight)
        if document.hash == measure.baseline.hash:
            return await self.clean(judged)
        if sight == self.status.judged:
            return await (self.seen_again(judged) if await self.drifts() else self.clean_again(judged))
        found = await self.compare(document, measure.baseline)
        standing = measure.standing(self.target.name, found)
        if standing:
            return await self.sighted(sight, standing, document, judged)
        await self.keep(document)
        return await self.clean(judged, f"as accepted: {summary_of(found)}" if found else AS_BASELINE)

    async def sampled(self, shape: Document, measure: Measure, status: TargetStatus) -> TargetStatus:
        """Answers differ from one to the next; what repeats is what contradicts the learned shape, and only that is kept."""
        findings = measure.standing(self.target.name, await self.compare(shape, measure.baseline))
        sight = measure.sight(digest(*sorted(f"{finding.rule} {finding.address}" for finding in findings)))
        judged = replace(status, judged=sight)
        if not findings:
            return await self.clean(judged)
        return await (self.seen_again(judged) if sight == self.status.judged else self.sighted(sight, findings, shape, judged))

    async def fetch(self) -> Fetched:
        """Ask the vendor. Without conditions while something is open or unknown, about once a day, and when what it served
        last is to be judged by another measure."""
        full = self.status.last_full_at
        settled = self.status.state is TargetState.OK and full is not None and self.now - full < FULL_FETCH_EVERY
        if settled and self.status.validators:
            measure = await self.measure()
            settled = measure is not None and measure.made(self.status.judged)
        session = self.engine.session(self.target.integration)
        tools = Tools(http=self.engine.egress, session=session, now=self.now)
        return await self.target.probe.fetch(tools, self.status.validators if settled else {})

    async def drift(self) -> Sequence[Finding]:
        async with self.engine.store.read() as tx:
            return await tx.findings.open(self.target.name)

    async def drifts(self) -> bool:
        """Whether the last verdict found something: an open drift that was seen clean once is only waiting for its end."""
        if self.status.clean:
            return False
        async with self.engine.store.read() as tx:
            return await tx.findings.drifts(self.target.name)

    async def baseline(self) -> Baseline | None:
        async with self.engine.store.read() as tx:
            return await tx.baselines.current(self.target.name)

    async def measure(self) -> Measure | None:
        async with self.engine.store.read() as tx:
            return await measure_of(tx, self.target, self.now)

    async def as_kept(self, document: Document, baseline: Baseline | None) -> Document:
        """The document as it may be stored: a sampled answer only ever as its shape, added to the shape of those before."""
        if self.target.format != "sample":
            return document
        if baseline is None:
            return await self.engine.judge.shape(document)
        if baseline.standing is Standing.PROVISIONAL:
            return await self.engine.judge.shape(document, await self.stored(baseline))
        return await self.recent(document)

    async def recent(self, answer: Document) -> Document:
        """What the last 20 to 40 answers add up to. Two windows of which one is always half full: evidence never starts at
        nothing while the daemon runs."""
        judge, known = self.engine.judge, self.engine.recent.get(self.target.name)
        if known is None:
            first = await judge.shape(answer)
            known = Recent(answers=1, older=first, newer=None)
        else:
            newer = await judge.shape(answer, known.newer) if known.answers >= SAMPLES_TO_LEARN else None
            known = Recent(answers=known.answers + 1, older=await judge.shape(answer, known.older), newer=newer)
            if known.answers >= 2 * SAMPLES_TO_LEARN and newer is not None:
                known = Recent(answers=SAMPLES_TO_LEARN, older=newer, newer=None)
        self.engine.recent[self.target.name] = known
        return known.older

    async def stored(self, baseline: Baseline) -> Document:
        async with self.engine.store.read() as tx:
            return await tx.snapshots.document(baseline.hash, self.target.name)

    async def compare(self, document: Document, baseline: Baseline) -> Sequence[Finding]:
        old = await self.stored(baseline)
        lens = self.target.lens(self.now)
        comparison = await self.engine.judge.compare(old, document, format=self.target.format, lens=lens)
        return comparison.findings

    async def learn(self, document: Document, baseline: Baseline | None, status: TargetStatus) -> TargetStatus:
        """A new target has a provisional baseline until the same came twice (documents) or often enough (samples)."""
        soon = self.now + self.target.confirm_after
        if baseline is None or await self.differs(document, baseline):
            if baseline is None:  # say what it is, and refuse what cannot be read, before anything is kept
                judgement = await self.engine.judge.describe(document, format=self.target.format)
                log.info("target.first_seen", target=self.target.name, understood=judgement.description)
            async with self.engine.store.write() as tx:
                snapshot = await tx.snapshots.add(self.target.name, document, self.now)
                because = "first look" if baseline is None else "still changing while it is learned"
                await tx.baselines.set(self.target.name, snapshot, Standing.PROVISIONAL, "driftpager", because, self.now)
                await paging.let_in(tx, self.engine.config, self.target, now=self.now)
            learning = replace(status, clean=status.clean + 1, validators={})
            return self.settled(learning, TargetState.LEARNING, because, due=soon)
        because = "it came the same twice" if self.target.format != "sample" else f"learned from {SAMPLES_TO_LEARN} answers"
        async with self.engine.store.write() as tx:
            snapshot = await tx.snapshots.add(self.target.name, document, self.now)
            await tx.baselines.set(self.target.name, snapshot, Standing.ACCEPTED, "driftpager", because, self.now)
            measure = await measure_of(tx, self.target, self.now)
        assert measure is not None  # it was set a moment ago, in this transaction
        log.info("baseline.learned", target=self.target.name, because=because)
        judged = measure.sight(measure.baseline.hash)
        return self.settled(replace(status, judged=judged, clean=0), TargetState.OK, AS_BASELINE)

    async def differs(self, document: Document, baseline: Baseline) -> bool:
        """Whether learning has to go on: too few samples, or a document that differs in more than what is safe."""
        if self.target.format == "sample":
            return self.status.clean < SAMPLES_TO_LEARN
        if document.hash == baseline.hash:
            return False
        return any(finding.impact > Impact.SAFE for finding in await self.compare(document, baseline))

    async def keep(self, document: Document) -> None:
        """A change that means nothing is still a snapshot: the history shows what was served when."""
        async with self.engine.store.write() as tx:
            await tx.snapshots.add(self.target.name, document, self.now)

    async def sighted(
        self, sight: Sight, findings: Sequence[Finding], document: Document | None, status: TargetStatus
    ) -> TargetStatus:
        """First sight: snapshot, drift, a detected escalation and its confirm timer, all in one transaction.

        A known pair judged anew, by another policy or after something was accepted, is news only where it became worse.
        """
        drifted = self.settled(
            replace(status, judged=sight, clean=0),
            TargetState.DRIFTED,
            summary_of(findings),
            due=self.now + self.target.confirm_after,
        )
        async with self.engine.store.write() as tx:
            if document is not None and not await self.still_judged_against(tx, sight):
                return self.settled(status, self.status.state, self.status.because, due=self.now)
            snapshot = await tx.snapshots.add(self.target.name, document, self.now) if document is not None else None
            known = await tx.findings.open(self.target.name)
            await tx.findings.replace(self.target.name, self.target.integration, snapshot, findings, self.now)
            anew = only_measured_anew(self.status.judged, sight)
            if anew:
                await self.lessened(tx, findings, "judged anew, by another policy or beside what was accepted")
            if not anew or worse(self.target, known, findings):
                since = self.status.last_readable_at
                await paging.sight(tx, self.engine.config, self.target, findings, since=since, now=self.now)
            await tx.targets.finish([drifted])
        self.engine.metrics.sighted(self.target.integration, findings)
        log.warning("drift.found", target=self.target.name, **counts_of(findings))
        return drifted

    async def still_judged_against(self, tx: Transaction, sight: Sight) -> bool:
        """False when somebody accepted a baseline or a part of the drift while we compared: the verdict is about yesterday's."""
        measure = await measure_of(tx, self.target, self.now)
        return measure is not None and measure.made(sight)

    async def lessened(self, tx: Transaction, findings: Sequence[Finding], because: str) -> None:
        """What is not among the findings any more stops counting for escalations."""
        await paging.lessened(tx, self.engine.config, self.target, findings, by="", because=because, now=self.now)

    async def seen_again(self, status: TargetStatus) -> TargetStatus:
        """An unconditional fetch gave the sighted content again: what waits for confirmation is confirmed."""
        async with self.engine.store.write() as tx:
            await paging.confirm(tx, self.engine.config, self.target, now=self.now)
            await self.lessened(tx, await tx.findings.open(self.target.name), "no longer there, seen twice")
        because = self.status.because if self.status.state is TargetState.DRIFTED else summary_of(await self.drift())
        return self.settled(replace(status, clean=0), TargetState.DRIFTED, because)

    async def repeated(self, measure: Measure | None) -> TargetStatus:
        """A 304: the last verdict stands, if it was made by today's measure; else fetch in full at once."""
        probed = replace(self.status, last_probe_at=self.now, last_readable_at=self.now, failures=0)
        if measure is None or not measure.made(self.status.judged):
            return replace(probed, validators={}, next_due=self.now)
        return self.settled(probed, self.status.state, self.status.because)

    async def clean_again(self, status: TargetStatus) -> TargetStatus:
        """What was clean before is so again, for the same reason."""
        return await self.clean(status, self.status.because if self.status.state is TargetState.OK else AS_BASELINE)

    async def clean(self, status: TargetStatus, because: str = AS_BASELINE) -> TargetStatus:
        """Equal to the baseline, or to what was accepted beside it. Twice in a row closes what was open; what was never
        confirmed is gone at once."""
        if self.status.state is TargetState.OK:
            return self.settled(replace(status, clean=status.clean + 1), TargetState.OK, because)
        clean = replace(status, clean=self.status.clean + 1)
        async with self.engine.store.write() as tx:
            await paging.seen_clean(tx, self.engine.config, self.target, times=clean.clean, now=self.now)
            still_open = await tx.findings.open(self.target.name)
            if still_open and clean.clean < CLEAN_PROBES:
                soon = self.now + self.target.confirm_after
                done = self.settled(clean, TargetState.DRIFTED, f"{because} once; looking again", due=soon)
            else:
                await tx.findings.replace(self.target.name, self.target.integration, None, (), self.now)
                done = self.settled(clean, TargetState.OK, because)
            await tx.targets.finish([done])
        if still_open:
            log.info("drift.gone", target=self.target.name, clean=clean.clean)
        return done

    async def missed(self, error: ProbeError) -> TargetStatus:
        """No document came. Lasting refusals and withdrawals are findings; the rest is a state, and blindness when it lasts."""
        match error:
            case Refused():
                return await self.told(refusal(self.target, str(error)))
            case Withdrawn():
                return await self.told(withdrawal(self.target, error))
            case Spent():
                return await self.blind(TargetState.HELD, str(error), due=self.now + error.hold)
            case Unfit():
                return await self.blind(TargetState.UNREADABLE, str(error))
            case Forbidden():
                return await self.blind(TargetState.UNREACHABLE, str(error))
            case _:
                wish = getattr(error, "retry_after", None)
                return await self.blind(TargetState.UNREACHABLE, str(error), due=self.now + wish if wish else None)

    async def told(self, finding: Finding) -> TargetStatus:
        """What the vendor tells us instead of a document, sighted like a change; the drift known so far stays."""
        baseline = await self.baseline()
        status = replace(self.status, last_probe_at=self.now, failures=self.status.failures + 1, validators={})
        sight = Sight(f"{baseline.id if baseline else 0}:{finding.rule}:{finding.after_hash}")
        if sight == self.status.judged and self.status.state is TargetState.DRIFTED:
            return await self.seen_again(status)
        known = [f for f in await self.drift() if f.rule not in TOLD_RULES]
        return await self.sighted(sight, [finding, *known], None, status)

    async def blind(self, state: TargetState, because: str, *, due: datetime | None = None) -> TargetStatus:
        """A probe without a readable document touches no history. When that lasts, `monitor/silence.py` tells."""
        status = replace(self.status, last_probe_at=self.now, failures=self.status.failures + 1, validators={}, clean=0)
        if self.status.clean:  # so that it is not taken for a repeated sight of what is still open
            status = replace(status, judged="")
        log.warning("probe.missed", target=self.target.name, state=state, because=because, failures=status.failures)
        slot = next_slot(self.target.name, self.target.every, self.now)
        return self.settled(status, state, because, due=max(slot, due) if due else slot)

    def readable(self, fetched: Served) -> TargetStatus:
        return replace(
            self.status,
            validators=dict(fetched.validators),
            failures=0,
            last_probe_at=self.now,
            last_readable_at=self.now,
            last_full_at=self.now,
        )

    def settled(self, status: TargetStatus, state: TargetState, because: str, *, due: datetime | None = None) -> TargetStatus:
        """The status with its state, since when, and the next slot (or `due`, where that is what the state asks for)."""
        same = status.state is state or {status.state, state} <= BLIND
        since = status.since if same and status.since is not None else self.now
        next_due = due if due is not None else next_slot(self.target.name, self.target.every, self.now)
        return replace(status, state=state, because=because, since=since, next_due=next_due)


def counts_of(findings: Sequence[Finding]) -> dict[str, int]:
    """How many of each impact, worst first, nothing for none."""
    counted = {str(impact): sum(f.impact is impact for f in findings) for impact in sorted(Impact, reverse=True)}
    return {impact: count for impact, count in counted.items() if count}


def summary_of(findings: Sequence[Finding]) -> str:
    """`2 breaking, 1 safe`, for the state's reason."""
    return ", ".join(f"{count} {impact}" for impact, count in counts_of(findings).items())


TOLD_RULES = frozenset({"auth.refused", "server.version-retired", "sf.object.missing"})


def refusal(target: Target, text: str) -> Finding:
    """Our credentials are refused, though nothing changed here."""
    return Finding(
        rule="auth.refused",
        impact=Impact.BREAKING,
        request=Impact.BREAKING,
        address=target.name,
        message=text,
        consequence="every call with these credentials will be refused",
        after_hash="refused",
    )


def withdrawal(target: Target, error: Withdrawn) -> Finding:
    """The vendor no longer serves this surface."""
    hidden = target.format == "salesforce" and not error.lasting
    return Finding(
        rule="sf.object.missing" if hidden else "server.version-retired",
        impact=Impact.BREAKING,
        request=Impact.BREAKING,
        response=Impact.BREAKING,
        address=target.name.rpartition("/")[2] if hidden else target.name,
        message=str(error),
        consequence="every call to it will fail",
        after_hash="withdrawn",
    )
