"""After the story: everything stays up to play with, until Ctrl-C."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO

from monitor.demo.payments import Stage as Release
from monitor.demo.stage import Stage
from monitor.demo.story import ACCOUNT, ON_CALL, PAYMENTS
from monitor.demo.telling import Telling

_LOOK_SECONDS = 0.2
_KEYS = {
    "b": "Larkfield breaks its API again",
    "u": "Larkfield takes it back",
    "a": f"{ON_CALL} acknowledges what is open",
    "q": "the end, as Ctrl-C",
}


@dataclass(slots=True, kw_only=True)
class Playing:
    """`command` is how driftpager is called here. `typed` are the lines of standard input that were not acted on yet."""

    stage: Stage
    telling: Telling
    command: str
    typed: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    seen: dict[str, str] = field(default_factory=dict)

    async def play(self) -> None:
        """Until somebody ends it. Raises what ended the daemon."""
        self._invite()
        self._changes()  # what has been told already
        with lines(sys.stdin, self.typed.put_nowait):
            while not self.stage.stop.is_set():
                if self.stage.running.done():
                    self.stage.running.result()
                    return
                if changed := self._changes():
                    self.telling.rows(changed)
                with suppress(TimeoutError):
                    await self._act(await asyncio.wait_for(self.typed.get(), _LOOK_SECONDS))

    def _invite(self) -> None:
        config = self.stage.config
        self.telling.heading("It all stays up to play with")
        self.telling.say(f"The web page: {self.stage.web}")
        self.telling.say("In another terminal:")
        newest = max(self.stage.pagerduty.incidents, key=lambda each: each.number).key.split(":")[2]
        for words in (
            "escalations --all",
            f"explain {newest}",
            f"baseline history {ACCOUNT}",
            f"probe {PAYMENTS}",
            "check",
        ):
            self.telling.copyable(f"{self.command} {words} --config {config}")
        self.telling.say("Here, with Enter:")
        self.telling.rows(list(_KEYS.items()))

    def _changes(self) -> list[tuple[str, str]]:
        """Status and title of the incidents that changed since we last looked."""
        changed = [each for each in self.stage.pagerduty.incidents if self.seen.get(each.key) != each.status]
        self.seen.update({each.key: each.status for each in changed})
        return [(each.status, each.title) for each in changed]

    async def _act(self, line: str) -> None:
        match line.strip().lower():
            case "b":
                self.stage.release(Release.BREAKING)
            case "u":
                self.stage.release(Release.FIRST)
            case "a":
                for incident in self.stage.pagerduty.open():
                    await self.stage.pagerduty.acknowledge(incident.key, ON_CALL)
            case "q":
                self.stage.stop.set()
                return
            case _:
                self.telling.rows(list(_KEYS.items()))
                return
        self.telling.say(f"{_KEYS[line.strip().lower()]} ...")


@contextmanager
def lines(stream: IO[str], take: Callable[[str], None]) -> Iterator[None]:
    """Give each line that is typed to `take` while the block runs; nothing more after the end of input."""
    loop = asyncio.get_running_loop()

    def readable() -> None:
        line = stream.readline()
        if line:
            take(line)
        else:
            loop.remove_reader(stream)

    loop.add_reader(stream, readable)
    try:
        yield
    finally:
        loop.remove_reader(stream)
