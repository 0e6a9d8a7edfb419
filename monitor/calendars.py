"""Reads the matrix's on-call feeds on a schedule and keeps what they say. A feed in trouble keeps its last value, with its age.

Everything else only asks the store (`tx.feeds`): a decision is made by the same values, whichever process makes it.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.calendars.duty import Calendars, Duty, Fed
from alerts.channels import KeepsSchedules
from alerts.channels import Tools as ChannelTools
from alerts.errors import DeliveryError
from alerts.matrix import Feed, Matrix
from monitor.calendar_child import Ask
from monitor.config import Config
from monitor.egress import Egress
from monitor.engine import Engine
from monitor.log import log
from probes.errors import ProbeError

LOOK_AGAIN_SECONDS = 5.0
"""How soon a reload's new feed is read."""
BEHIND = timedelta(days=1)
AHEAD = timedelta(days=120)
VENDORS_AHEAD = timedelta(days=89)
"""PagerDuty tells at most 90 days."""
MOST_BYTES = 4 * 1024 * 1024
FETCH_SECONDS = 20.0
READ_SECONDS = 20.0
READ_MEMORY = 1024**3
_FIRST_RETRY = timedelta(minutes=1)


class FeedTrouble(Exception):
    """A feed could not be read. The text says why, without its address."""


class Watching:
    """The loop over the feeds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._forgotten: frozenset[str] | None = None

    async def step(self) -> None:
        """One round: read every feed that is due, all at once; or wait until one is."""
        engine = self._engine
        feeds, now = engine.config.matrix.feeds, engine.clock.now()
        if self._forgotten != frozenset(feeds):
            async with engine.store.write() as tx:
                await tx.feeds.keep_only(feeds)
            self._forgotten = frozenset(feeds)
        if not feeds:
            await engine.clock.sleep(LOOK_AGAIN_SECONDS)
            return
        async with engine.store.read() as tx:
            before = await tx.feeds.of(feeds)
        due = {name: due_at(feed, before.get(name)) for name, feed in feeds.items()}
        ripe = [name for name, at in due.items() if at is None or at <= now]
        if not ripe:
            waits = [(at - now).total_seconds() for at in due.values() if at is not None]
            await engine.clock.sleep(min(*waits, LOOK_AGAIN_SECONDS))
            return
        config = engine.config
        read = await asyncio.gather(*(look(config, name, before.get(name, Fed()), engine.egress, now) for name in ripe))
        async with engine.store.write() as tx:
            for name, fed in zip(ripe, read, strict=True):
                await tx.feeds.keep(name, fed)
                _log(name, before.get(name), fed)


def due_at(feed: Feed, fed: Fed | None) -> datetime | None:
    """When a feed is to be read next, None for now: again after `every`, sooner where the last try failed."""
    if fed is None or fed.tried_at is None:
        return None
    if not fed.failures:
        return fed.tried_at + feed.every
    wait: timedelta = _FIRST_RETRY * 2 ** min(fed.failures - 1, 10)
    return fed.tried_at + min(feed.every, wait)


async def look(config: Config, name: str, before: Fed, http: Egress, now: datetime) -> Fed:
    """What is known of a feed after one try: read anew, or as it was with the trouble told."""
    try:
        return await fetch(config, name, http, now)
    except FeedTrouble as trouble:
        return replace(before, tried_at=now, trouble=str(trouble), failures=before.failures + 1)
    except Exception as error:  # noqa: BLE001 - the guard around one feed: what stands in it is a stranger's
        log.exception("feed.failed", feed=name, error=type(error).__name__)
        text = f"driftpager itself failed ({type(error).__name__})"
        return replace(before, tried_at=now, trouble=text, failures=before.failures + 1)


async def fetch(config: Config, name: str, http: Egress, now: datetime) -> Fed:
    """Read one feed. Raises `FeedTrouble`."""
    feed, contacts = config.matrix.feeds[name], config.matrix.contacts
    since = now - BEHIND
    if feed.ical is None:
        until = now + VENDORS_AHEAD
        channel: object = config.channels.get(feed.channel or "")
        if not isinstance(channel, KeepsSchedules):
            raise FeedTrouble(f"channel {feed.channel} keeps no schedules")
        try:
            duties, strangers = await channel.on_call(feed.schedule, contacts, since, until, ChannelTools(http=http, now=now))
        except DeliveryError as error:
            raise FeedTrouble(str(error)) from None
    else:
        until = now + AHEAD
        try:
            answer = await http.request(
                "GET",
                feed.ical.get_secret_value(),
                headers={"accept": "text/calendar"},
                deadline=timedelta(seconds=FETCH_SECONDS),
                max_bytes=MOST_BYTES,
                private=feed.private,
            )
        except ProbeError as error:
            raise FeedTrouble(str(error)) from None
        if answer.status != 200:
            raise FeedTrouble(f"the calendar's server answered {answer.status}")
        mails = {each: contact.email for each, contact in contacts.items()}
        duties, strangers = await read(Ask(content=answer.body, contacts=mails, zone=feed.zone, since=since, until=until))
    return Fed(duties=duties, since=since, until=until, fetched_at=now, tried_at=now, strangers=strangers)


async def read(ask: Ask, *, seconds: float = READ_SECONDS) -> tuple[tuple[Duty, ...], int]:
    """Read a calendar in a child process with a limit of time and memory. Raises `FeedTrouble`."""
    start = "from monitor.calendar_child import main; main()"
    environment = {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        start,
        str(READ_MEMORY),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env=environment,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(seconds):
            said, _ = await child.communicate(pickle.dumps(ask, protocol=5))
    except TimeoutError:
        raise FeedTrouble(f"reading the calendar took more than {seconds:.0f} s and was stopped") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    try:
        answer = json.loads(said)
        if "trouble" in answer:
            raise FeedTrouble(str(answer["trouble"]))
        duties = tuple(
            Duty(start=datetime.fromisoformat(start), end=datetime.fromisoformat(end), contact=str(contact))
            for start, end, contact in answer["duties"]
        )
        return duties, int(answer["strangers"])
    except (ValueError, KeyError, TypeError):
        raise FeedTrouble(
            f"reading the calendar ended the process that read it (memory limit {READ_MEMORY // 1024**2} MiB)"
        ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One feed for people. `fine` False is something to put right."""

    name: str
    fine: bool
    text: str


