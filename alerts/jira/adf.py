"""Atlassian Document Format: the JSON that issues and comments of Jira Cloud are written in (REST v3).

Text nodes hold no markup, so nothing in them comes alive; an empty one is refused. https://developer.atlassian.com/cloud/jira/
platform/apis/document/structure/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson

from alerts.jira.document import ROOMS, Block, Bullets, Document, Line, Paragraph, Span, Table, description, news, tidied
from alerts.page import Page

MOST = 32_767
"""Characters of one field. Jira counts the text; the whole JSON is held below it, which is surely less."""

_MOST_NODES = 5_000


def description_of(page: Page, key: str) -> dict[str, Any]:
    """The description of the issue with our key, with as much of the page as fits."""
    tidy = tidied(page)
    made = (adf(description(tidy, key, room)) for room in ROOMS)
    return _first_that_fits(made)


def comment_of(lines: Sequence[str]) -> dict[str, Any]:
    """A comment that tells lines of news."""
    return _first_that_fits(adf(news(lines, length)) for length in (1000, 400, 150))


def adf(document: Document) -> dict[str, Any]:
    """A document as ADF."""
    return {"version": 1, "type": "doc", "content": [_block(block) for block in document]}


def text_of(document: Any) -> str:
    """What a person wrote, as plain text: ADF, or text as it is. Whatever it is, this ends and never raises."""
    if isinstance(document, str):
        return document
    said: list[str] = []
    waiting: list[Any] = [document]
    for _ in range(_MOST_NODES):
        if not waiting:
            break
        node = waiting.pop()
        if not isinstance(node, dict):
            continue
        given = node.get("attrs")
        attributes: dict[str, Any] = given if isinstance(given, dict) else {}
        shown = node.get("text") or attributes.get("text") or attributes.get("shortName") or attributes.get("url")
        if isinstance(shown, str):
            said.append(shown)
        if node.get("type") in ("hardBreak", "paragraph", "heading", "listItem", "tableRow", "codeBlock"):
            said.append("\n")
        if isinstance(node.get("content"), list):
            waiting += reversed(node["content"])
    return "".join(said).strip()


def _first_that_fits(made: Iterable[dict[str, Any]]) -> dict[str, Any]:
    smallest: dict[str, Any] = {}
    for smallest in made:
        if len(orjson.dumps(smallest).decode()) <= MOST:
            break
    return smallest


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph():
            return _paragraph(block.lines)
        case Bullets():
            items = [{"type": "listItem", "content": [_paragraph(lines)]} for lines in block.items]
            return {"type": "bulletList", "content": items}
        case Table():
            return _table(block)


def _table(table: Table) -> dict[str, Any]:
    def row(kind: str, cells: Sequence[str], look: Callable[[str], Span]) -> dict[str, Any]:
        lines: list[tuple[Line, ...]] = [((look(cell),),) if cell else () for cell in cells]
        return {"type": "tableRow", "content": [{"type": kind, "attrs": {}, "content": [_paragraph(each)]} for each in lines]}

    head = row("tableHeader", table.head, lambda cell: Span(text=cell, strong=True))
    return {
        "type": "table",
        "attrs": {"isNumberColumnEnabled": False, "layout": "default"},
        "content": [head, *(row("tableCell", cells, lambda cell: Span(text=cell)) for cells in table.rows)],
    }


def _paragraph(lines: Sequence[Line]) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    for line in lines:
        if content:
            content.append({"type": "hardBreak"})
        content += [_text(span) for span in line]
    return {"type": "paragraph", "content": content}


def _text(span: Span) -> dict[str, Any]:
    marks: list[dict[str, Any]] = []
    if span.strong:
        marks.append({"type": "strong"})
    if span.em:
        marks.append({"type": "em"})
    if span.href:
        marks.append({"type": "link", "attrs": {"href": span.href}})
    node: dict[str, Any] = {"type": "text", "text": span.text}
    return node | {"marks": marks} if marks else node
