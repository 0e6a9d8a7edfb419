"""Tells a channel that forgets (`alerts.channels.Lapses`) again and again what stands, until it ends."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.channels import Channel, Lapses
from alerts.errors import DeliveryError
from alerts.escalation import WORKED, Escalation
from alerts.page import Action, Page, PageState
from monitor.engine import Engine
from monitor.log import log
from monitor.loops import every
from monitor.replies import tools

LOOK_SECONDS = 5.0
_ARRIVED = frozenset({PageState.SENT, PageState.CONFIRMED})
_STANDS = frozenset({Action.TRIGGER, Action.ACKNOWLEDGE, Action.NOTE})


class Refreshing:
    """The loop. What was told when is known in memory only: after a restart all of it is told again, which rings nobody."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._due: dict[tuple[str, str, str], float] = {}
        self.step = every(LOOK_SECONDS, self.refresh, engine.clock)

    async def refresh(self) -> None:
        """One round over what is open. A channel in trouble is told again with the next round. Raises StoreError."""
        engine = self._engine
        forgetful = {name: each for name, each in engine.config.channels.items() if isinstance(each, Lapses)}
        if not forgetful:
            return
        async with engine.store.read() as tx:
            open_now = [e for e in await tx.escalations.active() if e.state in WORKED]
            told = {e.id: await tx.outbox.pages(e.id) for e in open_now if any(name in forgetful for name, _, _ in e.triggered)}
        standing: set[tuple[str, str, str]] = set()
        for escalation in open_now:
            for place in escalation.triggered:
                channel = forgetful.get(place[0])
                page = last_word(told.get(escalation.id, ()), place) if channel is not None else None
                if channel is None or page is None:
                    continue
                standing.add(place)
                if self._due.get(place, engine.clock.monotonic()) <= engine.clock.monotonic():
                    self._due[place] = engine.clock.monotonic() + channel.refresh.total_seconds()
                    await self._tell(page, escalation, place)
        self._due = {place: due for place, due in self._due.items() if place in standing}

    async def _tell(self, page: Page, escalation: Escalation, place: tuple[str, str, str]) -> None:
        engine = self._engine
        channel: Channel = engine.config.channels[page.channel]
        try:
            await channel.deliver(page, tools(engine))
            async with engine.store.read() as tx:
                ended = resolved(await tx.outbox.pages(escalation.id), place)
            if ended is not None:  # its resolve left while we were telling: the last word must be that one
                await channel.deliver(ended, tools(engine))
        except DeliveryError as error:
            log.warning("page.not_refreshed", page=page.id, channel=page.channel, because=str(error))
        except Exception as error:  # noqa: BLE001 - the guard around one page: the next round tells it again
            log.exception("page.not_refreshed", page=page.id, channel=page.channel, error=type(error).__name__)


Told = Sequence[tuple[Page, PageState, str]]


def last_word(told: Told, place: tuple[str, str, str]) -> Page | None:
    """The newest page there that arrived, marked as no repeat; None where nothing has, or its end is queued already."""
    here = [(page, state) for page, state, _ in told if _where(page) == place]
    if any(page.action is Action.RESOLVE for page, _ in here):
        return None
    return next((page for page, state in reversed(here) if page.action in _STANDS and state in _ARRIVED), None)


def resolved(told: Told, place: tuple[str, str, str]) -> Page | None:
    """The resolve there that arrived, None where none has."""
    return next((p for p, s, _ in told if _where(p) == place and p.action is Action.RESOLVE and s in _ARRIVED), None)


def _where(page: Page) -> tuple[str, str, str]:
    return page.channel, page.recipient, page.dedup_key
