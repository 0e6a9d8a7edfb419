"""Where an edit of a protocol buffers schema is, and how a finding about it is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.change import Direction, Finding, Impact
from schemas.document import Json
from schemas.lens import Lens
from schemas.protobuf.model import Schema
from schemas.reach import Reach
from schemas.rules import rule
from schemas.rules.found import found


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Both schemas, the lens, and which calls the types of the old one are in."""

    old: Schema
    new: Schema
    lens: Lens
    reach: Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
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

    def find(
        self,
        id: str,
        message: str,
        consequence: str = "",
        *,
        before: Json = None,
        after: Json = None,
        gone: bool = False,
        occurs: Direction | None = None,
        operations: tuple[str, ...] | None = None,
        evidence: Impact = Impact.BREAKING,
    ) -> Iterator[Finding]:
        """The finding of the rule `id` here, in the directions in which the definition travels.

        `gone`: only the old side has the place.
        """
        return found(
            rule(id),
            self.pair.lens,
            address=self.address,
            members=tuple(dict.fromkeys((self.short, self.address))),
            message=message,
            consequence=consequence,
            before=before,
            after=after,
            source=(self.pair.old if gone else self.pair.new).source(self.address),
            operations=self.pair.reach.to(self.name) if operations is None else operations,
            occurs=self.pair.reach.occurs(self.name) if occurs is None else occurs,
            evidence=evidence,
        )
