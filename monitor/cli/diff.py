"""`driftpager diff`: two documents in, what breaks out. A public contract: options, fields and exit codes stay."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import click

from monitor.cli.documents import document
from monitor.cli.exits import CouldNotCheck, Exit
from monitor.cli.output import output_option, painted
from monitor.clock import SystemClock
from monitor.report import OUTPUTS, Report, renderer
from schemas import formats
from schemas.change import Direction, Impact
from schemas.lens import Lens, Policy

_FAIL_ON: dict[str, Impact | None] = {str(impact): impact for impact in reversed(Impact)} | {"never": None}


def _explained(ctx: click.Context, _param: click.Parameter, rule: str | None) -> None:
    if rule is None or ctx.resilient_parsing:
        return
    from monitor.cli.rules import explain

    click.echo(explain(rule))
    ctx.exit(Exit.CLEAN)


@click.command(short_help="What breaks between two documents.")
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--format", "-f", type=click.Choice(formats.names()), help="What both are written in; recognised if not named.")
@click.option(
    "--direction",
    type=click.Choice([str(direction) for direction in Direction]),
    default=str(Direction.BOTH),
    show_default=True,
    help="Judge what we send (request), what we read (response), or both.",
)
@click.option(
    "--usage", metavar="FILE", help="What we use of it: YAML as `usage:` in driftpager.yml, or .soql, .graphql, .har, .pact."
)
@click.option("--policy", type=click.Choice([str(policy) for policy in Policy]), default=str(Policy.CONSUMER), show_default=True)
@click.option("--fail-on", type=click.Choice(list(_FAIL_ON)), default="breaking", show_default=True, help="Exit 1 from here on.")
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day that announced ends are held against, if not today.",
)
@click.option("--private", is_flag=True, help="Allow URLs on private and loopback networks.")
@click.option("--explain", metavar="RULE", callback=_explained, expose_value=False, is_eager=True, help="Say what a rule means.")
@click.option("--batch", metavar="CASES.jsonl", help="Compare many pairs, one JSON object a line; `-` reads standard input.")
@output_option(*OUTPUTS, "jsonl")
def diff(
    old: str | None,
    new: str | None,
    format: str | None,
    direction: str,
    usage: str | None,
    policy: str,
    fail_on: str,
    today: datetime | None,
    private: bool,
    batch: str | None,
    output: str,
) -> int:
    """Judge what changed from OLD to NEW, from the consumer's side. Each is a file, a URL, or - for standard input.

    \b
    Examples:
      driftpager diff old.json new.json
      driftpager diff stripe.json https://example.com/openapi.json --output markdown
      driftpager diff old.graphql new.graphql --direction response --fail-on risky
      driftpager diff a.json b.json --usage usage.yml --output sarif > findings.sarif
      driftpager diff --batch cases.jsonl --output jsonl
      driftpager diff --explain property.removed

    A line of CASES.jsonl is {"id", "format", "direction", "old", "new"} (format and direction may be left out); each answer
    is {"id", "breaking", "findings"} or {"id", "error"}.

    Exit 0: nothing at or over --fail-on; 1: something is; 2: could not compare; 3: usage.
    """
    day = (today or SystemClock().now()).date()
    lens = Lens(direction=Direction(direction), policy=Policy(policy), today=day)
    if usage is not None:
        from monitor.cli.usage_file import usage_from

        lens = replace(lens, usage=usage_from(usage))
    if batch is not None:
        if old is not None:
            raise click.UsageError("--batch takes its documents from the file: name no OLD and NEW beside it")
        from monitor.cli.batch import answer_all

        return answer_all(batch, format, lens)
    if old is None or new is None:
        raise click.UsageError("name two documents, OLD and NEW, or --batch FILE")
    if old == new == "-":
        raise click.UsageError("only one of OLD and NEW can be standard input")
    if output == "jsonl":
        raise click.UsageError("--output jsonl belongs to --batch")
    return _one(old, new, format, lens, _FAIL_ON[fail_on], _writer(output), private=private)


def _writer(output: str) -> Callable[[Report], str]:
    render: Any = renderer(output)
    return partial(render, paint=painted) if output == "text" else render


def _one(
    old: str, new: str, format: str | None, lens: Lens, fail_on: Impact | None, write: Callable[[Report], str], *, private: bool
) -> int:
    from schemas.compare import compare
    from schemas.errors import SchemaError, UnknownFormat

    # A process that lives for one comparison has no use for the collector, which costs a third of the time on large documents.
    gc.disable()
    before, after = document(old, private=private, format=format), document(new, private=private, format=format)
    try:
        comparison = compare(before, after, format=format, lens=lens)
    except UnknownFormat as error:
        raise CouldNotCheck(str(error)) from None
    except SchemaError as error:
        raise CouldNotCheck(f"cannot compare {before.source} and {after.source}: {error}") from None
    report = Report(comparison=comparison, old=before.source, new=after.source, fail_on=fail_on)
    click.echo(write(report), nl=False)
    return Exit.FINDINGS if report.failed else Exit.CLEAN
