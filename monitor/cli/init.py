"""`driftpager init`: a configuration to start from."""

from __future__ import annotations

import os
from pathlib import Path

import click

from monitor.cli.exits import CouldNotCheck, Exit, Misused
from monitor.cli.output import as_json, output_option

STARTERS = ("driftpager.yml", "escalation.yml")


@click.command(short_help="Write a configuration to start from.")
@click.argument("folder", default=".", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite files that are there already.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@output_option("text", "json")
def init(folder: Path, force: bool, dry_run: bool, output: str) -> int:
    """Write a commented driftpager.yml and escalation.yml into FOLDER (default: here). Never overwrites by itself.

    \b
    Examples:
      driftpager init
      driftpager init monitoring/
      driftpager init --dry-run
      driftpager init --force

    Exit 0: written; 2: cannot write there; 3: the files exist already.
    """
    files = [folder / name for name in STARTERS]
    there = [str(file) for file in files if file.exists()]
    if there and not force and not dry_run:
        exist = f"{' and '.join(there)} {'exists' if len(there) == 1 else 'exist'} already"
        raise Misused(f"{exist}, and nothing was written; --force overwrites")
    if not dry_run:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for file in files:
                _write(file, starter(file.name))
        except OSError as error:
            raise CouldNotCheck(
                f"cannot write {error.filename or folder}: {(error.strerror or 'input/output error').lower()}"
            ) from None
    if output == "json":
        as_json({"written": [] if dry_run else [str(file) for file in files], "exist": list(there)})
        return Exit.CLEAN
    for file in files:
        verb = ("would overwrite" if str(file) in there else "would write") if dry_run else "wrote"
        click.echo(f"{verb} {file}")
    if not dry_run:
        where = "" if folder == Path() else f" --config {files[0]}"
        click.echo(f"Next: set DRIFTPAGER_ROUTING_KEY, then `driftpager check{where}`.")
    return Exit.CLEAN


def starter(name: str) -> str:
    """The text of one of `STARTERS`."""
    return (Path(__file__).parent / "starters" / name).read_text("utf-8")


def _write(file: Path, text: str) -> None:
    """Whole or not at all: a crash never leaves half a configuration."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, "utf-8")
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
