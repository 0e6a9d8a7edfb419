"""Where `diff` and `try` get a document from: a file, standard input, or a URL through the one guarded door."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from monitor.cli.exits import CouldNotCheck, Misused
from schemas import formats
from schemas.document import Document

MAX_BYTES = 512 * 1024 * 1024
_MEDIA_TYPES = {".json": "application/json", ".yaml": "application/yaml", ".yml": "application/yaml", ".xml": "application/xml"}


def is_url(source: str) -> bool:
    """True for what is fetched rather than opened."""
    return source.startswith(("http://", "https://"))


def document(source: str, *, private: bool = False, format: str | None = None) -> Document:
    """The document at `source`: a path, `-` for standard input, or a URL, with all it imports where its `format` (None:
    recognised) has imports. Raises `CouldNotCheck` with one line.

    `private` allows URLs on loopback and private networks.
    """
    if is_url(source):
        return _fetched(source, private=private, format=format)
    if "://" in source:
        raise Misused(f"{source}: only http:// and https:// addresses can be fetched")
    found = Document(content=_read(source), source=source, media_type=_MEDIA_TYPES.get(Path(source).suffix.lower()))
    return _with_parts(found, format) if source != "-" and formats.imports(found, format=format) else found


def _with_parts(found: Document, format: str | None) -> Document:
    from probes.errors import ProbeError
    from probes.file_parts import whole

    try:
        return whole(found, format=format, below=None, max_bytes=MAX_BYTES)[0]
    except ProbeError as error:
        raise CouldNotCheck(str(error)) from None


def _read(source: str) -> bytes:
    try:
        if source == "-":
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with open(source, "rb") as file:
                # Pipes are welcome (`<(command)`); a regular file tells its size before it is read.
                state = os.fstat(file.fileno())
                if stat.S_ISREG(state.st_mode) and state.st_size > MAX_BYTES:
                    raise CouldNotCheck(f"{source} has {state.st_size:,} bytes; at most {MAX_BYTES:,} are read")
                content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "its name holds a null byte"
        raise CouldNotCheck(f"cannot read {source}: {(why or 'input/output error').lower()}") from None
    if len(content) > MAX_BYTES:
        raise CouldNotCheck(f"{source} has more than {MAX_BYTES:,} bytes")
    if not content.strip():
        raise CouldNotCheck(f"{source} is empty")
    return content


def _fetched(url: str, *, private: bool, format: str | None) -> Document:
    from pydantic import ValidationError

    from monitor.cli.fetching import fetch
    from probes.http import HttpProbe

    try:
        probe = HttpProbe.model_validate({"kind": "http", "url": url, "private": private, "format": format})
    except ValidationError as error:
        raise Misused(error.errors(include_url=False, include_input=False)[0]["msg"].removeprefix("Value error, ")) from None
    return fetch(probe).document
