"""HAR recordings (HTTP Archive 1.2): the calls that our side was seen to make. Names and shapes are kept, values never.

Facts: http://www.softwareishard.com/blog/har-12-spec/ (`log.entries`; `postData` with `text` or `params`; `content.encoding`).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from schemas import text
from schemas.document import Document
from schemas.errors import Unreadable
from schemas.usages.lines import line_of
from schemas.usages.recorded import Call, Shape, body_shape, form_shape, plain_type

if TYPE_CHECKING:
    from schemas.document import Json


def read(content: bytes, source: str = "") -> tuple[Call, ...]:
    """The calls of a recording, equal ones once. Raises `Unreadable` with the line for what is no HAR recording."""
    root = text.parse(Document(content=content))
    log = root.get("log") if isinstance(root, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        raise Unreadable("not a HAR recording: it has no `log.entries`", where="line 1")
    calls: dict[Call, None] = {}
    for index, entry in enumerate(entries):
        request = entry.get("request") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(request, dict) or not isinstance(request.get("url"), str):
            raise _wrong("not a HAR recording: an entry has no `request` with a `url`", content, f"/log/entries/{index}")
        call = _call(entry, request, source)
        if call is not None:
            calls.setdefault(call)
    return tuple(calls)


def _wrong(what: str, content: bytes, at: str) -> Unreadable:
    try:
        where = f"line {line_of(content.decode('utf-8-sig'), at)}"
    except (ValueError, IndexError, RecursionError):
        where = at
    return Unreadable(what, where=where)


def _call(entry: Mapping[str, Json], request: Mapping[str, Json], source: str) -> Call | None:
    """The call; None for what never left the browser, was a question for permission, or is no call over HTTP."""
    method = str(request.get("method", "GET")).upper()
    try:
        url = urlsplit(str(request["url"]))
        origin = f"{url.scheme}://{url.netloc.rpartition('@')[2]}".lower()
    except ValueError:
        return None
    if url.scheme not in ("http", "https") or method in ("OPTIONS", "CONNECT"):
        return None
    response = entry.get("response")
    answered = response if isinstance(response, dict) else {}
    status = answered.get("status")
    sent_type, sent = _sent(request.get("postData"))
    got_type, got = _got(answered.get("content"))
    return Call(
        method=method,
        path=url.path or "/",
        origin=origin,
        query=_names(request.get("queryString")) or _query(url.query),
        headers=tuple(name.lower() for name in _names(request.get("headers"))),
        sent_type=sent_type,
        sent=sent,
        status=status if isinstance(status, int) and not isinstance(status, bool) and status > 0 else 0,
        got_type=got_type,
        got=got,
        source=source,
    )


def _query(written: str) -> tuple[str, ...]:
    from urllib.parse import parse_qsl

    return tuple(sorted({name for name, _ in parse_qsl(written, keep_blank_values=True)}))


def _names(listed: Json) -> tuple[str, ...]:
    """The names in a list of `{name, value}`, sorted."""
    rows = listed if isinstance(listed, list) else []
    return tuple(sorted({str(row["name"]) for row in rows if isinstance(row, dict) and isinstance(row.get("name"), str)}))


def _sent(posted: Json) -> tuple[str, Shape | None]:
    if not isinstance(posted, dict):
        return "", None
    kind, written, params = plain_type(posted.get("mimeType")), posted.get("text"), posted.get("params")
    if isinstance(params, list) and params:
        return kind or "application/x-www-form-urlencoded", form_shape(_names(params))
    return kind, body_shape(written, kind) if isinstance(written, str) and written else None


def _got(content: Json) -> tuple[str, Shape | None]:
    if not isinstance(content, dict):
        return "", None
    kind, written = plain_type(content.get("mimeType")), content.get("text")
    if not isinstance(written, str) or not written:
        return kind, None
    if content.get("encoding") == "base64":
        try:
            written = base64.b64decode(written).decode()
        except (binascii.Error, UnicodeDecodeError):
            return kind, None
    return kind, body_shape(written, kind)
