"""What PagerDuty accepts: an event and a REST request, each mistake in words. As strict as its descriptions, or stricter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

MOST_BYTES = 512_000
ACCEPT = "application/vnd.pagerduty+json;version=2"
_ACTIONS = ("trigger", "acknowledge", "resolve")
_SEVERITIES = ("critical", "error", "warning", "info")
_TOP = {"routing_key", "event_action", "dedup_key", "payload", "client", "client_url", "links", "images"}
_PAYLOAD = {"summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details"}


def event_mistakes(event: Any) -> Iterator[str]:
    """Every mistake of an Events v2 body. Keys nobody knows are mistakes here, though the vendor drops them in silence."""
    if not isinstance(event, dict):
        yield "the body is no JSON object"
        return
    yield from (f"{key} is unknown" for key in event.keys() - _TOP)
    yield from _text(event, "routing_key", 32, exactly=True)
    if event.get("event_action") not in _ACTIONS:
        yield "event_action must be trigger, acknowledge or resolve"
    if event.get("event_action") != "trigger" or "dedup_key" in event:
        yield from _text(event, "dedup_key", 255)
    if event.get("event_action") == "trigger":
        yield from _payload_mistakes(event.get("payload"))
    for key in ("client", "client_url"):
        if key in event:
            yield from _text(event, key, 1024)
    yield from _links(event, "links", "href")
    yield from _links(event, "images", "src")


def change_mistakes(event: Any) -> Iterator[str]:
    """Every mistake of a change event's body."""
    if not isinstance(event, dict):
        yield "the body is no JSON object"
        return
    yield from (f"{key} is unknown" for key in event.keys() - {"routing_key", "payload", "links", "images"})
    yield from _text(event, "routing_key", 32, exactly=True)
    payload = event.get("payload")
    if not isinstance(payload, dict):
        yield "payload is required"
        return
    yield from (f"payload.{key} is unknown" for key in payload.keys() - {"summary", "source", "timestamp", "custom_details"})
    yield from _payload_mistakes(payload | {"severity": "info", "source": payload.get("source", "unsaid")})
    yield from _links(event, "links", "href")


def _payload_mistakes(payload: Any) -> Iterator[str]:
    if not isinstance(payload, dict):
        yield "payload is required for a trigger"
        return
    yield from (f"payload.{key} is unknown" for key in payload.keys() - _PAYLOAD)
    yield from _text(payload, "summary", 1024)
    yield from _text(payload, "source", 1024)
    if payload.get("severity") not in _SEVERITIES:
        yield "payload.severity must be critical, error, warning or info"
    for key in ("component", "group", "class"):
        if key in payload:
            yield from _text(payload, key, 1024)
    if "timestamp" in payload:
        try:
            datetime.fromisoformat(payload["timestamp"])
        except (TypeError, ValueError):
            yield "payload.timestamp is not ISO 8601"
    if not isinstance(payload.get("custom_details", {}), dict):
        yield "payload.custom_details is no object"


def rest_mistake(
    method: str, headers: Mapping[str, str], tokens: frozenset[str], users: Mapping[str, str]
) -> tuple[int, str] | None:
    """The status and reason PagerDuty refuses a REST request with for its headers, None where they are right."""
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    token = credential.removeprefix("token=") if scheme == "Token" and credential.startswith("token=") else ""
    token = credential if scheme == "Bearer" else token
    if token not in tokens:
        return 401, "Authorization must be Token token=KEY or Bearer KEY, with a key we know"
    if headers.get("accept", "").replace(" ", "") != ACCEPT:
        return 406, f"Accept must be {ACCEPT}"
    if method in ("POST", "PUT"):
        if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return 415, "Content-Type must be application/json"
        if headers.get("from", "") not in users:
            return 400, "From must be the e-mail address of a user of the account"
    return None


def _text(where: Mapping[str, Any], key: str, length: int, *, exactly: bool = False) -> Iterator[str]:
    value = where.get(key)
    if not isinstance(value, str) or not value:
        yield f"{key} is required and must be text"
    elif len(value) > length or (exactly and len(value) != length):
        yield f"{key} must be {'exactly' if exactly else 'at most'} {length} characters"


def _links(event: Mapping[str, Any], key: str, address: str) -> Iterator[str]:
    values = event.get(key, [])
    if not isinstance(values, list):
        yield f"{key} is no list"
        return
    for index, value in enumerate(values):
        href = value.get(address) if isinstance(value, dict) else None
        if not isinstance(href, str) or not href.startswith(("https://",) if address == "src" else ("https://", "http://")):
            yield f"{key}[{index}].{address} is required and must be a link"