def told(matrix: Matrix, calendars: Calendars, now: datetime) -> Iterator[Told]:
    """How each feed of the matrix stands, with the age of what it says."""
    for name in matrix.feeds:
        fed = calendars.get(name)
        age = fed.age(now) if fed is not None else None
        if fed is None or (age is None and not fed.trouble):
            yield Told(name=name, fine=False, text="never read yet; the daemon reads it")
            continue
        if age is None:
            yield Told(name=name, fine=False, text=f"never read: {fed.trouble}")
            continue
        said = f"{len(fed.duties)} on-call times up to {fed.until:%Y-%m-%d}, read {_spell(age)} ago"
        if fed.strangers:
            said += f"; {fed.strangers} entries name nobody among the contacts"
        if fed.trouble:
            said = f"cannot be read ({fed.trouble}); its last value goes on: {said}"
        yield Told(name=name, fine=not fed.trouble and not fed.strangers, text=said)


def _spell(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"


def _log(name: str, before: Fed | None, fed: Fed) -> None:
    if fed.trouble:
        if before is None or before.trouble != fed.trouble:
            log.warning("feed.not_read", feed=name, because=fed.trouble, value_from=str(fed.fetched_at or "never"))
    elif before is None or before.trouble or before.duties != fed.duties:
        log.info("feed.read", feed=name, times=len(fed.duties), strangers=fed.strangers)
