"""What an issue and its comments say, as blocks that Atlassian's document format and its wiki text both can show.

Every text is one cleaned line: what a vendor wrote holds no line break, no control and no direction marks any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from alerts.page import TABLED, Change, Page
from alerts.wording import clean, cut, fit_to_open

MOST_NEWS = 40
MOST_FACTS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A run of text in one look. Never empty."""

    text: str
    strong: bool = False
    em: bool = False
    href: str = ""


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Lines that belong together."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullets:
    """A list; each item has its lines."""

    items: tuple[tuple[Line, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A head and rows of as many cells. A cell may be empty text."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Paragraph | Bullets | Table
Document = tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much is told: characters a fact, characters a cell, and how many links."""

    fact: int
    cell: int
    links: int


ROOMS = (
    Room(fact=4000, cell=400, links=20),
    Room(fact=1000, cell=400, links=20),
    Room(fact=300, cell=200, links=6),
    Room(fact=80, cell=80, links=2),
    Room(fact=0, cell=60, links=1),
)
"""From roomy to what fits always: the summary, the changes, the key and the first link, which is our own page."""


def tidied(page: Page) -> Page:
    """The page with no text longer than is ever told: what a vendor sent by the megabyte is gone through once."""
    said, most = page.content, ROOMS[0]
    changes = tuple(
        Change(impact=clean(each.impact), what=clean(each.what), where=clean(each.where), means=clean(each.means))
        for each in said.changes
    )
    facts = tuple(
        (clean(label, 100) if label else "", "\n".join(clean(line, most.fact) for line in cut(text, most.fact).splitlines()))
        for label, text in said.facts[:MOST_FACTS]
    )
    return replace(page, content=replace(said, summary=clean(said.summary, 600), changes=changes, facts=facts))


def description(page: Page, key: str, room: Room) -> Document:
    """The issue's description: the findings as a table, the other facts as a list, the links, and whose it is.

    `page` is `tidied`.
    """
    said = page.content
    blocks: list[Block] = []
    if page.practice:
        blocks.append(_paragraph((Span(text="This is practice.", em=True),)))
    blocks.append(_paragraph(_line(said.summary, room.cell + 200, strong=True)))
    if said.changes:
        cells = ((each.impact, each.what, each.where, each.means) for each in said.changes)
        rows = tuple(tuple(clean(text, room.cell) for text in row) for row in cells)
        blocks.append(Table(head=("Impact", "What changed", "Where", "What it means for us"), rows=rows))
    if said.more:
        blocks.append(_paragraph(_line(f"and {said.more} more")))
    blocks += _facts(page, room)
    links = [link for link in said.links if fit_to_open(link.href)][: room.links]
    if links:
        blocks.append(Paragraph(lines=tuple((Span(text=clean(each.text, 100) or each.href, href=each.href),) for each in links)))
    whose = f"Kept in step by driftpager as {key}: what is changed here is overwritten, comments stay."
    return (*(block for block in blocks if not _is_empty(block)), _paragraph((Span(text=whose, em=True),)))


def news(lines: Sequence[str], length: int) -> Document:
    """A comment: one line as it is, several as a list, of very many the first and the last ones."""
    if len(lines) > MOST_NEWS:
        half = MOST_NEWS // 2
        lines = (*lines[:half], f"({len(lines) - 2 * half} more are in the timeline)", *lines[-half:])
    told = [line for line in (clean(each, length) for each in lines) if line]
    if len(told) == 1:
        return (_paragraph((Span(text=told[0]),)),)
    return (Bullets(items=tuple(((Span(text=line),),) for line in told)),)


def _facts(page: Page, room: Room) -> Iterable[Block]:
    items: list[tuple[Line, ...]] = []
    for label, text in page.content.facts:
        if page.content.changes and label in TABLED:
            continue
        shown = (
            [line for line in (clean(each, room.fact) for each in cut(text, room.fact).splitlines()) if line] if room.fact else []
        )
        if not shown:
            continue
        if not label:
            yield Paragraph(lines=tuple((Span(text=line),) for line in shown))
            continue
        head = Span(text=f"{clean(label, 100)}:", strong=True)
        first: Line = (head, Span(text=f" {shown[0]}"))
        items.append((first, *((Span(text=line),) for line in shown[1:])))
    if items:
        yield Bullets(items=tuple(items))


def _paragraph(*lines: Line) -> Paragraph:
    return Paragraph(lines=lines)


def _line(text: str, length: int = 400, *, strong: bool = False) -> Line:
    safe = clean(text, length)
    return (Span(text=safe, strong=strong),) if safe else ()


def _is_empty(block: Block) -> bool:
    return isinstance(block, Paragraph) and not any(block.lines)
