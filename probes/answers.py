"""What an HTTP answer means to a probe, whatever its body is written in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import httpx

from probes.errors import Refused, Unfit, Unreachable, Withdrawn
from probes.probe import Answer, Served
from schemas.document import Document

_KEPT = ("etag", "last-modified", "deprecation", "sunset", "link", "warning")
"""Headers that matter after the fetch: validators and early warnings (RFC 9745, RFC 8594)."""

_LONGEST_HEADER = 2000

_TRANSIENT = frozenset({408, 425, 429})


def host_of(url: str) -> str:
    """The host of a URL for error texts, with the port where it is not the usual one."""
    parsed = httpx.URL(url)
    return f"{parsed.host}:{parsed.port}" if parsed.port is not None else parsed.host


def public(url: str) -> str:
    """The URL for people: without user, password, query and fragment, each of which may hold a secret."""
    return str(httpx.URL(url).copy_with(userinfo=b"", query=None, fragment=None))


def identity(*parts: str) -> str:
    """A short mark of what a request asks for. It is stored with the validators: those of another URL, version or user
    would earn a false 304. Give no secrets."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def conditions(known: Mapping[str, str], of: str) -> dict[str, str]:
    """The headers of a conditional request from the validators of the last served document; empty without any, and
    where they belong to another request than `of`."""
    if known.get("of") != of:
        return {}
    asked = {"if-none-match": known.get("etag"), "if-modified-since": known.get("last-modified")}
    return {name: value for name, value in asked.items() if value}


def refuse_by_status(answer: Answer) -> None:
    """Return for 200 alone; otherwise raise what the status means: refused, withdrawn, unreachable or unfit."""
    status, host = answer.status, host_of(answer.url)
    if status == 200:
        return
    if status in (401, 403):
        raise Refused(f"{host} answered {status}: it does not accept our credentials; check `auth` and their rights")
    if status == 404:
        raise Withdrawn(f"{host} answered 404: nothing is served at this address; check the URL", lasting=False)
    if status == 410:
        raise Withdrawn(f"{host} answered 410: the vendor has withdrawn this address for good")
    if status in _TRANSIENT or status >= 500:
        raise Unreachable(f"{host} answered {status}", retry_after=answer.retry_after)
    raise Unfit(f"{host} answered {status} where a document was expected")


def refuse_no_document(answer: Answer) -> None:
    """Raise `Unfit` for a body that can be no schema in any format: an empty one, or a web page."""
    host = host_of(answer.url)
    if not answer.body.strip():
        raise Unfit(f"{host} answered 200 with an empty body")
    if is_web_page(answer):
        raise Unfit(f"{host} answered 200 with a web page (a login or error page?) where a document was expected")


def is_web_page(answer: Answer) -> bool:
    """True for HTML, by its content type or by how the body begins."""
    start = answer.body[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return media_type(answer) in ("text/html", "application/xhtml+xml") or start.startswith((b"<!doctype html", b"<html"))


def media_type(answer: Answer) -> str | None:
    """The content type in lower case without parameters, None where none was sent."""
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower() or None


def kept_headers(answer: Answer) -> dict[str, str]:
    """The headers that matter after the fetch, names in lower case. What could not be sent back in a request, or is of
    no sane length, is left out: it would break every later fetch."""
    found = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
    return {
        name: value for name, value in found.items() if len(value) <= _LONGEST_HEADER and value.isascii() and value.isprintable()
    }


def served(answer: Answer, of: str) -> Served:
    """The answer as a served document, with the validators for the next conditional fetch of the same request `of`."""
    kept = kept_headers(answer)
    document = Document(content=answer.body, source=public(answer.url), media_type=media_type(answer), headers=kept)
    validators: dict[str, str] = {name: kept[name] for name in ("etag", "last-modified") if name in kept}
    return Served(document=document, validators={**validators, "of": of} if validators else {})
