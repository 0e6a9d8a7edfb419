"""From bytes to answers. A login page or an error with status 200 is no answer, and must never pass for drift."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from schemas.document import Json
from schemas.errors import Unreadable

_ERRORS = ("error", "errors", "fault", "Fault", "exception", "errorCode", "error_code")
_AROUND_ERRORS = frozenset(
    {
        *_ERRORS,
        *("code", "data", "detail", "details", "documentation_url", "error_description", "error_uri", "errorMessage"),
        *("errorMessages", "error_message", "errorType", "extensions", "id", "instance", "jsonrpc", "message", "messages"),
        *("msg", "ok", "path", "reason", "requestId", "request_id", "status", "statusCode", "status_code", "success"),
        *("timestamp", "title", "trace", "traceId", "trace_id", "type", "warnings"),
    }
)
"""Members that answers have around an error. Beside anything else, an `error` member is part of the data."""


def answers(content: bytes) -> tuple[list[Json], bool]:
    """The answers in the document, at least one, and whether it is written as several.

    Several answers are one JSON value a line, or `{"samples": [...]}` and nothing else. Raises `Unreadable`.
    """
    raw = content.removeprefix(b"\xef\xbb\xbf").strip()
    if raw.startswith(b"<"):
        raise Unreadable("not JSON but a page in HTML or XML", hint="a login page or an outage, not an answer")
    try:
        value: Json = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        lines = _lines(raw)
        if lines is None:
            raise Unreadable(f"not JSON: {error.msg}", where=f"line {error.lineno}, column {error.colno}") from None
        return _checked(lines, "line {}"), True
    if isinstance(value, dict) and list(value) == ["samples"] and isinstance(value["samples"], list):
        if not value["samples"]:
            raise Unreadable("no answer to learn from", where="/samples")
        return _checked(value["samples"], "/samples/{}"), True
    return _checked([value], ""), False


def _lines(raw: bytes) -> list[Json] | None:
    lines = [line for line in raw.splitlines() if line.strip()]
    if len(lines) < 2:
        return None
    try:
        return [orjson.loads(line) for line in lines]
    except orjson.JSONDecodeError:
        return None


def _checked(found: list[Json], where: str) -> list[Json]:
    for i, answer in enumerate(found):
        if _is_error(answer):
            raise Unreadable("an error, not an answer", where=where.format(i), hint="the vendor said so with status 200")
    return found


def _is_error(answer: Json) -> bool:
    if isinstance(answer, list):
        return bool(answer) and all(isinstance(row, dict) and "errorCode" in row and "message" in row for row in answer)
    if not isinstance(answer, dict) or not _AROUND_ERRORS.issuperset(answer) or answer.get("data"):
        return False
    return any(answer.get(key) for key in _ERRORS) or _is_problem(answer)


def _is_problem(answer: Mapping[str, Json]) -> bool:
    """RFC 9457 and its kin: a message with a status that is an error's."""
    statuses = (answer.get(key) for key in ("status", "statusCode", "status_code", "code"))
    says = any(key in answer for key in ("title", "detail", "message"))
    return says and any(isinstance(status, int) and 400 <= status < 600 for status in statuses)
