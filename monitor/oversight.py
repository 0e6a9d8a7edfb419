"""The loops by which driftpager watches itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from monitor.canary import Canary
from monitor.clockwatch import ClockWatch
from monitor.emergency import Emergency
from monitor.engine import Engine
from monitor.heartbeat import Heartbeat
from monitor.loops import Health, every
from monitor.receipts import Receipts
from monitor.sealing import SEAL_SECONDS, seal


def steps(engine: Engine, health: Health) -> Mapping[str, Callable[[], Awaitable[None]]]:
    """Name to one round, for `monitor.loops.forever`."""
    return {
        "audit": every(SEAL_SECONDS, partial(seal, engine), engine.clock),
        "canary": Canary(engine).watch,
        "clock": ClockWatch(engine).watch,
        "emergency": Emergency(engine).watch,
        "receipts": Receipts(engine).watch,
        "heartbeat": Heartbeat(engine, health).beat,
    }
