"""What the stand-ins of vendors have in common: they call us back, and they leave us waiting."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import httpx
from fastapi import Request
from starlette.responses import Response

Post = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
"""Sends one webhook: url, headers, body; gives the status, 0 for none."""

NEVER = 599
"""The status, within a stand-in, of an answer that nobody gets."""


async def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """One webhook, for real."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            return (await client.post(url, headers=dict(headers), content=body)).status_code
    except httpx.HTTPError:
        return 0


async def never(request: Request) -> Response:
    """Holds the connection until the caller gives up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response(status_code=NEVER)
