"""`driftpager kpis`: how well escalations go."""

from __future__ import annotations

from datetime import timedelta

import click

from alerts.kpis import Kpis
from monitor.cli.configured import config_option
from monitor.cli.exits import Exit, Misused
from monitor.cli.output import as_api_json, output_option, table, when
from monitor.cli.session import Session, with_store
from monitor.config import duration
from monitor.kpis import kpis as measured
from monitor.kpis import rows
from monitor.report.sheet import as_csv

LONGEST = timedelta(days=3660)


@click.command(short_help="How well escalations go.")
@click.option("--since", default="90d", show_default=True, metavar="DURATION", help="How far back to look.")
@config_option
@output_option("text", "json", "csv")
def kpis(since: str, file: str, output: str) -> int:
    """Tell how many were resolved within what was promised, how long it took to detect, page, acknowledge and resolve, how
    satisfied customers were, what came again, and how much of it was noise or rang people at night.

    \b
    Examples:
      driftpager kpis
      driftpager kpis --since 30d --output json
      driftpager kpis --since 365d --output csv > figures.csv
    """
    span = duration.parse(since)
    if span is None or not timedelta() < span <= LONGEST:
        raise Misused(f"{since!r} is no span of time: write 12h, 30d or 52w, ten years at most")

    async def figures(session: Session) -> Kpis:
        now = session.clock.now()
        return await session.read(lambda tx: measured(tx, session.config.matrix, now - span, now))

    found = with_store(file, figures)
    if output == "json":
        as_api_json(found)
    elif output == "csv":
        click.echo(as_csv(("figure", "value", "of"), rows(found)), nl=False)
    else:
        click.echo(f"from {when(found.since)} to {when(found.until)}")
        table(("figure", "value", ""), [(name, value or "-", unit) for name, value, unit in rows(found)])
    return Exit.CLEAN
