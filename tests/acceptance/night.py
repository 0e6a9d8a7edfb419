"""A stage on which hours pass exactly and at once: the real daemon, command line, database and sockets, and a clock that is told.

Time stands still while anybody works, and moves only to the next moment at which something is due. So every page and every
mail has the minute that a reader of the story works out by hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from shutil import copytree

import pytest
import time_machine
from sqlalchemy import func, select

from alerts.channels.email import Email
from alerts.page import PageState
from monitor.daemon import run
from monitor.demo.pagerduty import PagerDuty
from monitor.demo.salesforce import App, Org
from monitor.demo.serve import Tls, serve
from monitor.engine import Engine
from monitor.store.tables import inbox, pages, targets
from tests.alerts.far_ends import SECRETS, FarEnd, email
from tests.monitor.cli import commands

SUPPORT, ENGINEERING = "0" * 31 + "1", "0" * 31 + "2"
TOKEN, SIGNING = "u+stand-in-token-1", "stand-in-webhook-secret"
_SHORT, EVERYBODY = 1.0, float("inf")
"""Seconds for which loops sleep that carry an escalation on, and those that only look after it (polling, counting, sealing)."""
_NOW_AND_THEN = timedelta(hours=1)
"""How often in a story the others get their turn: a poll of PagerDuty tells nothing that no webhook told."""
_PATIENCE_SECONDS = 30.0


class Told:
    """A clock that goes only where it is told. Who sleeps for at most a second merely looks again: they may, at any moment."""

    def __init__(self, start: datetime) -> None:
        self._start = self._now = start
        self._asleep: dict[asyncio.Task[object] | None, tuple[float, datetime, asyncio.Future[None]]] = {}
        self._stirred = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._start).total_seconds()

    async def sleep(self, seconds: float) -> None:
        sleeper, waiting = asyncio.current_task(), asyncio.get_running_loop().create_future()
        self._asleep[sleeper] = seconds, self._now + timedelta(seconds=seconds), waiting
        self._stirred.set()
        try:
            await waiting
        finally:
            del self._asleep[sleeper]

    def goes_to(self, moment: datetime) -> None:
        """Nothing happens by that alone: see `round`."""
        assert moment >= self._now
        self._now = moment

    async def round(self, longest: float) -> None:
        """Wake whose sleep is over, or was short anyway, of those who sleep for at most so long; wait until they sleep again."""
        woken = {
            sleeper: waiting
            for sleeper, (seconds, due, waiting) in self._asleep.items()
            if seconds <= _SHORT or (due <= self._now and seconds <= longest)
        }
        for waiting in woken.values():
            waiting.set_result(None)
        await asyncio.sleep(0)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while any(sleeper and not sleeper.done() and sleeper not in self._asleep for sleeper in woken):
                self._stirred.clear()
                with suppress(TimeoutError):  # one that is done does not stir
                    await asyncio.wait_for(self._stirred.wait(), 0.02)


_LEASED = select(func.count()).select_from(pages).where(pages.c.state == PageState.LEASED)
_HEARD = select(func.count()).select_from(inbox).where(inbox.c.waiting)
_PROBED = select(func.count()).select_from(targets).where(targets.c.lease_until.is_not(None))


@dataclass(slots=True, kw_only=True)
class Night:
    """The far ends, the daemon, and everybody's mailbox."""

    folder: Path
    clock: Told
    org: Org
    pagerduty: PagerDuty
    mailbox: FarEnd
    engine: Engine
    daemon: asyncio.Task[None]
    environ: Mapping[str, str] = field(repr=False)
    looked_after: datetime
    hooks: str
    """Where channels reach us: their name follows."""

    async def until(self, moment: datetime) -> None:
        """Let time pass, with all that falls due on the way."""
        while (due := await self.quiet()) is not None and due < moment:
            self.clock.goes_to(due)
        self.clock.goes_to(moment)
        if moment - self.looked_after < _NOW_AND_THEN:
            await self.quiet()
        else:
            self.looked_after = moment
            await self.quiet(EVERYBODY)

    async def quiet(self, longest: float = _SHORT) -> datetime | None:
        """Wait until everything that is to happen now has happened; gives when something is due next, None for never."""
        store = self.engine.store
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                await self.clock.round(longest)
                await self._channels_answer()
                await self.pagerduty.settle()
                if self.daemon.done():
                    self.daemon.result()
                    raise AssertionError("the daemon has ended")
                async with store.read() as tx:  # first: while nobody is at work, nothing that is due can change
                    busy = [await tx.connection.scalar(each) for each in (_LEASED, _PROBED, _HEARD)]
                    dues = [await tx.timers.next_due(), await tx.outbox.next_due(), await tx.targets.next_due()]
                due = min((each for each in dues if each is not None), default=None)
                if not any(busy) and (due is None or due > self.clock.now()):
                    return due
                await asyncio.sleep(0.01)

    async def _channels_answer(self) -> None:
        """Until they have, nobody else has anything to do."""
        while True:
            async with self.engine.store.read() as tx:
                if not await tx.connection.scalar(_LEASED):
                    return
            await asyncio.sleep(0.01)

    async def types(self, *arguments: str) -> str:
        """What `driftpager ARGUMENTS` prints, typed now; it must end well."""

        def typed() -> commands.Ended:
            with time_machine.travel(self.clock.now(), tick=False), pytest.MonkeyPatch.context() as patched:
                patched.chdir(self.folder)
                for name, text in self.environ.items():
                    patched.setenv(name, text)
                return commands.run(*arguments)

        ended = await asyncio.to_thread(typed)
        assert ended.code == 0, (arguments, ended)
        await self.quiet()
        return ended.out

    def mails(self, to: str) -> list[EmailMessage]:
        """What an address was sent, in order."""
        found = [message_from_bytes(raw, _class=EmailMessage, policy=policy.default) for raw in self.mailbox.took]
        return [each for each in found if each["To"] == to]


