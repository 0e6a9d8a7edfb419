"""Where an edit of a GraphQL schema is, and how a finding about it is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.change import Direction, Finding
from schemas.document import Json
from schemas.graphql.reach import Reach
from schemas.graphql.schema import Schema
from schemas.lens import Lens
from schemas.rules import rule
from schemas.rules.found import found


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Both schemas, the lens, and what of the old one reaches where."""

    old: Schema
    new: Schema
    lens: Lens
    reach: Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
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
        """The finding of the rule `id` here. `gone`: only the old schema has the place."""
        side = self.pair.old if gone else self.pair.new
        return found(
            rule(id),
            self.pair.lens,
            address=self.address,
            members=(self._owner, self.address) if self.argument else (self._owner,),
            message=message,
            consequence=consequence,
            before=before,
            after=after,
            source=side.source(self.type, self.member, self.argument),
            operations=self.pair.reach.to(self.type, self.member),
            occurs=occurs,
        )
