"""Bombs set off in a process of their own, one after the other, under limits that the kernel keeps."""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence

from monitor.report import OUTPUTS, Report, renderer
from schemas.compare import compare
from schemas.document import Document
from schemas.errors import SchemaError
from tests.fuzz.bombs import bombs
from tests.fuzz.whole import nothing_fetched


def explode(names: Sequence[str], seconds: int, memory: int) -> None:
    """Compare and render each; names those that did no harm. CPU seconds are for all of them together."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    for name in names:
        case = bombs()[name]()
        with nothing_fetched():
            _compared(*case)
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()


def _compared(format: str | None, old: bytes, new: bytes) -> None:
    try:
        found = compare(Document(content=old), Document(content=new), format=format)
    except SchemaError:
        return
    for output in OUTPUTS:
        renderer(output)(Report(comparison=found, old="old", new="new"))
