"""What is wrong with a configuration: every problem at once, each with its place and a way out."""

from __future__ import annotations

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
