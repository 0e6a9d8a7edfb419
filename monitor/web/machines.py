"""What machines ask for: metrics, health, and the webhooks that channels send."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import PlainTextResponse

from monitor.census import census
from monitor.log import log
from monitor.store import StoreError
from monitor.web.state import State

LARGEST_HOOK = 1024 * 1024
"""PagerDuty's largest is a tenth of this."""


def routes(state: State) -> APIRouter:
    """`/metrics`, `/healthz`, `/readyz` and `/hooks/{channel}`."""
    router = APIRouter()

    @router.get("/metrics")
    async def metrics() -> Response:
        try:
            state.metrics.take(await census(state.store, state.clock.now()))
        except StoreError as error:  # the counters are still worth having, and /readyz tells of the store
            log.warning("census.failed", because=str(error))
        return Response(state.metrics.exposition(), media_type="text/plain; version=0.0.4")

    @router.get("/healthz")
    async def healthz() -> PlainTextResponse:
        """That the process answers. Nothing else is looked at: a lost database is no reason to kill us."""
        return PlainTextResponse("alive\n")

    @router.get("/readyz")
    async def readyz() -> PlainTextResponse:
        ready, reasons = state.ready()
        if ready:
            return PlainTextResponse("ready\n")
        return PlainTextResponse("".join(f"{reason}\n" for reason in ("not ready", *reasons)), status_code=503)

    @router.post("/hooks/{channel}")
    async def hook(channel: str, request: Request) -> Response:
        """Taken is answered with nothing but the status: a chat system might show a person what we say."""
        body = await _body(request)
        if body is None:
            return PlainTextResponse("too large\n", status_code=413)
        status = await state.receive(channel, dict(request.headers), body, dict(request.query_params))
        return Response(status_code=status) if 200 <= status < 300 else PlainTextResponse("refused\n", status_code=status)

    return router


async def _body(request: Request) -> bytes | None:
    """The raw body, None when it is larger than any honest one. The announced length is not believed, only counted."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_HOOK:
            return None
    return bytes(body)
