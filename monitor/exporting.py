"""Baselines as files to review in git: a folder a target, with the document as served and `meta.json` beside it.

    baselines/stripe/api/document.json         the bytes as served: their hash is in meta.json
    baselines/stripe/api/document.pretty.json  the same to read, where the bytes are hard to; import does not look at it
    baselines/stripe/api/document.1.xsd        what it imports, in the order of `parts` in meta.json
    baselines/stripe/api/meta.json             which target, which content, who accepted it, when, why, and what beside it

The same baselines give the same files, to the byte. `monitor/importing.py` reads them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Annotated
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from monitor.config import Target
from monitor.store import Transaction
from monitor.watch import Baseline, Standing, TargetName, Waiver, Waives
from probes.parts import MOST_PARTS
from schemas import formats
from schemas.document import Document

META = "meta.json"
_LAYOUT = 1
_SUFFIXES = {"application/json": ".json", "application/yaml": ".yaml", "application/xml": ".xml", "text/xml": ".xml"}
_ATTRIBUTES = "# The bytes of a document are its identity: git must not change its line ends.\ndocument.* -text\n"

Line = Annotated[str, StringConstraints(max_length=4000)]


class NotTransferable(Exception):
    """The files are not what they should be. The text has one line for each thing to put right."""


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AcceptedPart(_Written):
    """A part of the drift that is accepted beside the baseline."""

    kind: Waives
    subject: Line
    worst: Annotated[str, StringConstraints(pattern="^(breaking|risky|safe)$")]
    by: Line
    at: AwareDatetime
    because: Line
    until: AwareDatetime | None = None


class WrittenPart(_Written):
    """A file that the document imports, or one it calls by this name that is not to be had (`file` None)."""

    name: Line
    file: Annotated[str, StringConstraints(pattern=r"^document\.[0-9]{1,4}\.[a-z]{2,8}$")] | None = None


class Meta(_Written):
    """`meta.json`. `sha256` is about all files together where there are parts, `size` about their bytes."""

    layout: Annotated[int, Field(ge=1, le=_LAYOUT)] = _LAYOUT
    target: Line
    document: Annotated[str, StringConstraints(pattern=r"^document\.[a-z]{2,8}$")]
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]
    media_type: Line | None = None
    source: Line = ""
    headers: Mapping[str, Line] = {}
    by: Line
    at: AwareDatetime
    because: Line
    accepted: tuple[AcceptedPart, ...] = ()
    parts: Annotated[tuple[WrittenPart, ...], Field(max_length=MOST_PARTS)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One target's folder. `changed` is false where the files said the same already."""

    target: TargetName
    folder: Path
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A baseline with its document and what is accepted beside it."""

    baseline: Baseline
    document: Document
    waivers: Sequence[Waiver]


async def kept(tx: Transaction, targets: Sequence[Target], now: datetime) -> tuple[list[Kept], list[TargetName]]:
    """The accepted baselines of targets, and the targets that have none yet (they are still learning)."""
    found: list[Kept] = []
    without: list[TargetName] = []
    for target in targets:
        baseline = await tx.baselines.current(target.name)
        if baseline is None or baseline.standing is not Standing.ACCEPTED:
            without.append(target.name)
            continue
        document = await tx.snapshots.document(baseline.hash, target.name)
        found.append(Kept(baseline=baseline, document=document, waivers=await tx.waivers.standing(baseline, now)))
    return found, without


def export(folder: Path, each: Kept, format: str | None) -> Exported:
    """Write one target's folder. Only what differs is touched; a kill leaves every file whole, old or new."""
    baseline, document = each.baseline, each.document
    place = folder.joinpath(
        *(quote(step, safe=" @+=,") if step.strip(".") else "%2E" * len(step) for step in baseline.target.split("/"))
    )
    suffix = _SUFFIXES.get(document.media_type or "", formats.load(format).suffix if format else ".txt")
    parts = tuple(
        WrittenPart(name=part.name, file=None if part.content is None else f"document.{number}{_suffix(part.name)}")
        for number, part in enumerate(document.parts, 1)
    )
    meta = Meta(
        target=baseline.target,
        document=f"document{suffix}",
        sha256=baseline.hash,
        size=document.size,
        media_type=document.media_type,
        source=document.source,
        headers=document.headers,
        by=baseline.by,
        at=baseline.at,
        because=baseline.because,
        accepted=tuple(
            AcceptedPart(
                kind=waiver.kind,
                subject=waiver.subject,
                worst=str(waiver.worst),
                by=waiver.by,
                at=waiver.at,
                because=waiver.because,
                until=waiver.until,
            )
            for waiver in each.waivers
        ),
        parts=parts,
    )
    files = {meta.document: document.content, META: _lines(_dumped(meta), ascii=True)}
    files |= {
        written.file: part.content or b"" for written, part in zip(parts, document.parts, strict=True) if written.file is not None
    }
    pretty = _pretty(document.content)
    if pretty is not None and pretty != document.content:
        files["document.pretty.json"] = pretty
    try:
        place.mkdir(parents=True, exist_ok=True)
        changed = [_written(place / name, content) for name, content in files.items()]
        for stale in place.iterdir():
            if stale.name.startswith("document.") and stale.name not in files:
                stale.unlink()
                changed.append(True)
        _written(folder / ".gitattributes", _ATTRIBUTES.encode())
    except OSError as error:
        raise NotTransferable(
            f"cannot write {error.filename or place}: {(error.strerror or 'input/output error').lower()}"
        ) from None
    return Exported(target=baseline.target, folder=place, changed=any(changed))


def _suffix(name: str) -> str:
    last = PurePosixPath(name.partition("?")[0]).suffix.lower()
    return last if re.fullmatch(r"\.[a-z]{2,8}", last) else ".txt"


def _dumped(meta: Meta) -> dict[str, object]:
    """As it is written; a document without parts does not speak of them."""
    return meta.model_dump(mode="json", exclude=set() if meta.parts else {"parts"})


def _written(place: Path, content: bytes) -> bool:
    """Write a file in one step, unless it holds just that; true where it was written."""
    if place.is_file() and not place.is_symlink() and place.stat().st_size == len(content) and place.read_bytes() == content:
        return False
    partial = place.with_name(f".{place.name}.partial")
    partial.write_bytes(content)
    partial.replace(place)
    return True


def _pretty(content: bytes) -> bytes | None:
    """JSON with a line for each member, in a stable order; None for anything else."""
    try:
        return _lines(json.loads(content))
    except (ValueError, RecursionError):
        return None


def _lines(value: object, *, ascii: bool = False) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=ascii, allow_nan=False) + "\n").encode("utf-8")
