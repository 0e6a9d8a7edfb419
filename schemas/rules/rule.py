"""What a rule is: an id, a condition, a level for each direction, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from schemas.change import Impact


class Level(StrEnum):
    """A level as the catalogue prints it. `+` holds only where our declared usage touches the change, safe otherwise."""

    BREAKING = "B"
    RISKY = "R"
    SAFE = "S"
    NOTICE = "N"
    ABSENT = "-"
    BREAKING_IF_USED = "B+"
    RISKY_IF_USED = "R+"


_IMPACTS = {"B": Impact.BREAKING, "R": Impact.RISKY, "S": Impact.SAFE, "N": Impact.SAFE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the catalogue.

    `because` tells a person why the level is what it is. `sends` and `reads` say in a few words what the change means for
    what we send and for what we read; `{it}` stands for the changed thing, `{what}` for the values concerned. `widens`
    marks a row of one format whose responses only grow:
    `lenient-reader` takes one level off. A null is no mere growth.
    """

    id: str
    condition: str
    request: Level
    response: Level
    because: str
    sends: str = ""
    reads: str = ""
    widens: bool = False

    def impact(self, level: Level, *, used: bool) -> Impact | None:
        """The impact of one of this rule's levels; None where the direction does not apply."""
        if level is Level.ABSENT:
            return None
        if level.endswith("+"):
            return _IMPACTS[level[0]] if used else Impact.SAFE
        return _IMPACTS[level]

    @property
    def notice(self) -> bool:
        """A change that is safe and still worth telling."""
        return Level.NOTICE in (self.request, self.response)


def row(id: str, condition: str, levels: str, because: str, *, sends: str = "", reads: str = "", widens: bool = False) -> Rule:
    """A rule as a table row; `levels` is `request response` in the catalogue's letters."""
    request, response = (Level(letter) for letter in levels.split())
    return Rule(
        id=id, condition=condition, request=request, response=response, because=because, sends=sends, reads=reads, widens=widens
    )
