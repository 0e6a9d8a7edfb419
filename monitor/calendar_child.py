"""The child that reads a calendar a stranger wrote: `main` in a process of its own, for one file. It sees nothing else.

One pickle on standard input, one JSON answer on standard output. A rule that repeats every second costs this process only.
"""

from __future__ import annotations

import json
import pickle
import resource
import sys
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.calendars import ical


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Who of `contacts` (name to e-mail address) is on call by `content` between two moments; `zone` is of floating times."""

    content: bytes
    contacts: dict[str, str]
    zone: str
    since: datetime
    until: datetime


def main() -> None:
    """Answer the one question on standard input; the only argument is the memory allowed, in bytes."""
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ask = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent process
    assert isinstance(ask, Ask)
    try:
        duties, strangers = ical.duties(ask.content, ask.contacts, ZoneInfo(ask.zone), ask.since, ask.until)
    except ical.UnreadableCalendar as error:
        answer: dict[str, object] = {"trouble": str(error)}
    else:
        told = [[duty.start.isoformat(), duty.end.isoformat(), duty.contact] for duty in duties]
        answer = {"duties": told, "strangers": strangers}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
