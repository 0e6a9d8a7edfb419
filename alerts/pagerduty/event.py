"""Our page as a PagerDuty event, within the vendor's limits (the published schema holds none of the lengths)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from alerts.page import Action, Page
from alerts.wording import NEWS, cut, fit_to_open

MOST_BYTES = 512_000
SUMMARY_LENGTH = 1024
FIELD_LENGTH = 255
NOTE_LENGTH = 2_000
CLIENT = "driftpager"

_ROUTING_KEY = '"routing_key":"","event_action":"acknowledge","dedup_key":""'


def event_of(page: Page, client_url: str) -> Mapping[str, Any]:
    """All of an event but its action and keys: empty for acknowledge and resolve, which carry nothing else.

    The text of the facts is shortened, then left out, until the whole body fits into 512,000 bytes.
    """
    if page.action is not Action.TRIGGER:
        return {}
    for length in (16_000, 4_000, 1_000, 200, 0):
        event = _event(page, client_url, length)
        if size_of(event) + len(page.dedup_key.encode()) <= MOST_BYTES:
            return event
    return _event(page, client_url, 0)


def change_of(page: Page) -> Mapping[str, Any]:
    """All of a change event but its key, within the same limits as an event."""
    said = page.content
    for length in (16_000, 1_000, 0):
        payload: dict[str, Any] = {
            "summary": _text(said.summary, SUMMARY_LENGTH) or "driftpager",
            "source": _text(said.source, FIELD_LENGTH) or "driftpager",
            "timestamp": (said.since or page.created_at).astimezone(UTC).isoformat(timespec="milliseconds"),
            "custom_details": {**_details(page, length), "Target": _text(said.component, FIELD_LENGTH)},
        }
        event = {"payload": payload, **_links(page)}
        if size_of(event) <= MOST_BYTES:
            break
    return event


def note_of(page: Page) -> str:
    """A note on an incident: the one line, and what is new."""
    news = dict(page.content.facts).get(NEWS, "")
    return _text("\n".join(filter(None, (page.content.summary, news))), NOTE_LENGTH)


def size_of(event: Mapping[str, Any]) -> int:
    """Bytes of the body around an event, as the client writes it, with room for the routing key."""
    return len(json.dumps(event, separators=(",", ":")).encode()) + len(_ROUTING_KEY) + 32


def _event(page: Page, client_url: str, length: int) -> dict[str, Any]:
    said = page.content
    payload: dict[str, Any] = {
        "summary": _text(said.summary, SUMMARY_LENGTH) or "driftpager",
        "source": _text(said.source, FIELD_LENGTH) or "driftpager",
        "severity": said.severity,
    }
    if said.since is not None:
        payload["timestamp"] = said.since.astimezone(UTC).isoformat(timespec="milliseconds")
    for name, text in (("component", said.component), ("group", said.group), ("class", said.category)):
        if text:
            payload[name] = _text(text, FIELD_LENGTH)
    if length:
        payload["custom_details"] = _details(page, length)
    event: dict[str, Any] = {"payload": payload, "client": CLIENT, **_links(page)}
    if client_url and fit_to_open(client_url):
        event["client_url"] = client_url
    return event


def _links(page: Page) -> dict[str, Any]:
    fit = [link for link in page.content.links if fit_to_open(link.href)][:20]
    return {"links": [{"href": link.href, "text": _text(link.text, FIELD_LENGTH)} for link in fit]} if fit else {}


def _details(page: Page, length: int) -> dict[str, str]:
    details = {label: _text(text, length) for label, text in page.content.facts[:50]}
    if page.possible_repeat:
        details["Possible repeat"] = "an earlier try may have arrived"
    if page.practice:
        details["Practice"] = "this is practice"
    return details


def _text(text: str, length: int) -> str:
    """At most `length` characters that UTF-8 can carry."""
    return cut(text, length).encode("utf-8", "replace").decode()
