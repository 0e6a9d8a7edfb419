"""Chains the audit's new entries: the one background job that does."""

from __future__ import annotations

from monitor.engine import Engine
from monitor.log import log
from monitor.store import Conflict

SEAL_SECONDS = 5.0


async def seal(engine: Engine) -> None:
    """One round. Another process may have been faster; then there is nothing left to do."""
    async with engine.store.read() as tx:
        if not await tx.audit.unsealed():
            return
    try:
        async with engine.store.write() as tx:
            sealed = await tx.audit.seal()
    except Conflict:
        return
    log.debug("audit.sealed", entries=sealed)
