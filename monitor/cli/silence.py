"""`driftpager silence`: nobody is told of something for a while, with a reason and an end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from alerts.availability import parse_hours
from alerts.escalation import Escalation, Hush, State
from alerts.silences import Match, Silence, SilenceId, is_within
from alerts.windows import Once, Weekly, next_opening, once
from monitor import silencing
from monitor.cli.configured import config_option
from monitor.cli.exits import Exit, Misused
from monitor.cli.identity import as_option, contact
from monitor.cli.output import as_api_json, output_option, table, when
from monitor.cli.session import Session, with_store
from monitor.config import Config, duration
from monitor.nearest import nearest
from monitor.paging import new_id
from monitor.report.clean import clean
from monitor.store import Transaction

F = TypeVar("F", bound=Callable[..., Any])
LONGEST = timedelta(days=31)
SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a command line asks for: what, why, and the options that say when."""

    match: Match
    because: str
    lasting: str | None
    begin: str | None
    until: str | None
    weekly: str | None
    zone: str


@click.group(short_help="Tell nobody of something for a while.")
def silence() -> None:
    """Silences act before an escalation opens: what is open already is snoozed. What still stands at the end is told then.

    \b
    Examples:
      driftpager silence add salesforce-production/crm --for 2h --because "we add fields today"
      driftpager silence list
      driftpager silence end k7d2mnqa
    """


def match_options(function: F) -> F:
    """WHERE, and the options that narrow it."""
    for option in (
        click.option("--dry-run", is_flag=True, help="Only show what it matches now."),
        click.option("--because", required=True, help="Why; the owner and everybody else will read it."),
        click.option("--impact", type=click.Choice(["breaking", "risky"]), default=None, help="Only changes this bad."),
        click.option("--address", default="", help="Only what findings print at this address; `*` is any text (`Account.*`)."),
        click.option("--rule", default="", help="Only this rule, or a whole subject (`enum.*`)."),
        click.argument("where"),
    ):
        function = option(function)
    return function


@silence.command(short_help="Silence something from now on.")
@match_options
@click.option("--for", "lasting", default=None, metavar="DURATION", help="For how long: 30m, 2h, 3d.")
@click.option("--until", default=None, metavar="TIME", help='Or until when: "2026-12-01 18:00", in --zone.')
@click.option("--zone", default="UTC", show_default=True, help="The time zone of --until.")
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
    lasting: str | None,
    until: str | None,
    zone: str,
    by: str | None,
    file: str,
    output: str,
) -> int:
    """Silence WHERE: an integration, a block or a target, with everything below it; `*` is any text within a step.

    \b
    Examples:
      driftpager silence add stripe --for 2h --because "they told us"
      driftpager silence add stripe/api --rule "enum.*" --until "2026-12-01 18:00" --because "values come and go"
      driftpager silence add "*/crm" --address "Account.*" --for 1d --because "migration" --dry-run
    """
    match = Match(where=where, rule=rule, address=address, impact=impact or "")
    asked = Asked(match=match, because=because, lasting=lasting, begin=None, until=until, weekly=None, zone=zone)
    return make(Hush.SILENCE, asked, by=by, dry_run=dry_run, file=file, output=output)


@silence.command(name="list", short_help="What is silenced, and what was.")
@click.option("--all", "ended", is_flag=True, help="Also those that are over.")
@config_option
@output_option("text", "json")
def listed(ended: bool, file: str, output: str) -> int:
    """List silences: who made them, why, and until when.

    \b
    Examples:
      driftpager silence list
      driftpager silence list --all --output json
    """
    return show((Hush.SILENCE,), ended=ended, file=file, output=output)


@silence.command(short_help="End a silence now.")
@click.argument("silence_id", metavar="ID")
@as_option
@config_option
@output_option("text", "json")
def end(silence_id: str, by: str | None, file: str, output: str) -> int:
    """End a silence now. What it held back and still stands is told within seconds.

    \b
    Examples:
      driftpager silence end k7d2mnqa
    """
    return finish(silence_id, by=by, file=file, output=output)


def make(kind: Hush, asked: Asked, *, by: str | None, dry_run: bool, file: str, output: str) -> int:
    """Show what a silence or window matches now, then keep it."""

    async def work(session: Session) -> tuple[Silence, list[Escalation], Sequence[tuple[str, str]]]:
        who, now = contact(session.config, by), session.clock.now()
        made = _silence(session.config, kind, asked, who, now)
        async with session.store.read() as tx:
            escalations, findings = await silencing.matched(tx, made)

        async def keep(tx: Transaction, at: datetime) -> Silence:
            return await silencing.add(tx, session.config, made, at)

        return made if dry_run else await session.write(keep), escalations, findings

    made, escalations, findings = with_store(file, work)
    if output == "json":
        found = [{"target": target, "finding": text} for target, text in findings]
        as_api_json({"silence": made, "saved": not dry_run, "escalations": [each.id for each in escalations], "findings": found})
        return Exit.CLEAN
    click.echo(f"{made.match} matches now: {len(findings)} findings, {len(escalations)} escalations")
    for target, text in findings[:SHOWN]:
        click.echo(clean(f"  {target}: {text}"))
    if len(findings) > SHOWN:
        click.echo(f"  and {len(findings) - SHOWN} more")
    for each in escalations:
        if each.state not in (State.DETECTED, State.SUPPRESSED):
            click.echo(f"  {each.id} is {each.state} already and goes on: driftpager snooze {each.id} --for 30m")
    click.echo(f"not saved (--dry-run): {made.window}" if dry_run else f"{made.id} is in force: {made.window}")
    return Exit.CLEAN