def plain(mail: EmailMessage) -> str:
    """Its text, as who reads no HTML sees it."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Far ends that only some stories have: secrets for the environment, and what the configuration says instead of what."""

    environ: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)


@asynccontextmanager
async def night(
    folder: Path,
    example: Path,
    store: str,
    start: datetime,
    beside: Callable[[Told, AsyncExitStack], Awaitable[Beside]] | None = None,
) -> AsyncIterator[Night]:
    """The configuration of a folder under `docs/examples`, with nothing changed but where its vendors and its database are."""
    async with AsyncExitStack() as stack:
        clock, tls, app = Told(start), Tls.make(folder), App.make()
        org = Org(app, clock=clock)
        services = {SUPPORT: "Support", ENGINEERING: "Engineering"}
        pagerduty = PagerDuty(routing_keys=services, tokens=frozenset({TOKEN}), clock=clock)
        mailbox = await stack.enter_async_context(email.far_end(tls))
        at = await stack.enter_async_context(serve(pagerduty.app, tls=tls))
        environ = {
            "SF_LOGIN": await stack.enter_async_context(serve(org)),
            "SF_CLIENT_ID": app.client_id,
            "SF_KEY": app.private_key,
            "PD_SUPPORT": SUPPORT,
            "PD_ENGINEERING": ENGINEERING,
            "PD_TOKEN": TOKEN,
            "PD_WEBHOOK_SECRET": SIGNING,
            "MAIL_PASSWORD": SECRETS[3],
        }
        others = await beside(clock, stack) if beside else Beside()
        environ |= others.environ
        copytree(example, folder, dirs_exist_ok=True)
        config = folder / "driftpager.yml"
        assert isinstance(mailbox.channel, Email)
        there = {
            "kind: pagerduty": f"base_url: {at}\n    api_url: {at}\n    ca_file: {tls.authority}",
            "kind: email": f"port: {mailbox.channel.port}\n    ca_file: {tls.authority}",
        }
        text = config.read_text().replace("smtp.example.com", "127.0.0.1")
        for kind, more in there.items():
            text = text.replace(f"    {kind}\n", f"    {kind}\n    {more}\n")
        for before, after in others.instead.items():
            assert before in text, before
            text = text.replace(before, after)
        here = f'store: "{store}"\nweb: {{listen: "127.0.0.1:0"}}\nprobing: {{private_networks: true}}\n'
        config.write_text(here + text)

        begun: asyncio.Future[tuple[Engine, str]] = asyncio.get_running_loop().create_future()
        stop = asyncio.Event()

        def started(engine: Engine, web: str) -> None:
            begun.set_result((engine, web))

        daemon = asyncio.create_task(run(config, environ, clock=clock, started=started, stop=stop))
        try:
            await asyncio.wait([daemon, begun], return_when=asyncio.FIRST_COMPLETED)
            if daemon.done():
                daemon.result()
            engine, web = await begun
            pagerduty.webhook = (f"{web}/hooks/engineering", (SIGNING,))
            yield Night(
                folder=folder,
                clock=clock,
                org=org,
                pagerduty=pagerduty,
                mailbox=mailbox,
                engine=engine,
                daemon=daemon,
                environ=environ,
                looked_after=start,
                hooks=f"{web}/hooks",
            )
        finally:
            stop.set()
            await daemon
