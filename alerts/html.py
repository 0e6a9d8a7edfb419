"""A page as HTML for help desks and mail: a few plain elements, with everything a vendor or a person wrote escaped.

Braces are written as references as well: help desks fill in `{{placeholders}}` that they find in a message.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from html.parser import HTMLParser

from alerts.layout import notices
from alerts.page import TABLED, Change, Content, Page
from alerts.wording import clean, cut, fit_to_open

ESSENTIAL = ("What changed", "Escalation")
"""Facts that are kept, cut, when there is room for hardly anything."""

_MOST_FACTS = 50
_MOST_READ = 200_000
_MOST_ROWS = 20
_CELL = 400
_TAG = re.compile(r"<[^<>]*>")
_BLOCKS = frozenset({"p", "br", "li", "ul", "ol", "div", "table", "tr", "td", "th", "h1", "h2", "h3"})
_LINES = {16_000: 400, 4_000: 100, 1_000: 30, 200: 10}
"""Characters of a fact, and its lines, from the most generous down."""


def as_html(page: Page, most: int) -> str:
    """The page within `most` characters (at least 4,000). Long facts are cut in the middle, then all but the essential go."""
    facts = page.content.facts
    essential = [fact for fact in facts if fact[0] in ESSENTIAL][: len(ESSENTIAL)]
    shown = facts[:_MOST_FACTS] + tuple(fact for fact in essential if fact not in facts[:_MOST_FACTS])
    for length, lines in _LINES.items():
        said = _page(page, shown, length, lines)
        if len(said) <= most:
            return said
    return _page(replace(page, content=replace(page.content, changes=())), essential, 200, 5)


def as_list(lines: Iterable[str], most: int) -> str:
    """What is new, a point a line, within `most` characters: the oldest are left out, and it says how many."""
    points = [f"<li>{escaped(clean(line))}</li>" for line in lines]
    left_out = 0
    while len(points) > 1 and sum(map(len, points)) > most - 100:
        del points[0]
        left_out += 1
    earlier = f"<li>({left_out} earlier left out)</li>" if left_out else ""
    return f"<ul>{earlier}{''.join(points)}</ul>"


def as_paragraphs(text: str, most: int) -> str:
    """Plain text as paragraphs: an empty line ends one. Cut in the middle until it is within `most` characters."""
    room = most
    while True:
        blocks = [block for block in cut(text, room).split("\n\n") if block.strip()]
        said = "".join(f"<p>{_broken(block.split(chr(10)), 8_000)}</p>" for block in blocks)
        if len(said) <= most:
            return said
        room = room * most // len(said) - 1


def text_of(markup: str) -> str:
    """What a reader sees of a message in HTML: text, a line a block. Never raises, whatever it is given."""
    reader = _Reader()
    try:
        reader.feed(markup[:_MOST_READ])
        reader.close()
    except AssertionError:  # so the library says that a `<![section` has a name it does not know
        reader.parts = [_TAG.sub("\n", markup[:_MOST_READ])]
    lines = (" ".join(line.split()) for line in "".join(reader.parts).splitlines())
    return "\n".join(line for line in lines if line)


def escaped(text: str) -> str:
    """`text` as HTML shows it, so that nothing in it comes alive."""
    return html.escape(text).replace("{", "&#123;").replace("}", "&#125;")


def link(text: str, href: str) -> str:
    """A link, or its text alone where nobody should open it."""
    return f'<a href="{escaped(href)}">{escaped(clean(text, 100))}</a>' if fit_to_open(href) else escaped(clean(text, 100))


def _page(page: Page, facts: Sequence[tuple[str, str]], length: int, lines: int) -> str:
    said: Content = page.content
    parts = [f"<p><i>{escaped(notice)}</i></p>" for notice in notices(page)]
    parts.append(f"<p><b>{escaped(clean(said.summary, 500))}</b></p>")
    if said.changes:
        parts.append(_table(said.changes, said.more, length))
    for label, text in facts:
        if said.changes and label in TABLED:
            continue
        head = f"<b>{escaped(clean(label, 100))}</b><br>" if label else ""
        shown = cut(text, length).splitlines()
        parts.append(f"<p>{head}{_broken(_middle_out(shown, lines), length)}</p>")
    if said.links:
        parts.append(f"<p>{' · '.join(link(each.text, each.href) for each in said.links[:20])}</p>")
    return "".join(parts)


def _table(changes: Sequence[Change], more: int, length: int) -> str:
    """The findings, a row each, and how many there are besides."""
    head = "".join(f"<th>{each}</th>" for each in ("Impact", "What changed", "Where", "What it means for us"))
    cells = [(each.impact, each.what, each.where, each.means) for each in changes[:_MOST_ROWS]]
    rows = ("".join(f"<td>{escaped(clean(text, min(length, _CELL)))}</td>" for text in row) for row in cells)
    rest = f"<p>and {more} more</p>" if more else ""
    return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>{rest}"


def _middle_out(lines: Sequence[str], most: int) -> Sequence[str]:
    """At most `most` lines: the first ones and the last."""
    if len(lines) <= most:
        return lines
    return [*lines[: most - 2], f"… {len(lines) - most + 1} lines left out …", lines[-1]]


def _broken(lines: Iterable[str], length: int) -> str:
    return "<br>".join(escaped(clean(line, length)) for line in lines)


class _Reader(HTMLParser):
    """Collects what is to be seen."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
