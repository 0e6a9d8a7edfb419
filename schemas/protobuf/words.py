"""The words of a `.proto` file, one after the other, each with its place."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple, NoReturn

from schemas.errors import Unreadable

_WORD = re.compile(
    r"(?P<space>[\s\x00]+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>(?:0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)[fF]?)"
    r"|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<sign>[{}()\[\]<>=;,.:/+-])"
)


class Kind(StrEnum):
    """What a word is. `end` follows the last one."""

    NAME = "name"
    NUMBER = "number"
    TEXT = "text"
    SIGN = "sign"
    END = "end"


class Word(NamedTuple):
    """A word as written, and where it begins."""

    kind: Kind
    text: str
    start: int


class Words:
    """What is left to be read of a file. Every method raises `Unreadable` with line and column."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = [0, *accumulate(len(line) for line in text.splitlines(keepends=True)[:-1])]
        self._next = self._read()
        self.word = next(self._next)

    def take(self) -> str:
        """The word, and on to the next."""
        text = self.word.text
        if self.word.kind is Kind.END:
            self.refuse("the file ends in the middle of a definition")
        self.word = next(self._next)
        return text

    def skip(self, text: str) -> bool:
        """Whether the next word is this one; then it is taken."""
        if self.word.text != text or self.word.kind in (Kind.TEXT, Kind.END):
            return False
        self.word = next(self._next)
        return True

    def need(self, text: str) -> None:
        if not self.skip(text):
            self.refuse(f"`{text}` is expected, not {self._here()}")

    def name(self) -> str:
        """One identifier."""
        if self.word.kind is not Kind.NAME:
            self.refuse(f"a name is expected, not {self._here()}")
        return self.take()

    def path(self) -> str:
        """An identifier with dots, perhaps one in front: `.acme.v1.Order`."""
        parts = ["."] if self.skip(".") else []
        parts.append(self.name())
        while self.skip("."):
            parts += [".", self.name()]
        return "".join(parts)

    def whole(self) -> int:
        """An integer, with its sign."""
        sign = -1 if self.skip("-") else 1
        if self.word.kind is not Kind.NUMBER:
            self.refuse(f"a number is expected, not {self._here()}")
        word = self.take()
        try:
            value = int(word, 8) if len(word) > 1 and word[0] == "0" and word.isdigit() else int(word, 0)
        except ValueError:
            self.refuse(f"`{word[:40]}` is no whole number")
        return sign * value

    def text(self) -> str:
        """A string, or several in a row, without the quotes. Escapes stay as they are written."""
        parts = []
        while self._at(Kind.TEXT):
            parts.append(self.take()[1:-1])
        if not parts:
            self.refuse(f"a string is expected, not {self._here()}")
        return "".join(parts)

    def _at(self, kind: Kind) -> bool:
        return self.word.kind is kind

    def _here(self) -> str:
        return f"`{self.word.text[:40]}`" if self.word.text else "the end of the file"

    def line(self) -> int:
        """The line, from 1, where the next word stands."""
        return bisect_right(self._lines, self.word.start)

    def refuse(self, what: str) -> NoReturn:
        line = self.line()
        raise Unreadable(f"not a .proto file: {what}", where=f"line {line}, column {self.word.start - self._lines[line - 1] + 1}")

    def _read(self) -> Iterator[Word]:
        at = 0
        while at < len(self._text):
            match = _WORD.match(self._text, at)
            if match is None:
                self.word = Word(Kind.SIGN, self._text[at], at)
                self.refuse(f"`{self._text[at]}` begins no word")
            kind = match.lastgroup or "space"
            if kind != "space":
                yield Word(Kind(kind), match.group(), at)
            at = match.end()
        while True:
            yield Word(Kind.END, "", at)
