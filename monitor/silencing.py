"""Which causes nobody is told of now, and what people hear when that ends. Works in the transaction it is given, but the loop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts.channels import outlets
from alerts.escalation import Cause, Escalation, State, Suppression, TimerKind
from alerts.flapping import flap_hold
from alerts.matrix import Level
from alerts.notices import notice
from alerts.page import Page
from alerts.presence import who
from alerts.priority import Priority
from alerts.silences import Silence, SilenceId, hold, hold_beyond, is_within, matches
from monitor.config import Config
from monitor.stakes import desk_of
from monitor.store import Transaction
from monitor.watch import TargetName


async def held(
    tx: Transaction, config: Config, escalation: Escalation, now: datetime, *, flaps: bool = True
) -> tuple[Suppression, tuple[Cause, ...]] | None:
    """The causes of an escalation that nobody is to be told of now, and what holds them until the first of them is free.

    None where nothing is held. What is only counted, of a storm, is held with the rest or not at all.
    """
    if escalation.practice:
        return None
    silences = [*config.windows, *await tx.silences.standing(now)]
    reverted = {}
    if flaps and config.noise.flap_hold:
        for target in {cause.target for cause in escalation.causes}:
            reverted[target] = await tx.flaps.last(target, now - config.noise.flap_hold)
    found: list[tuple[Suppression, Cause]] = []
    for cause in escalation.causes:
        holds = (
            hold(silences, escalation.integration, cause, now),
            flap_hold(cause, reverted.get(cause.target, {}), config.noise.flap_hold, now),
        )
        longest = max((each for each in holds if each is not None), key=lambda each: each.until, default=None)
        if longest is not None:
            found.append((longest, cause))
    if not found or (escalation.beyond and not hold_beyond(silences, escalation, now)):
        return None
    return min((each for each, _ in found), key=lambda each: each.until), tuple(cause for _, cause in found)


async def standing(tx: Transaction, config: Config, now: datetime) -> list[Silence]:
    """All that may keep somebody from being told, those that begin later included."""
    return [*(each for each in config.windows if not each.over(now)), *await tx.silences.standing(now)]


async def matched(tx: Transaction, silence: Silence) -> tuple[list[Escalation], list[tuple[TargetName, str]]]:
    """What a silence is about now: escalations that are not over, and (target, what was found) of open findings."""
    escalations = [each for each in await tx.escalations.active() if not each.practice and _about(each, silence)]
    findings = [
        (target, f"{finding.message} [{finding.rule}]")
        for target, _, finding, _ in await tx.findings.all_open()
        if matches(silence.match, target.partition("/")[0], _as_cause(target, finding.rule, finding.address, str(finding.impact)))
    ]
    return escalations, findings


async def add(tx: Transaction, config: Config, silence: Silence, now: datetime) -> Silence:
    """Keep a silence, and tell those who own what it silences."""
    made = await tx.silences.add(silence, now)
    detail = {"kind": str(made.kind), "match": str(made.match), "window": str(made.window), "because": made.because}
    await tx.audit.append(made.by, "silence.made", made.id, detail, now)
    owners = [name for name in await _owners(tx, config, made, now) if name != made.by]
    summary = f"{made.by} silenced {made.match}: {made.because}"
    lines = (
        ("What", [str(made.match)]),
        ("When", [str(made.window)]),
        ("Why", [made.because]),
        ("End it", [f"driftpager silence end {made.id}"]),
    )
    await tx.outbox.queue(_notice(config, owners, f"silence-{made.id}", summary, lines, now))
    return made


async def end(tx: Transaction, id: SilenceId, by: str, now: datetime) -> Silence | None:
    """End a silence now: what it held is looked at at once. None where it is unknown or over."""
    ended = await tx.silences.end(id, by, now)
    if ended is None:
        return None
    for escalation in await tx.escalations.active():
        if escalation.state is State.SUPPRESSED and escalation.suppression and escalation.suppression.id == id:
            for timer in await tx.timers.of(escalation.id):
                if timer.kind is TimerKind.SUPPRESSION:
                    await tx.timers.postpone(timer.id, now)
    await tx.audit.append(by, "silence.ended", id, {"match": str(ended.match)}, now)
    return ended


async def tell_end(tx: Transaction, config: Config, silence: Silence, now: datetime) -> bool:
    """One digest of what is still open of it, to whoever made it and whoever owns it. False while that is not known yet: what it
    held has to be looked at first."""
    escalations, findings = await matched(tx, silence)
    if any(each.state is State.SUPPRESSED and each.suppression and each.suppression.id == silence.id for each in escalations):
        return False
    await tx.silences.told(silence.id, now)
    if escalations or findings:
        owners = [silence.by, *await _owners(tx, config, silence, now)]
        counted = f"{len(findings)} findings stand, {len(escalations)} escalations are open"
        summary = f"The silence of {silence.match} is over: {counted}"
        lines = (
            ("Open", [f"{each.id}: {each.priority}, {each.state}, {each.integration}" for each in escalations]),
            ("Still there", [f"{target}: {text}" for target, text in findings]),
            ("It was silenced", [f"by {silence.by}: {silence.because}"]),
        )
        await tx.outbox.queue(_notice(config, owners, f"silence-{silence.id}-end", summary, lines, now))
    return True


async def tell_folded(tx: Transaction, config: Config, contact: str, now: datetime) -> None:
    """One digest of the pages that a person was not given one by one, without those that are over."""
    pages = await tx.folded.of(contact)
    left: dict[str, Page] = {}
    for page in pages:
        escalation = await tx.escalations.get(page.escalation)
        if escalation is not None and escalation.state in (State.OPEN, State.ACKNOWLEDGED, State.MITIGATING):
            left[page.escalation] = page
    await tx.folded.told([page.id for page in pages], now)
    if left:
        worst = Priority(min(page.priority for page in left.values()))
        summary = f"{len(left)} escalations you were not paged about one by one, the worst {worst}"
        lines = (("Open", [f"{name}: {page.content.summary}" for name, page in left.items()]),)
        topic = f"digest-{now:%Y%m%d%H%M%S%f}"
        await tx.outbox.queue(_notice(config, [contact], topic, summary, lines, now, worst))


async def _owners(tx: Transaction, config: Config, silence: Silence, now: datetime) -> list[str]:
    """Who is on duty for what a silence is about: the owning role of each integration, else its default lane's first level."""
    found: list[str] = []
    lane = next((lane for lane in config.matrix.lanes.values() if lane.mode == "primary"), None)
    for name, integration in config.integrations.items():
        if not any(is_within(silence.match.where, name, target.name) for target in config.targets if target.integration == name):
            continue
        level = Level(role=integration.owner) if integration.owner in config.matrix.roles else (lane.levels[0] if lane else None)
        if level is not None:
            desk = await desk_of(tx, config, name, now)
            found += who(config.matrix, level, now, Priority.P1, desk.calendars).contacts
    return list(dict.fromkeys(found))


def _notice(
    config: Config,
    contacts: Sequence[str],
    topic: str,
    summary: str,
    lines: Sequence[tuple[str, Sequence[str]]],
    now: datetime,
    priority: Priority = Priority.P3,
) -> tuple[Page, ...]:
    ways = outlets(config.channels)
    return notice(
        config.matrix,
        ways,
        contacts,
        environment=config.environment,
        topic=topic,
        summary=summary,
        lines=lines,
        now=now,
        priority=priority,
    )


def _about(escalation: Escalation, silence: Silence) -> bool:
    return any(matches(silence.match, escalation.integration, cause) for cause in escalation.causes)


def _as_cause(target: str, rule: str, address: str, impact: str) -> Cause:
    return Cause(key="", target=target, finding="", rule=rule, address=address, impact=impact, use="", message="", consequence="")
