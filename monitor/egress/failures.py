"""What went wrong on the wire, in our own words: library texts can hold whole URLs, and those can hold secrets."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import aiohttp
import httpx

from monitor.egress.addresses import Barred


class Stage(Enum):
    """How far an exchange came: nothing was sent; it may have been sent; an answer had begun."""

    CONNECTING = "connecting"
    ASKED = "asked"
    ANSWERING = "answering"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failed exchange. `cause` is a few words without URLs; `barred` is set when our own policy refused the address."""

    stage: Stage
    cause: str
    timed_out: bool = False
    barred: bool = False


WIRE_ERRORS = (httpx.HTTPError, httpx.StreamError, aiohttp.ClientError, OSError, asyncio.TimeoutError, UnicodeError)
"""What sending and reading may raise when the other side, the network or the address is at fault. (UnicodeError is how
the resolver says that a name is too long.)"""


def explain(error: BaseException, stage: Stage) -> Failure:
    """The failure behind an exception of the HTTP stack. `stage` is how far the caller knows it came."""
    chain = tuple(_chain(error))
    for link in chain:
        if isinstance(link, Barred):
            return Failure(stage=Stage.CONNECTING, cause=str(link), barred=True)
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError) and not isinstance(link, aiohttp.ClientError):
            return Failure(stage=Stage.CONNECTING, cause=f"its TLS certificate is not trusted ({link.verify_message})")
    for link in chain:
        if isinstance(link, aiohttp.ConnectionTimeoutError):
            return Failure(stage=Stage.CONNECTING, cause="connecting timed out", timed_out=True)
        if isinstance(link, aiohttp.ClientConnectorDNSError):
            return Failure(stage=Stage.CONNECTING, cause=f"the name does not resolve{_resolver_word(link.os_error)}")
        if isinstance(link, aiohttp.ClientConnectorSSLError | ssl.SSLError):
            return Failure(stage=_not_before(link, stage), cause="the TLS handshake failed")
        if isinstance(link, aiohttp.ClientConnectorError):
            return Failure(stage=Stage.CONNECTING, cause=f"no connection: {_os_words(link.os_error)}")
        if isinstance(link, aiohttp.ClientPayloadError):
            return Failure(stage=Stage.ANSWERING, cause="the body was cut short")
        if isinstance(link, aiohttp.ServerDisconnectedError):
            return Failure(stage=stage, cause="it hung up without an answer")
        if isinstance(link, aiohttp.ClientResponseError):
            return Failure(stage=stage, cause="the answer is not valid HTTP")
        if isinstance(link, aiohttp.InvalidURL | UnicodeError):
            return Failure(stage=Stage.CONNECTING, cause="its name or address is not valid")
        if isinstance(link, TimeoutError | httpx.TimeoutException) and not isinstance(link.__cause__, aiohttp.ClientError):
            return Failure(stage=stage, cause="it did not answer in time", timed_out=True)
    for link in chain:
        if isinstance(link, OSError) and link.errno is not None:
            return Failure(stage=stage, cause=_os_words(link))
    return Failure(stage=stage, cause="the connection failed")


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        if isinstance(current, aiohttp.ClientConnectorError):
            yield current.os_error
        current = current.__cause__ or current.__context__


def _not_before(link: BaseException, stage: Stage) -> Stage:
    return Stage.CONNECTING if isinstance(link, aiohttp.ClientConnectorError) else stage


def _resolver_word(error: OSError) -> str:
    return " (the resolver asks to try again)" if error.errno == socket.EAI_AGAIN else ""


def _os_words(error: OSError) -> str:
    words = {
        errno.ECONNREFUSED: "connection refused",
        errno.ECONNRESET: "connection reset",
        errno.EHOSTUNREACH: "no route to the host",
        errno.ENETUNREACH: "no route to its network",
        errno.ETIMEDOUT: "timed out",
        errno.EPIPE: "connection reset",
    }
    return words.get(error.errno or 0, f"system error {error.errno}" if error.errno else "connection failed")
