"""One hop of an exchange, and where a redirect may lead from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import httpx
import yarl

from monitor.egress.addresses import literal, refused_because
from probes.errors import Forbidden

_REDIRECTING = frozenset({301, 302, 303, 307, 308})

_HARMLESS = frozenset({"accept", "accept-language", "if-none-match", "if-modified-since"})
"""All that crosses to another origin: any other header of a target may be its credential."""

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One request of a chain. `url` is absolute http(s), without user, password or fragment."""

    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    content: bytes | None

    @classmethod
    def first(cls, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Self:
        """The request as asked for; raises `Forbidden` where the URL is not one we open."""
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise Forbidden("the address is not a valid URL; give one like https://api.example.com/openapi.json") from None
        if parsed.userinfo:
            raise Forbidden(f"{where(parsed)}: the URL holds a user name or password; put them into `auth`")
        for name, value in headers.items():
            if not (name.isascii() and value.isascii() and value.isprintable()):
                raise Forbidden(f"{where(parsed)}: the header {name!r} holds characters that no header may hold")
        return cls(method=method, url=_openable(parsed), headers=headers, content=content)


def where(url: httpx.URL) -> str:
    """The host, and the port where it is not the usual one: all of a URL that error texts may show."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{host}:{url.port}" if url.port is not None else host


def refuse_by_name(url: httpx.URL, *, private: bool) -> None:
    """Raise `Forbidden` for a host that spells out an address we do not connect to, in whatever notation.

    Names are not looked up here: their addresses are checked when the socket is made, so that no second look-up can
    give another answer.
    """
    address = literal(url.host)
    because = None if address is None else refused_because(address, private=private)
    if because is not None:
        raise Forbidden(f"{where(url)} {because}")


def next_hop(hop: Hop, status: int, location: str | None) -> Hop | None:
    """Where an answer sends us; None if it does not. Raises `Forbidden` for a redirect we do not follow."""
    if status not in _REDIRECTING or not location:
        return None
    try:
        target = _openable(hop.url.join(location).copy_with(userinfo=b"", fragment=None))
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise Forbidden(f"{where(hop.url)} redirects to something that is not a valid URL") from None
    if hop.url.scheme == "https" and target.scheme == "http":
        raise Forbidden(f"{where(hop.url)} redirects from https to plain http at {where(target)}")
    if status == 303 or (status in (301, 302) and hop.method == "POST"):
        hop = replace(hop, method="HEAD" if hop.method == "HEAD" else "GET", content=None)
    if _origin(hop.url) == _origin(target):
        return replace(hop, url=target)
    if hop.content is not None:
        raise Forbidden(f"{where(hop.url)} redirects a request with a body to {where(target)}; give that address directly")
    kept = {name: value for name, value in hop.headers.items() if name.lower() in _HARMLESS}
    return replace(hop, url=target, headers=kept)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or _PORTS[url.scheme]


def _openable(url: httpx.URL) -> httpx.URL:
    if url.scheme not in _PORTS:
        raise Forbidden(f"only http and https addresses are opened, not {url.scheme[:20] or 'relative'!r} ones")
    if not url.host:
        raise Forbidden("the address names no host")
    # Two parsers see every URL, ours and the transport's. Where they see different hosts, our checks would be about
    # another host than the one that gets the credentials.
    seen, meant = yarl.URL(str(url)).raw_host or "", url.raw_host.decode("ascii")
    if seen.lower() != meant.lower() and (literal(seen) is None or literal(seen) != literal(meant)):
        raise Forbidden(f"{where(url)}: the address can be read in two ways")
    return url
