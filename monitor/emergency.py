"""The page for when the database is gone: corrupt, full, read-only, removed or out of reach for longer than the setting says.

It needs the configuration in memory and nothing else: no row, no matrix in force, no outbox. It is sent once per trouble and
again when that is over, always under one dedup key. What was told is noted in a file beside the database, or else in the
folder for temporary files, so that a daemon which its supervisor starts again and again tells it once.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from alerts.channels import Http, Tools
from alerts.errors import DeliveryError, Undelivered
from alerts.keys import DedupKey, page_id, page_key
from alerts.page import Action, Content, EscalationId, Page
from alerts.priority import Priority
from monitor.clock import Clock
from monitor.config import Config
from monitor.config.store import file_of
from monitor.engine import Engine
from monitor.log import log
from monitor.store import StoreError
from schemas.fingerprint import digest

LOOK_SECONDS = 5.0
_TRY_SECONDS = 25.0
"""A store that answers no sooner is as good as gone, and a channel that does is tried again."""

_PULSE = "pulse"


class Emergency:
    """The loop that writes a row every few seconds, and calls for help when that fails for too long."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._since: float | None = None
        self._inode = _inode(engine.config)
        self._told = Told(engine.config)

    async def watch(self) -> None:
        """One round. Never raises what the store does: that is what it is about."""
        engine = self._engine
        await engine.clock.sleep(LOOK_SECONDS)
        because = await self._trouble()
        if not because:
            self._since = None
            if self._told and await tell(engine.config, Action.RESOLVE, "", engine.egress, engine.clock):
                self._told.forget()
            return
        self._since = engine.clock.monotonic() if self._since is None else self._since
        lasted = timedelta(seconds=engine.clock.monotonic() - self._since)
        if self._told or lasted < engine.config.watch.emergency.after:
            return
        if await tell(engine.config, Action.TRIGGER, because, engine.egress, engine.clock):
            self._told.note(engine.clock.now())

    async def _trouble(self) -> str:
        """Why nothing can be stored, in a line; empty where it can."""
        engine = self._engine
        if self._inode != _inode(engine.config):
            return "the database's file was removed or replaced while driftpager runs on it; restart it on the right one"
        now = engine.clock.now()
        try:
            async with asyncio.timeout(_TRY_SECONDS):
                async with engine.store.write() as tx:
                    await tx.leases.take(_PULSE, "driftpager", now, timedelta(days=1))
        except TimeoutError:
            return f"{engine.store.name}: a row could not be written in {_TRY_SECONDS:.0f} s"
        except StoreError as error:
            return str(error)
        return ""


class Told:
    """Whether the trouble of this database was told and is not over, across restarts. False where no note could be left."""

    def __init__(self, config: Config) -> None:
        file = file_of(config.store)
        name = f"driftpager-emergency-{digest(config.store)[:16]}"
        beside = (file.with_name(f"{file.name}.emergency"),) if file is not None else ()
        self._places = (*beside, Path(tempfile.gettempdir()) / name)
        self._told = any(place.exists() for place in self._places)

    def __bool__(self) -> bool:
        return self._told

    def note(self, at: datetime) -> None:
        """It was told."""
        self._told = True
        for place in self._places:
            try:
                place.write_text(f"an emergency page was sent at {at.isoformat()}\n")
            except OSError:
                continue
            return
        log.warning("emergency.not_noted")

    def forget(self) -> None:
        """It is over."""
        self._told = False
        for place in self._places:
            try:
                place.unlink(missing_ok=True)
            except OSError:
                log.warning("emergency.not_forgotten")


async def tell(config: Config, action: Action, because: str, http: Http, clock: Clock) -> bool:
    """Send it through the first channel that takes it; of one that does not say whether it did, that is taken for granted.
    False where none took it: try again."""
    taken = False
    for name, recipient in _ways(config):
        page = _page(config, name, recipient, action, because, clock.now())
        try:
            async with asyncio.timeout(_TRY_SECONDS):
                await config.channels[name].deliver(page, Tools(http=http, now=clock.now()))
        except (DeliveryError, TimeoutError) as error:
            log.error("emergency.not_taken", channel=name, error=type(error).__name__)
            taken = taken or (isinstance(error, Undelivered) and error.unknown)
        except Exception as error:  # noqa: BLE001 - the guard around one channel: the next one is tried
            log.error("emergency.not_taken", channel=name, error=type(error).__name__)
        else:
            log.error("emergency.told", channel=name, action=action)
            taken = True
        if taken:
            return True
    return False


def _ways(config: Config) -> Iterator[tuple[str, str]]:
    """(channel, recipient): the configured one, then the catch-all, then those with a destination of their own, then mail."""
    settings, matrix = config.watch.emergency, config.matrix
    contact = matrix.contacts.get(settings.contact or matrix.last_resort or "")
    fixed = [name for name, channel in config.channels.items() if not getattr(channel, "address", "")]
    for name in dict.fromkeys((settings.channel, matrix.catch_all, *fixed, *config.channels)):
        if name is None or name not in config.channels:
            continue
        address = getattr(config.channels[name], "address", "")
        recipient = getattr(contact, address, "") if address and contact is not None else ""
        if recipient or not address:
            yield name, recipient


def _page(config: Config, channel: str, recipient: str, action: Action, because: str, now: datetime) -> Page:
    dedup_key = str(DedupKey(environment=config.environment, escalation=EscalationId("emergency"), generation=1, lane="store"))
    key = page_key(dedup_key, channel, recipient, action)
    over = action is Action.RESOLVE
    summary = "driftpager's database works again" if over else "driftpager cannot store anything: changes are not paged"
    meaning = "What changed meanwhile is found by the next probes." if over else "No change can page until it works again."
    return Page(
        id=page_id(f"{key}|{now.isoformat()}"),
        key=f"{key}|{now.isoformat()}",
        escalation=EscalationId("emergency"),
        generation=1,
        lane="store",
        level=1,
        priority=Priority.P1,
        action=action,
        channel=channel,
        contact=config.watch.emergency.contact or config.matrix.last_resort or "",
        recipient=recipient,
        dedup_key=dedup_key,
        order_key=dedup_key,
        content=Content(
            summary=f"{config.environment}: {summary}",
            severity="info" if over else "critical",
            source="driftpager",
            component="store",
            group="driftpager",
            category="emergency",
            facts=(*((("Why", because),) if because else ()), ("What it means", meaning)),
            since=now,
        ),
        created_at=now,
    )


def _inode(config: Config) -> int | None:
    """Which file the database's name leads to; None for a server, or where there is no file."""
    file = file_of(config.store)
    try:
        return file.stat().st_ino if file is not None else None
    except OSError:
        return None
