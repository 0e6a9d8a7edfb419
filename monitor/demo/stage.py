"""The stage of the demo: stand-ins on loopback ports, a real configuration in a folder, and the real daemon on it."""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor import daemon, log
from monitor.clock import Clock
from monitor.demo import payments
from monitor.demo.configuration import Addresses, write
from monitor.demo.jira import Jira
from monitor.demo.pagerduty import PagerDuty
from monitor.demo.payments import Stage as Release
from monitor.demo.salesforce import App, Org
from monitor.demo.serve import Tls, serve
from monitor.demo.slack import Slack
from monitor.demo.vendor import Vendor
from monitor.demo.zendesk import Zendesk
from monitor.engine import Engine

OPENAPI = "/openapi.json"
_START_SECONDS = 60
_END_SECONDS = 20


class Failed(Exception):
    """The demo did not go as it should; the text says what was waited for, or what was wrong."""


class Ended(Exception):
    """Somebody ended the demo before the story was over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that plays. `web` is the daemon's page, `running` its task, `stop` ends it and the story."""

    config: Path
    log: Path
    org: Org
    payments: Vendor
    pagerduty: PagerDuty
    jira: Jira
    slack: Slack
    zendesk: Zendesk
    engine: Engine
    web: str
    running: asyncio.Task[None]
    stop: asyncio.Event

    def release(self, release: Release) -> None:
        """The payments vendor serves this release from now on."""
        self.payments.publish(OPENAPI, payments.description(release))


@asynccontextmanager
async def stage(folder: Path, *, port: int, clock: Clock, stop: asyncio.Event) -> AsyncIterator[Stage]:
    """Set it up in an empty folder; on leaving, the daemon is stopped first. Port 0 is any free one.

    Raises what the daemon raises when it cannot start, `Failed` and `Ended`.
    """
    async with AsyncExitStack() as stack:
        hidden = folder / "secrets"
        hidden.mkdir(mode=0o700)
        tls, app = Tls.make(hidden), App.make()
        routing_key, token, signing = secrets.token_hex(16), secrets.token_urlsafe(15), secrets.token_urlsafe(24)
        org, vendor = Org(app, clock=clock), Vendor()
        pagerduty = PagerDuty(routing_keys={routing_key: "Integrations"}, tokens=frozenset({token}))
        jira, slack, zendesk = Jira(token=token), Slack(token=token), Zendesk(token=token)
        vendor.publish(OPENAPI, payments.description(Release.FIRST))
        told = folder / "daemon.log"
        lines = stack.enter_context(told.open("w", encoding="utf-8"))
        known = log.Scrubber([routing_key, token, signing, app.private_key])
        log.configure(stream=lines, clock=clock, scrubber=known)
        addresses = Addresses(
            web=f"127.0.0.1:{port or free_port()}",
            salesforce=await stack.enter_async_context(serve(org)),
            payments=await stack.enter_async_context(serve(vendor)) + OPENAPI,
            pagerduty=await stack.enter_async_context(serve(pagerduty.app, tls=tls)),
            jira=await stack.enter_async_context(serve(jira.app)),
            slack=await stack.enter_async_context(serve(slack.app)),
            zendesk=await stack.enter_async_context(serve(zendesk.app)),
            authority=tls.authority,
        )
        config = write(folder, addresses, app, routing_key=routing_key, token=token, signing=signing)
        engine, web, running = await _start(stack, config, clock, stop)
        pagerduty.webhook = (f"{web}/hooks/pagerduty", (signing,))
        slack.interactivity = (f"{web}/hooks/slack-integrations", signing)
        stack.push_async_callback(pagerduty.settle)
        yield Stage(
            config=config,
            log=told,
            org=org,
            payments=vendor,
            pagerduty=pagerduty,
            jira=jira,
            slack=slack,
            zendesk=zendesk,
            engine=engine,
            web=web,
            running=running,
            stop=stop,
        )


async def _start(
    stack: AsyncExitStack, config: Path, clock: Clock, stop: asyncio.Event
) -> tuple[Engine, str, asyncio.Task[None]]:
    """The daemon as a task, and what it says once everything runs."""
    begun: asyncio.Future[tuple[Engine, str]] = asyncio.get_running_loop().create_future()

    def started(engine: Engine, web: str) -> None:
        # A daemon reads its configuration again on SIGHUP; a demo whose terminal was closed ends.
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, stop.set)
        begun.set_result((engine, web))

    running = asyncio.create_task(daemon.run(config, {}, clock=clock, started=started, stop=stop), name="daemon")
    stack.push_async_callback(_end, running, stop)
    first: set[asyncio.Future[Any]] = {running, begun}
    await asyncio.wait(first, timeout=_START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if begun.done():
        return *begun.result(), running
    if running.done():
        running.result()
        raise Ended
    raise Failed(f"waited {_START_SECONDS} s in vain until the daemon runs")


async def _end(running: asyncio.Task[None], stop: asyncio.Event) -> None:
    """In order if it can be done soon, at once if not. What ended it by itself has been raised before."""
    stop.set()
    await asyncio.wait({running}, timeout=_END_SECONDS)
    running.cancel()
    await asyncio.wait({running})


def free_port() -> int:
    """A port that nobody has now. It must be known beforehand: the links in pages lead to it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
