"""`driftpager baseline`: what a target is compared with, and who decided so."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime

import click

from monitor.accepting import Part
from monitor.accepting import undo as take_back
from monitor.cli.accept import NOTHING, accept, part_options, waived
from monitor.cli.baseline_files import export_baselines, import_baselines
from monitor.cli.configured import config_option
from monitor.cli.exits import CouldNotCheck, Exit
from monitor.cli.identity import as_option, contact
from monitor.cli.output import as_api_json, output_option, table, when
from monitor.cli.session import Session, target_named, targets_named, with_store
from monitor.config import Config, Target
from monitor.report.clean import clean
from monitor.report.moved import moved
from monitor.store import Transaction
from monitor.watch import Baseline, Standing, Waiver
from schemas.fingerprint import finding_id

Act = Callable[[Transaction, Config, Target, str, str, datetime], Awaitable[Baseline | Waiver | None]]


@click.group(short_help="Show, accept, reject or undo what a target is compared with.")
def baseline() -> None:
    """What a target is compared with. Names of a block or an integration stand for all targets below them.

    \b
    Examples:
      driftpager baseline show stripe/api
      driftpager baseline accept salesforce-production/crm --because "we adapted the sync"
      driftpager baseline export baselines
    """


for command in (accept, export_baselines, import_baselines):
    baseline.add_command(command)


@baseline.command()
@click.argument("target")
@click.option("--document", is_flag=True, help="Print the accepted document itself, as it was served.")
@config_option
@output_option("text", "json")
def show(target: str, document: bool, file: str, output: str) -> int:
    """Show the baseline of TARGET, and what differs from it now.

    \b
    Examples:
      driftpager baseline show stripe/api
      driftpager baseline show stripe/api --document > accepted.json
    """
    return with_store(file, lambda session: _show(session, target, document, output))


async def _show(session: Session, name: str, document: bool, output: str) -> int:
    target = target_named(session.config, name)
    async with session.store.read() as tx:
        current = await tx.baselines.current(target.name)
        latest = await tx.snapshots.latest(target.name)
        findings = await tx.findings.open(target.name)
        now = session.clock.now()
        waivers = await tx.waivers.standing(current, now) if current is not None else []
        kept = await tx.snapshots.document(current.hash, target.name) if current and document else None
    if current is None:
        raise CouldNotCheck(f"{target.name} has no baseline yet: it was not read so far")
    if kept is not None:
        sys.stdout.buffer.write(kept.content)
        if kept.parts:
            click.echo(
                f"this is the first of {len(kept.parts) + 1} files; `driftpager baseline export` writes them all", err=True
            )
        return Exit.CLEAN
    if output == "json":
        drift = [{"id": finding_id(target.name, finding), **asdict(finding)} for finding in findings]
        as_api_json({"baseline": current, "latest": latest, "findings": drift, "accepted": waivers})
        return Exit.CLEAN
    click.echo(_line(current))
    if latest is not None and latest.hash != current.hash:
        click.echo(f"served now: {latest.hash[:12]}, {latest.size:,} bytes, since {when(latest.first_seen)}")
    for finding in findings:
        told = f"{finding.impact}  {finding.rule}  {clean(finding.address)}: {clean(finding.message)}"
        click.echo(f"  {finding_id(target.name, finding)[:8]}  {told}")
        if finding.adjusted is not None:
            click.echo(f"            {clean(moved(finding))}")
    for waiver in waivers:
        click.echo(f"  accepted: {waived(waiver)}")
    return Exit.CLEAN


@baseline.command()
@click.argument("target")
@click.option("--because", required=True, help="Why; people will read it later.")
@as_option
@config_option
@output_option("text", "json")
def reject(target: str, because: str, by: str | None, file: str, output: str) -> int:
    """Refuse what TARGET serves now: the drift and its escalation stay, and everyone sees that it is disputed.

    \b
    Examples:
      driftpager baseline reject stripe/api --because "the vendor promised to bring the field back, ticket 4711"
    """
    from monitor import paging

    async def act(tx: Transaction, config: Config, one: Target, who: str, why: str, now: datetime) -> Baseline | None:
        return await paging.reject(tx, config, one, by=who, because=why, now=now)

    return _decide(file, target, by, because, output, act, "rejected")


@baseline.command()
@click.argument("target")
@click.option("--because", required=True, help="Why; people will read it later.")
@part_options
@as_option
@config_option
@output_option("text", "json")
def undo(
    target: str, because: str, findings: tuple[str, ...], prefixes: tuple[str, ...], by: str | None, file: str, output: str
) -> int:
    """Take the last acceptance of TARGET back: of a part of its drift, or of a baseline, and the one before is in force again.

    --finding and --prefix name the acceptance of a part.

    \b
    Examples:
      driftpager baseline undo stripe/api --because "accepted by mistake"
      driftpager baseline undo stripe/api --prefix schemas/beta --because "the pilot is over"
    """
    part = Part(findings=findings, prefixes=prefixes)

    async def act(tx: Transaction, config: Config, one: Target, who: str, why: str, now: datetime) -> Baseline | Waiver | None:
        return await take_back(tx, one.name, part, by=who, because=why, now=now)

    return _decide(file, target, by, because, output, act, "in force again")


@baseline.command()
@click.argument("target")
@config_option
@output_option("text", "json")
def history(target: str, file: str, output: str) -> int:
    """Every decision about TARGET, the newest first.

    \b
    Examples:
      driftpager baseline history stripe/api
      driftpager baseline history stripe/api --output json
    """

    async def told(session: Session) -> int:
        one = target_named(session.config, target)
        found = await session.read(lambda tx: tx.baselines.history(one.name))
        if output == "json":
            as_api_json(found)
        else:
            rows = [(when(each.at), str(each.standing), each.hash[:12], each.by, each.because) for each in found]
            table(("when", "what", "content", "by", "because"), rows)
        return Exit.CLEAN

    return with_store(file, told)


def _decide(file: str, name: str, by: str | None, because: str, output: str, act: Act, done: str) -> int:
    async def decided(session: Session) -> Sequence[tuple[Target, Baseline | Waiver | None]]:
        who = contact(session.config, by)

        async def all_at_once(tx: Transaction, now: datetime) -> Sequence[tuple[Target, Baseline | Waiver | None]]:
            named = targets_named(session.config, name)
            return [(one, await act(tx, session.config, one, who, because, now)) for one in named]

        return await session.write(all_at_once)

    outcome = with_store(file, decided)
    if output == "json":
        as_api_json(
            [{"target": target.name, "undone" if isinstance(found, Waiver) else "baseline": found} for target, found in outcome]
        )
    else:
        for target, found in outcome:
            if isinstance(found, Waiver):
                click.echo(f"{target.name}: no longer accepted: {waived(found)}")
            else:
                click.echo(f"{target.name}: {found.hash[:12]} {done}" if found is not None else f"{target.name}: {NOTHING}")
    return Exit.CLEAN if any(found is not None for _, found in outcome) else Exit.UNCHECKED


def _line(found: Baseline) -> str:
    told = {Standing.PROVISIONAL: "still being learned", Standing.ACCEPTED: "accepted"}
    standing = told.get(found.standing, str(found.standing))
    return f"{found.target}: {found.hash[:12]} {standing} by {found.by} at {when(found.at)}: {clean(found.because)}"
