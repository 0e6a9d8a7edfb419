"""`driftpager customers mentions` and `unaffected`: customers' own tickets that speak of an escalation, and those that do not."""

from __future__ import annotations

from datetime import datetime

import click

from alerts.draft import Refused
from alerts.escalation import Escalation, Transition
from monitor.cli.configured import config_option
from monitor.cli.escalations import known
from monitor.cli.exits import CouldNotCheck, Exit, Misused
from monitor.cli.identity import as_option, contact
from monitor.cli.output import as_api_json, output_option, table
from monitor.cli.session import Session, with_store
from monitor.mentions import unaffected as taken_off
from monitor.nearest import nearest
from monitor.store import Transaction
from monitor.store.mentions import Mentioned


@click.command()
@click.argument("escalation", metavar="ESCALATION")
@config_option
@output_option("text", "json")
def mentions(escalation: str, file: str, output: str) -> int:
    """List the tickets of customers that were found to speak of an escalation, and what became of the link.

    \b
    Examples:
      driftpager customers mentions k7d2mnqa
    """

    async def asked(session: Session) -> list[Mentioned]:
        async with session.store.read() as tx:
            return await tx.mentions.of((await known(tx, escalation)).id)

    found = with_store(file, asked)
    if output == "json":
        as_api_json(found)
    elif found:
        rows = [(each.customer, each.channel, each.reference, str(each.state), each.because, each.url) for each in found]
        table(("customer", "channel", "ticket", "link", "", ""), rows)
    else:
        click.echo("no ticket of a customer was found to speak of it")
    return Exit.CLEAN


@click.command()
@click.argument("escalation", metavar="ESCALATION")
@click.option("--customer", required=True, help="Who is not affected.")
@click.option("--because", required=True, help="Why not: it goes into the note in their ticket.")
@as_option
@config_option
@output_option("text", "json")
def unaffected(escalation: str, customer: str, because: str, by: str | None, file: str, output: str) -> int:
    """Say that a customer is not affected: their tickets were matched wrongly. The internal note in them is corrected, they
    count no more, the priority is what it is without them, and what they were owed is dropped.

    \b
    Examples:
      driftpager customers mentions k7d2mnqa
      driftpager customers unaffected k7d2mnqa --customer globex.example --because "they ask about their invoice"
    """

    async def act(session: Session) -> Transition:
        who = contact(session.config, by)

        async def done(tx: Transaction, now: datetime) -> Transition:
            found = await known(tx, escalation)
            _must_be_of(found, customer)
            try:
                return await taken_off(tx, session.config, found.id, customer, by=who, because=because, now=now)
            except Refused as error:
                raise CouldNotCheck(str(error)) from None

        return await session.write(done)

    transition = with_store(file, act)
    if transition.refused:
        raise CouldNotCheck(f"{transition.escalation.id}: {transition.refused}")
    left = transition.escalation
    if output == "json":
        as_api_json(left)
    else:
        count = len(left.customers)
        click.echo(f"{left.id} is {left.priority}, {count} customer{'s are' if count != 1 else ' is'} affected")
    return Exit.CLEAN


def _must_be_of(escalation: Escalation, customer: str) -> None:
    if customer not in escalation.customers:
        raise Misused(f"{escalation.id} affects no customer {customer!r}; {nearest(customer, escalation.customers)}")
