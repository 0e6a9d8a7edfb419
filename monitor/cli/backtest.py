"""`driftpager backtest`: the pages one would have had, from a vendor's history."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.exits import CouldNotCheck, Exit, Misused
from monitor.cli.output import as_json, output_option, table
from schemas import formats
from schemas.lens import Lens, Policy

if TYPE_CHECKING:
    from monitor.backtest.replay import Replay, Step
    from monitor.backtest.versions import Version

_CRITICALITIES = ("core", "high", "normal", "low")
_FLOORS = ("P1", "P2", "P3", "P4")


@click.command(short_help="The pages one would have had, from a vendor's history.")
@click.argument("source", metavar="PATH|GIT")
@click.option("--path", metavar="FILE", help="The document: inside of the repository, or of each version's folder.")
@click.option("--format", "-f", type=click.Choice(formats.names()), help="What it is written in; recognised if not named.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Begin here; the last version before is what one had then.")
@click.option("--policy", type=click.Choice([str(policy) for policy in Policy]), default=str(Policy.CONSUMER), show_default=True)
@click.option("--usage", metavar="FILE", help="What we use of it: a YAML file as `usage:` in driftpager.yml, or a .soql file.")
@click.option(
    "--criticality",
    type=click.Choice(_CRITICALITIES),
    default="normal",
    show_default=True,
    help="How much of our business would stand on it.",
)
@click.option("--floor", type=click.Choice(_FLOORS), default="P3", show_default=True, help="Nothing less urgent pages.")
@output_option("text", "json", "markdown")
def backtest(
    source: str,
    path: str | None,
    format: str | None,
    since: datetime | None,
    policy: str,
    usage: str | None,
    criticality: str,
    floor: str,
    output: str,
) -> int:
    """Replay a vendor's history and list the pages one would have had, with what they come to a month.

    PATH is a folder with one document for each version, named by dates (2026-03-01.json) or so that their names have an
    order (v9.json, v10.json). GIT is a repository on this machine, each commit that changed the document being a version;
    it is read without running or fetching anything it names. Every version counts as accepted once it is told.

    \b
    Examples:
      driftpager backtest history/
      driftpager backtest openapi.git --path openapi/spec3.json --since 2026-01-01 --criticality core
      driftpager backtest history/ --usage usage.yml --output markdown > would-have-been.md

    Exit 0: nothing breaking in all of it; 1: something; 2: could not replay; 3: usage.
    """
    from alerts.priority import Criticality, Priority
    from monitor.backtest import told
    from monitor.backtest.git import is_repository, versions_of
    from monitor.backtest.replay import Replay, summary_of
    from monitor.backtest.versions import NoHistory, versions_in
    from monitor.judge import Judge

    lens = Lens(policy=Policy(policy))
    if usage is not None:
        from monitor.cli.usage_file import usage_from

        lens = Lens(policy=lens.policy, usage=usage_from(usage))
    place = _place(source)
    try:
        found = versions_of(place, path) if is_repository(place) else versions_in(place, path)
        versions = _since(found, since)
        replay = Replay(
            judge=Judge(children=1), lens=lens, criticality=Criticality(criticality), floor=Priority[floor], format=format
        )
        steps = asyncio.run(_all(replay, versions))
    except NoHistory as error:
        raise CouldNotCheck(str(error)) from None
    summary = summary_of(versions, steps)
    if output == "json":
        as_json(told.json(source, summary, steps))
    elif output == "markdown":
        click.echo(told.markdown(source, summary, steps), nl=False)
    else:
        table(told.COLUMNS, told.rows(steps))
        for line in told.text(summary, steps):
            click.echo(line)
    return Exit.FINDINGS if summary.breaking else Exit.CLEAN


def _place(source: str) -> Path:
    if "://" in source or source.startswith("git@"):
        raise Misused(f"{source} is not on this machine, and nothing is fetched here: `git clone` it first")
    place = Path(source)
    try:
        here = place.is_dir()
    except (OSError, ValueError):
        here = False
    if not here:
        raise Misused(f"{source} is no folder; name one with a document for each version, or a git repository")
    return place


def _since(found: Sequence[Version], since: datetime | None) -> Sequence[Version]:
    """Those since the day, and the last one before it to compare the first with."""
    if since is None:
        return found
    if any(version.at is None for version in found):
        raise Misused("--since needs dates: name every version by its day, such as 2026-03-01.json")
    begin = since.replace(tzinfo=UTC)
    before = [version for version in found if version.at is not None and version.at < begin]
    after = [version for version in found if version.at is not None and version.at >= begin]
    if not after:
        raise CouldNotCheck(f"there is no version since {since:%Y-%m-%d}; the last is of {found[-1].at:%Y-%m-%d}")
    return [*before[-1:], *after]


async def _all(replay: Replay, versions: Sequence[Version]) -> Sequence[Step]:
    """Every step; how far it is shows on a terminal while it lasts."""
    shown: Any = nullcontext(versions)
    if sys.stderr.isatty() and len(versions) > 2:
        shown = click.progressbar(versions, label="versions", file=sys.stderr)
    try:
        with shown as walked:
            return [step async for step in replay.steps(walked)]
    finally:
        await replay.judge.close()
