"""Reads `tests/corpus/<format>/<case>/`: two documents, and what comparing them must find, in both orders.

`expected.json` holds `forward` and `back` (before -> after, and the reverse): every finding as rule, address, request and
response impact. `usage`, where given, lists the fields that our side uses, `policy` the policy it is judged by; an
`operations.graphql` in the folder is what our side sends. `headers` are those of the `before` or the `after` document,
`parts-before` and `parts-after` hold what it imports.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from schemas import formats
from schemas.compare import Comparison, compare
from schemas.document import Document, Part
from schemas.errors import Unreadable
from schemas.lens import Lens, Policy
from schemas.usage import Usage
from schemas.usages.recorded import Text

CORPUS = Path(__file__).parents[1] / "corpus"

Row = tuple[str, str, str | None, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One folder of the corpus."""

    format: str
    folder: Path

    def expected(self, order: str) -> list[Row]:
        rows = json.loads((self.folder / "expected.json").read_text())[order]
        return sorted((row["rule"], row["address"], row["request"], row["response"]) for row in rows)

    def found(self, order: str) -> list[Row]:
        return sorted((f.rule, f.address, _word(f.request), _word(f.response)) for f in self.compared(order).findings)

    def compared(self, order: str) -> Comparison:
        told = json.loads((self.folder / "expected.json").read_text())
        sent = tuple(Text(source=path.name, text=path.read_text()) for path in self.folder.glob("operations.graphql"))
        usage = Usage(fields=frozenset(told.get("usage", [])), documents=sent)
        lens = Lens(usage=usage, policy=Policy(told.get("policy", "consumer")))
        before, after = self._document("before"), self._document("after")
        old, new = (before, after) if order == "forward" else (after, before)
        return compare(old, new, format=self.format, lens=lens)

    def _document(self, name: str) -> Document:
        (path,) = self.folder.glob(f"{name}.*")
        headers = json.loads((self.folder / "expected.json").read_text()).get("headers", {}).get(name, {})
        beside = self.folder / f"parts-{name}"
        files = sorted(each for each in beside.rglob("*") if each.is_file())
        parts = tuple(Part(name=each.relative_to(beside).as_posix(), content=each.read_bytes()) for each in files)
        return Document(content=path.read_bytes(), source=path.name, headers=headers, parts=parts)


def _word(impact: object) -> str | None:
    return None if impact is None else str(impact)


def cases(format: str) -> list[Any]:
    """The cases of one format in both orders, as pytest parameters. An empty folder is a failure, not a pass."""
    folders = sorted(path for path in (CORPUS / format).iterdir() if path.is_dir())
    if not folders:
        pytest.fail(f"no case of {format} in the corpus")
    return [
        pytest.param(Case(format=format, folder=folder), order, id=f"{folder.name}-{order}")
        for folder in folders
        for order in ("forward", "back")
    ]


def rules_shown(format: str) -> set[str]:
    """The ids of all rules that some case of this format expects."""
    return {
        row["rule"]
        for path in (CORPUS / format).glob("*/expected.json")
        for order in ("forward", "back")
        for row in json.loads(path.read_text())[order]
    }


def documents(format: str) -> list[Path]:
    """Both documents of every case of one format."""
    return sorted(path for path in (CORPUS / format).glob("*/*") if path.stem in ("before", "after"))


def read_or_refused(format: str, content: bytes) -> None:
    """Bytes are a schema that does not differ from itself, or are refused in the one way that is allowed."""
    found = formats.load(format)
    try:
        schema = found.read(Document(content=content))
    except Unreadable:
        return
    assert tuple(found.compare(schema, schema, Lens())) == ()
