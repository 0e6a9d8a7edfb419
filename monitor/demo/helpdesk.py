"""What the stand-ins for help desks have in common: they keep what they received, fail on cue, and call us back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ValidationError

from monitor.clock import Clock, SystemClock
from monitor.demo.calling import NEVER, Post, never
from monitor.demo.calling import post as send
from monitor.demo.received import Received


class Trouble(StrEnum):
    """How a help desk fails. `hang` does what it was asked and never answers, `lost` does nothing and never answers."""

    HANG = "hang"
    LOST = "lost"
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cue:
    how: Trouble
    method: str
    ending: str
    retry_after: int


class Mistake(Exception):
    """A request that is answered with an error: `status`, and the body as the vendor words it."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(str(body))
        self.status, self.body = status, body


class HelpDesk:
    """`app` is the ASGI application, `received` every request, `sent` the (status, body) of every webhook."""

    def __init__(self, *, clock: Clock | None, post: Post | None) -> None:
        self.received: list[Received] = []
        self.sent: list[tuple[int, bytes]] = []
        self.app = FastAPI(openapi_url=None)
        self.app.middleware("http")(self._record)
        self.app.exception_handler(Mistake)(self._mistaken)
        self._clock = clock or SystemClock()
        self._post = post or send
        self._cues: list[_Cue] = []
        self._refusals: list[JSONResponse] = []
        self._sending: set[asyncio.Task[None]] = set()

    def fail(self, how: Trouble, *, on: str = "", retry_after: int = 0) -> None:
        """The next request fails this way; `on` (`POST /notes`) is the next with that method and end of its path."""
        method, _, ending = on.partition(" ")
        self._cues.append(_Cue(how=how, method=method, ending=ending, retry_after=retry_after))

    def refuse(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        """The next request is answered so, and does nothing."""
        self._refusals.append(JSONResponse(body, status, dict(headers)))

    def calls(self) -> list[str]:
        """Every request that was answered, as `POST /api/v2/tickets 201`."""
        return [f"{each.method} {each.path} {each.status}" for each in self.received]

    async def settle(self) -> None:
        """Wait until every webhook under way has been answered."""
        while self._sending:
            await asyncio.wait(self._sending)

    def _announce(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        async def send() -> None:
            self.sent.append((await self._post(url, {"Content-Type": "application/json", **headers}, body), body))

        task = asyncio.ensure_future(send())
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    def _cue(self, request: Request) -> _Cue | None:
        for cue in self._cues:
            if cue.method in ("", request.method) and request.url.path.endswith(cue.ending):
                self._cues.remove(cue)
                return cue
        return None

    async def _record(self, request: Request, handle: Callable[[Request], Coroutine[Any, Any, Response]]) -> Response:
        body, cue = await request.body(), self._cue(request)
        response = await self._answered(request, cue, handle)
        self.received.append(
            Received(
                method=request.method,
                path=request.url.path,
                query=request.url.query,
                headers=dict(request.headers),
                body=body,
                status=0 if response.status_code == NEVER else response.status_code,
            )
        )
        return response

    async def _answered(
        self, request: Request, cue: _Cue | None, handle: Callable[[Request], Coroutine[Any, Any, Response]]
    ) -> Response:
        if self._refusals:
            return self._refusals.pop(0)
        match cue.how if cue else None:
            case Trouble.RATE_LIMITED:
                wish = {"Retry-After": str(cue.retry_after)} if cue and cue.retry_after else None
                return JSONResponse({"message": "You have exceeded the limit of requests"}, 429, wish)
            case Trouble.SERVER_ERROR:
                return JSONResponse({"message": "Internal Server Error"}, 500)
            case Trouble.LOST:
                return await never(request)
            case Trouble.HANG:
                await handle(request)
                return await never(request)
            case Trouble.UNREADABLE:
                await handle(request)
                return Response("<html>Sign in</html>", 200, media_type="text/html")
        return await handle(request)

    async def _mistaken(self, request: Request, mistake: Exception) -> Response:
        assert isinstance(mistake, Mistake)
        return JSONResponse(mistake.body, mistake.status)


def read(request: Request, body: bytes) -> Any:
    """The JSON of a request. Raises ValueError for another content type, or for none."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise ValueError("content type")
    return json.loads(body)


def mistakes(model: type[BaseModel], body: Any) -> list[tuple[str, str, str]]:
    """(field, kind, message) of everything that is wrong with a body; kind is missing, unknown, type or value."""
    try:
        model.model_validate(body)
    except ValidationError as error:
        kinds = {"missing": "missing", "extra_forbidden": "unknown"}
        return [
            (
                ".".join(map(str, each["loc"])) or "body",
                kinds.get(each["type"], "type" if each["type"].endswith("_type") else "value"),
                each["msg"],
            )
            for each in error.errors()
        ]
    return []
