"""`driftpager demo`: the whole story on this machine."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.exits import CouldNotCheck, Exit

if TYPE_CHECKING:
    from monitor.demo.telling import Telling

INTERRUPTED = 130
_LOG_LINES = 3
_PATIENCE = "Seconds that a step of the story may take before it has failed; more on a slow machine."


@click.command(short_help="The whole story, with stand-in vendors; no credentials.")
@click.option("--once", is_flag=True, help="End after the story, without pauses to read. So does any run without a terminal.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Where the web page is served; by default any free one.")
@click.option("--speed", type=click.FloatRange(0.1, 100), help="Pauses to read so many times shorter. [default: 1]")
@click.option("--patience", type=click.FloatRange(0.1, 3600), default=60, show_default=True, help=_PATIENCE)
def demo(once: bool, port: int, speed: float | None, patience: float) -> int:
    """Tell the whole story in about a minute: two vendors change their APIs, the right person is paged once, and acts.

    The vendors and PagerDuty are stand-ins on this machine; the daemon is the real one. It needs no credentials, keeps
    everything in a temporary folder, and takes that away at the end.

    \b
    Examples:
      driftpager demo
      driftpager demo --once
      driftpager demo --port 9000 --speed 2

    Exit 0: told, or ended by you after the story; 2: something did not happen as it should; 130: ended before the end.
    """
    # Python has None for a stream that was closed before it began.
    alone = once or not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
    pause = 1 / speed if speed else 0.0 if alone else 1.0
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal without these characters is no reason to stop
    return asyncio.run(_play(alone, port, pause, patience))


async def _play(alone: bool, port: int, pause: float, patience: float) -> int:
    from monitor.clock import SystemClock
    from monitor.daemon import Busy
    from monitor.demo.playing import Playing
    from monitor.demo.stage import Ended, Failed, stage
    from monitor.demo.story import Story
    from monitor.demo.telling import Telling
    from monitor.store import StoreError
    from monitor.web.server import PortTaken

    stop = asyncio.Event()
    _ending(stop)
    telling = Telling(sys.stdout)
    with _folder(telling) as folder:
        try:
            async with stage(folder, port=port, clock=SystemClock(), stop=stop) as set_up:
                await Story(stage=set_up, telling=telling, pause=pause, patience=patience).tell()
                if not alone:
                    await Playing(stage=set_up, telling=telling, command=_command()).play()
        except Ended:
            telling.say("Ended before the story was over.")
            return INTERRUPTED
        except Failed as error:
            raise CouldNotCheck("\n".join([f"demo: {error}", *_troubles(folder / "daemon.log")])) from None
        except (StoreError, Busy, PortTaken) as error:
            raise CouldNotCheck(f"demo: {error}") from None
    return Exit.CLEAN


def _ending(stop: asyncio.Event) -> None:
    """Ctrl-C and the like end the demo in order, at any moment from now to the end of the process: they are never given
    back, for a second Ctrl-C while everything is taken down would leave some of it."""
    loop = asyncio.get_running_loop()

    def end(number: int, frame: object) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


@contextmanager
def _folder(telling: Telling) -> Iterator[Path]:
    """Everything the demo writes is in it."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="driftpager-demo-"))
    except OSError as error:
        raise CouldNotCheck(f"demo: no temporary folder can be made ({error.strerror}); point TMPDIR to a place for it") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    telling.say(f"{folder} is removed; nothing is left.")


def _command() -> str:
    """How to call driftpager from a terminal in this folder."""
    here = Path(sys.argv[0])
    if here.name != "driftpager" or shutil.which("driftpager") == str(here):
        return "driftpager"
    return shlex.quote(os.path.relpath(here))


def _troubles(log: Path) -> list[str]:
    """The last warnings and errors in the daemon's log."""
    try:
        lines = log.read_text("utf-8").splitlines()
    except OSError:
        return []
    return [line for line in lines if '"level":"info"' not in line][-_LOG_LINES:]
