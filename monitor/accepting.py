"""Accepting a part of a drift, and taking the last acceptance back. Accepting all of it is `monitor.paging.accept`.

Every function works in the transaction it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.page import EscalationId
from monitor import changes, paging
from monitor.config import Config, Target
from monitor.nearest import nearest
from monitor.store import Transaction
from monitor.watch import Baseline, TargetName, Waiver, Waives, below
from schemas.change import Finding
from schemas.fingerprint import FindingId, finding_id

SHORTEST = 6
"""Of the 24 digits of a finding's id, as many as must be given."""


class NotToAccept(Exception):
    """What was named is not there to be accepted, or no longer what was seen. The text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of a drift is meant: findings by their ids (the first digits will do), and all that is at or below addresses."""

    findings: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        return not self.findings and not self.prefixes


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What came of it: waivers, or the `baseline` that moved because nothing of the drift was left. `left` counts what is."""

    target: TargetName
    waivers: tuple[Waiver, ...] = ()
    baseline: Baseline | None = None
    left: int = 0


async def unchanged(tx: Transaction, target: TargetName, content: str) -> None:
    """Raises `NotToAccept` unless what was served last is the content whose hash begins so."""
    latest = await tx.snapshots.latest(target)
    if latest is None:
        raise NotToAccept(f"{target} was not read so far")
    if not latest.hash.startswith(content.lower()):
        raise NotToAccept(f"{target} serves {latest.hash[:12]} now, not {content[:12]}: look at it again before you accept it")


async def accept_part(
    tx: Transaction,
    config: Config,
    target: Target,
    part: Part,
    *,
    by: str,
    because: str,
    until: datetime | None,
    now: datetime,
    adapted: bool = False,
) -> Accepted | None:
    """Accept a part of the target's drift; None where nothing of it is meant. It counts before `until` (None: no end).

    `adapted` as at `monitor.paging.accept`.

    When nothing is left of the drift and nothing that was accepted has an end, the baseline moves instead, as if all was
    accepted: taking that back leads to where one was before.
    """
    drift = {finding_id(target.name, finding): finding for finding in await tx.findings.open(target.name)}
    baseline = await tx.baselines.current(target.name)
    meant: list[tuple[Waives, str, list[Finding]]] = []
    for short in part.findings:
        one = _only(short, drift)
        if one is not None:
            meant.append((Waives.FINDING, one, [drift[one]]))
    for prefix in part.prefixes:
        found = [finding for finding in drift.values() if below(prefix, finding.address)]
        if found:
            meant.append((Waives.PREFIX, prefix, found))
    if not meant or baseline is None:
        return None
    over = {finding_id(target.name, finding) for _, _, found in meant for finding in found}
    left = [finding for name, finding in drift.items() if name not in over]
    standing = await tx.waivers.standing(baseline, now)
    if not left and until is None and all(waiver.until is None for waiver in standing):
        moved = await paging.accept(tx, config, target, by=by, because=because, now=now, adapted=adapted)
        return Accepted(target=target.name, baseline=moved)
    added = [
        await tx.waivers.add(baseline, kind, subject, max(f.impact for f in found), by, because, now, until)
        for kind, subject, found in meant
    ]
    accepted = [finding for name, finding in drift.items() if name in over]
    await changes.accepted_in_part(tx, config, target, accepted, by=by, because=because, now=now)
    await tx.findings.replace(target.name, target.integration, None, left, now)
    await paging.lessened(tx, config, target, left, by=by, because=because, now=now, adapted=adapted)
    await paging.rejudge(tx, target.name, now)
    for waiver in added:
        detail = {"because": because, waiver.kind.value: waiver.subject, "until": until.isoformat() if until else None}
        await tx.audit.append(by, "drift.accepted", target.name, detail, now)
    return Accepted(target=target.name, waivers=tuple(added), left=len(left))


async def accept_all(tx: Transaction, config: Config, id: EscalationId, *, by: str, because: str, now: datetime) -> int:
    """Accept what an escalation is about and nothing that was found since; gives how many of its targets had any of it."""
    escalation = await tx.escalations.get(id)
    if escalation is None:
        return 0
    count = 0
    for target in config.targets:
        meant = Part(findings=tuple(cause.finding for cause in escalation.causes if cause.target == target.name))
        if not meant.whole and await accept_part(tx, config, target, meant, by=by, because=because, until=None, now=now):
            count += 1
    return count


async def undo(
    tx: Transaction, target: TargetName, part: Part, *, by: str, because: str, now: datetime
) -> Baseline | Waiver | None:
    """Take back the named waivers, else the last acceptance: of a part of the drift, or the baseline. The next probe judges
    by what counts then. None where there is nothing to take back."""
    baseline = await tx.baselines.current(target)
    standing = await tx.waivers.standing(baseline, now) if baseline is not None else []
    named = [waiver for waiver in standing if _named(waiver, part)]
    taken = named if not part.whole else standing[-1:]
    if not taken:
        return None if not part.whole else await paging.undo(tx, target, by=by, because=because, now=now)
    undone: Waiver | None = None
    for waiver in taken:
        undone = await tx.waivers.undo(waiver.id, by, because, now) or undone
        await tx.audit.append(by, "drift.acceptance_undone", target, {"because": because, waiver.kind.value: waiver.subject}, now)
    await paging.rejudge(tx, target, now)
    return undone


async def named_somewhere(tx: Transaction, targets: Sequence[Target], part: Part) -> None:
    """Raises `NotToAccept` for a finding or an address that is in the open drift of none of the targets."""
    ids: dict[FindingId, Finding] = {}
    for target in targets:
        ids |= {finding_id(target.name, finding): finding for finding in await tx.findings.open(target.name)}
    for short in part.findings:
        if _only(short, ids) is None:
            raise NotToAccept(f"there is no open finding {short!r}; `driftpager baseline show` lists them with their ids")
    for prefix in part.prefixes:
        addresses = {finding.address for finding in ids.values()}
        if not any(below(prefix, address) for address in addresses):
            raise NotToAccept(f"nothing at or below {prefix!r} differs; {nearest(prefix, addresses)}")


def _only(short: str, known: Iterable[FindingId]) -> FindingId | None:
    """The one id that begins so. Raises `NotToAccept` where it is several, or too little to say."""
    if len(short) < SHORTEST:
        raise NotToAccept(f"{short!r} is too short for a finding: give at least {SHORTEST} digits of its id")
    found = [each for each in known if each.startswith(short.lower())]
    if len(found) > 1:
        raise NotToAccept(f"{short!r} stands for {len(found)} findings; give more digits")
    return found[0] if found else None


def _named(waiver: Waiver, part: Part) -> bool:
    if waiver.kind is Waives.PREFIX:
        return waiver.subject in part.prefixes
    return any(len(short) >= SHORTEST and waiver.subject.startswith(short.lower()) for short in part.findings)
