"""The reference of the command line, from the commands: `python -m monitor.cli.documentation > docs/cli.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from monitor.cli import cli

_INTRODUCTION = """\
# Command line

<!-- Written by `python -m monitor.cli.documentation`; change the commands instead. -->

Every command ends with one of four codes: **0** clean, **1** findings at or over the threshold, **2** could not check,
**3** usage or configuration. What goes wrong is one clear line on standard error. `--output json` is for programs; tables
and colours appear on a terminal only, and colours not with `NO_COLOR` set.
"""


def reference() -> str:
    """The whole page."""
    settings: dict[str, Any] = {**cli.context_settings, "terminal_width": 100, "color": False}
    return "\n".join([_INTRODUCTION, *_sections(cli, click.Context(cli, info_name="driftpager", **settings))])


def _sections(group: click.Group, context: click.Context) -> Iterator[str]:
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        assert command is not None
        below = click.Context(command, info_name=word, parent=context)
        if isinstance(command, click.Group):
            yield from _sections(command, below)
        else:
            yield f"## {below.command_path}\n\n```text\n{command.get_help(below)}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
