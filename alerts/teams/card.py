"""A page as the message a Workflows webhook takes: one Adaptive Card (1.4), inside Teams' 28 KB.

What a vendor or a person wrote stands in text runs, which hold no Markdown: nothing in them comes alive.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from alerts.layout import notices
from alerts.page import Action, Page
from alerts.wording import clean, cut, fit_to_open

MOST_BYTES = 28_000
MOST_ACTIONS = 6
MOST_LINES = 12
_SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
_COLOURS = {"critical": "attention", "error": "attention", "warning": "warning", "info": "default"}
_KEPT = frozenset({"Escalation"})
"""The facts that stay when there is room for nothing else."""


def message_of(page: Page) -> bytes:
    """The body to send. Lines are cut in the middle, then facts left out, until it fits: never the summary, the escalation's
    name or the links."""
    for length in (1_000, 400, 150, 60, 0):
        body = orjson.dumps(_message(page, length))
        if len(body) <= MOST_BYTES:
            break
    return body


def _message(page: Page, length: int) -> dict[str, Any]:
    card = {
        "$schema": _SCHEMA,
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": _plain(page.content.summary, 400),
        "body": list(_body(page, length)),
        "msteams": {"width": "Full"},
    }
    if actions := list(_actions(page)):
        card["actions"] = actions
    attached = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attached]}


def _body(page: Page, length: int) -> Iterable[dict[str, Any]]:
    said = page.content
    over = page.action is Action.RESOLVE or (page.record is not None and page.record.state == "resolved")
    colour = "good" if over else _COLOURS.get(said.severity, "default")
    for notice in notices(page):
        yield _text(_run(notice, 200, italic=True))
    yield _text(_run(said.summary, 400, weight="bolder", size="medium", color=colour))
    if page.record is not None:
        yield _text(_run(f"It is {page.record.state}.", 100, weight="bolder"))
        for line in page.record.news[-MOST_LINES:] if length else ():
            yield _text(_run(line, length))
    for label, text in said.facts:
        lines = text.splitlines()
        if label in _KEPT or (length and lines):
            yield {"type": "Container", "spacing": "small", "items": list(_fact(label, lines, length or 200))}


def _fact(label: str, lines: list[str], length: int) -> Iterable[dict[str, Any]]:
    head = [_run(f"{label}: ", 100, weight="bolder")] if label else []
    if len(lines) == 1:
        yield _text(*head, _run(lines[0], length))
        return
    if head:
        yield _text(*head)
    for line in filter(None, lines[:MOST_LINES]):
        yield _text(_run(line, length))
    if len(lines) > MOST_LINES:
        yield _text(_run(f"and {len(lines) - MOST_LINES} more lines", 100, italic=True))


def _actions(page: Page) -> Iterable[dict[str, Any]]:
    for link in [each for each in page.content.links if fit_to_open(each.href)][:MOST_ACTIONS]:
        yield {"type": "Action.OpenUrl", "title": _plain(link.text, 60) or "Open", "url": link.href}


def _text(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "spacing": "small", "inlines": list(runs)}


def _run(text: str, length: int, **style: Any) -> dict[str, Any]:
    return {"type": "TextRun", "text": _plain(text, length) or " ", **style}


def _plain(text: str, length: int) -> str:
    trailing = " " * text.endswith(" ")
    return cut(clean(text, length), length) + trailing
