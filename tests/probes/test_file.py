"""The file probe."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from probes.errors import Unfit, Unreachable
from probes.file import FileProbe
from probes.probe import NotModified, Served, Tools
from tests.probes.conftest import NOW


def probe(path: Path, **changed: Any) -> FileProbe:
    return FileProbe.model_validate({"kind": "file", "path": str(path), **changed})


def written(path: Path, content: bytes, at: datetime = NOW - timedelta(hours=1)) -> Path:
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


async def served(of: FileProbe, tools: Tools, known: dict[str, str] | None = None) -> Served:
    fetched = await of.fetch(tools, known or {})
    assert isinstance(fetched, Served)
    return fetched


async def test_a_file_is_a_document(tmp_path: Path, tools: Tools) -> None:
    path = written(tmp_path / "api.YAML", b"openapi: 3.0.3\n")
    document = (await served(probe(path), tools)).document
    assert (document.content, document.media_type, document.source) == (b"openapi: 3.0.3\n", "application/yaml", str(path))


async def test_an_untouched_file_is_not_read_again(tmp_path: Path, tools: Tools) -> None:
    path = written(tmp_path / "api.json", b"{}")
    first = await served(probe(path), tools)
    assert await probe(path).fetch(tools, first.validators) == NotModified()


@pytest.mark.parametrize("content", [b"[]", b"{ }"])
async def test_a_file_written_again_is_read_again(tmp_path: Path, tools: Tools, content: bytes) -> None:
    path = written(tmp_path / "api.json", b"{}")
    first = await served(probe(path), tools)
    written(path, content, NOW - timedelta(minutes=1))
    assert (await served(probe(path), tools, dict(first.validators))).document.content == content


async def test_a_file_replaced_by_another_of_the_same_age_and_size_is_read_again(tmp_path: Path, tools: Tools) -> None:
    path = written(tmp_path / "api.json", b"{}")
    first = await served(probe(path), tools)
    written(tmp_path / "new.json", b"[]").rename(path)
    assert (await served(probe(path), tools, dict(first.validators))).document.content == b"[]"


async def test_a_file_touched_just_now_proves_nothing_yet(tmp_path: Path, tools: Tools) -> None:
    path = written(tmp_path / "api.json", b"{}", NOW - timedelta(seconds=1))
    assert (await served(probe(path), tools)).validators == {}
    assert (await served(probe(path), replace(tools, now=NOW + timedelta(seconds=5)))).validators != {}


async def test_validators_of_another_path_are_not_used(tmp_path: Path, tools: Tools) -> None:
    path = written(tmp_path / "api.json", b"{}")
    first = await served(probe(path), tools)
    os.link(path, tmp_path / "other.json")
    await served(probe(tmp_path / "other.json"), tools, dict(first.validators))


async def test_a_missing_file_says_so(tmp_path: Path, tools: Tools) -> None:
    with pytest.raises(Unreachable, match=r"/gone\.json cannot be read: no such file or directory$"):
        await probe(tmp_path / "gone.json").fetch(tools, {})


async def test_a_folder_is_no_document(tmp_path: Path, tools: Tools) -> None:
    with pytest.raises(Unfit, match=r"is not a regular file$"):
        await probe(tmp_path).fetch(tools, {})


async def test_a_pipe_is_no_document_and_does_not_hold_us(tmp_path: Path, tools: Tools) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unfit, match=r"is not a regular file$"):
        await asyncio.wait_for(probe(tmp_path / "pipe").fetch(tools, {}), 10)


async def test_a_device_is_no_document(tools: Tools) -> None:
    with pytest.raises(Unfit, match=r"is not a regular file$"):
        await probe(Path("/dev/zero")).fetch(tools, {})


async def test_a_file_over_its_cap_is_not_read(tmp_path: Path, tools: Tools) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(500 * 1024 * 1024)
    with pytest.raises(Unfit, match=r"has 524,288,000 bytes; at most 67,108,864 are allowed$"):
        await probe(path).fetch(tools, {})


@pytest.mark.parametrize("content", [b"", b" \n"])
async def test_an_empty_file_is_no_document(tmp_path: Path, tools: Tools, content: bytes) -> None:
    with pytest.raises(Unfit, match=r"is empty$"):
        await probe(written(tmp_path / "api.json", content)).fetch(tools, {})


async def test_a_path_that_leads_nowhere_says_why(tmp_path: Path, tools: Tools) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    written(tmp_path / "file", b"{}")
    for path, why in ((tmp_path / "loop", "too many levels of symbolic links"), (tmp_path / "file" / "x", "not a directory")):
        with pytest.raises(Unreachable, match=f"cannot be read: {why}$"):
            await probe(path).fetch(tools, {})