def show(kinds: tuple[Hush, ...], *, ended: bool, file: str, output: str) -> int:
    """A table of silences or windows, those of the configuration included."""

    async def found(session: Session) -> tuple[list[Silence], datetime]:
        now = session.clock.now()
        async with session.store.read() as tx:
            kept = [*session.config.windows, *await tx.silences.all()]
        return [each for each in kept if each.kind in kinds and (ended or not each.over(now))], now

    silences, now = with_store(file, found)
    if output == "json":
        as_api_json(silences)
    elif silences:
        rows = [
            (each.id, str(each.kind), str(each.match), str(each.window), _state(each, now), each.by or "configured", each.because)
            for each in silences
        ]
        table(("id", "kind", "what", "window", "now", "by", "because"), rows)
    else:
        click.echo("nothing is silenced" if kinds == (Hush.SILENCE,) else "there are no windows")
    return Exit.CLEAN


def finish(id: str, *, by: str | None, file: str, output: str) -> int:
    """End one of those that are kept."""

    async def work(session: Session) -> Silence:
        who = contact(session.config, by)

        async def done(tx: Transaction, now: datetime) -> Silence:
            ended = await silencing.end(tx, SilenceId(id), who, now)
            if ended is None:
                standing = [each.id for each in await tx.silences.standing(now)]
                known = any(each.id == id for each in session.config.windows)
                hint = "it stands in the configuration: take it out there" if known else nearest(id, standing)
                raise Misused(f"there is nothing to end called {id!r}; {hint}")
            return ended

        return await session.write(done)

    ended = with_store(file, work)
    if output == "json":
        as_api_json(ended)
    else:
        click.echo(f"{ended.id} is over: {ended.match}")
    return Exit.CLEAN


def _silence(config: Config, kind: Hush, asked: Asked, by: str, now: datetime) -> Silence:
    _somewhere(config, asked.match.where)
    if not asked.because.strip():
        raise Misused("--because needs a reason, in words")
    return Silence(
        id=SilenceId(new_id(f"{asked.match}, {by}", kind, now)),
        kind=kind,
        match=asked.match,
        window=_window(asked, now),
        because=asked.because.strip(),
        by=by,
        created_at=now,
    )


def _somewhere(config: Config, where: str) -> None:
    """A misspelt place would silence nothing, and nobody would know."""
    if not where.strip("/* "):
        raise Misused("a silence of everything would hide everything: name an integration, a block or a target")
    if not any(is_within(where, target.integration, target.name) for target in config.targets):
        known = {*config.integrations, *(target.name for target in config.targets)}
        raise Misused(f"nothing is watched at {where!r}; {nearest(where, known)}")


def _window(asked: Asked, now: datetime) -> Once | Weekly:
    try:
        zone = ZoneInfo(asked.zone)
    except (KeyError, ValueError, OSError):
        raise Misused(f"{asked.zone!r} is no time zone: write an IANA name such as Europe/Berlin") from None
    if sum(each is not None for each in (asked.lasting, asked.until, asked.weekly)) != 1:
        raise Misused("say how long it lasts, in one way: --for, --until" + (" or --weekly" if asked.weekly else ""))
    if asked.weekly is not None:
        try:
            return Weekly(hours=parse_hours(asked.weekly), zone=asked.zone)
        except ValueError as error:
            raise Misused(f"--weekly: {error}") from None
    begin = _moment("--from", asked.begin) if asked.begin is not None else now.astimezone(zone).replace(tzinfo=None)
    if asked.lasting is not None:
        length = duration.parse(asked.lasting)
        if length is None or not length:
            raise Misused(f"--for: {asked.lasting!r} is no duration; write 30m, 2h or 3d")
        start = now if asked.begin is None else begin.replace(tzinfo=zone).astimezone(UTC)
        made = Once(begins_at=start, ends_at=start + length)
    else:
        try:
            made = once(begin, _moment("--until", asked.until or ""), asked.zone)
        except ValueError as error:
            raise Misused(f"--until: {error}") from None
        made = made if asked.begin is not None else Once(begins_at=now, ends_at=made.ends_at)
    if made.ends_at <= now:
        raise Misused(f"it would be over already: it ends at {when(made.ends_at)}")
    if made.ends_at - made.begins_at > LONGEST:
        raise Misused(f"it lasts longer than {LONGEST.days} days; accept the change instead: driftpager baseline accept")
    return made


def _moment(option: str, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise Misused(f'{option}: {text!r} is no local time; write "2026-12-01 18:00", and --zone where it is not UTC')
    return found


def _state(each: Silence, now: datetime) -> str:
    if each.over(now):
        return f"ended by {each.ended_by}" if each.ended_by else "over"
    until = each.lasts(now)
    if until is not None:
        return f"until {when(until)}"
    opening = next_opening(each.window, now)
    return f"from {when(opening)}" if opening else "not now"
