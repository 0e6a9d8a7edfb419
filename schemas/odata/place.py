"""Where an edit of an OData service is, and how a finding about it is made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from schemas import place
from schemas.change import Source
from schemas.lens import Lens
from schemas.odata.model import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(place.Place):
    """A full name, or a `member` of it: `shop.Product`, `shop.Product.Price`. `sets` offer the type at the service's root."""

    old: Service
    new: Service
    lens: Lens
    name: str
    member: str = ""
    sets: tuple[str, ...] = field(default=())

    @property
    def address(self) -> str:
        return f"{self.name}.{self.member}" if self.member else self.name

    @property
    def short(self) -> str:
        last = self.name.rpartition(".")[2]
        return f"{last}.{self.member}" if self.member else last

    def at(self, member: str) -> Place:
        return replace(self, member=member)

    def where(self, *, gone: bool) -> place.Where:
        side = self.old if gone else self.new
        through = (f"{each}.{self.member}" if self.member else each for each in self.sets)
        line = side.lines.get(self.address, side.lines.get(self.name))
        return place.Where(
            lens=self.lens,
            address=self.address,
            members=tuple(dict.fromkeys((self.short, *through, self.address))),
            source=Source(pointer="/" + self.address.replace(".", "/"), line=line),
            operations=self.sets,
        )
