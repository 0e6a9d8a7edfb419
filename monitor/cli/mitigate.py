"""`driftpager mitigate`: a workaround is in place."""

from __future__ import annotations

from datetime import datetime

import click

from alerts import events as ev
from alerts.escalation import Escalation
from monitor.cli.configured import config_option
from monitor.cli.escalations import act_on
from monitor.cli.identity import as_option
from monitor.cli.output import output_option


@click.command(short_help="Declare a workaround or a hotfix.")
@click.argument("escalation", metavar="ID")
@click.option("--because", required=True, help="What was done; it stands in the review.")
@as_option
@config_option
@output_option("text", "json")
def mitigate(escalation: str, because: str, by: str | None, file: str, output: str) -> int:
    """Declare that a workaround is in place. It is yours then; the time to resolve runs on, and so does what customers were
    promised: their next update says that there is a workaround.

    \b
    Examples:
      driftpager mitigate k7d2mnqa --because "the sync skips the field until we map the new one"
    """

    def mitigated(who: str, found: Escalation, now: datetime) -> ev.Event:
        return ev.Mitigated(by=who, because=because, at=now)

    return act_on(file, escalation, by, mitigated, output)
