"""`driftpager demo`, as whoever tries it first runs it."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(60)]

DEMO = (sys.executable, "-W", "default", "-c", "from monitor.cli import main; main()", "demo")
DRIFTPAGER = (sys.executable, "-c", "from monitor.cli import main; main()")


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Where the demo makes its temporary folder: empty before, and after if all is well."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@asynccontextmanager
async def demo(temporary: Path, *options: str) -> AsyncIterator[Process]:
    """The demo without a terminal, in a session of its own; killed at the end if it still lives."""
    env = {"PATH": os.environ["PATH"], "TMPDIR": str(temporary)}
    process = await asyncio.create_subprocess_exec(
        *DEMO, *options, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env=env, start_new_session=True
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def left_in(folder: Path) -> list[Path]:
    """What the demo left behind."""
    return list(folder.iterdir())


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One whole run without a terminal."""

    code: int
    out: str
    err: str
    left: list[Path]
    folder: Path


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """`driftpager demo --once`, told once for all who ask what it says."""
    folder = tmp_path_factory.mktemp("temporary")
    env = {"PATH": os.environ["PATH"], "TMPDIR": str(folder)}
    done = subprocess.run([*DEMO, "--once"], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=env)
    return Told(code=done.returncode, out=done.stdout, err=done.stderr, left=left_in(folder), folder=folder)


def test_the_demo_tells_the_whole_story_in_order(story: Told) -> None:
    assert (story.code, story.err) == (0, "")
    words = ["baseline", "breaking", "P1 salesforce-production", "P1 larkfield", "acknowledged", "accepted", "resolved"]
    assert in_order(story.out, words) == words


def test_each_vendor_is_one_incident_that_is_acknowledged_and_resolved(story: Told) -> None:
    paged = re.findall(r"^  \| P1 ([\w-]+):", story.out, re.MULTILINE)
    acknowledged = re.findall(r"^  ([\w-]+) +acknowledged by Ana", story.out, re.MULTILINE)
    resolved = re.findall(r"^  ([\w-]+) +resolved here and at PagerDuty", story.out, re.MULTILINE)
    assert paged == acknowledged == resolved == ["salesforce-production", "larkfield"]


def test_what_we_do_not_use_is_told_and_pages_nobody(story: Told) -> None:
    assert "`Account.Phone` is shorter" in story.out
    assert "`Account.Phone`" not in "".join(line for line in story.out.splitlines() if line.startswith("  |"))


def test_issue_thread_and_customer_are_shown_beside_the_page_as_they_follow_it(story: Told) -> None:
    words = [
        "OPS-1 (To Do, Highest",
        "buttons: Acknowledge",
        "OPS-1 (In Progress, Highest",
        "> Ana: Ana acknowledged through pagerduty",
        "to ops@brightwater.example",
        "Next update by ",
        "OPS-1 (Done, Highest",
        "no buttons any more",
    ]
    assert in_order(story.out, words) == words
    told = story.out.partition("to ops@brightwater.example")[2].partition("== 7.")[0]
    assert "Account.Industry" not in told
    assert "<p>" not in story.out


def test_nothing_is_left(story: Told) -> None:
    assert story.left == []


def test_in_a_pipe_it_is_plain_text_that_fits_80_columns(story: Told) -> None:
    assert "\x1b" not in story.out
    assert [line for line in story.out.splitlines() if len(line) > 80 and str(story.folder) not in line] == []


async def test_a_step_that_does_not_come_is_one_clear_error_and_exit_2(temporary: Path) -> None:
    async with demo(temporary, "--once", "--patience", "0.1") as process:
        _, err = await process.communicate()
    first, *log = err.decode().splitlines()
    assert (process.returncode, first) == (2, "driftpager: demo: waited 0.1 s in vain until every target has its baseline")
    assert all(line.startswith('driftpager: {"') for line in log)
    assert left_in(temporary) == []


async def test_a_taken_port_is_one_clear_error_and_exit_2(temporary: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with demo(temporary, "--once", "--port", str(port)) as process:
            _, err = await process.communicate()
    (line,) = err.decode().splitlines()
    assert process.returncode == 2
    assert f"127.0.0.1:{port} is taken" in line
    assert left_in(temporary) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=["Ctrl-C", "closed terminal"])
async def test_it_can_be_ended_in_the_middle(temporary: Path, number: signal.Signals) -> None:
    async with demo(temporary, "--once") as process:
        assert process.stdout is not None
        await process.stdout.readuntil(b"1. Every target")
        process.send_signal(number)
        process.send_signal(signal.SIGINT)  # people press twice
        out, err = await process.communicate()
    assert (process.returncode, err.decode()) == (130, "")
    assert "Ended before the story was over." in out.decode()
    assert left_in(temporary) == []


async def test_on_a_terminal_it_stays_up_to_play_with(temporary: Path) -> None:
    ours, theirs = pty.openpty()
    env = {"PATH": os.environ["PATH"], "TMPDIR": str(temporary), "TERM": "xterm", "COLUMNS": "200", "NO_COLOR": "1"}
    process = await asyncio.create_subprocess_exec(
        *DEMO, "--speed", "100", stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True
    )
    os.close(theirs)
    screen = Screen(ours)
    try:
        await screen.until("q  the end")
        (config,) = set(re.findall(r"--config (\S+)", screen.text))
        listed = await asyncio.create_subprocess_exec(*DRIFTPAGER, "escalations", "--all", "--config", config, stdout=PIPE)
        out, _ = await listed.communicate()
        assert listed.returncode == 0
        assert out.decode().count("resolved") == 2
        screen.type("b")
        await screen.until("triggered  P1 larkfield")
        process.send_signal(signal.SIGINT)
        await screen.until("nothing is left")
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        screen.close()
    assert left_in(temporary) == []
    colours = re.findall(r"\x1b\[[\d;]*3[0-7]m", screen.raw)
    assert colours == []


class Screen:
    """What a terminal shows, and its keyboard."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._changed = asyncio.Event()
        self._written = bytearray()
        self._over = False
        asyncio.get_running_loop().add_reader(terminal, self._read)

    @property
    def text(self) -> str:
        """Without what steers the terminal."""
        return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", self.raw)

    @property
    def raw(self) -> str:
        return self._written.decode(errors="replace")

    def type(self, line: str) -> None:
        os.write(self._terminal, f"{line}\n".encode())

    async def until(self, shown: str) -> None:
        """Wait until `shown` stands somewhere; the test's time-out ends the waiting."""
        while shown not in self.text:
            assert not self._over, f"it ended before {shown!r} was shown:\n{self.text}"
            await self._changed.wait()
            self._changed.clear()

    def close(self) -> None:
        self._stop()
        os.close(self._terminal)

    def _read(self) -> None:
        try:
            self._written += os.read(self._terminal, 65536)
        except OSError:  # the other side is closed
            self._stop()
        self._changed.set()

    def _stop(self) -> None:
        self._over = True
        asyncio.get_running_loop().remove_reader(self._terminal)


def in_order(text: str, words: list[str]) -> list[str]:
    """Those of the words that stand in the text, each behind the one before."""
    found, at = [], 0
    for word in words:
        next_at = text.find(word, at)
        if next_at >= 0:
            found.append(word)
            at = next_at + len(word)
    return found
