"""Jira's wiki text, which issues and comments of a Data Center are written in (REST v2): here what a vendor wrote must be
escaped, or it makes headings, links, mentions and macros."""

from __future__ import annotations

import re
from collections.abc import Sequence

from alerts.jira.document import ROOMS, Block, Bullets, Document, Line, Paragraph, Span, Table, description, news, tidied
from alerts.page import Page

MOST = 32_767
"""Characters of one field, as Jira is delivered; an administrator may set less."""

_ESCAPABLE = "{}[]|*_+^~?!()-"
_MARKUP = re.compile(rf"[{re.escape(_ESCAPABLE)}\\#&<>@]")
"""The first are escaped by a backslash. The others become entities: two backslashes are a line break."""

_HEAD = re.compile(r"^(h[1-6]|bq)\.", re.IGNORECASE)


def description_of(page: Page, key: str) -> str:
    """The description of the issue with our key, with as much of the page as fits."""
    tidy = tidied(page)
    made = (wiki(description(tidy, key, room)) for room in ROOMS)
    return next((text for text in made if len(text) <= MOST), wiki(description(tidy, key, ROOMS[-1]))[:MOST])


def comment_of(lines: Sequence[str]) -> str:
    """A comment that tells lines of news."""
    made = [wiki(news(lines, length)) for length in (1000, 400, 100)]
    return next((text for text in made if len(text) <= MOST), made[-1][:MOST])


def wiki(document: Document) -> str:
    """A document as wiki text."""
    return "\n\n".join(_block(block) for block in document)


def escaped(text: str) -> str:
    """`text` so that it shows as it is: no heading, link, mention or macro of it comes alive."""
    safe = _MARKUP.sub(lambda found: f"\\{found[0]}" if found[0] in _ESCAPABLE else f"&#{ord(found[0])};", text)
    safe = _HEAD.sub(lambda found: f"&#{ord(found[0][0])};{found[0][1:]}", safe)
    return safe.replace("://", ":&#47;&#47;")


def _block(block: Block) -> str:
    match block:
        case Paragraph():
            return "\n".join(_line(line) for line in block.lines)
        case Bullets():
            return "\n".join("* " + " \\\\ ".join(_line(line) for line in lines) for lines in block.items)
        case Table():
            head = "||" + "||".join(escaped(cell) or " " for cell in block.head) + "||"
            rows = ("|" + "|".join(escaped(cell) or " " for cell in row) + "|" for row in block.rows)
            return "\n".join((head, *rows))


def _line(line: Line) -> str:
    return "".join(_span(span) for span in line)


def _span(span: Span) -> str:
    if span.href:
        return f"[{escaped(span.text)}|{span.href.replace('|', '%7C').replace(']', '%5D').replace('[', '%5B')}]"
    text = escaped(span.text)
    if span.strong or span.em:
        mark, bare = ("*" if span.strong else "_"), text.strip()
        return text.replace(bare, f"{mark}{bare}{mark}", 1)
    return text
