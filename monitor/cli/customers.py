"""`driftpager customers`: who they are, and what they are owed. Long, for it is one group of small commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import click

from alerts import events as ev
from alerts.customer import Customer
from alerts.draft import Refused
from alerts.escalation import Escalation
from alerts.promises import Promise, PromiseId, Standing
from alerts.updates import LONGEST, local
from monitor import promises
from monitor.cli.configured import config_option
from monitor.cli.escalations import act_on
from monitor.cli.exits import CouldNotCheck, Exit, Misused
from monitor.cli.identity import as_option, contact
from monitor.cli.output import as_api_json, output_option, table
from monitor.cli.session import Session, with_store
from monitor.nearest import nearest
from monitor.promises import Owed
from monitor.report.clean import clean
from monitor.store import Transaction

SOON = timedelta(hours=1)

Doing = Callable[[Transaction, Session, str, datetime], Awaitable[Promise]]


@click.group(short_help="Who they are, and what they are owed.")
def customers() -> None:
    """Customers, and the updates they are owed while a vendor's change affects them. An update is a draft until a person
    approves it.

    \b
    Examples:
      driftpager customers list
      driftpager customers updates --due
      driftpager customers approve mfrgg2lo
    """


@customers.command(name="list")
@config_option
@output_option("text", "json")
def listing(file: str, output: str) -> int:
    """List the customers of the configuration, with how many updates each is owed.

    \b
    Examples:
      driftpager customers list --output json
    """

    async def asked(session: Session) -> tuple[tuple[Customer, ...], list[Promise]]:
        return session.config.customers, await session.read(lambda tx: tx.promises.open())

    known, open_ = with_store(file, asked)
    owed = Counter(promise.customer for promise in open_)
    if output == "json":
        as_api_json([{"customer": each, "owed": owed[each.name]} for each in known])
    elif known:
        rows = [
            (
                each.name,
                each.tier,
                "high value" if each.high_value else "",
                each.zone,
                each.channel or "by hand",
                "automatic" if each.automatic else "drafts",
                ", ".join(each.depends_on),
                str(owed[each.name]),
            )
            for each in known
        ]
        table(("customer", "tier", "", "zone", "channel", "updates", "depends on", "owed"), rows)
    else:
        click.echo("the configuration names no customers")
    return Exit.CLEAN


@customers.command()
@click.option("--due", is_flag=True, help="Only what is late, or due within an hour.")
@config_option
@output_option("text", "json")
def updates(due: bool, file: str, output: str) -> int:
    """List the updates that customers are owed, the most pressing first.

    \b
    Examples:
      driftpager customers updates
      driftpager customers updates --due --output json

    Exit 0: nothing is late; 1: something is.
    """

    async def owed(session: Session) -> tuple[list[Promise], dict[str, str], datetime]:
        zones = {customer.name: customer.zone for customer in session.config.customers}
        return await session.read(lambda tx: tx.promises.open()), zones, session.clock.now()

    found, zones, now = with_store(file, owed)
    late = [each for each in found if each.due.due_at < now]
    shown = [each for each in found if not due or each.due.due_at <= now + SOON]
    if output == "json":
        as_api_json(shown)
    elif shown:
        rows = [
            (
                each.id,
                each.customer,
                each.escalation,
                local(each.due.due_at, zones.get(each.customer, "UTC")) + (", LATE" if each in late else ""),
                "the last one" if each.final else str(each.standing),
                each.because,
            )
            for each in shown
        ]
        table(("id", "customer", "escalation", "due", "state", ""), rows)
    else:
        click.echo("no customer is owed anything" + (" within an hour" if due else ""))
    return Exit.FINDINGS if late else Exit.CLEAN


@customers.command()
@click.argument("update", metavar="ID")
@config_option
@output_option("text", "json")
def show(update: str, file: str, output: str) -> int:
    """Print an update as the customer reads it, or would read it if it left now.

    \b
    Examples:
      driftpager customers show mfrgg2lo
    """

    async def seen(session: Session) -> Owed | None:
        async with session.store.read() as tx:
            promise = await _promise(tx, update)
            return await promises.seen(tx, session.config, promise, session.clock.now())

    found = with_store(file, seen)
    if found is None:
        raise CouldNotCheck(f"the escalation of update {update} is gone")
    if output == "json":
        as_api_json({"promise": found.promise, "subject": found.subject, "text": found.text})
    else:
        click.echo(clean(found.subject))
        click.echo()
        for line in found.text.splitlines():
            click.echo(clean(line))
    return Exit.CLEAN


@customers.command()
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


@customers.command()
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


@customers.command()
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


@customers.command()
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


@customers.command()
@click.argument("escalation", metavar="ESCALATION")
@click.option("--impact", required=True, help="What it means for customers, in words for them.")
@as_option
@config_option
@output_option("text", "json")
def declare(escalation: str, impact: str, by: str | None, file: str, output: str) -> int:
    """Declare what an escalation means for customers: it stands in every update. Customers with automatic updates are told
    from then on without each being approved.

    \b
    Examples:
      driftpager customers declare k7d2mnqa --impact "New orders reach your Salesforce with a delay."
    """
    return act_on(file, escalation, by, lambda who, found, now: ev.ImpactDeclared(by=who, impact=impact), output)


@customers.command()
@click.argument("escalation", metavar="ESCALATION")
@click.option("--because", required=True, help="How our side copes with it.")
@as_option
@config_option
@output_option("text", "json")
def adapted(escalation: str, because: str, by: str | None, file: str, output: str) -> int:
    """Tell customers that it is over, where the change was accepted before our side could cope with it.

    \b
    Examples:
      driftpager customers adapted k7d2mnqa --because "the sync maps the new field"
    """

    def over(who: str, found: Escalation, now: datetime) -> ev.Event:
        return ev.Adapted(by=who, because=because)

    return act_on(file, escalation, by, over, output)


async def _promise(tx: Transaction, id: str) -> Promise:
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
            await _promise(tx, id)
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
