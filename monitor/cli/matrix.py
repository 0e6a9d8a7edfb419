"""`driftpager matrix`: the escalation matrix shown, played through, and asked who is there."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from monitor.cli.configured import config_option, configured
from monitor.cli.exits import Exit, Misused
from monitor.cli.output import as_json, output_option, table, when
from schemas.document import Json

if TYPE_CHECKING:
    from alerts.matrix import Level, Matrix
    from alerts.presence import Present
    from alerts.priority import Priority
    from monitor.config import Config

PAGING = ("P1", "P2", "P3", "P4")


@click.group(short_help="Show the escalation matrix, play it through, ask who is there.")
def matrix() -> None:
    """Who is told of what, through which lanes and levels, how fast. Sends nothing.

    \b
    Examples:
      driftpager matrix show
      driftpager matrix simulate --at "2026-12-24 02:00" --priority P1 --integration salesforce-production
      driftpager matrix who sync
    """


@matrix.command(short_help="The matrix as a table, a diagram or JSON.")
@config_option
@output_option("text", "mermaid", "svg", "json")
def show(file: str, output: str) -> int:
    """Show the matrix: lanes with their levels, the pace of each priority, the rules. Nobody's address is printed.

    \b
    Examples:
      driftpager matrix show
      driftpager matrix show --output mermaid
      driftpager matrix show --output svg > matrix.svg
    """
    from monitor.cli import matrix_told as told
    from monitor.drawing import chart, mermaid, svg

    config = configured(file)
    match output:
        case "mermaid":
            click.echo(mermaid.write(chart.of(config.matrix)), nl=False)
        case "svg":
            click.echo(svg.draw(chart.of(config.matrix)), nl=False)
        case "json":
            as_json(told.content(config.matrix))
        case _:
            told.tables(config.matrix)
    return Exit.CLEAN


@matrix.command(short_help="Who would be paged, when and why, until nobody is left.")
@click.option("--at", "at_text", metavar="TIME", help="When it is confirmed: ISO 8601, UTC without an offset. Default: now.")
@click.option("--finding", metavar="RULE", help="What was found, by a rule of the catalogue: the priority follows from it.")
@click.option("--priority", type=click.Choice(PAGING), help="The priority itself, instead of or over --finding.")
@click.option("--integration", metavar="NAME", help="Where. Default: the first configured.")
@click.option(
    "--use", type=click.Choice(["used", "coarse", "undeclared"]), default="used", show_default=True, help="Our use of it."
)
@click.option("--customers", type=click.IntRange(0, 10_000), default=0, show_default=True, help="How many customers it affects.")
@config_option
@output_option("text", "json")
def simulate(
    at_text: str | None,
    finding: str | None,
    priority: str | None,
    integration: str | None,
    use: str,
    customers: int,
    file: str,
    output: str,
) -> int:
    """Play a finding through the matrix on a clock that jumps: who is paged, when and why, if every page arrives and nobody
    ever acknowledges, until all lanes are exhausted. Feeds count as the daemon last read them. Sends nothing.

    \b
    Examples:
      driftpager matrix simulate --finding property.removed --integration salesforce-production
      driftpager matrix simulate --at "2026-12-24 02:00 Europe/Berlin" --priority P1 --customers 3
    """
    from alerts.simulation import simulate as play
    from monitor.cli import matrix_told as told
    from monitor.cli.fed import stored
    from monitor.cli.imagined import imagined
    from monitor.cli.moment import moment
    from monitor.clock import SystemClock

    if finding is None and priority is None:
        raise Misused("name what to simulate: --finding RULE (`driftpager list rules`), --priority P1, or both")
    config = configured(file)
    at = moment(at_text, SystemClock().now().replace(second=0, microsecond=0))
    sighting, desk = imagined(
        config, stored(config), at, rule=finding, priority=priority, integration=integration, use=use, customers=customers
    )
    if sighting.priority > config.matrix.floor:
        click.echo(f"{sighting.priority}: {sighting.factors[-1].because}. Recorded, and nobody is paged: {_floor(config)}.")
        return Exit.CLEAN
    played = play(sighting, desk)
    if output == "json":
        as_json(told.as_answer(played))
        return Exit.CLEAN
    click.echo(f"{sighting.priority}: {sighting.factors[-1].because}")
    for line in told.lines(played, at, config):
        click.echo(line)
    return Exit.CLEAN


@matrix.command(short_help="Who is there now, or at a time.")
@click.argument("lane", required=False)
@click.option("--at", "at_text", metavar="TIME", help="When: ISO 8601, UTC without an offset. Default: now.")
@click.option("--priority", type=click.Choice(PAGING), default="P1", show_default=True, help="For a page of which priority.")
@config_option
@output_option("text", "json")
def who(lane: str | None, at_text: str | None, priority: str, file: str, output: str) -> int:
    """Who of each level would get a page: of LANE, or of every lane.

    \b
    Examples:
      driftpager matrix who
      driftpager matrix who sync --at "2026-12-24 02:00 Europe/Berlin"
      driftpager matrix who --priority P3
    """
    from alerts.priority import Priority
    from monitor.cli.fed import stored
    from monitor.cli.moment import moment
    from monitor.clock import SystemClock
    from monitor.nearest import nearest

    config = configured(file)
    lanes = config.matrix.lanes
    if lane is not None and lane not in lanes:
        raise Misused(f"there is no lane {lane!r}; {nearest(lane, lanes)}")
    at, calendars = moment(at_text, SystemClock().now()), stored(config)
    found = [
        (name, number, level, _present(config.matrix, level, at, Priority[priority], calendars))
        for name in ([lane] if lane is not None else lanes)
        for number, level in enumerate(lanes[name].levels, start=1)
    ]
    if output == "json":
        as_json([_there(*each) for each in found])
        return Exit.CLEAN
    rows = [
        (name, str(number), str(level), ", ".join(present.contacts) or "nobody", _why(present))
        for name, number, level, present in found
    ]
    click.echo(f"{when(at)}, {priority}")
    table(("lane", "level", "who is meant", "there", "why"), rows)
    return Exit.CLEAN


def _present(of: Matrix, level: Level, at: datetime, priority: Priority, calendars: object) -> Present:
    from collections.abc import Mapping

    from alerts.presence import who as present

    assert isinstance(calendars, Mapping)
    return present(of, level, at, priority, calendars)


def _why(present: Present) -> str:
    return present.because + (f"; there from {when(present.opens_at)}" if present.opens_at else "")


def _there(lane: str, number: int, level: Level, present: Present) -> Json:
    return {
        "lane": lane,
        "level": number,
        "means": str(level),
        "contacts": list(present.contacts),
        "because": present.because,
        "from": present.opens_at.isoformat() if present.opens_at else None,
    }


def _floor(config: Config) -> str:
    return f"the paging floor is {config.matrix.floor}"
