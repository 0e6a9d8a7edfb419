"""Names to addresses, in threads of our own."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

_THREADS = 16


class Resolver(AbstractResolver):
    """The system's resolver. A look-up cannot be cancelled and may hang for half a minute: in the loop's own few threads,
    some vendors with broken name servers would hold up everything else that runs there."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="resolve")

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """Every address of `host`, in the system's order; raises OSError, UnicodeError for an impossible name."""
        infos = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=found,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for found, _, protocol, _, address in infos
            # A zone belongs to a link-local address, and those are refused anyway.
            if "%" not in str(address[0])
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
