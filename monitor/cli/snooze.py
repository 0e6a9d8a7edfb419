"""`driftpager snooze` and `lower`: less noise about one escalation that is open."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from alerts import events as ev
from alerts.escalation import Escalation
from alerts.priority import Priority
from monitor.cli.configured import config_option
from monitor.cli.escalations import act_on
from monitor.cli.exits import Misused
from monitor.cli.identity import as_option
from monitor.cli.output import output_option
from monitor.config import duration


@click.command(short_help="Hear no more of an escalation for a while.")
@click.argument("escalation", metavar="ID")
@click.option("--for", "lasting", required=True, metavar="DURATION", help="For how long: 30m, 2h; a day at most.")
@click.option("--because", default="", help="Why.")
@as_option
@config_option
@output_option("text", "json")
def snooze(escalation: str, lasting: str, because: str, by: str | None, file: str, output: str) -> int:
    """Snooze an escalation: its lanes are not paged again before the time is over, then whoever has not acknowledged is. It
    stays open, its clocks to customers go on. A higher priority ends the snooze, and so does a promise or criterion that climbs.

    \b
    Examples:
      driftpager snooze k7d2mnqa --for 30m
    """
    length = duration.parse(lasting)
    if not length:
        raise Misused(f"--for: {lasting!r} is no duration; write 30m or 2h")
    how_long: timedelta = length

    def snoozed(who: str, found: Escalation, now: datetime) -> ev.Event:
        return ev.Snoozed(by=who, because=because, until=now + how_long)

    return act_on(file, escalation, by, snoozed, output)


@click.command(short_help="Say that an escalation is less urgent, and why.")
@click.argument("escalation", metavar="ID")
@click.argument("priority", type=click.Choice(["P2", "P3", "P4"]))
@click.option("--because", required=True, help="Why it is less urgent; people will read it later.")
@as_option
@config_option
@output_option("text", "json")
def lower(escalation: str, priority: str, because: str, by: str | None, file: str, output: str) -> int:
    """Lower the priority of an escalation. What was promised stays promised, and deadlines that run go on; something new raises
    it again.

    \b
    Examples:
      driftpager lower k7d2mnqa P3 --because "only the nightly report reads it"
    """

    def lowered(who: str, found: Escalation, now: datetime) -> ev.Event:
        return ev.PriorityLowered(by=who, priority=Priority[priority], because=because)

    return act_on(file, escalation, by, lowered, output)
