"""`driftpager hand-over` and `take-over`: one offers, the other accepts; the clock goes on until then."""

from __future__ import annotations

from datetime import datetime

import click

from alerts import events as ev
from alerts.escalation import Escalation
from monitor.cli.configured import config_option
from monitor.cli.escalations import act_on
from monitor.cli.identity import as_option
from monitor.cli.output import output_option


@click.command(name="hand-over", short_help="Offer an escalation to somebody else.")
@click.argument("escalation", metavar="ID")
@click.argument("to", metavar="CONTACT")
@click.option("--because", default="", help="Why, and what they should know.")
@as_option
@config_option
@output_option("text", "json")
def hand_over(escalation: str, to: str, because: str, by: str | None, file: str, output: str) -> int:
    """Offer an escalation to CONTACT. They are told in person; until they accept it is yours, and the clock goes on.

    \b
    Examples:
      driftpager hand-over k7d2mnqa ben --because "my shift ends; the vendor calls back at 18:00"
    """

    def offered(who: str, found: Escalation, now: datetime) -> ev.Event:
        return ev.HandOverOffered(by=who, to=to, because=because)

    return act_on(file, escalation, by, offered, output)


@click.command(name="take-over", short_help="Accept an escalation that is offered to you.")
@click.argument("escalation", metavar="ID")
@as_option
@config_option
@output_option("text", "json")
def take_over(escalation: str, by: str | None, file: str, output: str) -> int:
    """Accept an escalation that somebody offers to you: it is yours from now on.

    \b
    Examples:
      driftpager take-over k7d2mnqa
    """

    def accepted(who: str, found: Escalation, now: datetime) -> ev.Event:
        return ev.HandOverAccepted(by=who, at=now)

    return act_on(file, escalation, by, accepted, output)
