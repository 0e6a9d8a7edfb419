"""How the story looks: colours and boxes on a terminal, plain text in a pipe; readable in 80 columns either way."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import IO

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from monitor.report.clean import clean, value
from schemas.change import Finding

WIDEST = 96
_LABEL = 24
_COLOURS = {
    r"\bbaselines?\b": "bold blue",
    r"\bbreaking\b": "bold red",
    r"\brisky\b": "bold yellow",
    r"\backnowledged\b": "bold cyan",
    r"\bresolved\b": "bold green",
    r"`[^`]+`": "bold",
    r"\bP[1-4]\b": "bold",
}

Rows = Sequence[tuple[str, str]]
"""Label and text; a text may have several lines."""


class Telling:
    """Writes to `stream`. Words that are longer than a line (paths, addresses) are never broken: they are to be copied."""

    def __init__(self, stream: IO[str]) -> None:
        self._console = _Console(file=stream, highlight=False, emoji=False, markup=False)
        self._width = max(40, min(self._console.width, WIDEST))

    def heading(self, text: str) -> None:
        """A new step begins."""
        self._print(Text())
        if self._console.is_terminal:
            self._print(Text(f"━━ {text} ".ljust(self._width, "━"), style="bold"))
        else:
            self._print(Text(f"== {text}"))

    def say(self, text: str) -> None:
        """A paragraph."""
        for line in _wrapped(text, self._width):
            self._print(_painted(line))

    def rows(self, rows: Rows) -> None:
        """Labels, each with its text beside it, or below where the label is long."""
        for line in _lines(rows, self._width - 2):
            self._print(Text("  ") + line)

    def copyable(self, line: str) -> None:
        """A line to be copied, on one line however long it is."""
        self._print(Text(f"  {clean(line)}", style="bold"))

    def box(self, title: str, rows: Rows) -> None:
        """The same in a frame."""
        if not self._console.is_terminal:
            for line in (*(Text(part) for part in _wrapped(title, self._width - 4)), Text(), *_lines(rows, self._width - 4)):
                self._print(Text("  | " if line else "  |") + line)
            return
        inside = [*(_painted(line) for line in _wrapped(title, self._width - 6)), Text(), *_lines(rows, self._width - 6)]
        framed = Panel(Text("\n").join(inside), box=box.ROUNDED, border_style="red", width=self._width - 2)
        self._console.print(Padding(framed, (0, 0, 0, 1)))

    def waiting(self, text: str) -> AbstractContextManager[object]:
        """Something moves while we wait for what `text` says; nothing does in a pipe."""
        return self._console.status(f"[dim]{text}[/dim]") if self._console.is_terminal else nullcontext()

    def _print(self, line: Text) -> None:
        self._console.print(line, soft_wrap=True)


def change(finding: Finding) -> Iterator[tuple[str, str]]:
    """What changed, exactly, and what it means for us."""
    yield str(finding.impact), finding.message
    before, after = finding.before, finding.after
    if isinstance(before, list) and isinstance(after, list):
        yield "", f"new: {', '.join(value(each) for each in after if each not in before)}"
    else:
        yield "", f"was: {value(before, 90)}"
        yield "", f"is:  {value(after, 90) if after is not None else 'nothing'}"
    yield "", f"for us: {finding.consequence}"


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command line, which knows the exit code for it."""
        raise BrokenPipeError


def _lines(rows: Rows, width: int) -> Iterator[Text]:
    indent = min(_LABEL, max((len(label) for label, _ in rows), default=0)) + 2
    for label, text in rows:
        beside = len(label) <= indent - 2
        if not beside:
            yield Text.assemble((clean(label), "dim"))
        for number, line in enumerate(line for part in text.splitlines() or [""] for line in _wrapped(part, width - indent)):
            start = label if beside and not number else ""
            yield Text.assemble((start.ljust(indent), "dim"), _painted(line))


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(clean(text), width, break_long_words=False, break_on_hyphens=False) or [""]


def _painted(line: str) -> Text:
    text = Text(line)
    for pattern, style in _COLOURS.items():
        text.highlight_regex(pattern, style)
    return text
