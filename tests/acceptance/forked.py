"""Commands that are forked from a process which has everything imported: as real and as mortal as any, a second of work cheaper.

What the start itself does (its imports, its command line) is for the tests that start the command.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.acceptance.warm"])


class Forked:
    """The process of one command, as asyncio's own would be; it adds what it writes to `output`."""

    def __init__(self, folder: Path, environ: Mapping[str, str], arguments: Sequence[str], output: Path) -> None:
        self._process = _CONTEXT.Process(target=_live, args=(str(folder), dict(environ), tuple(arguments), str(output)))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def terminate(self) -> None:
        self._process.terminate()

    async def wait(self) -> int:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        self._process.join()
        assert self._process.exitcode is not None
        return self._process.exitcode


def _live(folder: str, environ: Mapping[str, str], arguments: Sequence[str], output: str) -> None:
    """`driftpager` with the arguments in `folder`, in a session of its own."""
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    with open(output, "ab") as written:
        for standard in (1, 2):
            os.dup2(written.fileno(), standard)
    from monitor.cli import main

    main(arguments)
