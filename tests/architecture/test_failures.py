"""Every row of docs/failures.md names tests, and each of them is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def rows() -> list[tuple[str, list[tuple[str, str]]]]:
    """(what goes wrong, the (file, test) named for it) of each row."""
    lines = (ROOT / "docs/failures.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [(wrong, NAMED.findall(tests)) for wrong, _, tests in cells[2:]]


def defined(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_failure_names_a_test_that_shows_it() -> None:
    assert len(rows()) >= 14
    assert [wrong for wrong, tests in rows() if not tests] == []


def test_every_test_named_for_a_failure_exists() -> None:
    named = {each for _, tests in rows() for each in tests}
    known = {path: defined(path) for path, _ in named}
    assert sorted(f"{path}::{test}" for path, test in named if test not in known[path]) == []
