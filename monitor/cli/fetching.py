"""One fetch by hand, through the same door and the same probes as the daemon's."""

from __future__ import annotations

import asyncio

from monitor.cli.exits import CouldNotCheck
from monitor.clock import SystemClock
from monitor.egress import Egress
from probes.errors import Forbidden, ProbeError
from probes.probe import Fetched, Probe, Served, Session, Tools


def fetch(probe: Probe) -> Served:
    """The document as it is now, asked for without conditions. Raises `CouldNotCheck` with one line."""

    async def once() -> Fetched:
        async with Egress() as http:
            return await probe.fetch(Tools(http=http, session=Session(), now=SystemClock().now()), {})

    try:
        found = asyncio.run(once())
    except Forbidden as error:
        raise CouldNotCheck(f"{str(error).partition(';')[0]}; --private allows private networks") from None
    except ProbeError as error:
        raise CouldNotCheck(str(error)) from None
    if not isinstance(found, Served):
        raise CouldNotCheck("the answer was `not modified`, though nothing was known before")
    return found
