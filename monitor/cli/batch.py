"""`driftpager diff --batch`: many pairs in one process, an answer a line, whatever the line holds."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace

import click

from monitor.cli.documents import document
from monitor.cli.exits import CouldNotCheck, Exit, Stopped
from monitor.report.clean import clean
from monitor.report.json import answer
from schemas.change import Direction
from schemas.compare import compare
from schemas.document import Json
from schemas.errors import SchemaError
from schemas.lens import Lens

_KEYS = {"id", "format", "direction", "old", "new"}


def answer_all(cases: str, format: str | None, lens: Lens) -> int:
    """Answer each line of the file `cases` (`-`: standard input) in its order. Exit 0 if every line was answered, else 2.

    `format` and `lens` hold where a line does not say otherwise.
    """
    unanswered = 0
    for line in _lines(cases):
        if not line.strip():
            continue
        reply = _answer(line, format, lens)
        unanswered += "id" not in reply
        click.echo(json.dumps({"id": None, **reply}, separators=(",", ":")))
        sys.stdout.flush()
    return Exit.UNCHECKED if unanswered else Exit.CLEAN


def _lines(cases: str) -> Iterator[bytes]:
    if cases == "-":
        yield from sys.stdin.buffer
        return
    try:
        with open(cases, "rb") as file:
            yield from file
    except (OSError, ValueError) as error:
        why = (error.strerror or "input/output error").lower() if isinstance(error, OSError) else "its name holds a null byte"
        raise CouldNotCheck(f"cannot read {cases}: {why}") from None


def _answer(line: bytes, format: str | None, lens: Lens) -> dict[str, Json]:
    """The reply to one line; without `id` where the line has none to reply to."""
    try:
        case = json.loads(line)
    except (ValueError, RecursionError):
        return {"error": "not a line of JSON"}
    if not isinstance(case, dict) or "id" not in case:
        return {"error": 'a line must be an object with "id", "old" and "new"'}
    reply: dict[str, Json] = {"id": case["id"]}
    try:
        return reply | _compared(case, format, lens)
    except (Stopped, SchemaError) as error:
        return reply | {"error": clean(str(error))}
    except Exception as error:  # noqa: BLE001 because one bad case must not cost the answers to the others
        return reply | {"error": f"internal error ({type(error).__name__})"}


def _compared(case: dict[str, Json], format: str | None, lens: Lens) -> dict[str, Json]:
    named = {key: value for key, value in case.items() if key in _KEYS - {"id"} and value is not None}
    wrong = sorted(key for key, value in named.items() if not isinstance(value, str))
    missing = [key for key in ("old", "new") if key not in named]
    if wrong or missing:
        return {"error": f"{wrong[0]!r} must be a string" if wrong else f"{missing[0]!r} is missing"}
    said = {key: str(value) for key, value in named.items()}
    directions = [str(direction) for direction in Direction]
    if said.get("direction", directions[0]) not in directions:
        return {"error": f"unknown direction {said['direction']!r}; valid: {', '.join(directions)}"}
    direction = Direction(said["direction"]) if "direction" in said else lens.direction
    written_in = said.get("format", format)
    before, after = (document(said[side], format=written_in) for side in ("old", "new"))
    comparison = compare(before, after, format=written_in, lens=replace(lens, direction=direction))
    found = answer(comparison)
    return {"breaking": found["breaking"], "findings": found["findings"]}
