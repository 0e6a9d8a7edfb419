"""The scaffold of a rule: what it writes is valid at once, and fails until the rule is there."""

from __future__ import annotations

import ast
import json
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.rules import catalogue
from tests.new_rule import DOCUMENTS, ROOT, TABLES, Refused, begin, rows_in
from tests.schemas.judged_corpus import Case


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the scaffold looks at."""
    shutil.copytree(ROOT / "schemas" / "rules", tmp_path / "schemas" / "rules")
    shutil.copytree(ROOT / "tests" / "schemas", tmp_path / "tests" / "schemas")
    return tmp_path


def rows(tree: Path, table: str) -> dict[str, str]:
    """The rules of a table as Python reads them: id to levels."""
    found = runpy.run_path(str(tree / "schemas" / "rules" / f"{table}.py"))["RULES"]
    return {row.id: f"{row.request.value} {row.response.value}" for row in found}


@pytest.mark.parametrize(
    ("id", "table", "format", "beside"),
    [
        ("property.shuffled", "data", "openapi", "property.deprecated"),
        ("op.shuffled", "operation", "openapi", "op."),
        ("body.shuffled", "exchange", "openapi", "body."),
        ("gql.field.shuffled", "graphql", "graphql", "gql.field."),
        ("sf.field.shuffled", "salesforce", "salesforce", "sf.field."),
        ("obs.shuffled", "sample", "sample", "obs."),
    ],
)
def test_a_rule_is_a_row_beside_its_like_and_a_case_that_asks_for_it(
    tree: Path, id: str, table: str, format: str, beside: str
) -> None:
    before = rows(tree, table)
    written = begin(tree, id, "B S", None, None)
    after = rows(tree, table)
    assert after.pop(id) == "B S"
    assert after == before
    order = list(rows(tree, table))
    assert order[order.index(id) - 1].startswith(beside)
    suffix = DOCUMENTS[format][0]
    folder = tree / "tests" / "corpus" / format / id
    assert written == [
        tree / "schemas" / "rules" / f"{table}.py",
        folder / f"before{suffix}",
        folder / f"after{suffix}",
        folder / "expected.json",
    ]
    case = Case(format=format, folder=folder)
    assert case.expected("forward") == [(id, DOCUMENTS[format][2], "breaking", "safe")]
    assert (case.found("forward"), case.found("back")) == ([], [])


def test_every_table_of_the_catalogue_is_one_the_scaffold_knows() -> None:
    modules = {path.stem for path in (ROOT / "schemas" / "rules").glob("*.py") if "RULES = (" in path.read_text()}
    assert modules == set(TABLES)


def test_a_table_that_was_added_to_is_formatted_as_before(tree: Path) -> None:
    begin(tree, "property.shuffled", "- R", None, None)
    table = tree / "schemas" / "rules" / "data.py"
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed here")
    checked = subprocess.run(
        [ruff, "format", "--check", "--config", ROOT / "pyproject.toml", table], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_case_may_be_of_another_format_and_a_format_without_a_test_gets_one(tree: Path) -> None:
    for path in (tree / "tests" / "schemas").glob("test_jsonschema*.py"):
        path.unlink()
    *_, made = begin(tree, "property.shuffled", "- R", "jsonschema", None)
    assert made == tree / "tests" / "schemas" / "test_jsonschema_corpus.py"
    ast.parse(made.read_text())
    assert 'cases("jsonschema")' in made.read_text()
    expected = json.loads((tree / "tests" / "corpus" / "jsonschema" / "property.shuffled" / "expected.json").read_text())
    assert expected["forward"][0]["request"] is None


@pytest.mark.parametrize(
    ("id", "levels", "format", "said"),
    [
        ("Property.Renamed", "R R", None, "is no id of a rule"),
        ("renamed", "R R", None, "is no id of a rule"),
        ("property.removed", "R R", None, "there is a rule property.removed already"),
        ("weather.changed", "R R", None, "no table has rules about 'weather'"),
        ("property.shuffled", "bad", None, "are no levels"),
        ("property.shuffled", "R R", "cobol", "'cobol' is no format here; valid: openapi, "),
    ],
)
def test_what_makes_no_rule_is_refused_and_nothing_is_written(
    tree: Path, id: str, levels: str, format: str | None, said: str
) -> None:
    before = {path: path.read_bytes() for path in tree.rglob("*.py")}
    with pytest.raises(Refused, match=said):
        begin(tree, id, levels, format, None)
    assert {path: path.read_bytes() for path in tree.rglob("*.py")} == before
    assert not (tree / "tests" / "corpus").exists()


def test_the_catalogue_has_every_row_the_scaffold_sees() -> None:
    seen = [each for table in TABLES for each in rows_in(ROOT / "schemas" / "rules" / f"{table}.py")]
    assert sorted(seen) == sorted(catalogue())
