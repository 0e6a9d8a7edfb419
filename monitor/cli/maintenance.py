"""`driftpager maintenance`: our own windows and the vendors', once or every week."""

from __future__ import annotations

import click

from alerts.escalation import Hush
from alerts.silences import Match
from monitor.cli.configured import config_option
from monitor.cli.identity import as_option
from monitor.cli.output import output_option
from monitor.cli.silence import Asked, finish, make, match_options, show

WINDOWS = (Hush.MAINTENANCE, Hush.RELEASE)


@click.group(short_help="Windows in which nobody is told: ours, and the vendors' releases.")
def maintenance() -> None:
    """Windows in which nobody is told, once or every week. What still stands at their end is told then. Those that are to stay
    belong into the configuration: `maintenance`, and `release_windows` of an integration.

    \b
    Examples:
      driftpager maintenance add crm --from "2026-12-05 22:00" --for 4h --zone Europe/Berlin --because "we move"
      driftpager maintenance add crm --weekly "Sat 22:00-02:00" --zone America/Los_Angeles --release --because "their releases"
      driftpager maintenance list
    """


@maintenance.command(short_help="Add a window.")
@match_options
@click.option("--from", "begin", default=None, metavar="TIME", help='When it begins: "2026-12-05 22:00"; by default now.')
@click.option("--for", "lasting", default=None, metavar="DURATION", help="How long it lasts: 30m, 4h.")
@click.option("--until", default=None, metavar="TIME", help="Or when it ends.")
@click.option("--weekly", default=None, metavar="TIMES", help='Or every week: "Sat 22:00-02:00", several separated by commas.')
@click.option("--zone", default="UTC", show_default=True, help="The time zone of all of these.")
@click.option("--release", is_flag=True, help="It is the vendor's release window, not our maintenance.")
@as_option
@config_option
@output_option("text", "json")
def add(
    where: str,
    rule: str,
    address: str,
    impact: str | None,
    because: str,
    dry_run: bool,
    begin: str | None,
    lasting: str | None,
    until: str | None,
    weekly: str | None,
    zone: str,
    release: bool,
    by: str | None,
    file: str,
    output: str,
) -> int:
    """Add a window for WHERE: an integration, a block or a target, with everything below it.

    \b
    Examples:
      driftpager maintenance add crm --for 2h --because "our administrators add fields"
      driftpager maintenance add crm --weekly "Sat 22:00-02:00" --zone Europe/Berlin --because "weekly clean-up"
    """
    match = Match(where=where, rule=rule, address=address, impact=impact or "")
    asked = Asked(match=match, because=because, lasting=lasting, begin=begin, until=until, weekly=weekly, zone=zone)
    kind = Hush.RELEASE if release else Hush.MAINTENANCE
    return make(kind, asked, by=by, dry_run=dry_run, file=file, output=output)


@maintenance.command(name="list", short_help="The windows, those of the configuration included.")
@click.option("--all", "ended", is_flag=True, help="Also those that are over.")
@config_option
@output_option("text", "json")
def listed(ended: bool, file: str, output: str) -> int:
    """List the windows, and which of them last now.

    \b
    Examples:
      driftpager maintenance list
    """
    return show(WINDOWS, ended=ended, file=file, output=output)


@maintenance.command(short_help="End a window now, and for good.")
@click.argument("window", metavar="ID")
@as_option
@config_option
@output_option("text", "json")
def end(window: str, by: str | None, file: str, output: str) -> int:
    """End a window now. What it held back and still stands is told within seconds.

    \b
    Examples:
      driftpager maintenance end k7d2mnqa
    """
    return finish(window, by=by, file=file, output=output)
