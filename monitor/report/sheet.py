"""Rows as CSV that a spreadsheet opens without believing any cell to be a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from monitor.report.clean import clean

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a cell that programs take for a formula begins with, be it behind spaces."""


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The rows under their header, with the line ends of RFC 4180."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(each) for each in row] for row in rows)
    return written.getvalue()


def cell(text: str) -> str:
    """The text, with an apostrophe before what would be calculated; a plain number stays one."""
    said = clean(text)
    if _number(said):
        return said
    return f"'{said}" if said.lstrip().startswith(_FORMULA) else said


def _number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal() and text.isascii()
