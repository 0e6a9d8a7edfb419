"""Where an edit of an Avro schema is, and how a finding about it is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemas.avro.model import Name, Schema
from schemas.change import Finding, Source
from schemas.document import Json
from schemas.lens import Lens
from schemas.rules import Level, rule
from schemas.rules.found import found


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A definition, a field of it, or what that is made of: `Order__e.Lines`, `Order__e.Lines[]`, `Order__e.Prices{}`."""

    old: Schema
    new: Schema
    lens: Lens
    name: Name
    label: str
    member: str = ""
    inside: str = ""

    @property
    def address(self) -> str:
        return f"{self.label}{f'.{self.member}' if self.member else ''}{self.inside}"

    def at(self, member: str) -> Place:
        return replace(self, member=member)

    def within(self, mark: str) -> Place:
        return replace(self, inside=f"{self.inside}{mark}")

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
    ) -> Iterator[Finding]:
        """The finding of the rule `id` here. `gone`: only the old side has the place. `sends` and `reads` stand for the rule's
        own levels."""
        row = rule(id)
        if sends or reads:
            row = replace(row, request=sends or row.request, response=reads or row.response)
        side = self.old if gone else self.new
        field = f"{self.label}.{self.member}" if self.member else self.label
        return found(
            row,
            self.lens,
            address=self.address,
            members=tuple(dict.fromkeys((field, f"{side.event}.{self.member}" if self.member else side.event))),
            message=message,
            consequence=consequence,
            before=before,
            after=after,
            source=Source(pointer=self._pointer(side)),
        )

    def _pointer(self, side: Schema) -> str:
        owner = side.pointers.get(self.name, "")
        return side.pointers.get(f"{self.name.rpartition('.')[2]}/{self.member}", owner) if self.member else owner
