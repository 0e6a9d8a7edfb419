"""`driftpager drill`: practise an escalation, and see how fast people react."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.configured import config_option, configured
from monitor.cli.exits import BadConfiguration, Exit, Misused
from monitor.cli.identity import as_option, contact
from monitor.cli.output import as_json, output_option, table, when

if TYPE_CHECKING:
    from monitor.cli.drilled import Drilled
    from monitor.config import Config
    from monitor.config.scenario import Scenario

INTERRUPTED = 130
NONE = "no drill is going on"


@click.command(short_help="Practise an escalation, and see how fast people react.")
@click.argument("scenario", required=False)
@click.option("--list", "listing", is_flag=True, help="The scenarios there are.")
@click.option("--dry-run", is_flag=True, help="Who would be paged now, and when the next levels come; sends nothing.")
@click.option("--no-wait", is_flag=True, help="Begin it, and do not wait for its end.")
@click.option("--past", is_flag=True, help="The drills there were, and who answered first.")
@click.option("--report", metavar="ID", help="How fast people reacted in a drill, or have until now.")
@click.option("--end", "ending", is_flag=True, help="End the drill that is going on.")
@as_option
@config_option
@output_option("text", "json")
def drill(
    scenario: str | None,
    listing: bool,
    dry_run: bool,
    no_wait: bool,
    past: bool,
    report: str | None,
    ending: bool,
    by: str | None,
    file: str,
    output: str,
) -> int:
    """Send a practice escalation through the configured matrix, timers and channels, and report how fast people react.

    Every page, e-mail and incident of it begins with [PRACTICE]. It counts in no figure, no customer hears of it, and
    nothing real joins it or ends with it. The running daemon carries it; it ends by itself once everybody has answered who
    is asked to, when its time is up, or with --end. Interrupting this command leaves it going on.

    SCENARIO is a name that --list shows, or a YAML file. Your own lie in drills/ beside the configuration.

    \b
    Examples:
      driftpager drill --list
      driftpager drill field-removed --dry-run
      driftpager drill field-removed --as ana
      driftpager drill drills/night.yml --output json
      driftpager drill --end

    Exit 0: every answer came in time; 1: one did not; 2: no daemon carried it.
    """
    chosen = [
        name
        for name, given in (("--list", listing), ("--past", past), ("--report", report is not None), ("--end", ending))
        if given
    ]
    if len(chosen) + (scenario is not None) != 1:
        raise Misused("name one scenario, or one of --list, --past, --report ID and --end")
    if listing:
        return _list(file, output)
    from monitor.cli import drill_told, drilled

    if past:
        drill_told.tell_past(drilled.past(file), output)
        return Exit.CLEAN

    if ending:
        ended = drilled.end(file, by)
        _tell(output, [{"id": each, "ended": True} for each in ended], [f"{each} is over" for each in ended] or [NONE])
        return Exit.CLEAN
    if report is not None:
        return _report(drilled.report(file, report), output)
    assert scenario is not None  # nothing else was named
    config = configured(file)
    name, found = _scenario(config, scenario)
    who = contact(config, by)
    if dry_run:
        return _dry_run(config, found, name, who, output)
    return _run(file, found, name, who, output, wait=not no_wait)


def _run(file: str, scenario: Scenario, name: str, who: str, output: str, *, wait: bool) -> int:
    from monitor.cli import drilled

    begun: list[str] = []

    def told(line: str) -> None:
        click.echo(line, err=output == "json")

    try:
        found = drilled.run(file, scenario, name, who, wait=wait, begun=begun.append, told=told)
    except KeyboardInterrupt:
        if not begun:
            raise
        click.echo(f"drill {begun[0]} goes on: `driftpager drill --end` ends it, --report {begun[0]} tells of it", err=True)
        return INTERRUPTED
    if not wait:
        _tell(output, [{"id": found.escalation.id}], [f"drill {found.escalation.id} has begun"])
        return Exit.CLEAN
    return _report(found, output)


def _report(found: Drilled, output: str) -> int:
    from alerts.reactions import Verdict, all_in_time
    from monitor.cli import drill_told as words

    if output == "json":
        as_json(words.as_answer(found))
    else:
        words.tell(found)
    if found.reactions and all(each.verdict is Verdict.UNDELIVERED for each in found.reactions):
        return Exit.UNCHECKED
    return Exit.CLEAN if all_in_time(found.reactions) else Exit.FINDINGS


def _list(file: str, output: str) -> int:
    from monitor.config.scenario import BUILT_IN, scenarios

    config = configured(file)
    rows, broken = [], []
    for name, path in scenarios(config.file):
        try:
            found = _loaded(config, path)
        except BadConfiguration as error:
            broken.append(str(error))
            continue
        rows.append((name, found.title, found.finding, "driftpager" if path.parent == BUILT_IN else str(path)))
    if output == "json":
        as_json([dict(zip(("name", "title", "finding", "from"), row, strict=True)) for row in rows])
    else:
        table(("scenario", "what happens", "finding", "from"), rows)
    if broken:
        raise BadConfiguration("\n".join(broken))
    return Exit.CLEAN


def _dry_run(config: Config, scenario: Scenario, name: str, who: str, output: str) -> int:
    from alerts.draft import Refused
    from alerts.simulation import simulate
    from monitor import drilling
    from monitor.cli import matrix_told
    from monitor.cli.fed import stored
    from monitor.clock import SystemClock
    from monitor.stakes import desk_with

    now = SystemClock().now()
    try:
        seen = drilling.sighting(config, scenario, name, by=who, now=now)
    except Refused as refused:
        raise Misused(str(refused)) from None
    played = simulate(seen, desk_with(config, seen.integration, now, stored(config)))
    if output == "json":
        as_json(matrix_told.as_answer(played))
        return Exit.CLEAN
    click.echo(f"{seen.priority} on {seen.integration}, if nobody answers. Nothing is sent.")
    for line in matrix_told.lines(played, now, config):
        click.echo(line)
    click.echo(f"It would end by itself at {when(now + scenario.lasts)} at the latest.")
    return Exit.CLEAN


def _scenario(config: Config, named: str) -> tuple[str, Scenario]:
    from monitor.config.scenario import scenarios
    from monitor.nearest import nearest

    if "/" in named or named.endswith((".yml", ".yaml")):
        path = Path(named)
        return path.stem, _loaded(config, path)
    known = dict(scenarios(config.file))
    if named not in known:
        raise Misused(f"there is no scenario {named!r}; {nearest(named, known)}")
    return named, _loaded(config, known[named])


def _loaded(config: Config, path: Path) -> Scenario:
    from monitor.config import ConfigError, environ
    from monitor.config.scenario import load_scenario

    try:
        return load_scenario(path, environ(), config.integrations)
    except ConfigError as error:
        raise BadConfiguration(str(error)) from None


def _tell(output: str, answers: list[dict[str, object]], lines: list[str]) -> None:
    if output == "json":
        from monitor.cli.output import as_api_json

        as_api_json(answers)
        return
    for line in lines:
        click.echo(line)
