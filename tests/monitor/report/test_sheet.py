"""Rows for a spreadsheet: every cell is text or a plain number, whatever is in it."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.report.sheet import as_csv, cell

DANGEROUS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('=HYPERLINK("http://evil")', '\'=HYPERLINK("http://evil")'),
        ("  =1+1", "'  =1+1"),
        ("+49 30 123", "'+49 30 123"),
        ("-5", "-5"),
        ("-5.25", "-5.25"),
        ("-5-5", "'-5-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1", "'＝1"),
        ("90.0%", "90.0%"),
        ('ACME, "Inc."', 'ACME, "Inc."'),
    ],
)
def test_what_would_be_calculated_is_text(text: str, shown: str) -> None:
    assert cell(text) == shown


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_no_cell_is_a_formula_and_no_row_is_torn(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(as_csv(("a", "b"), rows), newline="")))
    assert len(read) == len(rows) + 1
    for row in read[1:]:
        assert len(row) == 2
        for each in row:
            number = each.removeprefix("-").replace(".", "", 1).isdecimal()
            assert number or not each.lstrip().startswith(DANGEROUS)
            assert all(mark not in each for mark in "\r\n\t")
