"""The whole diff over two byte strings, and what must hold whatever the bytes are: read, compare, classify, render.

A broken promise is an `AssertionError` or whatever the engine raised; a typed error of `schemas` is a proper answer.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from monitor.report import OUTPUTS, Report, renderer
from schemas import formats
from schemas.change import Finding
from schemas.compare import Comparison, compare
from schemas.document import Document
from schemas.errors import SchemaError
from schemas.lens import Lens, Policy
from schemas.rules import catalogue

LIBRARIES = tuple({sysconfig.get_path("stdlib"), str(Path(__file__).parents[2]), *(entry for entry in sys.path if entry)})
"""What imports may open while a document is read: our own code and that of libraries."""
_OUTWARD = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request", "subprocess.Popen", "os.system")
_watching: list[str] = []
_hooked: list[bool] = []


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if not _watching:
        return
    if event in _OUTWARD or (event == "open" and isinstance(args[0], str) and not args[0].startswith(LIBRARIES)):
        _watching.append(f"{event} {args[0]!r}")


@contextmanager
def nothing_fetched() -> Iterator[None]:
    """Fails if a connection, a look-up of a name, a process or a file outside of the code was asked for."""
    if not _hooked:
        sys.addaudithook(_hook)  # cannot be taken away again, so there is one for the process
        _hooked.append(True)
    _watching[:] = ["on"]
    try:
        yield
        assert _watching == ["on"], f"reading a document reached out: {_watching[1:]}"
    finally:
        _watching.clear()


def whole(format: str | None, old: bytes, new: bytes) -> Comparison | SchemaError:
    """What comparing gives, after everything that follows a comparison was done with it."""
    before, after = (Document(content=side, source=name) for side, name in ((old, "old"), (new, "new")))
    with nothing_fetched():
        try:
            found = compare(before, after, format=format)
        except SchemaError as error:
            _one_line(str(error))
            return error
        for finding in found.findings:
            _sound(finding)
        assert len({_identity(finding) for finding in found.findings}) == len(found.findings), "one edit, one finding"
        for policy in (Policy.STRICT_CODEGEN, Policy.LENIENT_READER):
            judged = compare(before, after, format=format, lens=Lens(policy=policy)).findings
            assert len(judged) == len(found.findings), "a policy moves levels, and drops nothing"
        if old == new:
            return found  # never looked into
        report = Report(comparison=found, old="old", new="new")
        for output in OUTPUTS:
            text = renderer(output)(report)
            assert text.endswith("\n"), f"{output} ends with a line break"
            text.encode()
        formats.load(found.format).describe(formats.load(found.format).read(after))
        _unchanged(found.format, after)
    return found


def _unchanged(format: str, document: Document) -> None:
    """A document against itself is no change, and that is seen also where the bytes are not the same."""
    for pad in (b"\n", b" "):
        try:
            same = compare(document, Document(content=pad + document.content, source="same"), format=format)
        except SchemaError:
            continue  # one more space at the front makes no YAML of it
        assert same.findings == (), f"found in a document that did not change: {same.findings[0]}"


def _one_line(said: str) -> None:
    assert said.strip(), "an error says what is wrong"
    assert "\n" not in said, f"an error is one line: {said}"


def _identity(finding: Finding) -> tuple[str, ...]:
    return (finding.rule, finding.address, finding.before_hash, finding.after_hash)


def _sound(finding: Finding) -> None:
    assert finding.rule in catalogue(), f"{finding.rule} is in no table"
    levels = [impact for impact in (finding.request, finding.response) if impact is not None]
    assert levels, f"{finding.rule} applies in no direction"
    assert finding.impact is max(levels), f"{finding.rule} is not as bad as its worse side"
    assert finding.message, f"{finding.rule} says what changed"
    orjson.dumps(finding)
