"""Where an edit of a SOAP service is, and how a finding about it is made."""

from __future__ import annotations

from dataclasses import dataclass

from schemas import place
from schemas.change import Direction, Source
from schemas.lens import Lens
from schemas.reach import Reach
from schemas.wsdl.model import Name, Service, local
from schemas.wsdl.reach import holder
from schemas.wsdl.written import Same, line_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Both services, the lens, which operations the types of the old one are in, and what both wrote alike."""

    old: Service
    new: Service
    lens: Lens
    reach: Reach
    same: Same


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(place.Place):
    """A type, a top element or an operation by its full name, or a `member` of it: `Account.Industry`, `login.username`."""

    pair: Pair
    name: Name
    member: str = ""
    operations: tuple[str, ...] | None = None

    @property
    def address(self) -> str:
        if self.name in self.pair.new.written.unread:
            return self.name
        owner = address(self.name)
        return f"{owner}.{self.member}" if self.member else owner

    def at(self, member: str) -> Place:
        return Place(pair=self.pair, name=self.name, member=member, operations=self.operations)

    def where(self, *, gone: bool) -> place.Where:
        """In the directions in which the type travels."""
        where = self.address
        side = self.pair.old if gone else self.pair.new
        part, line = line_of(side, self.name, self.member)
        operation = self.operations is not None
        held = self.name if operation else holder(self.pair.old, self.name)
        return place.Where(
            lens=self.pair.lens,
            address=where,
            members=(where,),
            source=Source(pointer="/" + where.replace(".", "/"), line=line, part=part),
            operations=self.pair.reach.to(held) if self.operations is None else self.operations,
            occurs=Direction.BOTH if operation else self.pair.reach.occurs(held),
        )


def address(name: Name) -> str:
    """A full name as people write it: without its namespace, what it stands in before it."""
    return ".".join(step for step in local(name).split("/") if step)
