"""Where an edit of a describe answer is, and how a finding about it is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.change import Direction, Finding, Impact, Source
from schemas.document import Json
from schemas.lens import Lens
from schemas.rules import rule
from schemas.rules.found import found


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One object or field: its address, the names people use for it, and where it can occur (read-only: in responses)."""

    address: str
    members: tuple[str, ...]
    pointer: str
    lens: Lens
    occurs: Direction = Direction.BOTH

    def find(
        self,
        id: str,
        message: str,
        consequence: str,
        *,
        before: Json = None,
        after: Json = None,
        everywhere: bool = False,
        evidence: Impact = Impact.BREAKING,
    ) -> Iterator[Finding]:
        """The finding of the rule `id` here. `everywhere`: the edit matters to requests even for what cannot be written.

        `evidence` is the worst that the edit can mean.
        """
        return found(
            rule(id),
            self.lens,
            address=self.address,
            members=self.members,
            message=message,
            consequence=consequence,
            before=before,
            after=after,
            source=Source(pointer=self.pointer),
            occurs=Direction.BOTH if everywhere else self.occurs,
            evidence=evidence,
        )
