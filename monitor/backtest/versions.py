"""Versions of one document, from a folder: a file each (or a folder each, with `path` inside), ordered by their names."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from probes.errors import ProbeError
from probes.file_parts import whole
from schemas.document import Document

MAX_BYTES = 512 * 1024 * 1024
SUFFIXES = {
    ".json": "application/json",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".xml": "application/xml",
    ".wsdl": "application/xml",
    ".xsd": "application/xml",
    ".avsc": "application/json",
    ".graphql": None,
    ".graphqls": None,
    ".gql": None,
    ".proto": None,
}
"""What may be a document, and the media type its name promises."""

_DATE = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")


class NoHistory(Exception):
    """There is nothing to replay. The text says what is wrong and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version: what it is called, when it was served (None: unknown), and its bytes, read when they are needed."""

    label: str
    at: datetime | None
    source: Source

    def document(self) -> Document:
        """Its bytes. Raises `NoHistory` when they cannot be read."""
        return self.source.read()


class Source(Protocol):
    """Where the bytes of a version are."""

    def read(self) -> Document:
        """The bytes. Raises `NoHistory` when they cannot be read."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a folder."""

    path: Path

    def read(self) -> Document:
        try:
            with open(self.path, "rb", opener=_opened) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise NoHistory(f"{self.path} is no file")
                content = file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            why = (error.strerror or "input/output error") if isinstance(error, OSError) else "its name holds a null byte"
            raise NoHistory(f"cannot read {self.path}: {why.lower()}") from None
        if len(content) > MAX_BYTES:
            raise NoHistory(f"{self.path} has more than {MAX_BYTES:,} bytes")
        found = Document(content=content, source=str(self.path), media_type=SUFFIXES.get(self.path.suffix.lower()))
        try:
            return whole(found, format=None, below=None, max_bytes=MAX_BYTES)[0]
        except ProbeError as error:
            raise NoHistory(str(error)) from None


def _opened(path: str, flags: int) -> int:
    # Without waiting for a writer, where the name is a pipe's.
    return os.open(path, flags | os.O_NONBLOCK)


def versions_in(folder: Path, path: str | None) -> Sequence[Version]:
    """The versions in a folder, the oldest first: by their dates where every name has one (`2026-03-01.json`), else as people
    order names (`v9` before `v10`). `path` names the document inside of each, where the versions are folders.

    Raises `NoHistory` where there are fewer than two.
    """
    found = sorted(_named(folder, path), key=lambda pair: _natural(pair[0]))
    dates = [_dated(name) for name, _ in found]
    if all(dates):
        found.sort(key=lambda pair: str(_dated(pair[0])))
    whole = all(dates)
    if len(found) < 2:
        wanted = f"folders with {path} in them" if path is not None else f"documents ({', '.join(SUFFIXES)})"
        hint = "name each version by its date, such as 2026-03-01.json" if path is None else "check --path"
        raise NoHistory(f"{folder} holds {len(found)} {wanted}, and two are needed; {hint}")
    return [Version(label=name, at=_dated(name) if whole else None, source=File(file)) for name, file in found]


def _named(folder: Path, path: str | None) -> Iterator[tuple[str, Path]]:
    try:
        entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError as error:
        raise NoHistory(f"cannot read {folder}: {(error.strerror or 'input/output error').lower()}") from None
    for entry in entries:
        if path is not None:
            if (entry / path).is_file():
                yield entry.name, entry / path
        elif entry.suffix.lower() in SUFFIXES and entry.is_file():
            yield entry.name, entry


def _dated(name: str) -> datetime | None:
    found = _DATE.search(name)
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups())
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:  # the 31st of February
        return None


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers in a name count as numbers, however many digits they have."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return tuple((0, int(part[:4000]), "") if part[0] in "0123456789" else (1, 0, part) for part in parts)
