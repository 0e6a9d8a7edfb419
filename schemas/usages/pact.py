"""Pact files, specification 2 to 4: the HTTP exchanges that our consumer tests rely on.

Facts: https://github.com/pact-foundation/pact-specification (2: `query` as text, bodies in place; 3: `query` as lists; 4:
`type` of an interaction, a body as `{content, contentType, encoded}`). Messages are no exchanges over HTTP and are counted out.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from schemas import text
from schemas.document import Document
from schemas.errors import Unreadable
from schemas.usages.lines import line_of
from schemas.usages.recorded import Call, Shape, body_shape, plain_type, shape_of

if TYPE_CHECKING:
    from schemas.document import Json

_HTTP = "Synchronous/HTTP"


def read(content: bytes, source: str = "") -> tuple[tuple[Call, ...], int]:
    """The HTTP exchanges of a Pact file, and how many interactions are of another kind.

    Raises `Unreadable` with the line for what is no Pact file.
    """
    root = text.parse(Document(content=content))
    if not isinstance(root, dict) or not ("interactions" in root or "messages" in root):
        raise Unreadable("not a Pact file: it has no `interactions`", where="line 1")
    interactions, messages = root.get("interactions", []), root.get("messages", [])
    if not isinstance(interactions, list) or not isinstance(messages, list):
        raise _wrong("not a Pact file: `interactions` is no list", content, "/interactions")
    calls, others = [], len(messages)
    for index, interaction in enumerate(interactions):
        at = f"/interactions/{index}"
        if not isinstance(interaction, dict):
            raise _wrong("not a Pact file: an interaction is no object", content, at)
        if interaction.get("type", _HTTP) != _HTTP:
            others += 1
        else:
            calls.append(_call(interaction, content, at, source))
    return tuple(calls), others


def _wrong(what: str, content: bytes, at: str) -> Unreadable:
    try:
        where = f"line {line_of(content.decode('utf-8-sig'), at)}"
    except (ValueError, IndexError, RecursionError):
        where = at
    return Unreadable(what, where=where)


def _call(interaction: Mapping[str, Json], content: bytes, at: str, source: str) -> Call:
    request, response = interaction.get("request"), interaction.get("response", {})
    if not isinstance(request, dict):
        raise _wrong("not a Pact file: an interaction has no `request`", content, at)
    if not isinstance(response, dict):
        raise _wrong("not a Pact file: `response` is no object", content, f"{at}/response")
    method, path, status = request.get("method", "GET"), request.get("path", "/"), response.get("status", 200)
    if not isinstance(method, str) or not isinstance(path, str):
        raise _wrong("not a Pact file: `method` and `path` of a request are texts", content, f"{at}/request")
    if not isinstance(status, int) or isinstance(status, bool):
        raise _wrong("not a Pact file: `status` of a response is a number", content, f"{at}/response/status")
    sent_type, sent = _body(request)
    got_type, got = _body(response)
    description = interaction.get("description")
    return Call(
        method=method.upper(),
        path=path.partition("?")[0],
        query=_query(request.get("query")),
        headers=_names(request.get("headers")),
        sent_type=sent_type,
        sent=sent,
        status=status,
        got_type=got_type,
        got=got,
        source=source,
        label=description if isinstance(description, str) else "",
    )


def _names(headers: Json) -> tuple[str, ...]:
    return tuple(sorted(name.lower() for name in headers)) if isinstance(headers, dict) else ()


def _query(written: Json) -> tuple[str, ...]:
    if isinstance(written, str):
        return tuple(dict.fromkeys(name for name, _ in parse_qsl(written.removeprefix("?"), keep_blank_values=True)))
    return tuple(written) if isinstance(written, dict) else ()


def _body(part: Mapping[str, Json]) -> tuple[str, Shape | None]:
    """The media type and the shape of the body, in any version's spelling."""
    headers, body = part.get("headers"), part.get("body")
    named: Json = next((v for k, v in headers.items() if k.lower() == "content-type"), "") if isinstance(headers, dict) else ""
    kind = plain_type(named[0] if isinstance(named, list) and named else named)
    if isinstance(body, dict) and "content" in body and set(body) <= {"content", "contentType", "contentTypeHint", "encoded"}:
        kind = plain_type(body.get("contentType")) or kind
        body = _decoded(body["content"], body.get("encoded", False))
    if body is None:
        return kind, None
    if isinstance(body, str) and kind and "json" not in kind:
        return kind, body_shape(body, kind)
    if isinstance(body, str) and "json" in kind:
        return kind, body_shape(body, kind) or Shape("string")
    return kind or "application/json", shape_of(body)


def _decoded(content: Json, encoded: Json) -> Json:
    if not isinstance(content, str) or encoded in (False, None):
        return content
    if isinstance(encoded, str) and encoded.lower() == "json":
        return content
    try:
        return base64.b64decode(content, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
