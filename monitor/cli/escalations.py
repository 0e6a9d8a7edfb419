"""`driftpager escalations`, `ack`, `resolve` and `explain`: what is open, whose it is, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import click

from alerts import events as ev
from alerts import sla
from alerts.escalation import Escalation, State, Transition
from alerts.page import EscalationId, Page
from alerts.priority import Priority
from monitor import paging
from monitor.cli.configured import config_option
from monitor.cli.exits import CouldNotCheck, Exit, Misused
from monitor.cli.identity import as_option, contact
from monitor.cli.output import as_api_json, output_option, table, when
from monitor.cli.session import Session, with_store
from monitor.nearest import nearest
from monitor.report.clean import clean
from monitor.store import Transaction
from monitor.web import views


@click.command(short_help="What is open, and whose it is.")
@click.argument("escalation", required=False, metavar="[ID]")
@click.option("--all", "ended", is_flag=True, help="Also what is over.")
@config_option
@output_option("text", "json")
def escalations(escalation: str | None, ended: bool, file: str, output: str) -> int:
    """List the escalations that are not over, or tell everything of one.

    \b
    Examples:
      driftpager escalations
      driftpager escalations --all --output json
      driftpager escalations k7d2mnqa
    """
    if escalation is not None:
        return _told(file, escalation, output)

    async def found(session: Session) -> list[views.Brief]:
        async with session.store.read() as tx:
            listed = await (tx.escalations.list() if ended else tx.escalations.active())
            return [views.brief(each, await tx.timers.of(each.id)) for each in listed]

    briefs = with_store(file, found)
    if output == "json":
        as_api_json(briefs)
    elif briefs:
        rows = [_row(each) for each in briefs]
        table(("id", "priority", "state", "integration", "who", "since", "what"), rows)
    else:
        click.echo("nothing is open")
    return Exit.CLEAN


@click.command(short_help="Take an escalation: stops its clock.")
@click.argument("escalation", metavar="ID")
@click.option("--lane", default="", help="Only for this lane; by default the primary one.")
@as_option
@config_option
@output_option("text", "json")
def ack(escalation: str, lane: str, by: str | None, file: str, output: str) -> int:
    """Acknowledge an escalation: it is yours, and nobody else is paged while you act on it.

    \b
    Examples:
      driftpager ack k7d2mnqa
      driftpager ack k7d2mnqa --as ben
    """

    def acknowledged(who: str, found: Escalation, now: datetime) -> ev.Event:
        return ev.Acknowledged(by=who, via="cli", generation=found.generation, at=now, lane=lane)

    return act_on(file, escalation, by, acknowledged, output)


@click.command(short_help="Close an escalation, with a reason.")
@click.argument("escalation", metavar="ID")
@click.option("--because", required=True, help="Why it is over; people will read it later.")
@as_option
@config_option
@output_option("text", "json")
def resolve(escalation: str, because: str, by: str | None, file: str, output: str) -> int:
    """Close an escalation. The drift stays what it is: `baseline accept` is for a change that we can live with.

    \b
    Examples:
      driftpager resolve k7d2mnqa --because "the sync was switched to the new field"
    """

    return act_on(file, escalation, by, lambda who, found, now: ev.ResolvedBy(by=who, because=because), output)


@click.command(short_help="Why it is what it is, and why each person was paged.")
@click.argument("what", metavar="ID|RULE")
@config_option
@output_option("text", "json")
def explain(what: str, file: str, output: str) -> int:
    """Explain an escalation (of every page: why this priority, why they, why now), or a rule of the catalogue and what
    overrides it.

    \b
    Examples:
      driftpager explain k7d2mnqa
      driftpager explain property.removed
    """
    if "." in what:
        from monitor.cli.rules import explain as explain_rule
        from monitor.cli.rules import overrides_of

        click.echo(explain_rule(what))
        for line in overrides_of(what, file):
            click.echo(line)
        return Exit.CLEAN
    return _told(file, what, output)


def _row(brief: views.Brief) -> tuple[str, ...]:
    it = brief.escalation
    more = f" (+{brief.more})" if brief.more else ""
    return (
        it.id,
        str(it.priority),
        str(it.state),
        it.integration,
        ", ".join(brief.who),
        when(it.detected_at),
        ("[PRACTICE] " if it.practice else "") + brief.headline + more,
    )


def _told(file: str, id: str, output: str) -> int:
    async def found(session: Session) -> views.EscalationView:
        async with session.store.read() as tx:
            await known(tx, id)
            view = await views.escalation(tx, EscalationId(id), session.config.integrations)
        assert view is not None
        return view

    view = with_store(file, found)
    if output == "json":
        as_api_json(view)
    else:
        for line in _lines(view):
            click.echo(clean(line))
    return Exit.CLEAN


def _lines(view: views.EscalationView) -> Iterator[str]:
    it = view.escalation
    practice = "[PRACTICE] " if it.practice else ""
    yield f"{practice}{it.id}: {it.priority}, {it.state}, {it.integration} ({it.category}), generation {it.generation}"
    if it.owner:
        yield f"owner {it.owner}"
    if it.offer:
        yield f"offered to {it.offer.to} by {it.offer.by}; accepted with: driftpager take-over {it.id}"
    if it.snooze:
        yield f"snoozed by {it.snooze.by} until {when(it.snooze.until)}"
    if it.suppression and it.state is State.SUPPRESSED:
        held = it.suppression
        yield f"nobody is told before {when(held.until)}: {f'{held.kind} {held.id}'.strip()}, {held.because}"
    yield ""
    yield f"Why {it.priority}:"
    yield from (f"  {factor.because} -> {factor.priority}" for factor in it.factors)
    yield "What changed:"
    for cause in it.causes:
        yield f"  {cause.impact}  {cause.target}  {cause.message} [{cause.rule}, {cause.use}]"
        if cause.consequence:
            yield f"      {cause.consequence}"
        if cause.adjusted:
            yield f"      {cause.adjusted}"
    if it.beyond:
        yield f"  and {it.total - len(it.causes)} more, {it.total} in all on {len(it.targets)} targets"
    if it.met:
        yield "Criteria that hold:"
    yield from (f"  {each.name}: {each.facts} ({when(each.at)})" for each in it.met)
    if it.customers:
        yield f"Customers: {', '.join(it.customers)}"
    if it.impact:
        yield f"Impact: {it.impact} [{it.impact_by}]"
    if it.seen_before:
        yield "Seen before:"
    yield from (f"  {line}" for line in it.seen_before)
    if it.commitments or view.promises:
        yield "Promised:"
    for promised in it.commitments:
        kept = sla.kept(promised)
        stands = f"{promised.crossed} % passed" if kept is None else "kept" if kept else "too late"
        yield f"  {when(promised.due_at)}  {promised.clock} ({promised.because}): {stands}"
    for each in view.promises:
        yield f"  {when(each.due.due_at)}  update {each.sequence} to {each.customer} [{each.id}]: {each.standing}"
    if it.lanes:
        yield "Lanes:"
    for lane in it.lanes:
        reached = f"paged {', '.join(lane.paged)}" if lane.paged else "nobody paged yet"
        taken = f", acknowledged by {lane.acknowledged_by}" if lane.acknowledged_by else ""
        exhausted = ", nobody left above" if lane.exhausted else ""
        yield f"  {lane.name} ({lane.mode}, {lane.clock} has the clock): level {lane.level}, {reached}{taken}{exhausted}"
    if view.timers:
        yield "Next:"
    yield from (f"  {when(timer.due_at)}  {timer.kind} {timer.subject}" for timer in view.timers)
    if view.pages:
        yield "Pages:"
    for sent in view.pages:
        trouble = f" ({sent.error})" if sent.error else ""
        to = f" to {sent.page.contact}" if sent.page.contact else ""
        yield f"  {when(sent.page.created_at)}  {sent.page.action} through {sent.page.channel}{to}: {sent.state}{trouble}"
        yield from _why(sent.page)
    yield "Timeline:"
    yield from (f"  {when(entry.at)}  {entry.text} [{entry.actor}]" for entry in view.timeline)


def _why(page: Page) -> Iterator[str]:
    """Why that priority, why they, why then: as it was stored when the page was made."""
    if page.why is None:
        return
    who = page.contact or page.channel
    yield f"      why {Priority(page.priority)}: {'; '.join(page.why.priority) or 'no reason was given'}"
    yield f"      why {who}: {page.why.you}"
    yield f"      why now: {page.why.now}"


async def known(tx: Transaction, id: str) -> Escalation:
    """The escalation of that id. Raises `Misused` with the nearest one."""
    found = await tx.escalations.get(EscalationId(id))
    if found is None:
        hint = nearest(id, [each.id for each in await tx.escalations.list()])
        raise Misused(f"there is no escalation {id!r}; {hint}")
    return found


def act_on(file: str, id: str, by: str | None, event: Callable[[str, Escalation, datetime], ev.Event], output: str) -> int:
    """Do what `event` (of who, the escalation and now) says to an escalation, and tell where it stands then."""

    async def act(session: Session) -> Transition:
        who = contact(session.config, by)

        async def done(tx: Transaction, now: datetime) -> Transition:
            found = await known(tx, id)
            transition = await paging.person(tx, session.config, found.id, event(who, found, now), now=now)
            assert transition is not None  # it was there a moment ago, in this transaction
            return transition

        return await session.write(done)

    transition = with_store(file, act)
    escalation = transition.escalation
    if transition.refused:
        raise CouldNotCheck(f"{escalation.id}: {transition.refused}")
    if output == "json":
        as_api_json(escalation)
    else:
        owner = f", owner {escalation.owner}" if escalation.owner else ""
        snoozed = f", snoozed until {when(escalation.snooze.until)}" if escalation.snooze else ""
        offered = f", offered to {escalation.offer.to}" if escalation.offer else ""
        click.echo(f"{escalation.id} is {escalation.state}{owner}{snoozed}{offered}")
    return Exit.CLEAN
