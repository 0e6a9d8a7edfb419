"""A stand-in for any vendor that serves documents by URL: correct about validators, and badly behaved on demand."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from enum import Enum
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Please sign in</form></body></html>"


class Misbehave(Enum):
    """What the vendor may do wrong; see `Vendor.next` and `Page.always`."""

    HANG = "takes the request and never answers"
    HANG_UP = "closes the connection without an answer"
    DRIP = "sends a byte now and then, for ever"
    TRUNCATE = "announces a whole body and closes after half of it"
    CUT_GZIP = "sends the first half of a gzip stream as if it were whole"
    GZIP_BOMB = "sends 256 MB of zeros, packed"
    ENDLESS = "sends a body without end"
    ANNOUNCE_HUGE = "announces 500 MB"
    LOGIN_PAGE = "answers 200 with a page to sign in"
    EMPTY = "answers 200 with nothing"
    UNASKED_ENCODING = "packs the body in a way nobody asked for"
    NOT_GZIP = "says gzip and sends something else"
    NOT_MODIFIED = "answers 304 whatever was asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer to give instead of the document: a status with headers, such as 429 with Retry-After or a redirect."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is served at one path. `etag` and `dated` say which validators go with it; `always` misbehaves every time."""

    content: bytes
    media_type: str = "application/json"
    modified: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    etag: bool = True
    dated: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    always: Misbehave | Reply | None = None

    @property
    def tag(self) -> str:
        return f'"{hashlib.sha256(self.content).hexdigest()[:16]}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came; header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class Vendor:
    """An ASGI app. `publish` puts a document at a path; `next` queues misbehaviour for the next request to a path.

    `asked` has every request so far, the last 10,000; `not_modified` counts the 304s. `answer` may be set for POSTs: it
    takes the request's body and gives the reply.
    """

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: deque[Asked] = deque(maxlen=10_000)
        self.not_modified = 0
        self.answer: Callable[[Asked], Reply] | None = None
        self._queued: dict[str, deque[Misbehave | Reply]] = {}
        self._released = asyncio.Event()
        self._heard = asyncio.Condition()

    def publish(self, path: str, content: bytes, **page: Any) -> None:
        """Serve `content` at `path` from now on. What was there keeps its other settings unless given anew."""
        here = self.pages.get(path)
        self.pages[path] = replace(here, content=content, **page) if here else Page(content=content, **page)

    def withdraw(self, path: str) -> None:
        """Serve 404 at `path` from now on."""
        self.pages.pop(path, None)

    def next(self, path: str, *misbehaviour: Misbehave | Reply) -> None:
        """Answer the next requests to `path` like this, one each."""
        self._queued.setdefault(path, deque()).extend(misbehaviour)

    def let_go(self) -> None:
        """End every request that hangs or drips."""
        self._released.set()

    def requests(self, path: str) -> list[Asked]:
        """The requests to one path, in order."""
        return [asked for asked in self.asked if asked.path == path]

    async def heard(self, count: int) -> None:
        """Return once `count` requests have come in all."""
        async with self._heard:
            await self._heard.wait_for(lambda: len(self.asked) >= count)

    async def hear(self, asked: Asked) -> Misbehave | Reply | None:
        """Take note of a request, also one of another protocol; gives what shall go wrong with it."""
        async with self._heard:
            self.asked.append(asked)
            self._heard.notify_all()
        queue = self._queued.get(asked.path)
        page = self.pages.get(asked.path)
        return queue.popleft() if queue else page.always if page else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        asked = await read_request(scope, receive)
        wrong = await self.hear(asked)
        page = self.pages.get(asked.path)
        if isinstance(wrong, Reply):
            await reply(send, wrong)
        elif wrong is not None:
            await self._misbehave(wrong, page or Page(content=b"{}"), receive, send)
        elif asked.method == "POST" and self.answer is not None:
            await reply(send, self.answer(asked))
        elif page is None:
            await reply(send, Reply(status=404, headers={"content-type": "text/plain"}, body=b"not found"))
        elif asked.method not in ("GET", "HEAD"):
            await reply(send, Reply(status=405, headers={"allow": "GET, HEAD"}))
        else:
            await self._serve(page, asked, send)

    async def _serve(self, page: Page, asked: Asked, send: Send) -> None:
        validators = {"etag": page.tag} if page.etag else {}
        if page.dated:
            validators["last-modified"] = format_datetime(page.modified, usegmt=True)
        if _unchanged(page, asked.headers):
            self.not_modified += 1
            await reply(send, Reply(status=304, headers=validators))
            return
        headers = {"content-type": page.media_type, "vary": "accept-encoding", **validators, **page.headers}
        body = page.content
        if "gzip" in asked.headers.get("accept-encoding", "") and len(body) > 1024:
            body = gzip.compress(body, compresslevel=1)
            headers["content-encoding"] = "gzip"
        await reply(send, Reply(status=200, headers=headers, body=body))

    async def _misbehave(self, how: Misbehave, page: Page, receive: Receive, send: Send) -> None:
        json = {"content-type": "application/json"}
        if how is Misbehave.HANG:
            await self._until_gone(receive)
        elif how is Misbehave.HANG_UP:
            await hang_up(receive)
        elif how is Misbehave.DRIP:
            await _start(send, 200, json)
            gone = asyncio.ensure_future(self._until_gone(receive))
            while not gone.done():
                await send({"type": "http.response.body", "body": b" ", "more_body": True})
                await asyncio.wait({gone}, timeout=0.02)
        elif how is Misbehave.TRUNCATE:
            await _start(send, 200, {**json, "content-length": str(len(page.content))})
            await send({"type": "http.response.body", "body": page.content[: len(page.content) // 2], "more_body": True})
            await hang_up(receive)
        elif how is Misbehave.CUT_GZIP:
            packed = gzip.compress(page.content)
            await reply(send, Reply(status=200, headers={**json, "content-encoding": "gzip"}, body=packed[: len(packed) // 2]))
        elif how is Misbehave.GZIP_BOMB:
            await _start(send, 200, {**json, "content-encoding": "gzip"})
            member = gzip.compress(bytes(8 * 1024 * 1024), compresslevel=6)
            for _ in range(32):
                await send({"type": "http.response.body", "body": member, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        elif how is Misbehave.ENDLESS:
            await _start(send, 200, json)
            gone = asyncio.ensure_future(self._until_gone(receive))
            while not gone.done():
                await send({"type": "http.response.body", "body": b" " * 65536, "more_body": True})
                await asyncio.sleep(0)
        elif how is Misbehave.ANNOUNCE_HUGE:
            await _start(send, 200, {**json, "content-length": str(500 * 1024 * 1024)})
            await send({"type": "http.response.body", "body": b"{", "more_body": True})
            await self._until_gone(receive)
        elif how is Misbehave.LOGIN_PAGE:
            await reply(send, Reply(status=200, headers={"content-type": "text/html; charset=utf-8"}, body=_LOGIN_PAGE))
        elif how is Misbehave.EMPTY:
            await reply(send, Reply(status=200, headers=json))
        elif how is Misbehave.UNASKED_ENCODING:
            await reply(send, Reply(status=200, headers={**json, "content-encoding": "br"}, body=b"\x0b\x02\x80{}\x03"))
        elif how is Misbehave.NOT_GZIP:
            await reply(send, Reply(status=200, headers={**json, "content-encoding": "gzip"}, body=page.content))
        elif how is Misbehave.NOT_MODIFIED:
            await reply(send, Reply(status=304))

    async def _until_gone(self, receive: Receive) -> None:
        """Wait until the client hangs up, or somebody calls `let_go`."""

        async def left() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        waits = {asyncio.ensure_future(left()), asyncio.ensure_future(self._released.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


async def hang_up(receive: Receive) -> None:
    """Close the connection in the middle of a request. ASGI has no word for it, so this reaches for uvicorn's own: the
    `receive` it hands out is bound to the object that holds the transport."""
    cycle: Any = getattr(receive, "__self__", None)
    cycle.transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass


def _unchanged(page: Page, headers: Mapping[str, str]) -> bool:
    """RFC 9110, 13.2.2: If-None-Match decides where it is sent and understood, If-Modified-Since otherwise."""
    if page.etag and "if-none-match" in headers:
        return page.tag in [tag.strip().removeprefix("W/") for tag in headers["if-none-match"].split(",")]
    if page.dated and "if-modified-since" in headers:
        return page.modified.replace(microsecond=0) <= parsedate_to_datetime(headers["if-modified-since"])
    return False


async def read_request(scope: Scope, receive: Receive) -> Asked:
    """One whole request."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Asked(
        method=scope["method"], path=scope["path"], query=scope["query_string"].decode(), headers=headers, body=bytes(body)
    )


async def _start(send: Send, status: int, headers: Mapping[str, str]) -> None:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def reply(send: Send, said: Reply) -> None:
    """Send one whole answer, with its length unless it says one itself."""
    lengthless = said.status in (204, 304)
    await _start(send, said.status, {**({} if lengthless else {"content-length": str(len(said.body))}), **said.headers})
    await send({"type": "http.response.body", "body": said.body})
