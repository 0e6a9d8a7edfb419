"""Whole processes, measured from outside: wall time, processor time of the process and all it waited for, peak memory."""

from __future__ import annotations

import contextlib
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process from start to end. Seconds, and megabytes (10^6 bytes); `status` None where the time limit killed it."""

    wall: float
    cpu: float
    peak: float
    status: int | None
    out: bytes = field(repr=False, default=b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Medians over the rounds of one command."""

    wall: float
    cpu: float
    peak: float
    rounds: int
    finished: bool
    out: bytes = field(repr=False, default=b"")


def installed() -> dict[str, str]:
    """The environment of a program that was installed: an installer leaves bytecode behind, so a process may keep its own."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def as_installed(bytecode: Path) -> None:
    """Let all processes measured from now on start as installed programs do: with their bytecode kept, here in a folder.

    The first round writes it; a median of three rounds or more does not see that.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(bytecode)


def run(command: Sequence[str], *, limit: float, environ: Mapping[str, str] | None = None) -> Run:
    """Start `command`, wait, and say what it took.

    A new process counts what its parent held as its own peak until it starts its program, so who measures must stay small:
    documents are made and read in processes of their own.
    """
    with tempfile.TemporaryFile() as out, open(os.devnull, "rb+") as nowhere:
        actions = [
            (os.POSIX_SPAWN_DUP2, nowhere.fileno(), 0),
            (os.POSIX_SPAWN_DUP2, out.fileno(), 1),
            (os.POSIX_SPAWN_DUP2, nowhere.fileno(), 2),
        ]
        started = time.perf_counter()
        pid = os.posix_spawnp(command[0], list(command), dict(environ or installed()), file_actions=actions, setpgroup=0)
        late = threading.Event()

        def stop() -> None:
            late.set()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)

        timer = threading.Timer(limit, stop)
        timer.start()
        _, status, used = os.wait4(pid, 0)
        wall = time.perf_counter() - started
        timer.cancel()
        out.seek(0)
        unit = 1 if sys.platform == "darwin" else 1024
        return Run(
            wall=wall,
            cpu=used.ru_utime + used.ru_stime,
            peak=used.ru_maxrss * unit / 1e6,
            status=None if late.is_set() else os.waitstatus_to_exitcode(status),
            out=out.read(),
        )


def interleaved(commands: Mapping[str, Sequence[str]], *, rounds: int, limit: float) -> dict[str, Figures]:
    """Every command once a round, in turn, so that what else the machine does hits all alike. Who meets the limit runs once."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    late: set[str] = set()
    for _ in range(rounds):
        for name, command in commands.items():
            if name in late:
                continue
            once = run(command, limit=limit)
            runs[name].append(once)
            if once.status is None:
                late.add(name)
    return {
        name: Figures(
            wall=statistics.median(once.wall for once in its),
            cpu=statistics.median(once.cpu for once in its),
            peak=max(once.peak for once in its),
            rounds=len(its),
            finished=name not in late,
            out=its[-1].out,
        )
        for name, its in runs.items()
    }
