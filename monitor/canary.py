"""A target of our own that breaks on purpose: each hour a practice page goes the whole way, or we know that none would.

The probe fetches it over HTTP from a socket of ours, the judge compares, and sight, confirmation, priority, matrix and outbox
are the real ones, in a transaction that is undone at the end: nobody sees an escalation that was none. What it would have
paged goes, marked as practice, through the outbox to the channel that is configured for it; without one, nothing leaves.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from alerts.keys import DedupKey, page_id, page_key
from alerts.page import Action, EscalationId, Page, PageState
from alerts.priority import Criticality, Priority
from monitor import paging
from monitor.config import Config, Integration, Target
from monitor.engine import Engine
from monitor.log import log
from monitor.store import StoreError, Transaction
from monitor.watch import TargetName
from probes.errors import ProbeError
from probes.http import HttpProbe
from probes.probe import Served, Session, Tools
from schemas.change import Finding, Impact
from schemas.document import Document
from schemas.errors import SchemaError
from schemas.lens import Policy
from schemas.usage import Usage

NAME = "driftpager-canary"
FIRST_SECONDS = 30.0
LOOK_SECONDS = 30.0
_ARRIVES_WITHIN = timedelta(minutes=2)
_LOOK_AGAIN_SECONDS = 1.0
_TOKEN = {"type": "string", "description": "what the canary carries"}


class Fell(Exception):
    """The canary did not come through; the text says where it fell, in a line."""


class _Undone(Exception):
    """Takes back what a rehearsal stored."""


class Canary:
    """The loop that lets it fly."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._next = engine.clock.monotonic() + FIRST_SECONDS

    async def watch(self) -> None:
        """One round: wait, or fly. Where it falls, the metric stays behind, and the log says why. Raises StoreError."""
        engine = self._engine
        left = self._next - engine.clock.monotonic()
        if left > 0:
            await engine.clock.sleep(min(left, LOOK_SECONDS))
            return
        self._next = engine.clock.monotonic() + engine.config.watch.canary.every.total_seconds()
        try:
            told = await self.fly()
        except Fell as fell:
            log.error("canary.fell", because=str(fell))
        except StoreError as error:
            log.error("canary.fell", because=str(error))
            raise
        else:
            engine.metrics.sang(engine.clock.now())
            log.info("canary.sang", how=told)

    async def fly(self) -> str:
        """The whole way, once; gives how far it went, in words. Raises `Fell` and StoreError."""
        engine = self._engine
        before, after = await self._fetched(_served(whole=True)), await self._fetched(_served(whole=False))
        findings = await self._compared(before, after)
        page = await self._rehearsed(findings)
        channel = engine.config.watch.canary.channel
        if page is None:
            return "made, and held by a silence"
        if channel is None:
            return "made, and not sent: watch.canary names no channel"
        await self._carried(self._practice(page, channel, Action.TRIGGER))
        await self._carried(self._practice(page, channel, Action.RESOLVE))
        return f"taken by {channel}"

    async def _fetched(self, content: bytes) -> Document:
        async with _vendor(content) as url:
            tools = Tools(http=self._engine.egress, session=Session(), now=self._engine.clock.now())
            try:
                fetched = await HttpProbe(url=url, private=True).fetch(tools, {})
            except ProbeError as error:
                raise Fell(f"probe: {error}") from None
        if not isinstance(fetched, Served):
            raise Fell("probe: no document came")
        return fetched.document

    async def _compared(self, before: Document, after: Document) -> tuple[Finding, ...]:
        lens = _target().lens(self._engine.clock.now())
        try:
            comparison = await self._engine.judge.compare(before, after, format="jsonschema", lens=lens)
        except SchemaError as error:
            raise Fell(f"compare: {error}") from None
        if not any(finding.impact is Impact.BREAKING for finding in comparison.findings):
            raise Fell("compare: a required property went, and nothing breaking was found")
        return tuple(comparison.findings)

    async def _rehearsed(self, findings: tuple[Finding, ...]) -> Page | None:
        """The first page that the matrix would send; None where a silence holds everything."""
        engine, target, pages = self._engine, _target(), list[Page]()
        config, now, held = _imagined(engine.config), engine.clock.now(), False
        try:
            async with engine.store.write() as tx:
                await paging.sight(tx, config, target, findings, since=None, now=now)
                await paging.confirm(tx, config, target, now=now)
                for escalation in await tx.escalations.active(NAME):
                    held = held or escalation.suppression is not None
                    pages += [page for page, _, _ in await tx.outbox.pages(escalation.id) if page.action is Action.TRIGGER]
                raise _Undone
        except _Undone:
            pass
        if not pages and not held:
            raise Fell("matrix: a breaking change of a core integration pages nobody")
        return pages[0] if pages else None

    def _practice(self, page: Page, channel: str, action: Action) -> Page:
        """A page to the canary's own channel, which says what it is and wakes nobody."""
        config, now = self._engine.config, self._engine.clock.now()
        contact = config.watch.canary.contact or ""
        address = getattr(config.channels.get(channel), "address", "")
        recipient = getattr(config.matrix.contacts.get(contact), address, "") if address else ""
        key = DedupKey(environment=config.environment, escalation=EscalationId("canary"), generation=1, lane="practice")
        name = f"{page_key(str(key), channel, recipient, action)}|{now.isoformat()}"
        summary = f"PRACTICE (canary): {page.content.summary}"
        return replace(
            page,
            id=page_id(name),
            key=name,
            escalation=EscalationId(""),
            generation=1,
            lane="practice",
            priority=int(Priority.P4),
            action=action,
            channel=channel,
            contact=contact,
            recipient=recipient,
            dedup_key=str(key),
            order_key=str(key),
            content=replace(page.content, summary=summary, severity="info", category="practice"),
            created_at=now,
            deadline=None,
            practice=True,
        )

    async def _carried(self, page: Page) -> None:
        """Through the outbox; returns once its channel took it."""
        engine = self._engine
        async with engine.store.write() as tx:
            await tx.outbox.queue((page,))
        while engine.clock.now() - page.created_at < _ARRIVES_WITHIN:
            async with engine.store.read() as tx:
                _, state, error = await _known(tx, page)
            if state in (PageState.SENT, PageState.CONFIRMED):
                return
            if state is PageState.DEAD:
                raise Fell(f"channel: {page.channel} refused it: {error}")
            await engine.clock.sleep(_LOOK_AGAIN_SECONDS)
        async with engine.store.write() as tx:
            await tx.outbox.supersede((page.id,), "the canary has given up", engine.clock.now())
        raise Fell(f"channel: {page.channel} did not take it within {_ARRIVES_WITHIN.total_seconds():.0f} s")


