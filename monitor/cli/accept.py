"""`driftpager baseline accept`: what a target serves now, or a part of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import click

from monitor import paging
from monitor.accepting import Accepted, NotToAccept, Part, accept_part, named_somewhere, unchanged
from monitor.cli.configured import config_option
from monitor.cli.exits import CouldNotCheck, Exit, Misused
from monitor.cli.identity import as_option, contact
from monitor.cli.output import as_api_json, output_option, when
from monitor.cli.session import Session, target_named, targets_named, with_store
from monitor.config import Config, Target
from monitor.report.clean import clean
from monitor.store import Transaction
from monitor.watch import Waiver, Waives

F = TypeVar("F", bound=Callable[..., Any])

NOTHING = "nothing to decide on: it was not read so far, or there is no earlier baseline"


def part_options(function: F) -> F:
    """`--finding` and `--prefix`, each as often as wanted."""
    prefix = click.option("--prefix", "prefixes", multiple=True, metavar="ADDRESS", help="All that is at or below an address.")
    finding = click.option(
        "--finding", "findings", multiple=True, metavar="ID", help="One finding, by the first digits of its id (`baseline show`)."
    )
    return finding(prefix(function))


@click.command()
@click.argument("target")
@click.option("--because", required=True, help="Why; people will read it later.")
@part_options
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day (UTC) on which a part is accepted; else it has no end."
)
@click.option("--adapted", is_flag=True, help="Our side copes with it: customers hear that it is over for them.")
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
    adapted: bool,
    content: str | None,
    by: str | None,
    file: str,
    output: str,
) -> int:
    """Accept what TARGET serves now: its drift is over, and what was escalated for it alone is resolved.

    With --finding or --prefix, only that part: it leaves the drift and counts for no escalation, while the rest stands. A
    prefix also covers what changes below it later, as long as the baseline stays and nothing is worse than what was accepted.
    Once all of the drift is accepted without an end, the baseline moves.

    Nobody is paged about it any more. What customers were promised goes on, unless our side is --adapted to it.

    \b
    Examples:
      driftpager baseline accept stripe/api --because "our client was adapted in 4.2" --adapted
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
                return [await _whole(tx, session.config, one, who, because, now, adapted) for one in named]
            await named_somewhere(tx, named, part)
            done = [
                await accept_part(tx, session.config, one, part, by=who, because=because, until=end, now=now, adapted=adapted)
                for one in named
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


async def _whole(
    tx: Transaction, config: Config, target: Target, by: str, because: str, now: datetime, adapted: bool
) -> Accepted:
    moved = await paging.accept(tx, config, target, by=by, because=because, now=now, adapted=adapted)
    return Accepted(target=target.name, baseline=moved)


def _accepted(done: Accepted) -> Iterator[str]:
    if done.baseline is not None:
        yield f"{done.target}: {done.baseline.hash[:12]} accepted"
    elif not done.waivers:
        yield f"{done.target}: {NOTHING}"
    for waiver in done.waivers:
        yield f"{done.target}: accepted {waived(waiver)}"
    if done.waivers:
        yield f"{done.target}: {done.left} of its drift left" if done.left else f"{done.target}: nothing of its drift is left"


def waived(waiver: Waiver) -> str:
    what = f"finding {waiver.subject[:8]}" if waiver.kind is Waives.FINDING else f"all at or below {clean(waiver.subject)}"
    end = f" until {waiver.until - timedelta(days=1):%Y-%m-%d}" if waiver.until is not None else ""
    return f"{what}{end}, by {waiver.by} at {when(waiver.at)}: {clean(waiver.because)}"
