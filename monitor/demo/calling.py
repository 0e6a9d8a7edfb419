"""What the stand-ins of vendors have in common: they call us back, and they leave us waiting."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Mapping

import httpx
from fastapi import Request
from starlette.responses import Response

Post = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
"""Sends one webhook: url, headers, body; gives the status, 0 for none."""

NEVER = 599
"""The status, within a stand-in, of an answer that nobody gets."""


_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""They call plain HTTP. A client's own idea of whom to trust would be read from its file every time."""


async def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """One webhook, for real."""
    return (await answered(url, headers, body, seconds=5))[0]


async def answered(url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> tuple[int, bytes]:
    """(status, body) of the answer to one request; (0, b"") for none."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=seconds, verify=_NOBODY) as client:
            answer = await client.post(url, headers=dict(headers), content=body)
            return answer.status_code, answer.content
    except httpx.HTTPError:
        return 0, b""


async def never(request: Request) -> Response:
    """Holds the connection until the caller gives up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response(status_code=NEVER)
