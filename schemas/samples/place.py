"""Where in an answer something is, and how a finding about it is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemas.change import Finding, Impact
from schemas.document import Json
from schemas.lens import Lens
from schemas.rules import rule
from schemas.rules.found import found


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`$.data[].amount`, and `data.amount` as people call it. `operations` are those that gave the answer, where it is known."""

    address: str
    name: str
    lens: Lens
    operations: tuple[str, ...] = ()

    def field(self, name: str) -> Place:
        dotted = f"{self.name}.{name}" if self.name else name
        return replace(self, address=f"{self.address}.{name}", name=dotted)

    def inner(self, mark: str) -> Place:
        return replace(self, address=f"{self.address}{mark}")

    def find(
        self, id: str, message: str, consequence: str, before: Json, after: Json, evidence: Impact = Impact.BREAKING
    ) -> Iterator[Finding]:
        return found(
            rule(id),
            self.lens,
            address=self.address,
            members=(self.name,) if self.name else (),
            message=message,
            consequence=consequence,
            before=before,
            after=after,
            operations=self.operations,
            evidence=evidence,
        )


def at_root(lens: Lens, *operations: str) -> Place:
    return Place(address="$", name="", lens=lens, operations=operations)
