"""`driftpager baseline`: what a target is compared with, and who decided so."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import click

from monitor.accepting import Accepted, NotToAccept, Part, accept_part, named_somewhere, unchanged
from monitor.accepting import undo as take_back
from monitor.cli.configured import config_option
from monitor.cli.exits import CouldNotCheck, Exit, Misused
from monitor.cli.identity import as_option, contact
from monitor.cli.output import as_api_json, output_option, table, when
from monitor.cli.session import Session, target_named, targets_named, with_store
from monitor.config import Config, Target
from monitor.report.clean import clean
from monitor.store import Transaction
from monitor.watch import Baseline, Standing, Waiver, Waives
from schemas.fingerprint import finding_id

F = TypeVar("F", bound=Callable[..., Any])
NOTHING = "nothing to decide on: it was not read so far, or there is no earlier baseline"

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


def part_options(function: F) -> F:
    """`--finding` and `--prefix`, each as often as wanted."""
    prefix = click.option("--prefix", "prefixes", multiple=True, metavar="ADDRESS", help="All that is at or below an address.")
    finding = click.option(
        "--finding", "findings", multiple=True, metavar="ID", help="One finding, by the first digits of its id (`baseline show`)."
    )
    return finding(prefix(function))


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
        content = (await tx.snapshots.document(current.hash, target.name)).content if current and document else b""
    if current is None:
        raise CouldNotCheck(f"{target.name} has no baseline yet: it was not read so far")
    if document:
        sys.stdout.buffer.write(content)
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
            was = finding.adjusted.was
            click.echo(f"            {finding.impact} by our policy, {was} by the rule: {clean(finding.adjusted.because)}")
    for waiver in waivers:
        click.echo(f"  accepted: {_waived(waiver)}")
    return Exit.CLEAN


@baseline.command()
@click.argument("target")
@click.option("--because", required=True, help="Why; people will read it later.")
@part_options
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day (UTC) on which a part is accepted; else it has no end."
)
@click.option("--content", metavar="HASH", help="Only if this is still what was served last: the first digits of its hash.")
@as_option
@config_option
@output_option("text", "json")
def accept(
    target: str,
    because: str,
    findings: tuple[str, ...],
    prefixes: tuple[str, ...],
    until: datetime | None,
    content: str | None,
    by: str | None,
    file: str,
    output: str,
) -> int:
    """Accept what TARGET serves now: its drift is over, and what was escalated for it alone is resolved.

    With --finding or --prefix, only that part: it leaves the drift and counts for no escalation, while the rest stands. A
    prefix also covers what changes below it later, as long as the baseline stays and nothing is worse than what was accepted.
    Once all of the drift is accepted without an end, the baseline moves.

    \b
    Examples:
      driftpager baseline accept stripe/api --because "our client was adapted in 4.2"
      driftpager baseline accept stripe/api --because "as reviewed" --content 3f2a9c41
      driftpager baseline accept stripe/api --finding 81d0c2aa --because "we never read it"
      driftpager baseline accept stripe/api --prefix schemas/beta --because "a pilot" --until 2027-01-31
      driftpager baseline accept salesforce-production/crm --because "agreed with the admins" --as ana
    """
    part = Part(findings=findings, prefixes=prefixes)
    if content is not None and not (8 <= len(content) <= 64 and set(content.lower()) <= set("0123456789abcdef")):
        raise Misused("--content takes 8 to 64 hexadecimal digits, as `baseline show` prints them")
    if until is not None and part.whole:
        raise Misused("a baseline has no end: --until goes with --finding or --prefix")
    end = until.replace(tzinfo=UTC) + timedelta(days=1) if until is not None else None

    async def decided(session: Session) -> Sequence[Accepted]:
        who = contact(session.config, by)
        if end is not None and end <= session.clock.now():
            raise Misused("--until is over already")

        async def all_at_once(tx: Transaction, now: datetime) -> Sequence[Accepted]:
            named = targets_named(session.config, target)
            if content is not None:
                await unchanged(tx, target_named(session.config, target).name, content)
            if part.whole:
                return [await _whole(tx, session.config, one, who, because, now) for one in named]
            await named_somewhere(tx, named, part)
            done = [
                await accept_part(tx, session.config, one, part, by=who, because=because, until=end, now=now) for one in named
            ]
            return [each for each in done if each is not None]

        return await session.write(all_at_once)

    try:
        outcome = with_store(file, decided)
    except NotToAccept as error:
        raise CouldNotCheck(str(error)) from None
    if output == "json":
        as_api_json(
            [{"target": each.target, "baseline": each.baseline, "accepted": each.waivers, "left": each.left} for each in outcome]
        )
    else:
        for each in outcome:
            for line in _accepted(each):
                click.echo(line)
    return Exit.CLEAN if any(each.baseline is not None or each.waivers for each in outcome) else Exit.UNCHECKED


async def _whole(tx: Transaction, config: Config, target: Target, by: str, because: str, now: datetime) -> Accepted:
    from monitor import paging

    return Accepted(target=target.name, baseline=await paging.accept(tx, config, target, by=by, because=because, now=now))


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
                click.echo(f"{target.name}: no longer accepted: {_waived(found)}")
            else:
                click.echo(f"{target.name}: {found.hash[:12]} {done}" if found is not None else f"{target.name}: {NOTHING}")
    return Exit.CLEAN if any(found is not None for _, found in outcome) else Exit.UNCHECKED


def _line(found: Baseline) -> str:
    told = {Standing.PROVISIONAL: "still being learned", Standing.ACCEPTED: "accepted"}
    standing = told.get(found.standing, str(found.standing))
    return f"{found.target}: {found.hash[:12]} {standing} by {found.by} at {when(found.at)}: {clean(found.because)}"


def _accepted(done: Accepted) -> Iterator[str]:
    if done.baseline is not None:
        yield f"{done.target}: {done.baseline.hash[:12]} accepted"
    elif not done.waivers:
        yield f"{done.target}: {NOTHING}"
    for waiver in done.waivers:
        yield f"{done.target}: accepted {_waived(waiver)}"
    if done.waivers:
        yield f"{done.target}: {done.left} of its drift left" if done.left else f"{done.target}: nothing of its drift is left"


def _waived(waiver: Waiver) -> str:
    what = f"finding {waiver.subject[:8]}" if waiver.kind is Waives.FINDING else f"all at or below {clean(waiver.subject)}"
    end = f" until {waiver.until - timedelta(days=1):%Y-%m-%d}" if waiver.until is not None else ""
    return f"{what}{end}, by {waiver.by} at {when(waiver.at)}: {clean(waiver.because)}"