async def _known(tx: Transaction, page: Page) -> tuple[Page, PageState, str]:
    found = await tx.outbox.get(page.id)
    if found is None:
        raise Fell("outbox: its page is gone")
    return found


def _served(*, whole: bool) -> bytes:
    properties = {"id": _TOKEN, "song": _TOKEN} if whole else {"id": _TOKEN}
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": properties}
    return json.dumps(schema | {"required": sorted(properties), "additionalProperties": False}).encode()


def _target() -> Target:
    return Target(
        name=TargetName(f"{NAME}/song"),
        integration=NAME,
        probe=HttpProbe(url="http://127.0.0.1/", private=True),
        every=timedelta(hours=1),
        confirm_after=timedelta(0),
        policy=Policy.CONSUMER,
        usage=Usage(),
        format="jsonschema",
        paused=False,
    )


def _imagined(config: Config) -> Config:
    """The configuration with the canary in it: core, so that the matrix is asked about what it must never fail at."""
    integration = Integration(name=NAME, criticality=Criticality.CORE)
    return replace(config, integrations={**config.integrations, NAME: integration}, windows=())


@asynccontextmanager
async def _vendor(content: bytes) -> AsyncIterator[str]:
    """Serves `content` to whoever asks on a loopback port while the block runs; gives its address."""
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\nconnection: close\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(10):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(head.encode() + content)
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever that was, it was not our probe, which says so itself
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/song.json"
    finally:
        server.close()
