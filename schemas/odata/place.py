"""Where an edit of an OData service is, and how a finding about it is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from schemas.change import Direction, Finding, Source
from schemas.document import Json
from schemas.lens import Lens
from schemas.odata.model import Service
from schemas.rules import rule
from schemas.rules.found import found


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
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

    def find(
        self,
        id: str,
        message: str,
        consequence: str = "",
        *,
        before: Json = None,
        after: Json = None,
        gone: bool = False,
        occurs: Direction = Direction.BOTH,
    ) -> Iterator[Finding]:
        """The finding of the rule `id` here. `gone`: only the old side has the place."""
        side = self.old if gone else self.new
        through = (f"{each}.{self.member}" if self.member else each for each in self.sets)
        return found(
            rule(id),
            self.lens,
            address=self.address,
            members=tuple(dict.fromkeys((self.short, *through, self.address))),
            message=message,
            consequence=consequence,
            before=before,
            after=after,
            source=Source(
                pointer="/" + self.address.replace(".", "/"), line=side.lines.get(self.address, side.lines.get(self.name))
            ),
            operations=self.sets,
            occurs=occurs,
        )
