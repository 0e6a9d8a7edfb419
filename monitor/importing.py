"""Baselines from files: read and checked as a whole, then put in force in one transaction. `monitor/exporting.py` wrote them."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from monitor import paging
from monitor.config import Config, Target
from monitor.exporting import META, AcceptedPart, Meta, NotTransferable
from monitor.nearest import nearest
from monitor.store import Transaction
from monitor.watch import Standing, TargetName
from schemas import formats
from schemas.change import Impact
from schemas.document import ContentHash, Document, Json, Part
from schemas.errors import SchemaError

MAX_BYTES = 512 * 1024 * 1024
MAX_META_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a folder holds for a target, checked."""

    target: Target
    meta: Meta
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What importing does to one target: the content in force now (None: none) and then. Equal ones change nothing."""

    target: TargetName
    before: ContentHash | None
    after: ContentHash
    parts: int

    @property
    def changes(self) -> bool:
        return self.before != self.after or self.parts > 0


def found_in(folder: Path, config: Config) -> list[Found]:
    """Every baseline in a folder, checked: known targets, each once, documents that are what their hash says and can be
    read. Raises `NotTransferable` with everything that is wrong."""
    known = {str(target.name): target for target in config.targets}
    problems: list[str] = []
    found: dict[str, Found] = {}
    places = sorted(_metas(folder))
    for place in places:
        try:
            one = _read(place, known)
        except NotTransferable as error:
            problems.append(str(error))
            continue
        if one.meta.target in found:
            problems.append(f"{place}: {one.meta.target} stands in another folder as well; keep one of them")
        found[one.meta.target] = one
    if not places:
        problems.append(f"{folder} holds no {META}; `driftpager baseline export {folder}` writes one for each target")
    if problems:
        raise NotTransferable("\n".join(problems))
    return list(found.values())


async def plan(tx: Transaction, one: Found, now: datetime) -> Planned:
    """What importing one would change."""
    current = await tx.baselines.current(one.target.name)
    same = current is not None and current.hash == one.meta.sha256 and current.standing is Standing.ACCEPTED
    there = (
        {(w.kind, w.subject, w.until) for w in await tx.waivers.standing(current, now)} if current is not None and same else set()
    )
    parts = sum((part.kind, part.subject, part.until) not in there and not _over(part, now) for part in one.meta.accepted)
    before = current.hash if current is not None and current.standing is Standing.ACCEPTED else None
    return Planned(target=one.target.name, before=before, after=ContentHash(one.meta.sha256), parts=parts)


async def adopt(tx: Transaction, config: Config, one: Found, *, importer: str, now: datetime) -> Planned:
    """Put one in force, as whoever accepted it did, and say what that changed. Its target is judged anew."""
    planned = await plan(tx, one, now)
    if not planned.changes:
        return planned
    meta, name = one.meta, one.target.name
    baseline = await tx.baselines.current(name)
    if baseline is None or planned.before != planned.after:
        latest = await tx.snapshots.latest(name)
        served = latest is not None and latest.hash == planned.after
        snapshot = latest if served and latest is not None else await tx.snapshots.add(name, one.document, now)
        baseline = await tx.baselines.set(name, snapshot, Standing.ACCEPTED, meta.by, meta.because, meta.at)
        if served:
            await tx.findings.replace(name, one.target.integration, None, (), now)
            await paging.lessened(tx, config, one.target, (), by=meta.by, because=meta.because, now=now)
    there = {(waiver.kind, waiver.subject, waiver.until) for waiver in await tx.waivers.standing(baseline, now)}
    for part in meta.accepted:
        if (part.kind, part.subject, part.until) not in there and not _over(part, now):
            worst = Impact[part.worst.upper()]
            await tx.waivers.add(baseline, part.kind, part.subject, worst, part.by, part.because, part.at, part.until)
    await paging.rejudge(tx, name, now)
    detail: dict[str, Json] = {
        "content": meta.sha256,
        "accepted_by": meta.by,
        "accepted_at": meta.at.isoformat(),
        "parts": planned.parts,
    }
    await tx.audit.append(importer, "baseline.imported", name, detail, now)
    return planned


def _over(part: AcceptedPart, now: datetime) -> bool:
    return part.until is not None and part.until <= now


def _metas(folder: Path) -> list[Path]:
    """Every `meta.json` below a folder, links not followed, git's own folder left out."""
    if not folder.is_dir():
        raise NotTransferable(f"{folder} is no folder; `driftpager baseline export {folder}` makes one")
    found: list[Path] = []
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if META in files:
            found.append(Path(here) / META)
    return found


def _read(place: Path, known: Mapping[str, Target]) -> Found:
    try:
        meta = Meta.model_validate_json(_content(place, MAX_META_BYTES))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise NotTransferable(f"{place}: {f'{where}: ' if where else ''}{first['msg'].partition(chr(10))[0]}") from None
    target = known.get(meta.target)
    if target is None:
        raise NotTransferable(f"{place}: there is no target {meta.target!r} in the configuration; {nearest(meta.target, known)}")
    content = _content(place.parent / meta.document, MAX_BYTES)
    parts = tuple(
        Part(name=part.name, content=None if part.file is None else _content(place.parent / part.file, MAX_BYTES))
        for part in meta.parts
    )
    document = Document(content=content, source=meta.source, media_type=meta.media_type, headers=dict(meta.headers), parts=parts)
    if document.hash != meta.sha256 or document.size != meta.size:
        hint = "restore both from one export; git must not change line ends (.gitattributes)"
        raise NotTransferable(
            f"{place.parent / meta.document}: its hash is {document.hash[:12]}, and {META} says {meta.sha256[:12]}; {hint}"
        )
    try:
        written_in = formats.load(target.format) if target.format is not None else formats.recognise(document)
        written_in.read(document)
    except SchemaError as error:
        raise NotTransferable(f"{place.parent / meta.document}: {error}") from None
    return Found(target=target, meta=meta, document=document)


def _content(place: Path, limit: int) -> bytes:
    """The bytes of a regular file. A link is refused: it would bring in what nobody reviewed."""
    try:
        with open(place, "rb", opener=lambda path, flags: os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise NotTransferable(f"{place}: is no file")
            content = file.read(limit + 1)
    except OSError as error:
        why = "is a link; put the file itself there" if place.is_symlink() else (error.strerror or "input/output error").lower()
        raise NotTransferable(f"{place}: {why}") from None
    if len(content) > limit:
        raise NotTransferable(f"{place}: has more than {limit:,} bytes")
    return content
