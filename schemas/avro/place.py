"""Where an edit of an Avro schema is, and how a finding about it is made."""

from __future__ import annotations

from dataclasses import dataclass, replace

from schemas import place
from schemas.avro.model import Name, Schema
from schemas.change import Source
from schemas.lens import Lens


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(place.Place):
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

    def where(self, *, gone: bool) -> place.Where:
        side = self.old if gone else self.new
        field = f"{self.label}.{self.member}" if self.member else self.label
        return place.Where(
            lens=self.lens,
            address=self.address,
            members=tuple(dict.fromkeys((field, f"{side.event}.{self.member}" if self.member else side.event))),
            source=Source(pointer=self._pointer(side)),
        )

    def _pointer(self, side: Schema) -> str:
        owner = side.pointers.get(self.name, "")
        return side.pointers.get(f"{self.name.rpartition('.')[2]}/{self.member}", owner) if self.member else owner
