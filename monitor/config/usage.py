"""What we use of a target, from the words in the configuration and the query files they point to."""

from __future__ import annotations

import re
from pathlib import Path

from monitor.config.problem import Mark, Problem
from monitor.config.tree import Node, child
from monitor.config.written import Uses
from schemas.errors import Unreadable
from schemas.usage import Usage

MAX_FILES = 5000
MAX_BYTES = 16 * 1024 * 1024

_OPERATION = re.compile(r"[A-Z]+ /\S*|[A-Za-z_]\w*\.[A-Za-z_]\w*")


def usage_of(uses: Uses, node: Node, folder: Path, problems: list[Problem]) -> Usage:
    """The usage `uses` declares, its files read from `folder`. `node` is where it stands."""
    operations = child(node, "operations")
    for index, operation in enumerate(uses.operations):
        if not _OPERATION.fullmatch(operation):
            at = child(operations, index) if operations is not None else None
            hint = "write `METHOD /path`, or `Query.field` for GraphQL"
            problems.append(Problem(mark=(at or node).mark, text=f"{operation!r} is no operation", hint=hint))
    queried = _queried(uses, (child(node, "soql") or node).mark, folder, problems)
    return Usage(
        operations=frozenset(uses.operations) | queried.operations,
        fields=frozenset(uses.fields) | queried.fields,
        objects=frozenset(uses.objects) | queried.objects,
    )


def _queried(uses: Uses, mark: Mark, folder: Path, problems: list[Problem]) -> Usage:
    patterns = (uses.soql,) if isinstance(uses.soql, str) else uses.soql
    if not patterns:
        return Usage()
    from schemas.soql import used_by  # not every configuration has queries

    found = Usage()
    size = 0
    for pattern in patterns:
        files = _files(pattern, folder)
        if not files:
            problems.append(Problem(mark=mark, text=f"no file matches {pattern!r}", hint=f"looked in {folder.absolute()}"))
        for path in files[:MAX_FILES]:
            try:
                size += path.stat().st_size
                found |= used_by([path.read_text("utf-8")])
            except Unreadable as error:
                problems.append(Problem(mark=mark, text=f"the query file {path}: {error}"))
            except (OSError, ValueError) as error:
                why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
                problems.append(Problem(mark=mark, text=f"the query file {path} cannot be read: {why}"))
            if size > MAX_BYTES:
                problems.append(
                    Problem(mark=mark, text=f"the query files hold more than {MAX_BYTES} bytes", hint="narrow the glob")
                )
                return Usage()
    return found


def _files(pattern: str, folder: Path) -> list[Path]:
    relative = Path(pattern)
    try:
        if relative.is_absolute():
            anchor = Path(relative.anchor)
            found = anchor.glob(str(relative.relative_to(anchor)))
        else:
            found = folder.glob(pattern)
        return sorted(path for path in found if path.is_file())
    except (ValueError, NotImplementedError, OSError):
        return []
