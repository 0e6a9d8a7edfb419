"""How a command ends: four codes, and one clear line on standard error for the last two."""

from __future__ import annotations

from enum import IntEnum
from typing import IO, Any

import click

from monitor.report.clean import clean


class Exit(IntEnum):
    """Documented, and the same for every command."""

    CLEAN = 0
    FINDINGS = 1
    """Something at or over the threshold was found."""
    UNCHECKED = 2
    """Could not check: unreachable, unreadable, or our own trouble."""
    USAGE = 3
    """The command line or the configuration is wrong."""


class Stopped(click.ClickException):
    """Ends a command with one line on standard error."""

    exit_code = Exit.UNCHECKED

    def show(self, file: IO[Any] | None = None) -> None:
        for line in self.message.splitlines():
            click.echo(f"driftpager: {clean(line)}", file=file, err=file is None)


class CouldNotCheck(Stopped):
    """The question could not be answered: exit 2."""


class Misused(Stopped):
    """The question makes no sense as it was put: exit 3."""

    exit_code = Exit.USAGE


class BadConfiguration(Misused):
    """One line a problem, each `file:line:column: text; hint`: exit 3."""

    def show(self, file: IO[Any] | None = None) -> None:
        for line in self.message.splitlines():
            click.echo(clean(line), file=file, err=file is None)
