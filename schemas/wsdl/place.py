"""Where an edit of a SOAP service is, and how a finding about it is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemas.change import Direction, Finding, Source
from schemas.document import Json
from schemas.lens import Lens
from schemas.reach import Reach
from schemas.rules import Level, rule
from schemas.rules.found import found
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
class Place:
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
        """The finding of the rule `id` here, in the directions in which the type travels.

        `gone`: only the old side has the place. `sends` and `reads` stand for the rule's own levels.
        """
        row = rule(id)
        if sends or reads:
            row = replace(row, request=sends or row.request, response=reads or row.response)
        where = self.address
        side = self.pair.old if gone else self.pair.new
        part, line = line_of(side, self.name, self.member)
        operation = self.operations is not None
        held = self.name if operation else holder(self.pair.old, self.name)
        return found(
            row,
            self.pair.lens,
            address=where,
            members=(where,),
            message=message,
            consequence=consequence,
            before=before,
            after=after,
            source=Source(pointer="/" + where.replace(".", "/"), line=line, part=part),
            operations=self.pair.reach.to(held) if self.operations is None else self.operations,
            occurs=Direction.BOTH if operation else self.pair.reach.occurs(held),
        )


def address(name: Name) -> str:
    """A full name as people write it: without its namespace, what it stands in before it."""
    return ".".join(step for step in local(name).split("/") if step)
