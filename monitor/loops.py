"""Loops that outlive their troubles: a full disk or a lost database is told once, retried every second, and shown by /readyz."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from monitor.clock import Clock
from monitor.log import log
from monitor.store import StoreError

RETRY_SECONDS = 1.0


class Health:
    """Which loops are in trouble, and why. Empty means ready."""

    def __init__(self) -> None:
        self._troubles: dict[str, str] = {}
        self._rounds: dict[str, float] = {}

    def trouble(self, loop: str, text: str) -> None:
        """`loop` failed; logged when it is new."""
        if self._troubles.get(loop) != text:
            log.error("loop.in_trouble", loop=loop, because=text)
        self._troubles[loop] = text

    def fine(self, loop: str) -> None:
        """`loop` did a whole round."""
        if self._troubles.pop(loop, None) is not None:
            log.info("loop.recovered", loop=loop)

    def went_round(self, loop: str, at: float) -> None:
        """`loop` began a round at a moment of the monotonic clock."""
        self._rounds[loop] = at

    def standing(self, loops: Iterable[str], since: float) -> tuple[str, ...]:
        """Which of `loops` began no round since a moment of the monotonic clock, sorted."""
        return tuple(loop for loop in sorted(loops) if self._rounds.get(loop, since) < since)

    def reasons(self) -> tuple[str, ...]:
        """One line a loop in trouble, in a fixed order."""
        return tuple(f"{loop}: {text}" for loop, text in sorted(self._troubles.items()))


async def forever(name: str, step: Callable[[], Awaitable[None]], *, health: Health, clock: Clock) -> None:
    """Call `step` again and again. The store's troubles pass (nothing is lost: what was claimed is claimed again); anything
    else is a defect and ends the daemon, so that whoever supervises it starts a fresh one."""
    while True:
        health.went_round(name, clock.monotonic())
        try:
            await step()
        except StoreError as error:
            health.trouble(name, str(error))
            await clock.sleep(RETRY_SECONDS)
        else:
            health.fine(name)


def every(seconds: float, step: Callable[[], Awaitable[None]], clock: Clock) -> Callable[[], Awaitable[None]]:
    """`step` with a pause of `seconds` before it, as a step of its own."""

    async def paused() -> None:
        await clock.sleep(seconds)
        await step()

    return paused
