"""The parts of a document in files beside it: read below the folder that its format may name, and nowhere else."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from probes.errors import Unfit
from probes.parts import Gathering
from schemas.addresses import is_url, placed
from schemas.document import Document, Import


def whole(document: Document, *, format: str | None, below: Path | None, max_bytes: int) -> tuple[Document, list[Path]]:
    """The document, whose `source` is its path, with its parts, and the files that these are. `below` is a folder that all of
    them stand in; None: the document's own, or where its format says that all imports begin. Raises `Unfit`."""
    gathering = Gathering(document, format=format, max_bytes=max_bytes)
    files: list[Path] = []
    while wanted := gathering.wanted():
        for each in wanted:
            path = _path(document.source, each, below)
            if isinstance(path, str):
                gathering.add(each.name, None, path)
                continue
            files.append(path)
            try:
                gathering.add(each.name, read(path, gathering.left))
            except OSError as error:
                gathering.add(each.name, None, os.strerror(error.errno or 0).lower())
    return gathering.document, files


def _path(source: str, each: Import, below: Path | None) -> Path | str:
    """Where the part is, or why nobody looks."""
    if "://" in each.at or is_url(each.at):
        return "has an address on the web, and the document is a file: put it beside it"
    folder = below or Path(placed(source, each.within + "x")).parent
    path = Path(placed(source, each.at))
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        return "is no name of a file"
    return path if inside else f"stands outside of {folder}; to have it read, write `imports_from` with the folder around both"


def read(path: Path, left: int) -> bytes:
    """Raises OSError, and `Unfit` for a file that is none, or of more bytes than are left."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Unfit(f"{path}, which is imported, is not a regular file")
        content = file.read(max(left, 0) + 1)
    if len(content) > left:
        raise Unfit(f"{path} and what imports it have more bytes together than are allowed")
    return content
