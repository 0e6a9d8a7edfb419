"""`driftpager customers`: who they are, and what they are owed. Long, for it is one group of small commands."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import click

from alerts import events as ev
from alerts.customer import Customer
from alerts.escalation import Escalation
from alerts.promise import Promise
from alerts.updates import local
from monitor import promises
from monitor.cli.configured import config_option
from monitor.cli.escalations import act_on
from monitor.cli.exits import CouldNotCheck, Exit
from monitor.cli.identity import as_option
from monitor.cli.mentioned import mentions, unaffected
from monitor.cli.output import as_api_json, output_option, table
from monitor.cli.session import Session, with_store
from monitor.cli.updates import approve, drop, edit, known_update, send
from monitor.promises import Owed
from monitor.report.clean import clean

SOON = timedelta(hours=1)


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


for command in (approve, edit, send, drop, mentions, unaffected):
    customers.add_command(command)


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
            promise = await known_update(tx, update)
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
