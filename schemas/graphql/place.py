"""Where an edit of a GraphQL schema is, and how a finding about it is made."""

from __future__ import annotations

from dataclasses import dataclass

from schemas import place
from schemas.graphql.reach import Reach
from schemas.graphql.schema import Schema
from schemas.lens import Lens


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Both schemas, the lens, and what of the old one reaches where."""

    old: Schema
    new: Schema
    lens: Lens
    reach: Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(place.Place):
    """A type (or `@directive`), one of its members, or an argument of one: `User`, `User.name`, `Query.user(id:)`."""

    pair: Pair
    type: str
    member: str = ""
    argument: str = ""

    @property
    def address(self) -> str:
        return self._owner + (f"({self.argument}:)" if self.argument else "")

    @property
    def _owner(self) -> str:
        return f"{self.type}.{self.member}" if self.member else self.type

    def where(self, *, gone: bool) -> place.Where:
        side = self.pair.old if gone else self.pair.new
        return place.Where(
            lens=self.pair.lens,
            address=self.address,
            members=(self._owner, self.address) if self.argument else (self._owner,),
            source=side.source(self.type, self.member, self.argument),
            operations=self.pair.reach.to(self.type, self.member),
        )
