"""`driftpager baseline export` and `import`: baselines as files to review in git."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from monitor.cli.configured import config_option
from monitor.cli.exits import CouldNotCheck, Exit
from monitor.cli.identity import as_option, contact
from monitor.cli.output import as_json, output_option
from monitor.cli.session import Session, with_store
from monitor.exporting import Exported, NotTransferable, export, kept
from monitor.importing import Planned, adopt, found_in, plan
from monitor.report.clean import clean
from monitor.store import Transaction
from monitor.watch import TargetName
from schemas.document import Json


@click.command(name="export")
@click.argument("folder", type=click.Path(path_type=Path))
@config_option
@output_option("text", "json")
def export_baselines(folder: Path, file: str, output: str) -> int:
    """Write every accepted baseline below FOLDER, to review and keep in git: the document as it was served, who accepted it,
    when and why. What has not changed is not touched.

    \b
    Examples:
      driftpager baseline export baselines
      driftpager baseline export baselines && git -C baselines diff --stat
    """

    async def exported(session: Session) -> tuple[Sequence[Exported], Sequence[TargetName]]:
        formats = {target.name: target.format for target in session.config.targets}
        done: list[Exported] = []
        without: list[TargetName] = []
        for target in session.config.targets:  # one at a time: documents are large
            async with session.store.read() as tx:
                found, none = await kept(tx, [target], session.clock.now())
            done += [export(folder, each, formats[each.baseline.target]) for each in found]
            without += none
        return done, without

    try:
        done, without = with_store(file, exported)
    except NotTransferable as error:
        raise CouldNotCheck(str(error)) from None
    if output == "json":
        written: list[Json] = [{"target": each.target, "folder": str(each.folder), "changed": each.changed} for each in done]
        as_json({"exported": written, "without": list(without)})
        return Exit.CLEAN
    for each in done:
        click.echo(f"{each.target}: {each.folder}{'' if each.changed else ' (unchanged)'}")
    for name in without:
        click.echo(f"{name}: has no accepted baseline yet")
    return Exit.CLEAN


@click.command(name="import")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@as_option
@config_option
@output_option("text", "json")
def import_baselines(folder: Path, dry_run: bool, by: str | None, file: str, output: str) -> int:
    """Put the baselines below FOLDER in force, as they were exported: all of them, or none where anything is wrong with one.
    Each target is then judged anew.

    \b
    Examples:
      driftpager baseline import baselines --dry-run
      driftpager baseline import baselines --as ana
    """

    async def imported(session: Session) -> Sequence[Planned]:
        found = found_in(folder, session.config)
        if dry_run:
            async with session.store.read() as tx:
                return [await plan(tx, one, session.clock.now()) for one in found]
        who = contact(session.config, by)

        async def all_at_once(tx: Transaction, now: datetime) -> Sequence[Planned]:
            return [await adopt(tx, session.config, one, importer=who, now=now) for one in found]

        return await session.write(all_at_once)

    try:
        planned = with_store(file, imported, fresh=True)
    except NotTransferable as error:
        raise CouldNotCheck(str(error)) from None
    if output == "json":
        as_json(
            [
                {
                    "target": each.target,
                    "before": each.before,
                    "after": each.after,
                    "accepted": each.parts,
                    "changes": each.changes,
                }
                for each in planned
            ]
        )
        return Exit.CLEAN
    for each in planned:
        click.echo(clean(_line(each, dry_run=dry_run)))
    return Exit.CLEAN


def _line(planned: Planned, *, dry_run: bool) -> str:
    if not planned.changes:
        return f"{planned.target}: as it is"
    said: list[str] = []
    if planned.before != planned.after:
        said.append(f"{planned.before[:12] if planned.before else 'no baseline'} -> {planned.after[:12]}")
    if planned.parts:
        said.append(f"{planned.parts} accepted part{'s' * (planned.parts > 1)}")
    return f"{planned.target}: {'would be ' if dry_run else ''}{' with '.join(said)}"
