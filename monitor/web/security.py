"""Who may reach the pages, and what a browser is allowed to do with them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        "trusted-types driftpager"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}


class Exposed(Exception):
    """The pages would be open to anybody on the network. The text says what to do instead."""


def refuse_exposure(host: str) -> None:
    """Raises `Exposed` unless `host` is this machine alone: there is no sign-in yet, so there is no anonymous mode beyond
    loopback."""
    if not is_loopback(host):
        raise Exposed(
            f"web.listen: {host} can be reached from other machines, and the web pages have no sign-in; "
            "listen on 127.0.0.1 behind a proxy that signs people in (web.machines may be reached from elsewhere)"
        )


def is_loopback(host: str) -> bool:
    """True for `localhost` and loopback addresses, with or without brackets. Other names are not resolved: they may change."""
    bare = host.strip("[]").lower()
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return bare == "localhost"
    return address.is_loopback


Names = Callable[[str], bool]
"""Whether a request's Host, without its port, is one to answer to."""


def any_name(name: str) -> bool:
    """Answers to every name: for what holds no secret, or asks for a signature."""
    return True


def loopback_or(url: str | None) -> Names:
    """Answers to loopback names and to the one in `url`. A page elsewhere may point a name of its own at 127.0.0.1, and
    would otherwise read us through the browser of whoever opens it."""
    known = urlsplit(url).hostname if url else None
    return lambda name: is_loopback(name) or (known is not None and name == known)


class Guard:
    """Answers only to names that are ours, and puts the security headers on every answer."""

    def __init__(self, app: ASGIApp, *, names: Names) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        if not self._names(_host(scope)):
            refused = PlainTextResponse("this is driftpager, and it does not go by that name; set web.url\n", status_code=421)
            return await refused(scope, receive, guarded)
        await self._app(scope, receive, guarded)


def _host(scope: Scope) -> str:
    try:
        return urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname or ""
    except ValueError:
        return ""
