"""`driftpager audit`: who did what, and whether anybody touched the record of it."""

from __future__ import annotations

import re

import click

from monitor.cli.configured import config_option
from monitor.cli.exits import Exit, Misused
from monitor.cli.output import as_json, output_option, table, when
from monitor.cli.session import with_store
from monitor.report.clean import clean
from monitor.store import AuditEntry, Head, Verdict
from schemas.document import Json


@click.group(short_help="Who did what, and whether the record is whole.")
def audit() -> None:
    """The audit: every act of a person, appended in the transaction that did it, chained, and never pruned."""


@audit.command()
@click.option("--limit", "-n", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many, at most.")
@config_option
@output_option("text", "json")
def show(limit: int, file: str, output: str) -> int:
    """Print the newest entries, the oldest of them first.

    \b
    Examples:
      driftpager audit show
      driftpager audit show -n 1000 --output json
    """
    entries = with_store(file, lambda session: session.read(lambda tx: tx.audit.tail(limit)))
    if output == "json":
        as_json([_plain(entry) for entry in entries])
    else:
        table(("when", "who", "what", "to", ""), [(*_row(entry), _details(entry)) for entry in entries])
    return Exit.CLEAN


@audit.command()
@click.option("--head", "anchor", metavar="PLACE:DIGEST", help="A head told outside, such as in a heartbeat.")
@config_option
@output_option("text", "json")
def verify(anchor: str | None, file: str, output: str) -> int:
    """Follow the audit's chain from its origin and tell every entry that was changed, removed or moved since it was sealed.

    Whoever may write the database could also rebuild the whole chain, or cut off its end. That is why each heartbeat carries
    the head of the chain to the outside: give one with --head, and the chain must still lead through it.

    \b
    Examples:
      driftpager audit verify
      driftpager audit verify --head 1204:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

    Exit 0: whole; 1: somebody touched it; 2: the store cannot be read.
    """
    told = _head(anchor) if anchor is not None else None
    verdict = with_store(file, lambda session: session.read(lambda tx: tx.audit.verify(told)))
    if output == "json":
        as_json(
            {"whole": not verdict.broken, "head": str(verdict.head), "unsealed": verdict.unsealed, "broken": [*verdict.broken]}
        )
    else:
        _tell(verdict)
    return Exit.FINDINGS if verdict.broken else Exit.CLEAN


def _tell(verdict: Verdict) -> None:
    for line in verdict.broken:
        click.echo(f"BROKEN  {clean(line)}")
    count = verdict.head.place
    waiting = f"; {verdict.unsealed} newer not sealed yet" if verdict.unsealed else ""
    click.echo(f"{'broken' if verdict.broken else 'whole'}: {count} entr{'y' if count == 1 else 'ies'} sealed{waiting}")
    click.echo(f"head: {verdict.head}")


def _head(text: str) -> Head:
    found = re.fullmatch(r"([0-9]{1,15}):([0-9a-f]{64})", text.strip())
    if found is None:
        raise Misused(f"--head {text!r} is no head of a chain; it is PLACE:DIGEST, as `driftpager audit verify` prints it")
    return Head(place=int(found[1]), digest=found[2])


def _row(entry: AuditEntry) -> tuple[str, str, str, str]:
    return when(entry.at), entry.actor, entry.action, entry.subject


def _details(entry: AuditEntry) -> str:
    return ", ".join(f"{name}: {value}" for name, value in entry.detail.items() if value not in ("", None))


def _plain(entry: AuditEntry) -> Json:
    at, actor, action, subject = entry.at.isoformat(), entry.actor, entry.action, entry.subject
    return {"id": entry.id, "at": at, "actor": actor, "action": action, "subject": subject, "detail": dict(entry.detail)}
