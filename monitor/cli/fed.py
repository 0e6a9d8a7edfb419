"""What the daemon last read of the on-call feeds, for commands that look at the matrix."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alerts.calendars.duty import Calendars
    from monitor.config import Config


def stored(config: Config) -> Calendars:
    """What is known of the matrix's feeds; nothing where there is no store yet. Raises `CouldNotCheck`.

    Asks the store only where the matrix has feeds.
    """
    from monitor.config.store import file_of

    database = file_of(config.store)
    if not config.matrix.feeds or (database is not None and not database.exists()):
        return {}
    from monitor.cli.exits import CouldNotCheck
    from monitor.store import Store, StoreError

    async def ask() -> Calendars:
        store = await Store.open(config.store)
        try:
            async with store.read() as tx:
                return await tx.feeds.of(config.matrix.feeds)
        finally:
            await store.close()

    try:
        return asyncio.run(ask())
    except StoreError as error:
        raise CouldNotCheck(str(error)) from None
