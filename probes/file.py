"""A document in a file of this machine: a description kept in a repository, or written there by another program."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field

from probes.block import MEGABYTE, Block, Size
from probes.errors import Unfit, Unreachable
from probes.file_parts import whole
from probes.probe import Fetched, NotModified, Probe, Served, Tools
from schemas.document import Document

_SETTLED = timedelta(seconds=2)
"""A file touched this recently may be written again within one tick of its clock: its validators prove nothing yet."""

PARTS = "parts"
"""The validator that holds those of the parts, as JSON: state by path."""
_MEDIA_TYPES = {".json": "application/json", ".yaml": "application/yaml", ".yml": "application/yaml", ".xml": "application/xml"}


class FileProbe(Block):
    """`kind: file`. Modification time and size are the validators."""

    kind: Literal["file"] = "file"
    path: Path
    written_in: str | None = Field(default=None, alias="format", description="the document's format; recognised if not named")
    imports_from: Path | None = Field(
        default=None, description="the folder below which imported files are read; default the file's own"
    )
    max_bytes: Size = 64 * MEGABYTE
    deadline: timedelta = Field(default=timedelta(seconds=30), gt=timedelta(0), description="for the whole reading")

    def expand(self) -> Sequence[tuple[str, Probe]]:
        return (("", self),)

    def format(self) -> str | None:
        return self.written_in

    async def fetch(self, tools: Tools, known: Mapping[str, str]) -> Fetched:
        """Read the file in a thread, as a network file system may hang; raises `Unreachable` or `Unfit`."""
        try:
            async with asyncio.timeout(self.deadline.total_seconds()):
                return await asyncio.to_thread(self._read, dict(known), tools.now)
        except TimeoutError:
            raise Unreachable(f"{self.path} could not be read within {self.deadline.total_seconds():g} s") from None
        except OSError as error:
            raise Unreachable(f"{self.path} cannot be read: {os.strerror(error.errno or 0).lower()}") from None

    def _read(self, known: Mapping[str, str], now: datetime) -> Fetched:
        # Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                raise Unfit(f"{self.path} is not a regular file")
            if before.st_size > self.max_bytes:
                raise Unfit(f"{self.path} has {before.st_size:,} bytes; at most {self.max_bytes:,} are allowed")
            mark = self._mark(before)
            if known.get("file") == mark and self._marks(json.loads(known.get(PARTS, "{}"))) == known.get(PARTS, "{}"):
                return NotModified()
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                content = file.read(self.max_bytes + 1)
            if self._mark(os.fstat(descriptor)) != mark:
                raise Unfit(f"{self.path} changed while it was read; it will be read again")
        finally:
            os.close(descriptor)
        if not content.strip():
            raise Unfit(f"{self.path} is empty")
        touched = datetime.fromtimestamp(before.st_mtime, UTC)
        document = Document(content=content, source=str(self.path), media_type=_MEDIA_TYPES.get(self.path.suffix.lower()))
        document, files = whole(document, format=self.written_in, below=self.imports_from, max_bytes=self.max_bytes)
        touched = max([touched, *(datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in files if path.exists())])
        if now - touched <= _SETTLED:
            return Served(document=document)
        marks = {PARTS: self._marks(map(str, files))} if document.parts else {}
        return Served(document=document, validators={"file": mark, **marks})

    def _marks(self, paths: Iterable[str]) -> str:
        """The states of the files that are imported; a missing one has a state as well."""
        states: dict[str, str] = {}
        for path in paths:
            try:
                states[path] = self._mark(os.stat(path))
            except OSError:
                states[path] = ""
        return json.dumps(states)

    def _mark(self, state: os.stat_result) -> str:
        return f"{state.st_ino}-{state.st_mtime_ns}-{state.st_size}-{self.path}"


PROBE = FileProbe
