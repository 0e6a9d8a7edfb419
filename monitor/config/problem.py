"""What is wrong with a configuration: every problem at once, each with its place and a way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place in a configuration file. `line` and `column` count from 1; 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to put right: where, what, and in `hint` what to do, empty where the text says it already. No secrets."""

    mark: Mark
    text: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.mark.file}:{self.mark.line}:{self.mark.column}" if self.mark.line else self.mark.file
        return f"{place}: {self.text}" + (f"; {self.hint}" if self.hint else "")


class ConfigError(Exception):
    """The configuration cannot be used. `problems` are all of them, in the order of the files; the text is one a line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        unique = dict.fromkeys(problems)
        self.problems: tuple[Problem, ...] = tuple(sorted(unique, key=lambda p: (p.mark.file, p.mark.line, p.mark.column)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(word: str, valid: Iterable[str]) -> str:
    """A hint that names the valid word most like `word`, or lists the valid ones where none is near."""
    words = sorted(set(valid))
    folded: dict[str, str] = {}
    for candidate in words:
        folded.setdefault(_fold(candidate), candidate)
    near = difflib.get_close_matches(_fold(word), folded, n=1, cutoff=0.6)
    if near:
        return meant_by(folded[near[0]])
    if not words:
        return "none is valid here"
    shown = ", ".join(words[:12]) + (", ..." if len(words) > 12 else "")
    return f"valid: {shown}"


def meant_by(word: str) -> str:
    """The hint that one word was meant."""
    return f"did you mean {word!r}?"


def _fold(word: str) -> str:
    return word.lower().replace("-", "_")
