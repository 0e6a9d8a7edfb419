"""How a finding is made at a place of a document: the same for every format whose places can say where they are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemas.change import Direction, Finding, Impact, Source
from schemas.document import Json
from schemas.lens import Lens
from schemas.rules import Level, rule
from schemas.rules.found import found


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What a place says of itself. `members` are the names by which a usage may mean it, `operations` those it is in, `occurs`
    the directions in which it travels."""

    lens: Lens
    address: str
    members: tuple[str, ...]
    source: Source
    operations: tuple[str, ...] = ()
    occurs: Direction = Direction.BOTH


class Place(ABC):
    """Somewhere in a document of one format."""

    __slots__ = ()

    @abstractmethod
    def where(self, *, gone: bool) -> Where:
        """Where it is, in the new document, or in the old one where only that has it (`gone`)."""

    def find(
        self,
        id: str,
        message: str,
        consequence: str = "",
        *,
        before: Json = None,
        after: Json = None,
        gone: bool = False,
        sends: Level | None = None,
        reads: Level | None = None,
        occurs: Direction | None = None,
        operations: tuple[str, ...] | None = None,
        evidence: Impact = Impact.BREAKING,
    ) -> Iterator[Finding]:
        """The finding of the rule `id` here, in the directions in which the place travels.

        `gone`: only the old side has the place. `sends` and `reads` stand for the rule's own levels, `occurs` and `operations`
        for what the place says of itself; `evidence` is the worst that what was seen can prove.
        """
        row, here = rule(id), self.where(gone=gone)
        if sends or reads:
            row = replace(row, request=sends or row.request, response=reads or row.response)
        return found(
            row,
            here.lens,
            address=here.address,
            members=here.members,
            message=message,
            consequence=consequence,
            before=before,
            after=after,
            source=here.source,
            operations=here.operations if operations is None else operations,
            occurs=here.occurs if occurs is None else occurs,
            evidence=evidence,
        )
