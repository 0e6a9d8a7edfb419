"""What a command prints: tables for people, JSON for programs; colours and boxes on a terminal only."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from monitor.report.clean import clean
from schemas.change import Impact
from schemas.document import Json

F = TypeVar("F", bound=Callable[..., Any])

_COLOURS = {Impact.BREAKING: "red", Impact.RISKY: "yellow", Impact.SAFE: "green"}


def output_option(*outputs: str) -> Callable[[F], F]:
    """`--output`, the first being the default."""
    choice = click.Choice(list(outputs))
    return click.option("--output", "-o", type=choice, default=outputs[0], show_default=True, help="How to print the answer.")


def as_json(answer: Json) -> None:
    """Print one JSON value, indented."""
    click.echo(json.dumps(answer, indent=2))


def as_api_json(value: object) -> None:
    """Print domain values the way `/api/` does: times in RFC 3339, nothing that leads to a person's address."""
    import orjson

    from monitor.web.api import plain

    click.echo(orjson.dumps(plain(value), option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2).decode())


def when(moment: datetime) -> str:
    """A moment for people, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def painted(text: str, impact: Impact) -> str:
    """A word in the colour of an impact; `click.echo` takes the colour out again where nobody sees it."""
    return click.style(text, fg=_COLOURS[impact], bold=impact is Impact.BREAKING)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under columns: a table on a terminal, aligned plain text in a pipe. Empty rows print nothing."""
    if not rows:
        return
    shown = [[clean(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _rich(columns, shown)
        return
    widths = [max(len(row[index]) for row in (columns, *shown)) for index in range(len(columns))]
    for row in (columns, *shown):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _rich(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    Console(no_color=click.get_current_context().color is False or None).print(made)
