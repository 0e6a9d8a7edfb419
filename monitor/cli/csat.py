"""`driftpager csat`: how satisfied customers were after an escalation, entered one by one or from a sheet."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from alerts.page import EscalationId
from monitor.cli.configured import config_option
from monitor.cli.escalations import known
from monitor.cli.exits import Exit, Misused
from monitor.cli.identity import as_option, contact
from monitor.cli.output import as_json, output_option
from monitor.cli.session import Session, with_store
from monitor.nearest import nearest
from monitor.store import Transaction
from monitor.store.csat import Answer

COLUMNS = ("escalation", "customer", "score", "at", "remark")
MOST_ROWS = 100_000


@click.command(short_help="How satisfied a customer was.")
@click.argument("escalation", required=False, metavar="[ESCALATION]")
@click.option("--customer", help="Who answered.")
@click.option("--score", type=click.IntRange(1, 5), help="1 (not at all) to 5 (very).")
@click.option("--remark", default="", help="What they said.")
@click.option(
    "--import",
    "sheet",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A CSV file: escalation, customer, score, at, remark.",
)
@as_option
@config_option
@output_option("text", "json")
def csat(
    escalation: str | None,
    customer: str | None,
    score: int | None,
    remark: str,
    sheet: Path | None,
    by: str | None,
    file: str,
    output: str,
) -> int:
    """Enter how satisfied a customer was after an escalation, or import a sheet of answers. A customer's second answer about
    the same escalation takes the place of the first, so a sheet may be imported again.

    \b
    Examples:
      driftpager csat k7d2mnqa --customer "ACME Corp." --score 4
      driftpager csat --import answers.csv
    """
    one = escalation is not None and customer is not None and score is not None
    if one == (sheet is not None) or (sheet is not None and (escalation or customer or score)):
        raise Misused("give an escalation with --customer and --score, or --import FILE")
    rows = _rows(sheet) if sheet is not None else [(0, str(escalation), str(customer), score or 0, None, remark)]

    async def entered(session: Session) -> int:
        who = contact(session.config, by)

        async def kept(tx: Transaction, now: datetime) -> int:
            names = {each.name for each in session.config.customers}
            for line, of, name, points, at, said in rows:
                place = f"{sheet}:{line}: " if line else ""
                if name not in names:
                    raise Misused(f"{place}there is no customer {name!r}; {nearest(name, names)}")
                try:
                    found = await known(tx, of)
                except Misused as error:
                    raise Misused(f"{place}{error.message}") from None
                answer = Answer(escalation=EscalationId(found.id), customer=name, score=points, at=at or now, by=who, remark=said)
                await tx.csat.save(answer)
            await tx.audit.append(who, "csat.entered", str(sheet or escalation), {"answers": len(rows)}, now)
            return len(rows)

        return await session.write(kept)

    count = with_store(file, entered)
    if output == "json":
        as_json({"answers": count})
    else:
        click.echo(f"{count} answer{'s' if count != 1 else ''} kept")
    return Exit.CLEAN


def _rows(sheet: Path) -> Sequence[tuple[int, str, str, int, datetime | None, str]]:
    """(line, escalation, customer, score, when, remark) of each row. Raises `Misused` for the first that is wrong."""
    try:
        with sheet.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.reader(handle, strict=True)
            header = [cell.strip().casefold() for cell in next(reader, [])]
            _check(sheet, header)
            found = []
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    found.append(_row(sheet, reader.line_num, header, cells))
                if len(found) > MOST_ROWS:
                    raise Misused(f"{sheet}: has more than {MOST_ROWS} rows")
            return found
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        told = error.strerror if isinstance(error, OSError) else "it is not CSV in UTF-8"
        raise Misused(f"{sheet} cannot be read: {told}") from None


def _check(sheet: Path, header: list[str]) -> None:
    for word in header:
        if word not in COLUMNS:
            raise Misused(f"{sheet}:1: unknown column {word!r}; {nearest(word, COLUMNS)}")
    for word in COLUMNS[:3]:
        if word not in header:
            raise Misused(f"{sheet}:1: the column {word!r} is missing")


def _row(sheet: Path, line: int, header: list[str], cells: list[str]) -> tuple[int, str, str, int, datetime | None, str]:
    if len(cells) != len(header):
        raise Misused(f"{sheet}:{line}: has {len(cells)} cells where the header has {len(header)}")
    row = {key: cell.strip() for key, cell in zip(header, cells, strict=True)}
    if row["score"] not in {"1", "2", "3", "4", "5"}:
        raise Misused(f"{sheet}:{line}: the score is {row['score']!r}; write 1 to 5")
    try:
        at = datetime.fromisoformat(row["at"]) if row.get("at") else None
    except ValueError:
        raise Misused(f"{sheet}:{line}: {row['at']!r} is no moment; write 2026-11-23 or 2026-11-23T14:30+01:00") from None
    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return line, row["escalation"], row["customer"], int(row["score"]), at, row.get("remark", "")
