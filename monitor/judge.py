"""Reads and compares documents in child processes, so that a hostile one kills a child and the loop never stalls.

Children are kept while they read small documents; a large one gets a child that ends after it, which gives the memory back.
Requests go out as pickle (we trust ourselves), answers come back as JSON (the child has touched a stranger's bytes).
"""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass, replace
from datetime import timedelta

from pydantic import TypeAdapter

from monitor.judge_child import Ask, Describe, Judgement, Pair, Shape, Verdict
from schemas.compare import Comparison
from schemas.document import Document
from schemas.errors import SchemaError, UnknownFormat, Unreadable
from schemas.lens import Lens

_VERDICT = TypeAdapter(Verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one document may cost: wall time, the child's memory in bytes; over `keep_under` bytes a child is not kept."""

    deadline: timedelta = timedelta(seconds=60)
    memory: int = 4 * 1024**3
    keep_under: int = 256 * 1024


class Judge:
    """A few children that read and compare. Every method raises `SchemaError` when the documents cannot be judged."""

    def __init__(self, *, children: int = 2, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._free = asyncio.Semaphore(children)
        self._idle: list[Process] = []

    async def compare(self, old: Document, new: Document, *, format: str | None, lens: Lens) -> Comparison:
        """As `schemas.compare.compare`, elsewhere."""
        if format is not None and old.alike(new):
            return Comparison(format=format, findings=())
        verdict = await self._ask(Pair(old=old, new=new, format=format, lens=lens), old.size + new.size)
        return Comparison(format=verdict.format, findings=verdict.findings)

    async def describe(self, document: Document, *, format: str | None) -> Judgement:
        """The format, what was understood in words, and what a first look finds."""
        verdict = await self._ask(Describe(document=document, format=format), document.size)
        return Judgement(format=verdict.format, description=verdict.description)

    async def shape(self, answer: Document, learned: Document | None = None) -> Document:
        """A sampled answer as its shape, without any value; added to what was learned before where that is given."""
        verdict = await self._ask(Shape(answer=answer, learned=learned), len(answer.content))
        return replace(answer, content=verdict.shape.encode())

    async def close(self) -> None:
        """End the children that wait for work."""
        idle, self._idle = self._idle, []
        for child in idle:
            await _end(child)

    async def _ask(self, ask: Ask, size: int) -> Verdict:
        async with self._free:
            child = self._idle.pop() if self._idle else await self._spawn()
            try:
                async with asyncio.timeout(self._limits.deadline.total_seconds()):
                    answer = await _exchange(child, pickle.dumps(ask, protocol=5))
            except TimeoutError:
                await _end(child)
                raise Unreadable(
                    f"reading took more than {self._limits.deadline.total_seconds():.0f} s and was stopped",
                    hint="the document is too large or too tangled; watch a smaller one",
                ) from None
            except (asyncio.IncompleteReadError, BrokenPipeError, ConnectionResetError):
                await _end(child)
                raise Unreadable(
                    f"reading ended the process that read it (memory limit {self._limits.memory // 1024**2} MiB)",
                    hint="the document is too large or too tangled; watch a smaller one",
                ) from None
            except BaseException:
                await _end(child)
                raise
            if size > self._limits.keep_under:
                await _end(child)
            else:
                self._idle.append(child)
        verdict = _VERDICT.validate_json(answer)
        if verdict.failure:
            raise _FAILURES.get(verdict.failure, Unreadable)(verdict.text)
        return verdict

    async def _spawn(self) -> Process:
        start = "from monitor.judge_child import main; main()"
        command = (sys.executable, "-c", start, str(self._limits.memory))
        # An empty environment keeps secrets out of reach. A group of its own: an interrupt at the terminal is for the
        # daemon, which ends its children in order.
        environment = {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
        return await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=environment, start_new_session=True)


_FAILURES: dict[str, type[SchemaError]] = {"unreadable": Unreadable, "unknown-format": UnknownFormat}


async def _exchange(child: Process, ask: bytes) -> bytes:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(len(ask).to_bytes(8, "big"))
    child.stdin.write(ask)
    await child.stdin.drain()
    length = int.from_bytes(await child.stdout.readexactly(8), "big")
    return await child.stdout.readexactly(length)


async def _end(child: Process) -> None:
    if child.returncode is None:
        child.kill()
    await child.wait()
    if child.stdin is not None:
        child.stdin.close()
