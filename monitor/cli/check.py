"""`driftpager check`: is the configuration right, and what would it watch? Nothing is sent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.configured import config_option
from monitor.cli.exits import BadConfiguration, Exit
from monitor.cli.output import as_json, output_option, table
from monitor.clock import SystemClock
from monitor.report.clean import clean
from schemas.document import Json

if TYPE_CHECKING:
    from alerts.coverage import Gap
    from monitor.config import Config, Problem
    from monitor.config.config import Target


@click.command(short_help="Is the configuration right? Sends nothing.")
@config_option
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the configuration, for editors, and stop.")
@output_option("text", "json")
def check(file: str, schema: bool, output: str) -> int:
    """Validate the configuration with its escalation file and drills, and list what it watches. Sends nothing, fetches nothing.

    Every mistake is told at once, each with its file, line and column. Then the next 90 days are looked at, every lane at
    every priority that pages: a time at which no level of a lane has anybody for a P1 makes it unfit. Feeds count as the
    daemon last read them.

    \b
    Examples:
      driftpager check
      driftpager check --config staging.yml --output json
      driftpager check --schema > driftpager.schema.json

    Exit 0: fit to run; 3: it is not.
    """
    if schema:
        from monitor.cli.schema import print_schema

        print_schema()
        return Exit.CLEAN
    from monitor.config import ConfigError, environ, load

    try:
        config = load(Path(file), environ())
        _check_scenarios(config)
    except ConfigError as error:
        if output == "json":
            as_json({"ok": False, "problems": [_problem(problem) for problem in error.problems]})
            return Exit.USAGE
        count = len(error.problems)
        raise BadConfiguration(f"{error}\n{count} problem{'s' * (count > 1)}") from None
    from monitor.cli.fed import stored
    from monitor.cli.lint import look_ahead, spelled

    now = SystemClock().now()
    today = now.date()
    ahead = look_ahead(config, stored(config), now)
    notes = (*_notes(config, today), *ahead.notes)
    if output == "json":
        as_json(
            {
                "ok": not ahead.holes,
                "problems": [],
                "gaps": [_gap(gap) for gap in ahead.holes],
                "notes": list(notes),
                "environment": config.environment,
                "targets": [_target(target) for target in config.targets],
                "channels": [{"name": name, "kind": channel.kind} for name, channel in config.channels.items()],
            }
        )
        return Exit.USAGE if ahead.holes else Exit.CLEAN
    if ahead.holes:
        count = len(ahead.holes)
        lines = "\n".join(spelled(gap) for gap in ahead.holes)
        raise BadConfiguration(
            f"{lines}\n{count} gap{'s' * (count > 1)} in the next 90 days; add somebody to a level, or an override"
        )
    _told(config, notes, today)
    return Exit.CLEAN


def _check_scenarios(config: Config) -> None:
    """A team's own drills, too: a mistake in one is better found now. Raises `ConfigError` with all of theirs."""
    from monitor.config import ConfigError, environ
    from monitor.config.scenario import BUILT_IN, load_scenario, scenarios

    problems: list[Problem] = []
    for _, path in scenarios(config.file):
        try:
            if path.parent != BUILT_IN:
                load_scenario(path, environ(), config.integrations)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)


def _told(config: Config, notes: tuple[str, ...], today: date) -> None:
    from monitor.cli.rules import rulings_of, told
    from monitor.config import duration

    rows = [
        (t.name, t.probe.kind, t.format or "recognised", duration.write(t.every), _use(t), "paused" if t.paused else "")
        for t in config.targets
    ]
    table(("target", "kind", "format", "every", "usage", ""), rows)
    if rows:
        click.echo()
    for ruling, names in rulings_of(config).items():
        click.echo(clean(f"policy of {names}: {told(ruling, today)}"))
    for note in notes:
        click.echo(f"note: {note}")
    lanes = ", ".join(config.matrix.lanes)
    click.echo(
        f"{config.file}: fit to run. {len(config.integrations)} integrations, {len(config.targets)} targets, "
        f"{len(config.customers)} customers; channels: {', '.join(config.channels)}; lanes: {lanes}."
    )


def _notes(config: Config, today: date) -> list[str]:
    """What is allowed and still worth a second thought."""
    from monitor.cli.rules import rulings_of

    notes = []
    ended = [(ruling, names) for ruling, names in rulings_of(config).items() if not ruling.holds(today)]
    notes += [f"an override for {names} ended on {ruling.until}: take it out, or give it another end" for ruling, names in ended]
    if not config.targets:
        notes.append("no target is configured: nothing is watched")
    bare = _several(target.name for target in config.targets if not target.usage.declared and not target.usage.recorded)
    if bare:
        notes.append(f"no usage is declared for {bare}: a breaking change there counts as `use unknown`, one step less urgent")
    proven = _several(target.name for target in config.targets if not target.usage.declared and target.usage.recorded)
    if proven:
        notes.append(
            f"of {proven} only recordings tell, and they never prove non-use: declare operations or fields too, and a change "
            "elsewhere pages nobody"
        )
    return notes


def _several(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:5]) + (f" and {len(listed) - 5} more" if len(listed) > 5 else "")


def _use(target: Target) -> str:
    usage = target.usage
    counts = (
        (len(usage.operations), "operations"),
        (len(usage.fields), "fields"),
        (len(usage.objects), "objects"),
        (len(usage.documents), "documents"),
        (len(usage.calls), "recorded calls"),
    )
    return ", ".join(f"{count} {what}" for count, what in counts if count) or "undeclared"


def _target(target: Target) -> Json:
    return {
        "name": target.name,
        "integration": target.integration,
        "kind": target.probe.kind,
        "format": target.format,
        "every_seconds": target.every.total_seconds(),
        "policy": str(target.policy),
        "overrides": [
            {
                "rule": ruling.override.rule,
                "address": ruling.override.address,
                "level": str(ruling.override.level),
                "because": ruling.override.because,
                "until": ruling.until.isoformat() if ruling.until is not None else None,
            }
            for ruling in target.rulings
        ],
        "usage_declared": target.usage.declared,
        "usage_recorded": target.usage.recorded,
        "paused": target.paused,
    }


def _gap(gap: Gap) -> Json:
    return {
        "lane": gap.lane,
        "priority": str(gap.priority),
        "start": gap.start.isoformat(),
        "end": gap.end.isoformat(),
        "lack": str(gap.lack),
        "because": gap.because,
    }


def _problem(problem: Problem) -> Json:
    return {
        "file": problem.mark.file,
        "line": problem.mark.line,
        "column": problem.mark.column,
        "text": problem.text,
        "hint": problem.hint,
    }
