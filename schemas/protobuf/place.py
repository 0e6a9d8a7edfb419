"""Where an edit of a protocol buffers schema is, and how a finding about it is made."""

from __future__ import annotations

from dataclasses import dataclass

from schemas import place
from schemas.lens import Lens
from schemas.protobuf.model import Schema
from schemas.reach import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Both schemas, the lens, and which calls the types of the old one are in."""

    old: Schema
    new: Schema
    lens: Lens
    reach: Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(place.Place):
    """A definition by its full name, or a `member` of it: `acme.v1.Order`, `acme.v1.Order.total`."""

    pair: Pair
    name: str
    package: str = ""
    member: str = ""

    @property
    def address(self) -> str:
        return f"{self.name}.{self.member}" if self.member else self.name

    @property
    def short(self) -> str:
        """Without the package, as people speak of it."""
        return self.address.removeprefix(f"{self.package}.") if self.package else self.address

    def where(self, *, gone: bool) -> place.Where:
        """In the directions in which the definition travels."""
        return place.Where(
            lens=self.pair.lens,
            address=self.address,
            members=tuple(dict.fromkeys((self.short, self.address))),
            source=(self.pair.old if gone else self.pair.new).source(self.address),
            operations=self.pair.reach.to(self.name),
            occurs=self.pair.reach.occurs(self.name),
        )
