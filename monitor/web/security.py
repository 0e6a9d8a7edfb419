"""Who may reach the pages, and what a browser is allowed to do with them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
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
            "listen on 127.0.0.1, and put a proxy that signs people in before it"
        )


def is_loopback(host: str) -> bool:
    """True for `localhost` and loopback addresses, with or without brackets. Other names are not resolved: they may change."""
    bare = host.strip("[]").lower()
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return bare == "localhost"
    return address.is_loopback


class Guard:
    """Answers only to names that are ours (a page elsewhere may point its own name at 127.0.0.1 to read us), and puts the
    security headers on every answer."""

    def __init__(self, app: ASGIApp, *, url: str | None = None) -> None:
        self._app = app
        self._name = urlsplit(url).hostname if url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        if not self._ours(Headers(scope=scope).get("host", "")):
            refused = PlainTextResponse("this is driftpager, and it does not go by that name; set web.url\n", status_code=421)
            return await refused(scope, receive, guarded)
        await self._app(scope, receive, guarded)

    def _ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return is_loopback(name) or (self._name is not None and name == self._name)
