"""`driftpager customers approve`, `edit`, `send` and `drop`: what a person does with an update that is owed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import click

from alerts.draft import Refused
from alerts.promise import Promise, PromiseId, Standing
from alerts.updates import LONGEST
from monitor import promises
from monitor.cli.configured import config_option
from monitor.cli.exits import CouldNotCheck, Exit, Misused
from monitor.cli.identity import as_option, contact
from monitor.cli.output import as_api_json, output_option
from monitor.cli.session import Session, with_store
from monitor.nearest import nearest
from monitor.report.clean import clean
from monitor.store import Transaction

Doing = Callable[[Transaction, Session, str, datetime], Awaitable[Promise]]


@click.command()
@click.argument("update", metavar="ID")
@as_option
@config_option
@output_option("text", "json")
def approve(update: str, by: str | None, file: str, output: str) -> int:
    """Approve a draft as it stands: it leaves through the customer's channel at once, and the next promise begins.

    \b
    Examples:
      driftpager customers show mfrgg2lo
      driftpager customers approve mfrgg2lo
    """

    async def done(tx: Transaction, session: Session, who: str, now: datetime) -> Promise:
        return await promises.approve(tx, session.config, PromiseId(update), by=who, now=now)

    return _do(file, update, by, done, output)


@click.command()
@click.argument("update", metavar="ID")
@click.option("--text", help="What the customer is to read; when the next update comes is added below.")
@click.option("--file", "source", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), help="The same from a file.")
@as_option
@config_option
@output_option("text", "json")
def edit(update: str, text: str | None, source: Path | None, by: str | None, file: str, output: str) -> int:
    """Write a draft anew. It is not sent by that.

    \b
    Examples:
      driftpager customers edit mfrgg2lo --text "Dear all, orders are not synced since 02:00."
      driftpager customers edit mfrgg2lo --file update.txt
    """
    written = _written(text, source)

    async def done(tx: Transaction, session: Session, who: str, now: datetime) -> Promise:
        return await promises.edit(tx, session.config, PromiseId(update), written, by=who, now=now)

    return _do(file, update, by, done, output)


@click.command()
@click.argument("update", metavar="ID")
@click.option("--text", help="Write it anew, and send it.")
@click.option("--by-hand", "how", metavar="HOW", help="Send nothing: the customer was told another way.")
@as_option
@config_option
@output_option("text", "json")
def send(update: str, text: str | None, how: str | None, by: str | None, file: str, output: str) -> int:
    """Write and send an update in one go, or record that the customer was told another way.

    \b
    Examples:
      driftpager customers send mfrgg2lo --text "Dear all, a workaround is in place."
      driftpager customers send mfrgg2lo --by-hand "told Mia by telephone"
    """
    if (text is None) == (how is None):
        raise Misused("give either --text or --by-hand")

    async def done(tx: Transaction, session: Session, who: str, now: datetime) -> Promise:
        owed = PromiseId(update)
        if how is not None:
            return await promises.told_by_hand(tx, session.config, owed, how, by=who, now=now)
        await promises.edit(tx, session.config, owed, text or "", by=who, now=now)
        return await promises.approve(tx, session.config, owed, by=who, now=now)

    return _do(file, update, by, done, output)


@click.command()
@click.argument("update", metavar="ID")
@click.option("--because", required=True, help="Why this customer need not hear of it.")
@as_option
@config_option
@output_option("text", "json")
def drop(update: str, because: str, by: str | None, file: str, output: str) -> int:
    """Take a customer off an escalation: they are not affected, and hear no more of it.

    \b
    Examples:
      driftpager customers drop mfrgg2lo --because "they do not use that field"
    """

    async def done(tx: Transaction, session: Session, who: str, now: datetime) -> Promise:
        return await promises.drop(tx, session.config, PromiseId(update), because, by=who, now=now)

    return _do(file, update, by, done, output)


async def known_update(tx: Transaction, id: str) -> Promise:
    """The promise of that id. Raises `Misused` with the nearest one."""
    found = await tx.promises.get(PromiseId(id))
    if found is None:
        raise Misused(f"there is no update {id!r}; {nearest(id, [each.id for each in await tx.promises.open()])}")
    return found


def _written(text: str | None, source: Path | None) -> str:
    if (text is None) == (source is None):
        raise Misused("give either --text or --file")
    if text is not None:
        return text
    assert source is not None
    try:
        with click.open_file(str(source), encoding="utf-8") as handle:
            return str(handle.read(LONGEST + 1))
    except (OSError, UnicodeDecodeError) as error:
        told = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise Misused(f"{source} cannot be read: {told}") from None


def _do(file: str, id: str, by: str | None, act: Doing, output: str) -> int:
    async def acted(session: Session) -> Promise:
        who = contact(session.config, by)

        async def done(tx: Transaction, now: datetime) -> Promise:
            await known_update(tx, id)
            return await act(tx, session, who, now)

        return await session.write(done)

    try:
        found = with_store(file, acted)
    except Refused as refused:
        raise CouldNotCheck(str(refused)) from None
    if output == "json":
        as_api_json(found)
    else:
        said = {Standing.DRAFT: "is written, and waits to be approved", Standing.LEAVING: "leaves now"}
        click.echo(f"update {found.id} to {clean(found.customer)} {said.get(found.standing, f'is {found.standing}')}")
    return Exit.CLEAN
