"""What stands in a Zendesk ticket: HTML in which everything that is not ours is escaped, within the vendor's limits.

Zendesk fills in placeholders (`{{ticket.id}}`, Liquid) in what an agent writes, so those of a vendor's text are taken apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from alerts.page import Page
from alerts.wording import clean, cut, fit_to_open

SUBJECT_LENGTH = 150
"""As much of a subject as Zendesk's own lists show."""
MOST_BYTES = 60_000
"""A comment holds 64 KB."""

_LIQUID = re.compile(r"\{(?=[{%])")


def subject_of(page: Page) -> str:
    """One line."""
    return cut(_tame(clean(page.content.summary, 1000)), SUBJECT_LENGTH)


def description(page: Page, remarks: Sequence[str] = (), news: Sequence[str] = ()) -> str:
    """Everything the page says, for us alone: long facts are cut in the middle until it fits. `remarks` stand above it, `news`
    below."""
    for length in (4000, 1000, 300, 100):
        said = "".join(_parts(page, remarks, length)) + note(news, MOST_BYTES // 4)
        if len(said.encode()) <= MOST_BYTES:
            return said
    return "".join(_parts(page, remarks, 0))


def note(lines: Iterable[str], most: int = MOST_BYTES) -> str:
    """Some lines, for us alone; the first ones are cut away where there are far too many."""
    kept: list[str] = []
    size = 0
    for line in reversed([_line(each, 2000) for each in lines]):
        size += len(line.encode()) + 7
        if size > most:
            kept.append("…")
            break
        kept.append(line)
    return "".join(f"<p>{line}</p>" for line in reversed(kept))


def for_customer(text: str) -> str:
    """What a customer reads: paragraphs and lines as they were written, and nothing else."""
    short = cut(text, MOST_BYTES // 6)
    paragraphs = [each.strip("\n") for each in re.split(r"\n{2,}", short)]
    return "".join(f"<p>{'<br>'.join(_line(line, len(line)) for line in each.split(chr(10)))}</p>" for each in paragraphs if each)


def _parts(page: Page, remarks: Sequence[str], length: int) -> Iterable[str]:
    said = page.content
    practice = ("This is practice.",) if page.practice else ()
    for remark in (*practice, *remarks):
        yield f"<p><em>{_line(remark, 500)}</em></p>"
    yield f"<p><strong>{_line(said.summary, 500)}</strong></p>"
    for label, text in said.facts:
        if length:
            lines = "<br>".join(_line(line, length) for line in cut(text, length).splitlines())
            yield f"<p><strong>{_line(label, 100)}</strong><br>{lines}</p>" if label else f"<p>{lines}</p>"
    links = [f'<a href="{escape(each.href)}">{_line(each.text, 100)}</a>' for each in said.links if fit_to_open(each.href)]
    if links:
        yield f"<p>{'<br>'.join(_tame(link) for link in links[:20])}</p>"
    yield f"<p>driftpager: {_line(str(page.escalation), 100)}</p>"


def _line(text: str, length: int) -> str:
    return escape(_tame(clean(text, max(length, 1))))


def _tame(text: str) -> str:
    return _LIQUID.sub("{ ", text)


def name(customer: str) -> str:
    """A customer's name, for the ticket's requester."""
    return _tame(clean(customer, 120))
