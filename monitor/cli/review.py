"""`driftpager review`: what happened, why, and what was learned."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import click

from alerts.draft import Refused
from alerts.escalation import Escalation, State
from alerts.lessons import Lesson, words
from alerts.page import EscalationId
from alerts.review import Review, ReviewState
from monitor import reviews
from monitor.cli.configured import config_option
from monitor.cli.escalations import known
from monitor.cli.exits import CouldNotCheck, Exit
from monitor.cli.identity import as_option, contact
from monitor.cli.output import as_api_json, output_option, table, when
from monitor.cli.session import Session, with_store
from monitor.report.clean import clean
from monitor.store import Transaction

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")


@click.group(short_help="What happened, why, and what was learned.")
def review() -> None:
    """After an escalation: a draft from its timeline, due after its end, closed with what was learned.

    \b
    Examples:
      driftpager review list
      driftpager review show k7d2mnqa > review.md
      driftpager review search "picklist salesforce"
    """


def texts(function: F) -> F:
    """`--cause`, `--action` and `--learning`."""
    for name, told in (
        ("--learning", "What to remember; it stands on the next page about something like it."),
        ("--action", "What was or will be done so that it does not come again."),
        ("--cause", "Why it happened."),
    ):
        function = click.option(name, default="", help=told)(function)
    return function


@review.command(name="list")
@config_option
@output_option("text", "json")
def listing(file: str, output: str) -> int:
    """List the escalations that wait for their review, the earliest due first.

    \b
    Examples:
      driftpager review list --output json
    """

    async def waiting(session: Session) -> list[Escalation]:
        async with session.store.read() as tx:
            over = await tx.escalations.list({State.RESOLVED}, limit=1000)
        return sorted((each for each in over if each.review_due_at), key=lambda each: (each.review_due_at, each.id))

    found = with_store(file, waiting)
    if output == "json":
        as_api_json(found)
    elif found:
        rows = [
            (each.id, str(each.priority), each.integration, when(each.review_due_at), each.owner, each.resolution)
            for each in found
            if each.review_due_at
        ]
        table(("id", "priority", "integration", "due", "owner", "how it ended"), rows)
    else:
        click.echo("no review is due")
    return Exit.CLEAN


@review.command()
@click.argument("escalation", metavar="ID")
@config_option
@output_option("markdown", "json")
def show(escalation: str, file: str, output: str) -> int:
    """Print the review of an escalation as Markdown: the draft with all that is known, or as it was closed.

    \b
    Examples:
      driftpager review show k7d2mnqa > review.md
    """

    async def told(session: Session) -> tuple[Review, str]:
        async with session.store.read() as tx:
            kept = await tx.reviews.get(EscalationId(escalation))
            if kept is not None and kept.state is ReviewState.CLOSED and kept.text:
                return kept, kept.text  # its escalation may be gone
            found = await known(tx, escalation)
            written = await reviews.review_of(tx, found)
            return written, await reviews.text_of(tx, found, written)

    written, text = with_store(file, told)
    if output == "json":
        as_api_json({"review": written, "markdown": text})
    else:
        for line in text.splitlines():
            click.echo(clean(line))
    return Exit.CLEAN


@review.command()
@click.argument("escalation", metavar="ID")
@texts
@as_option
@config_option
@output_option("text", "json")
def edit(escalation: str, cause: str, action: str, learning: str, by: str | None, file: str, output: str) -> int:
    """Keep what is known so far. What is not given stays as it is.

    \b
    Examples:
      driftpager review edit k7d2mnqa --cause "the vendor dropped the field with its winter release"
    """

    async def kept(tx: Transaction, session: Session, who: str, now: datetime) -> Review:
        found = await known(tx, escalation)
        return await reviews.edit(tx, found, by=who, now=now, cause=cause, action=action, learning=learning)

    return _write(file, by, kept, output)


@review.command()
@click.argument("escalation", metavar="ID")
@texts
@as_option
@config_option
@output_option("text", "json")
def close(escalation: str, cause: str, action: str, learning: str, by: str | None, file: str, output: str) -> int:
    """Close the review. That of a P1 or P2 needs its cause, an action and a learning, be they given now or before.

    \b
    Examples:
      driftpager review close k7d2mnqa --cause "..." --action "..." --learning "their preview org shows it two weeks before"
    """

    async def closed(tx: Transaction, session: Session, who: str, now: datetime) -> Review:
        it = await known(tx, escalation)
        texts = {"cause": cause, "action": action, "learning": learning}
        return await reviews.close(tx, session.config, it.id, by=who, now=now, **texts)

    return _write(file, by, closed, output)


@review.command()
@click.argument("text")
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="At most so many.")
@config_option
@output_option("text", "json")
def search(text: str, limit: int, file: str, output: str) -> int:
    """Search what was learned for the words of TEXT, the best match first.

    \b
    Examples:
      driftpager review search "Account.Industry"
    """

    async def found(session: Session) -> list[Lesson]:
        return await session.read(lambda tx: tx.reviews.lessons(words(text), limit))

    lessons = with_store(file, found)
    if output == "json":
        as_api_json(lessons)
    elif lessons:
        rows = [(each.escalation, f"{each.at:%Y-%m-%d}", each.integration, each.headline, each.learning) for each in lessons]
        table(("id", "closed", "integration", "what", "learned"), rows)
    else:
        click.echo("nothing like it was reviewed so far")
    return Exit.CLEAN


def _write(
    file: str, by: str | None, act: Callable[[Transaction, Session, str, datetime], Awaitable[Review]], output: str
) -> int:
    async def written(session: Session) -> Review:
        who = contact(session.config, by)
        return await session.write(lambda tx, now: act(tx, session, who, now))

    try:
        found = with_store(file, written)
    except Refused as refused:
        raise CouldNotCheck(str(refused)) from None
    if output == "json":
        as_api_json(found)
    else:
        click.echo(f"the review of {found.escalation} is {'closed' if found.state is ReviewState.CLOSED else 'kept as a draft'}")
    return Exit.CLEAN
