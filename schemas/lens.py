"""How to look at a pair of schemas: in which direction, by which policy, with which usage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from schemas.change import Direction, Impact
from schemas.fingerprint import digest
from schemas.usage import Usage


class Policy(StrEnum):
    """Which table of levels applies. `consumer` is the catalogue as printed."""

    CONSUMER = "consumer"
    STRICT_CODEGEN = "strict-codegen"
    LENIENT_READER = "lenient-reader"


class Proof(StrEnum):
    """For which API descriptions a value is looked for that shows each edit: that can take longer than comparing them."""

    SMALL = "small"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A level of our own for what a rule finds at an address, with its reason.

    `rule` is an id, how ids begin (`property.*`) or `*`; `address` a pattern as `schemas.rules.override.matches` reads it.
    `until` is told beside the reason, and decides nothing here.
    """

    rule: str = "*"
    address: str = "**"
    level: Impact
    because: str
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """What `compare` needs to know besides the two documents. The default judges both directions for an undeclared use.

    Of the `overrides` the first that is about a finding counts. What has ended is not among them: there is no clock here.
    `today` tells whether something ended before its announced day; without it nobody asks, and a new day is no new lens.
    `proof` says for which documents a value is looked for that shows each edit.
    `published` is what the vendor publishes of sampled answers, as `schemas.samples.published.dumped` writes it.
    """

    direction: Direction = Direction.BOTH
    policy: Policy = Policy.CONSUMER
    usage: Usage = Usage()
    overrides: tuple[Override, ...] = ()
    proof: Proof = Proof.SMALL
    published: bytes = b""
    today: date | None = None

    @property
    def hash(self) -> str:
        """Names the lens: another policy, override or usage is another lens, and may judge a known pair differently."""
        return _hash(self)


@lru_cache(maxsize=4096)
def _hash(lens: Lens) -> str:
    return digest("lens", *_spelt(lens))


def _spelt(value: object) -> Iterator[str]:
    """Every part of a value, in an order that no hash seed decides."""
    if is_dataclass(value):
        for each in fields(value):
            if each.name == "today":
                continue
            yield each.name
            yield from _spelt(getattr(value, each.name))
    elif isinstance(value, frozenset):
        yield from ("{", *sorted(digest(*_spelt(each)) for each in value), "}")
    elif isinstance(value, tuple):
        yield from ("(", *(digest(*_spelt(each)) for each in value), ")")
    else:
        yield repr(value)
